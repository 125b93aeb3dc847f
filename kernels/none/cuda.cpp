// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda.h"

namespace lathe::kernels {

bool cudaKernelsAvailable() { return false; }

} // namespace lathe::kernels
