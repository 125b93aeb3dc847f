// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cuda/driver_memory.h"

#include "core/ops/cuda/table.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <optional>
#include <unistd.h>

namespace lathe::ops::gpu {

namespace {

template <class Function>
bool take(Function*& function, void* library, const char* symbol) {
  function = library ? reinterpret_cast<Function*>(dlsym(library, symbol)) : nullptr;
  return function != nullptr;
}

/// The few functions that are needed here, declared as in NVML's public interface (docs.nvidia.com/deploy/nvml-api).
class Management {
public:
  using Device = struct nvmlDevice_st*;
  struct Memory {
    unsigned long long total, free, used;
  };
  struct Process { // nvmlProcessInfo_v2_t, also what the _v3 calls fill
    unsigned int pid;
    unsigned long long usedMemory; // all ones: not told
    unsigned int gpuInstance, computeInstance;
  };

  Management() {
    void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    int (*init)() = nullptr;
    take(m_computing, library, "nvmlDeviceGetComputeRunningProcesses_v3");
    m_ready = take(init, library, "nvmlInit_v2") && take(m_byBus, library, "nvmlDeviceGetHandleByPciBusId_v2") && take(m_memory, library, "nvmlDeviceGetMemoryInfo") && init() == 0;
  }

  /// Bytes in use by everybody.
  std::optional<uint64_t> used(const char* bus) const {
    Memory memory{};
    const Device device = find(bus);
    if (!device || m_memory(device, &memory) != 0)
      return std::nullopt;
    return memory.used;
  }
  std::vector<DriverMemory::Program> programs(const char* bus) const {
    std::array<Process, 64> found{};
    unsigned int count = found.size();
    std::vector<DriverMemory::Program> out;
    const Device device = find(bus);
    if (!device || !m_computing || m_computing(device, &count, found.data()) != 0)
      return out;
    for (unsigned int i = 0; i < count; ++i)
      out.push_back({static_cast<int64_t>(found[i].pid), found[i].usedMemory == ~0ULL ? 0 : found[i].usedMemory});
    return out;
  }

private:
  Device find(const char* bus) const {
    Device device = nullptr;
    return m_ready && *bus && m_byBus(bus, &device) == 0 ? device : nullptr;
  }
  bool m_ready = false;
  int (*m_byBus)(const char*, Device*) = nullptr;
  int (*m_memory)(Device, Memory*) = nullptr;
  int (*m_computing)(Device, unsigned int*, Process*) = nullptr;
};

const Management& management() {
  static const Management& management = *new Management;
  return management;
}

struct KnownDevice {
  std::array<char, 32> bus{};
  std::optional<uint64_t> before;             // in use before this process had a context
  uint64_t context = 0, reserved = 0;         // when the driver was asked last
  bool asked = false;
};
struct KnownDevices {
  std::mutex mutex;
  std::map<int, KnownDevice> devices;
};
KnownDevices& known() {
  static KnownDevices& known = *new KnownDevices;
  return known;
}

/// The PCI address, and whether this process has no context there yet; through the driver, since asking the runtime may make one.
bool isUntouched(int index, std::array<char, 32>& bus) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  int (*get)(int*, int) = nullptr;
  int (*busOf)(char*, int, int) = nullptr;
  int (*state)(int, unsigned int*, int*) = nullptr;
  int device = 0, active = 1;
  unsigned int flags = 0;
  if (!take(get, driver, "cuDeviceGet") || !take(busOf, driver, "cuDeviceGetPCIBusId") || !take(state, driver, "cuDevicePrimaryCtxGetState"))
    return false;
  if (get(&device, index) != 0 || busOf(bus.data(), static_cast<int>(bus.size()), device) != 0) {
    bus[0] = 0;
    return false;
  }
  return state(device, &flags, &active) == 0 && active == 0;
}

uint64_t reservedOn(at::Device device) {
  return static_cast<uint64_t>(std::max<int64_t>(0, c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).reserved_bytes[0].current));
}

} // namespace

void noteDriverMemory(at::Device device) {
  const std::lock_guard lock(known().mutex);
  const auto [entry, isNew] = known().devices.try_emplace(device.index());
  if (isNew && isUntouched(device.index(), entry->second.bus))
    entry->second.before = management().used(entry->second.bus.data());
}

DriverMemory driverMemory(at::Device device) {
  KnownDevice entry;
  {
    const std::lock_guard lock(known().mutex);
    entry = known().devices[device.index()];
  }
  const c10::cuda::CUDAGuard guard(device);
  size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  const uint64_t reserved = reservedOn(device), inUse = total - free;
  DriverMemory out{total, free, inUse, 0, {}};
  if (const auto used = management().used(entry.bus.data()); used && entry.before && *used > *entry.before)
    out.own = *used - *entry.before;
  for (const DriverMemory::Program& program : management().programs(entry.bus.data()))
    if (program.pid != static_cast<int64_t>(::getpid()))
      out.programs.push_back(program);
    else if (program.bytes >= reserved && program.bytes <= inUse) // inside a container numbers may be those of other processes
      out.own = program.bytes;
  out.own = std::clamp(out.own, std::min(reserved, inUse), inUse);
  out.others = inUse - out.own;
  return out;
}

uint64_t ownMemory(at::Device device, bool ask) {
  const uint64_t reserved = reservedOn(device);
  {
    const std::lock_guard lock(known().mutex);
    const KnownDevice& entry = known().devices[device.index()];
    if (entry.asked && !ask && entry.reserved == reserved)
      return reserved + entry.context;
  }
  const uint64_t own = driverMemory(device).own;
  const std::lock_guard lock(known().mutex);
  KnownDevice& entry = known().devices[device.index()];
  entry.asked = true;
  entry.reserved = reserved;
  entry.context = own - std::min(own, reserved);
  return reserved + entry.context;
}

} // namespace lathe::ops::gpu
