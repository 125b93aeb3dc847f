// SPDX-License-Identifier: Apache-2.0
// The CUDA versions. Every launch function only enqueues work on the stream: no allocation, no synchronisation, no copy to or from the host, so
// each one can be captured into a graph. Pointers are device pointers unless a comment says otherwise. Results do not depend on timing: sums are
// formed in a fixed order. Row strides count elements; 0 means contiguous. 16-byte accesses are used where bases and strides allow, single
// elements otherwise.
//   Ok           enqueued
//   Unsupported  sizes or options that no kernel here handles; nothing was enqueued
//   Failed       the CUDA runtime refused the launch; lastCudaError() says why (per thread)
#pragma once

#include "lathe/kernels/adamw.h"
#include "lathe/kernels/cross_entropy.h"
#include "lathe/kernels/decode.h"
#include "lathe/kernels/dropout.h"
#include "lathe/kernels/embedding.h"
#include "lathe/kernels/gated.h"
#include "lathe/kernels/gemv.h"
#include "lathe/kernels/rms_norm.h"
#include "lathe/kernels/rotary.h"
#include "lathe/kernels/sample.h"
#include "lathe/kernels/strided.h"

namespace lathe::kernels {

/// Whether kernels/cuda is linked. kernels/none answers no, and core/ops says so to the person.
bool cudaKernelsAvailable();
/// Text of the last failed launch of this thread; "" when there was none. kernels/cuda only.
const char* lastCudaError();

} // namespace lathe::kernels
