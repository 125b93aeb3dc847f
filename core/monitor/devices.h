// SPDX-License-Identifier: Apache-2.0
// Accelerators through NVML, which is loaded at run time: without a driver the list is empty and nothing else changes.
#pragma once

#include "core/api/values.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe::monitor {

inline constexpr int kOldestDriver = 580; // of the CUDA 13 toolkit

class Devices {
public:
  Devices();
  ~Devices();
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  /// True when NVML was loaded and started.
  bool available() const;
  /// Whether the driver's library is there at all.
  bool driverFound() const;
  /// Why not available, in one sentence; empty when available.
  const std::string& problem() const;
  std::string driverVersion() const; // "580.65.06"; empty when unknown
  /// Figures of every GPU that CUDA_VISIBLE_DEVICES leaves visible, in the order of "cuda:N"; a figure the driver does not give is NaN.
  std::vector<api::DeviceTelemetry> sample() const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

/// NVML indices in the order of cuda:0, cuda:1 … as CUDA_VISIBLE_DEVICES (`value`, nullptr: not set) chooses them: indices or beginnings of UUIDs,
/// up to the first that names no device.
std::vector<size_t> visibleDevices(const char* value, const std::vector<std::string>& uuids);

/// liblathe_cuda.so where the worker looks for it; empty when this build has none.
std::string gpuBackendFile();

/// The device that "auto", "cpu", "cuda" or "cuda:N" means here, with what is free on it. The processor where the GPU named cannot be used.
struct DeviceMemory {
  std::string id = "cpu", name = "CPU";
  int64_t free = 0, total = 0; // bytes
};
DeviceMemory memoryOf(const std::string& device);

} // namespace lathe::monitor
