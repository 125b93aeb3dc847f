// SPDX-License-Identifier: Apache-2.0
// Matrix products whose result is wider than their operands: bfloat16 in, float32 accumulated and kept.
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

/// grad (float32 [out, in]) += scale · dyᵀ · x. dy [T, out] and x [T, in] have one type, float32 or bfloat16 (the CPU computes in float32). Rows may be strided.
void accumulateOuter(at::Tensor grad, const at::Tensor& dy, const at::Tensor& x, double scale = 1);
/// grad (float32 [out]) += Σ rows of dy.
void accumulateRows(at::Tensor grad, const at::Tensor& dy);
/// out = x · wᵀ where out may be float32 while x and w are bfloat16 (on a GPU); all three of one type otherwise.
void multiplyInto(at::Tensor& out, const at::Tensor& x, const at::Tensor& w);

} // namespace lathe::ops
