// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/doctor.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/base/version.h"
#include "core/monitor/devices.h"
#include "core/monitor/host.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace lathe::monitor {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int kOldestDriver = 580;

class Report {
public:
  void add(const char* name, const char* status, std::string text, Json value = nullptr, std::string remedy = {}) {
    const auto rank = [](const std::string& s) { return s == "fail" ? 2 : s == "warn" ? 1 : 0; };
    if (rank(status) > rank(m_worst))
      m_worst = status;
    m_checks.push_back({{"name", name}, {"status", status}, {"text", std::move(text)}, {"value", std::move(value)}, {"remedy", std::move(remedy)}});
  }
  Json finish() { return {{"version", kVersion}, {"status", m_worst}, {"checks", m_checks}}; }

private:
  Json m_checks = Json::array();
  std::string m_worst = "ok";
};

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void checkHost(Report& report) {
  report.add("processor", "ok", fmt::format("{}, {} cores usable", processorName(), processorCount()), processorCount());
  const HostMemory memory = hostMemory();
  const bool small = memory.available < 2 * kGiB;
  report.add("memory", small ? "warn" : "ok",
             fmt::format("{} of {} available", formatBytes(static_cast<uint64_t>(memory.available)), formatBytes(static_cast<uint64_t>(memory.total))),
             {{"total", memory.total}, {"available", memory.available}}, small ? "Close other programs before you train." : "");
  report.add("swap", "ok", memory.swapTotal == 0 ? "none" : fmt::format("{} of {} free", formatBytes(static_cast<uint64_t>(memory.swapFree)), formatBytes(static_cast<uint64_t>(memory.swapTotal))),
             {{"total", memory.swapTotal}, {"free", memory.swapFree}});
  const std::string huge = firstLine("/sys/kernel/mm/transparent_hugepage/enabled");
  const bool off = huge.find("[never]") != std::string::npos;
  report.add("huge pages", off ? "warn" : "ok", huge.empty() ? "not told by this system" : "transparent huge pages: " + huge, memory.hugePages,
             off ? "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" : "");
  const std::string governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const bool saving = governor == "powersave" && !fileExists("/sys/devices/system/cpu/intel_pstate/status");
  report.add("governor", saving ? "warn" : "ok", governor.empty() ? "not told by this system" : governor, governor, saving ? "sudo cpupower frequency-set -g performance" : "");
}

void checkDisk(Report& report, const std::string& home) {
  std::filesystem::path folder = home;
  while (!folder.empty() && !isDirectory(folder.string()) && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto free = capture([&] { return freeDiskBytes(folder.string()); });
  if (!free.ok()) {
    report.add("disk", "fail", free.error().message, nullptr, "Choose another folder with --home.");
    return;
  }
  const bool small = *free < static_cast<uint64_t>(5 * kGiB);
  const bool writable = ::access(folder.c_str(), W_OK) == 0;
  report.add("disk", !writable ? "fail" : small ? "warn" : "ok", fmt::format("{} free for {}{}", formatBytes(*free), home, writable ? "" : ", which cannot be written"), *free,
             !writable ? "Choose another folder with --home." : small ? "Free some space, or choose another folder with --home." : "");
}

void checkDevices(Report& report) {
  const Devices devices;
  if (!devices.available()) {
    report.add("GPU", "warn", devices.problem() + " Everything runs on the processor.", nullptr, "With an NVIDIA card: install its driver, version 580 or later.");
    return;
  }
  const std::string driver = devices.driverVersion();
  const bool old = std::atoi(driver.c_str()) < kOldestDriver;
  report.add("driver", old ? "fail" : "ok", fmt::format("NVIDIA driver {}", driver), driver, old ? fmt::format("Install driver {} or later.", kOldestDriver) : "");
  const auto list = devices.sample();
  for (const api::DeviceTelemetry& device : list)
    report.add("GPU", "ok", fmt::format("{}, {} of {} used", device.name, formatBytes(static_cast<uint64_t>(device.memoryUsed)), formatBytes(static_cast<uint64_t>(device.memoryTotal))),
               api::encode(device));
  if (list.empty())
    report.add("GPU", "warn", "The driver runs but shows no GPU. Everything runs on the processor.", nullptr, "Look at the output of nvidia-smi.");
}

void checkPrograms(Report& report) {
  const std::string worker = executableFolder() + "/lathe-worker";
  const bool there = ::access(worker.c_str(), X_OK) == 0;
  report.add("lathe-worker", there ? "ok" : "fail", there ? worker : worker + " is missing: nothing can be trained or generated", worker, there ? "" : "./dev.sh build");
  std::string torch;
  std::error_code code;
  for (const char* place : {"/../lib/libtorch_cpu.so", "/../lib/lathe/libtorch_cpu.so", "/../lib/torch/libtorch_cpu.so"})
    if (torch.empty() && fileExists(executableFolder() + place))
      torch = std::filesystem::weakly_canonical(executableFolder() + place, code).string();
  if (torch.empty() && there)
    torch = "linked into lathe-worker by its build path";
  report.add("LibTorch", torch.empty() ? "fail" : "ok", torch.empty() ? "not found" : torch, nullptr, torch.empty() ? "./dev.sh setup" : "");
  const std::string resources = resourcesFolder();
  const bool models = isDirectory(resources + "/models");
  report.add("resources", models ? "ok" : "warn", models ? resources : resources + " holds no models: the bundled model is missing", resources, models ? "" : "./dev.sh build");
}

} // namespace

Json doctorReport(const std::string& home) {
  Report report;
  checkHost(report);
  checkDisk(report, home);
  checkDevices(report);
  checkPrograms(report);
  return report.finish();
}

std::string doctorText(const Json& report) {
  std::string out = fmt::format("Lathe {}\n", stringOr(report, "version", ""));
  const Json* checks = find(report, "checks");
  if (!checks)
    return out;
  for (const Json& check : *checks) {
    const std::string status = stringOr(check, "status", "");
    out += fmt::format("{:<5} {:<13} {}\n", status, stringOr(check, "name", ""), stringOr(check, "text", ""));
    if (const std::string remedy = stringOr(check, "remedy", ""); !remedy.empty())
      out += fmt::format("{:<19} → {}\n", "", remedy);
  }
  return out;
}

} // namespace lathe::monitor
