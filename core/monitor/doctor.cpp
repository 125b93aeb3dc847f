// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/doctor.h"

#include "core/api/doctor.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/base/version.h"
#include "core/monitor/devices.h"
#include "core/monitor/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace lathe::monitor {
namespace {

namespace say = api::doctor_text;

constexpr int64_t kGiB = int64_t{1} << 30;

/// A finding: what it says, and what helps.
struct Finding {
  const char* status = "ok";
  const char* message = "";
  std::vector<std::string> args;
  const char* remedy = "";
  std::string command;
  Json value;
};

std::string filled(const char* message, const std::vector<std::string>& args) {
  std::string out;
  size_t next = 0;
  for (const char* at = message; *at; ++at)
    if (at[0] == '{' && at[1] == '}') {
      out += next < args.size() ? args[next++] : "";
      ++at;
    } else {
      out += *at;
    }
  return out;
}

class Report {
public:
  void add(const char* name, Finding finding) {
    const auto rank = [](const std::string& s) { return s == "fail" ? 2 : s == "warn" ? 1 : 0; };
    if (rank(finding.status) > rank(m_report.status))
      m_report.status = finding.status;
    m_report.checks.push_back({name, finding.status, filled(finding.message, finding.args), finding.message, finding.args, finding.remedy, finding.command, finding.value});
  }
  Json finish() {
    m_report.version = kVersion;
    return api::encode(m_report);
  }

private:
  api::DoctorReport m_report;
};

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string sizeText(int64_t bytes) { return formatBytes(static_cast<uint64_t>(std::max<int64_t>(0, bytes))); }

void checkHost(Report& report) {
  report.add("processor", {"ok", say::kProcessor, {processorName(), std::to_string(processorCount())}, "", "", processorCount()});
  const HostMemory memory = hostMemory();
  const bool small = memory.available < 2 * kGiB;
  report.add("memory", {small ? "warn" : "ok", say::kMemory, {sizeText(memory.available), sizeText(memory.total)}, small ? say::kCloseOthers : "", "",
                        {{"total", memory.total}, {"available", memory.available}}});
  const Json swap = {{"total", memory.swapTotal}, {"free", memory.swapFree}};
  const bool full = memory.swapTotal > 0 && memory.swapFree < memory.swapTotal / 20 && small;
  if (memory.swapTotal == 0)
    report.add("swap", {"ok", say::kNoSwap, {}, "", "", swap});
  else
    report.add("swap", {full ? "warn" : "ok", say::kSwap, {sizeText(memory.swapFree), sizeText(memory.swapTotal)}, full ? say::kSwapFull : "", "", swap});
  const std::string huge = firstLine("/sys/kernel/mm/transparent_hugepage/enabled");
  const bool off = huge.find("[never]") != std::string::npos;
  if (huge.empty())
    report.add("huge pages", {"ok", say::kNotTold, {}, "", "", memory.hugePages});
  else
    report.add("huge pages", {off ? "warn" : "ok", say::kHugePages, {huge}, off ? say::kHugePagesOff : "",
                              off ? "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" : "", memory.hugePages});
  const std::string governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const bool saving = governor == "powersave" && !fileExists("/sys/devices/system/cpu/intel_pstate/status");
  if (governor.empty())
    report.add("governor", {"ok", say::kNotTold, {}, "", "", governor});
  else
    report.add("governor", {saving ? "warn" : "ok", say::kGovernor, {governor}, saving ? say::kGovernorSaves : "", saving ? "sudo cpupower frequency-set -g performance" : "", governor});
}

void checkDisk(Report& report, const std::string& home) {
  std::filesystem::path folder = home;
  while (!folder.empty() && !isDirectory(folder.string()) && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto free = capture([&] { return freeDiskBytes(folder.string()); });
  if (!free.ok()) {
    report.add("disk", {"fail", say::kDiskUnknown, {free.error().message}, say::kOtherFolder, "", nullptr});
    return;
  }
  const bool small = *free < static_cast<uint64_t>(5 * kGiB);
  const bool writable = ::access(folder.c_str(), W_OK) == 0;
  report.add("disk", {!writable ? "fail" : small ? "warn" : "ok", writable ? say::kDisk : say::kDiskReadOnly, {formatBytes(*free), home},
                      !writable ? say::kOtherFolder : small ? say::kFreeSpace : "", "", *free});
}

void checkGpu(Report& report, const api::DeviceTelemetry& device) {
  const Json value = api::encode(device);
  if (device.problem == "capability")
    report.add("GPU", {"warn", say::kGpuOld, {device.name}, say::kNewerGpu, "", value});
  else
    report.add("GPU", {"ok", say::kGpu, {device.name, sizeText(device.memoryUsed), sizeText(device.memoryTotal)}, "", "", value});
}

void checkDevices(Report& report) {
  const Devices devices;
  if (!devices.driverFound())
    return report.add("GPU", {"warn", say::kNoDriver, {}, say::kInstallDriver, "", nullptr});
  if (!devices.available())
    return report.add("GPU", {"warn", say::kDriverBroken, {devices.problem()}, say::kRestartDriver, "nvidia-smi", nullptr});
  const std::string driver = devices.driverVersion();
  const bool old = std::atoi(driver.c_str()) < kOldestDriver;
  report.add("driver", {old ? "fail" : "ok", old ? say::kDriverOld : say::kDriver, {driver}, old ? say::kNewerDriver : "", "", driver});
  const auto list = devices.sample();
  for (const api::DeviceTelemetry& device : list)
    checkGpu(report, device);
  if (list.empty())
    return report.add("GPU", {"warn", say::kNoGpu, {}, say::kLookAtSmi, "nvidia-smi", nullptr});
  const std::string backend = gpuBackendFile();
  if (backend.empty())
    report.add("GPU back end", {"fail", say::kNoBackend, {}, say::kBuildBackend, "./dev.sh setup && ./dev.sh build", nullptr});
  else
    report.add("GPU back end", {"ok", say::kBackend, {std::filesystem::path(backend).lexically_normal().string()}, "", "", backend});
}

/// The first nvcc on PATH, or of the usual place.
std::string compilerFile() {
  std::istringstream folders(std::string(std::getenv("PATH") ? std::getenv("PATH") : "") + ":/usr/local/cuda/bin");
  std::string folder;
  while (std::getline(folders, folder, ':'))
    if (!folder.empty() && ::access((folder + "/nvcc").c_str(), X_OK) == 0)
      return folder + "/nvcc";
  return {};
}

void checkPrograms(Report& report) {
  const std::string compiler = compilerFile();
  if (compiler.empty())
    report.add("nvcc", {"ok", say::kNoNvcc, {}, "", "", nullptr});
  else
    report.add("nvcc", {"ok", say::kNvcc, {compiler}, "", "", compiler});
  const std::string worker = executableFolder() + "/lathe-worker";
  const bool there = ::access(worker.c_str(), X_OK) == 0;
  report.add("lathe-worker", {there ? "ok" : "fail", there ? say::kWorker : say::kNoWorker, {worker}, there ? "" : say::kBuild, there ? "" : "./dev.sh build", worker});
  std::string torch;
  std::error_code code;
  for (const char* place : {"/../lib/libtorch_cpu.so", "/../lib/lathe/libtorch_cpu.so", "/../lib/torch/libtorch_cpu.so"})
    if (torch.empty() && fileExists(executableFolder() + place))
      torch = std::filesystem::weakly_canonical(executableFolder() + place, code).string();
  if (!torch.empty())
    report.add("LibTorch", {"ok", say::kTorch, {torch}, "", "", torch});
  else if (there)
    report.add("LibTorch", {"ok", say::kTorchLinked, {}, "", "", nullptr});
  else
    report.add("LibTorch", {"fail", say::kNoTorch, {}, say::kSetUp, "./dev.sh setup", nullptr});
  const std::string resources = resourcesFolder();
  const bool models = isDirectory(resources + "/models");
  report.add("resources", {models ? "ok" : "warn", models ? say::kResources : say::kNoResources, {resources}, models ? "" : say::kBuild, models ? "" : "./dev.sh build", resources});
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
    if (const std::string command = stringOr(check, "command", ""); !command.empty())
      out += fmt::format("{:<19}   {}\n", "", command);
  }
  return out;
}

} // namespace lathe::monitor
