// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/host.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include <sched.h>
#include <unistd.h>

namespace lathe::monitor {
namespace {

int64_t numberIn(const std::string& path) {
  std::ifstream file(path);
  int64_t value = 0;
  return file >> value ? value : 0; // "max" reads as 0: no limit
}

std::map<std::string, int64_t> memoryTable() {
  std::map<std::string, int64_t> out;
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    int64_t value = 0;
    if (words >> name >> value && !name.empty()) {
      name.pop_back();
      out[name] = value;
    }
  }
  return out;
}

} // namespace

HostMemory hostMemory() {
  const auto table = memoryTable();
  const auto kib = [&](const char* name) {
    const auto it = table.find(name);
    return it == table.end() ? int64_t{0} : it->second * 1024;
  };
  HostMemory memory;
  memory.total = kib("MemTotal");
  memory.available = kib("MemAvailable");
  memory.swapTotal = kib("SwapTotal");
  memory.swapFree = kib("SwapFree");
  const auto pages = table.find("HugePages_Total");
  memory.hugePages = pages == table.end() ? 0 : pages->second;
  const int64_t limit = numberIn("/sys/fs/cgroup/memory.max");
  if (limit > 0 && limit < memory.total) {
    memory.total = limit;
    memory.available = std::min(memory.available, std::max<int64_t>(0, limit - numberIn("/sys/fs/cgroup/memory.current")));
  }
  return memory;
}

int64_t residentBytes(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  int64_t total = 0, resident = 0;
  return file >> total >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

std::string processorName() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("model name") && line.find(':') != std::string::npos)
      return line.substr(std::min(line.size(), line.find(':') + 2));
  return "unknown processor";
}

int processorCount() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

double CpuLoad::sample() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  uint64_t total = 0, busy = 0, value = 0;
  for (int i = 0; i < 8 && file >> value; ++i) { // user nice system idle iowait irq softirq steal
    total += value;
    if (i != 3 && i != 4)
      busy += value;
  }
  const bool known = m_total > 0 && total > m_total;
  const double load = known ? 100.0 * static_cast<double>(busy - m_busy) / static_cast<double>(total - m_total) : std::numeric_limits<double>::quiet_NaN();
  m_busy = busy;
  m_total = total;
  return load;
}

} // namespace lathe::monitor
