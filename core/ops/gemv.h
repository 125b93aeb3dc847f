// SPDX-License-Identifier: Apache-2.0
// y = x · Wᵀ for a handful of rows (kernels/gemv.h): decoding, where reading the weights once decides the time.
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

/// x float32 [few, columns], w float32 or bfloat16 [rows, columns], all contiguous on the CPU.
bool supportsGemv(const at::Tensor& x, const at::Tensor& w);
/// y float32 [few, rows].
void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y);

} // namespace lathe::ops
