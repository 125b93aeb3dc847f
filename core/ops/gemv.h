// SPDX-License-Identifier: Apache-2.0
// y = x · Wᵀ for a handful of rows (kernels/gemv.h): decoding, where reading the weights once decides the time.
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

/// CPU: x float32 [few, columns], w float32 or bfloat16 [rows, columns], all contiguous. GPU: both of one type, rows may be strided.
bool supportsGemv(const at::Tensor& x, const at::Tensor& w);
/// y [few, rows]: float32 on the CPU; float32 or the type of x on a GPU.
void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y);
/// The same with a bias (float32 [rows]) and a residual (as y, y itself allowed), each of which may be undefined: one launch on a GPU.
void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y, const at::Tensor& bias, const at::Tensor& add);

} // namespace lathe::ops
