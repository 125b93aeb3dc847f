// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/host.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace lathe::monitor {
namespace fs = std::filesystem;
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::vector<fs::path> entriesOf(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> out;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    out.push_back(it->path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string wordIn(const fs::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

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

double processorClock(const std::string& proc) {
  std::ifstream file(proc + "/cpuinfo");
  std::string line;
  double sum = 0;
  int cores = 0;
  while (std::getline(file, line))
    if (line.starts_with("cpu MHz") && line.find(':') != std::string::npos) {
      sum += std::strtod(line.c_str() + line.find(':') + 1, nullptr);
      ++cores;
    }
  return cores > 0 ? sum / cores : kUnknown;
}

double processorTemperature(const std::string& sys) {
  double hottest = kUnknown;
  const auto take = [&](const fs::path& file) {
    if (const int64_t value = numberIn(file.string()); value > 0 && value < 150'000)
      hottest = std::isnan(hottest) ? static_cast<double>(value) / 1000 : std::max(hottest, static_cast<double>(value) / 1000);
  };
  for (const fs::path& sensor : entriesOf(sys + "/class/hwmon")) {
    const std::string name = wordIn(sensor / "name");
    if (name != "coretemp" && name != "k10temp" && name != "zenpower")
      continue;
    for (const fs::path& file : entriesOf(sensor))
      if (const std::string input = file.filename().string(); input.starts_with("temp") && input.ends_with("_input"))
        take(file);
  }
  if (!std::isnan(hottest))
    return hottest;
  for (const fs::path& zone : entriesOf(sys + "/class/thermal"))
    if (const std::string type = wordIn(zone / "type"); type == "x86_pkg_temp" || type.starts_with("cpu"))
      take(zone / "temp");
  return hottest;
}

std::string processName(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(file, name) && !name.empty() ? name : "process " + std::to_string(pid);
}

double CpuPower::sample(double seconds) {
  double sum = 0;
  bool any = false;
  for (const fs::path& zone : entriesOf(m_sys + "/class/powercap")) {
    const std::string name = zone.filename().string(); // "intel-rapl:0" is a package, "intel-rapl:0:1" a part of it
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1)
      continue;
    if (const int64_t value = numberIn((zone / "energy_uj").string()); value > 0) {
      sum += static_cast<double>(value);
      any = true;
    }
  }
  const bool known = any && m_microjoules >= 0 && seconds > m_seconds && sum >= m_microjoules; // smaller: a counter began again
  const double watt = known ? (sum - m_microjoules) / 1e6 / (seconds - m_seconds) : kUnknown;
  m_microjoules = any ? sum : -1;
  m_seconds = seconds;
  return watt;
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
