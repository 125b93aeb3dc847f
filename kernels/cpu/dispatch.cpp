// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/tables.h"

namespace lathe::kernels {

const CpuKernels& cpuKernels() {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2)
    return avx2::table();
#endif
  return baseline::table();
}

const CpuKernels& cpuKernelsBaseline() { return baseline::table(); }

} // namespace lathe::kernels
