// SPDX-License-Identifier: Apache-2.0
// A GPU's memory in words and numbers: what this process uses it for, and why it was not enough.
#pragma once

#include "core/ops/memory_scope.h"

#include <c10/core/Device.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lathe::ops {

/// A device as its driver sees it, in bytes.
struct DriverMemory {
  uint64_t total = 0, free = 0;
  uint64_t own = 0;    // of this process
  uint64_t others = 0; // of other programs
  struct Program {
    int64_t pid = 0;
    uint64_t bytes = 0;
  };
  std::vector<Program> programs; // other programs that the driver names
};

/// The last request that the allocator had to refuse, as things were at that moment.
struct RefusedMemory {
  uint64_t count = 0; // refusals so far; 0: none, and nothing below means anything
  uint64_t asked = 0, free = 0;
  MemoryAnatomy anatomy;
};

enum class MemoryMoment { Now, Peak }; // Peak: since ops::CudaOps::resetPeakMemory

/// Everything this process has of a GPU, by the names of metric rows: the categories, "held" (kept by LibTorch's allocator for the next tensor) and "context"
/// (what the driver keeps for the process: context, code of kernels, libraries, recorded graphs). Categories without a byte are left out. At this moment the
/// sum is the driver's figure for this process. The driver is asked where `askDriver` says so or what the allocator holds has changed since the last time.
std::map<std::string, uint64_t> deviceMemoryByCategory(at::Device device, MemoryMoment moment, bool askDriver);

/// OutOfMemory, with the numbers, where less than `bytes` can be had: "The model needs 15.0 GiB …". `what`: "The model". Nothing on a CPU.
void requireDeviceMemory(at::Device device, uint64_t bytes, const std::string& what);

/// The last refusal as sentences: what was asked for, what was free, what it is used for, who else uses the device. Empty where nothing was refused.
std::string refusedMemoryText(at::Device device);
std::string refusedMemoryText(); // of the calling thread's GPU
/// The parts of refusedMemoryText().
std::string anatomyText(const MemoryAnatomy& anatomy);  // "weights 15.0 GiB, stash 8.1 GiB", largest first
std::string refusalText(const RefusedMemory& refused, const DriverMemory& driver);

} // namespace lathe::ops
