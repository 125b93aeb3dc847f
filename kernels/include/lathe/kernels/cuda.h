// SPDX-License-Identifier: Apache-2.0
// Whether kernels/cuda is linked. kernels/none answers no, and core/ops says so to the person.
#pragma once

namespace lathe::kernels {

bool cudaKernelsAvailable();

} // namespace lathe::kernels
