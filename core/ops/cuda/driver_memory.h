// SPDX-License-Identifier: Apache-2.0
// What the driver says of a GPU's memory. NVML, where it can be loaded, tells this process from others; it counts without a CUDA context, so that what the
// context itself takes is seen.
#pragma once

#include "core/ops/device_memory.h"

namespace lathe::ops::gpu {

/// Call before anything of CUDA is done on the device: remembers what others use. Once per device; later calls do nothing.
void noteDriverMemory(at::Device device);
/// Asks the driver: about a millisecond. `own` is at least what LibTorch's allocator holds. Without NVML all that is in use counts as `own`.
DriverMemory driverMemory(at::Device device);
/// What the allocator holds and what else the driver keeps for this process. Asks where `ask` or the former has changed.
uint64_t ownMemory(at::Device device, bool ask);

} // namespace lathe::ops::gpu
