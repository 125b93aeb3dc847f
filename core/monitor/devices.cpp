// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/devices.h"

#include <array>

#include <dlfcn.h>

namespace lathe::monitor {
namespace {

// From NVML's public interface (docs.nvidia.com/deploy/nvml-api); declared here so that building needs no NVIDIA files.
using Device = struct nvmlDevice_st*;
struct Memory {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned int gpu, memory;
};
constexpr int kSuccess = 0;
constexpr unsigned int kTemperatureGpu = 0;

} // namespace

struct Devices::Impl {
  void* library = nullptr;
  std::string problem;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*byIndex)(unsigned int, Device*) = nullptr;
  int (*name)(Device, char*, unsigned int) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*power)(Device, unsigned int*) = nullptr;
  int (*temperature)(Device, unsigned int, unsigned int*) = nullptr;
  int (*driver)(char*, unsigned int) = nullptr;

  template <class Function>
  bool load(Function*& function, const char* symbol) {
    function = reinterpret_cast<Function*>(::dlsym(library, symbol));
    return function != nullptr;
  }

  void open() {
    library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      problem = "No NVIDIA driver was found (libnvidia-ml.so.1 is missing).";
      return;
    }
    load(driver, "nvmlSystemGetDriverVersion");
    load(utilization, "nvmlDeviceGetUtilizationRates");
    load(power, "nvmlDeviceGetPowerUsage");
    load(temperature, "nvmlDeviceGetTemperature");
    const bool whole = load(init, "nvmlInit_v2") && load(shutdown, "nvmlShutdown") && load(count, "nvmlDeviceGetCount_v2") &&
                       load(byIndex, "nvmlDeviceGetHandleByIndex_v2") && load(name, "nvmlDeviceGetName") && load(memory, "nvmlDeviceGetMemoryInfo");
    if (!whole)
      problem = "The NVIDIA driver's management library is too old.";
    else if (const int code = init(); code != kSuccess)
      problem = "The NVIDIA driver did not start (NVML error " + std::to_string(code) + ").";
  }

  api::DeviceTelemetry sample(Device device) const {
    api::DeviceTelemetry out;
    std::array<char, 96> text{};
    out.name = name(device, text.data(), text.size()) == kSuccess ? text.data() : "GPU";
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
    if (temperature && temperature(device, kTemperatureGpu, &value) == kSuccess)
      out.temperature = value;
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
const std::string& Devices::problem() const { return m_impl->problem; }

std::string Devices::driverVersion() const {
  std::array<char, 96> text{};
  return available() && m_impl->driver && m_impl->driver(text.data(), text.size()) == kSuccess ? text.data() : "";
}

std::vector<api::DeviceTelemetry> Devices::sample() const {
  std::vector<api::DeviceTelemetry> out;
  unsigned int count = 0;
  if (!available() || m_impl->count(&count) != kSuccess)
    return out;
  for (unsigned int i = 0; i < count; ++i) {
    Device device = nullptr;
    if (m_impl->byIndex(i, &device) == kSuccess)
      out.push_back(m_impl->sample(device));
  }
  return out;
}

} // namespace lathe::monitor
