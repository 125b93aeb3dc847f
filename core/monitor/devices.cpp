// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/devices.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/monitor/host.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <dlfcn.h>

namespace lathe::monitor {
namespace {

constexpr int kSuccess = 0;
constexpr unsigned int kTemperatureGpu = 0, kClockSm = 1, kClockMemory = 2;
constexpr int kNeededCapability = 8; // major: bf16 matrix units

} // namespace

struct Devices::Impl {
  // From NVML's public interface (docs.nvidia.com/deploy/nvml-api); declared here so that building needs no NVIDIA files.
  using Device = struct nvmlDevice_st*;
  struct Memory {
    unsigned long long total, free, used;
  };
  struct Utilization {
    unsigned int gpu, memory;
  };
  struct Process { // nvmlProcessInfo_v2_t, also what the _v3 calls fill
    unsigned int pid;
    unsigned long long usedMemory; // all ones: not told
    unsigned int gpuInstance, computeInstance;
  };

  void* library = nullptr;
  std::string problem, backend;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*byIndex)(unsigned int, Device*) = nullptr;
  int (*name)(Device, char*, unsigned int) = nullptr;
  int (*uuid)(Device, char*, unsigned int) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*power)(Device, unsigned int*) = nullptr;
  int (*powerLimit)(Device, unsigned int*) = nullptr;
  int (*temperature)(Device, unsigned int, unsigned int*) = nullptr;
  int (*clock)(Device, unsigned int, unsigned int*) = nullptr;
  int (*capability)(Device, int*, int*) = nullptr;
  int (*computing)(Device, unsigned int*, Process*) = nullptr;
  int (*drawing)(Device, unsigned int*, Process*) = nullptr;
  int (*driver)(char*, unsigned int) = nullptr;

  template <class Function>
  bool load(Function*& function, const char* symbol) {
    function = reinterpret_cast<Function*>(::dlsym(library, symbol));
    return function != nullptr;
  }

  void open() {
    backend = gpuBackendFile();
    library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      problem = "No NVIDIA driver was found (libnvidia-ml.so.1 is missing).";
      return;
    }
    load(driver, "nvmlSystemGetDriverVersion");
    load(uuid, "nvmlDeviceGetUUID");
    load(utilization, "nvmlDeviceGetUtilizationRates");
    load(power, "nvmlDeviceGetPowerUsage");
    load(powerLimit, "nvmlDeviceGetEnforcedPowerLimit");
    load(temperature, "nvmlDeviceGetTemperature");
    load(clock, "nvmlDeviceGetClockInfo");
    load(capability, "nvmlDeviceGetCudaComputeCapability");
    load(computing, "nvmlDeviceGetComputeRunningProcesses_v3");
    load(drawing, "nvmlDeviceGetGraphicsRunningProcesses_v3");
    const bool whole = load(init, "nvmlInit_v2") && load(shutdown, "nvmlShutdown") && load(count, "nvmlDeviceGetCount_v2") &&
                       load(byIndex, "nvmlDeviceGetHandleByIndex_v2") && load(name, "nvmlDeviceGetName") && load(memory, "nvmlDeviceGetMemoryInfo");
    if (!whole)
      problem = "The NVIDIA driver's management library is too old.";
    else if (const int code = init(); code != kSuccess)
      problem = "The NVIDIA driver did not start (NVML error " + std::to_string(code) + ").";
  }

  std::string textOf(int (*ask)(Device, char*, unsigned int), Device device) const {
    std::array<char, 96> text{};
    return ask && ask(device, text.data(), text.size()) == kSuccess ? text.data() : "";
  }

  std::vector<Device> visible() const {
    unsigned int found = 0;
    std::vector<Device> all, out;
    std::vector<std::string> uuids;
    if (!problem.empty() || count(&found) != kSuccess)
      return out;
    for (unsigned int i = 0; i < found; ++i) {
      Device device = nullptr;
      if (byIndex(i, &device) != kSuccess)
        continue;
      all.push_back(device);
      uuids.push_back(textOf(uuid, device));
    }
    for (const size_t index : visibleDevices(std::getenv("CUDA_VISIBLE_DEVICES"), uuids))
      out.push_back(all[index]);
    return out;
  }

  std::string problemOf(Device device, const std::string& version) const {
    if (std::atoi(version.c_str()) < kOldestDriver)
      return "driver";
    int major = 0, minor = 0;
    if (capability && capability(device, &major, &minor) == kSuccess && major < kNeededCapability)
      return "capability";
    return backend.empty() ? "backend" : "";
  }

  void addProcesses(Device device, int (*list)(Device, unsigned int*, Process*), std::vector<api::DeviceProcess>& out) const {
    std::array<Process, 64> found{};
    unsigned int size = found.size();
    if (!list || list(device, &size, found.data()) != kSuccess)
      return;
    for (unsigned int i = 0; i < size; ++i) {
      const auto pid = static_cast<int64_t>(found[i].pid);
      const bool known = std::any_of(out.begin(), out.end(), [&](const api::DeviceProcess& p) { return p.pid == pid; });
      if (!known)
        out.push_back({pid, processName(pid), found[i].usedMemory == ~0ULL ? 0 : static_cast<int64_t>(found[i].usedMemory), "", ""});
    }
  }

  api::DeviceTelemetry sample(Device device) const {
    api::DeviceTelemetry out;
    out.name = textOf(name, device);
    if (out.name.empty())
      out.name = "GPU";
    Memory bytes{};
    if (memory(device, &bytes) == kSuccess) {
      out.memoryTotal = static_cast<int64_t>(bytes.total);
      out.memoryUsed = static_cast<int64_t>(bytes.used);
    }
    Utilization rates{};
    if (utilization && utilization(device, &rates) == kSuccess)
      out.utilisation = rates.gpu;
    unsigned int value = 0;
    if (power && power(device, &value) == kSuccess)
      out.power = value / 1000.0;
    if (powerLimit && powerLimit(device, &value) == kSuccess)
      out.powerLimit = value / 1000.0;
    if (temperature && temperature(device, kTemperatureGpu, &value) == kSuccess)
      out.temperature = value;
    if (clock && clock(device, kClockSm, &value) == kSuccess)
      out.clock = value;
    if (clock && clock(device, kClockMemory, &value) == kSuccess)
      out.memoryClock = value;
    addProcesses(device, computing, out.processes);
    addProcesses(device, drawing, out.processes);
    return out;
  }
};

Devices::Devices() : m_impl(std::make_unique<Impl>()) { m_impl->open(); }

Devices::~Devices() {
  if (available())
    m_impl->shutdown();
  if (m_impl->library)
    ::dlclose(m_impl->library);
}

bool Devices::available() const { return m_impl->problem.empty(); }
bool Devices::driverFound() const { return m_impl->library != nullptr; }
const std::string& Devices::problem() const { return m_impl->problem; }

std::string Devices::driverVersion() const {
  std::array<char, 96> text{};
  return available() && m_impl->driver && m_impl->driver(text.data(), text.size()) == kSuccess ? text.data() : "";
}

std::vector<api::DeviceTelemetry> Devices::sample() const {
  std::vector<api::DeviceTelemetry> out;
  const auto devices = m_impl->visible();
  const std::string version = devices.empty() ? std::string() : driverVersion();
  for (Impl::Device device : devices) {
    out.push_back(m_impl->sample(device));
    out.back().id = "cuda:" + std::to_string(out.size() - 1);
    out.back().problem = m_impl->problemOf(device, version);
  }
  return out;
}

std::vector<size_t> visibleDevices(const char* value, const std::vector<std::string>& uuids) {
  std::vector<size_t> out;
  if (!value) {
    for (size_t i = 0; i < uuids.size(); ++i)
      out.push_back(i);
    return out;
  }
  const std::string_view all = value;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find(',', begin), all.size());
    const std::string_view entry = all.substr(begin, end - begin);
    begin = end + 1;
    size_t index = uuids.size();
    if (const auto [rest, error] = std::from_chars(entry.data(), entry.data() + entry.size(), index); error != std::errc() || rest != entry.data() + entry.size()) {
      index = uuids.size();
      for (size_t i = 0; i < uuids.size() && entry.size() > 4; ++i)
        if (uuids[i].starts_with(entry))
          index = i;
    }
    if (index >= uuids.size() || std::find(out.begin(), out.end(), index) != out.end())
      return out; // CUDA itself stops here
    out.push_back(index);
  }
  return out;
}

std::string gpuBackendFile() {
  const char* named = std::getenv("LATHE_CUDA_PLUGIN");
  const std::string folder = executableFolder();
  const std::vector<std::string> places =
      named && *named ? std::vector<std::string>{named}
                      : std::vector<std::string>{folder + "/liblathe_cuda.so", folder + "/../lib/liblathe_cuda.so", folder + "/../bin/liblathe_cuda.so"};
  for (const std::string& place : places)
    if (fileExists(place))
      return place;
  return {};
}

DeviceMemory memoryOf(const std::string& device) {
  const HostMemory host = hostMemory();
  const DeviceMemory processor{"cpu", "CPU", host.available, host.total};
  if (device == "cpu")
    return processor;
  static const Devices devices;
  const std::string wanted = device == "auto" || device.empty() || device == "cuda" ? "cuda:0" : device;
  for (const api::DeviceTelemetry& gpu : devices.sample())
    if (gpu.id == wanted && gpu.problem.empty())
      return {gpu.id, gpu.name, gpu.memoryTotal - gpu.memoryUsed, gpu.memoryTotal};
  return processor;
}

} // namespace lathe::monitor
