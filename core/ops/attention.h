// SPDX-License-Identifier: Apache-2.0
// Attention over packed sequences and over paged caches. One interface, several back ends chosen by supports… questions; today the CPU
// back end (kernels/attention.h), which never holds more scores than a block of queries by a block of keys.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace lathe::ops {

struct AttentionOptions {
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  double scale = 0;   // 0 = 1 / √headDim
  double softcap = 0; // 0 = none
  int64_t window = 0; // 0 = none; w: position i sees i − w < j ≤ i
};

bool supportsCpuAttention(const at::Tensor& q, const AttentionOptions& options);

struct AttentionResult {
  at::Tensor out; // [T, heads, headDim]
  at::Tensor lse; // float32 [T, heads]
};
/// q [T, heads, headDim], k and v [T, kvHeads, headDim], cuSeqlens int32 [n + 1] on the CPU.
AttentionResult attentionForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& cuSeqlens, const AttentionOptions& options);

struct AttentionGradients {
  at::Tensor dq, dk, dv;
};
AttentionGradients attentionBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const at::Tensor& cuSeqlens, const AttentionOptions& options);

/// Keys and values of every sequence in pages; the new tokens' are already stored.
struct PagedKeys {
  at::Tensor keys, values; // [pages, pageSize, kvHeads, headDim]
  at::Tensor kvLengths;    // int32 [n], CPU: tokens before the new ones
  at::Tensor blockTable;   // int32 [n, most pages], CPU
  int64_t pageSize = 0;
};
/// q holds the new tokens only, cuSeqlens counts them. Returns [T, heads, headDim].
at::Tensor attentionCached(const at::Tensor& q, const PagedKeys& cache, const at::Tensor& cuSeqlens, const AttentionOptions& options);

} // namespace lathe::ops
