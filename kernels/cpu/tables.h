// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lathe/kernels/cpu.h"

namespace lathe::kernels {
namespace avx2 {
const CpuKernels& table();
}
namespace baseline {
const CpuKernels& table();
}
} // namespace lathe::kernels
