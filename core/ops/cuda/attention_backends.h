// SPDX-License-Identifier: Apache-2.0
// Attention back ends of the GPU: pairs supports… / forward, backward. Queries and keys may differ in number (cached prefill): query i of a
// sequence stands at position keys − queries + i. q [Tq, heads, headDim], k and v [Tk, kvHeads, headDim] with dense rows.
#pragma once

#include "core/ops/cuda/table.h"

#include <cmath>

namespace lathe::ops::gpu {

inline double scaleOf(const AttentionOptions& o) { return o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<double>(o.headDim)); }

/// FlashAttention 2 through ATen: bfloat16 and float16, head dims that are multiples of 8 up to 256, windows; no soft-cap.
bool supportsFlash(const at::Tensor& q, const AttentionOptions& options);
AttentionResult flashForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& options);
AttentionGradients flashBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                 const Sequences& sequences, const AttentionOptions& options);

/// Memory-efficient attention through ATen: float32 (three tf32 products per product, so about float32's precision) and bfloat16, head dims of
/// whole 16 bytes, windows; no soft-cap.
bool supportsEfficient(const at::Tensor& q, const AttentionOptions& options);
AttentionResult efficientForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& options);
AttentionGradients efficientBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const Sequences& sequences, const AttentionOptions& options);

/// Plain operations, one sequence after the other, float32 scores: everything else, slowly.
AttentionResult composedForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& options);
AttentionGradients composedBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                    const Sequences& sequences, const AttentionOptions& options);

} // namespace lathe::ops::gpu
