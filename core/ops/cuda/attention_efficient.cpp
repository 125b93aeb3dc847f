// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cuda/attention_backends.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <array>
#include <cmath>
#include <optional>

namespace lathe::ops::gpu {

namespace {
constexpr int64_t kCausalFromBottomRight = 2;

std::optional<int64_t> windowOf(const AttentionOptions& o) { return o.window > 0 ? std::optional<int64_t>(o.window) : std::nullopt; }

/// [1, T, heads, headDim]; key-value heads once per query head, which is what this back end asks for.
at::Tensor batched(const at::Tensor& x, int64_t heads) {
  return (x.size(1) == heads ? x.contiguous() : x.repeat_interleave(heads / x.size(1), 1)).unsqueeze(0);
}
at::Tensor summedHeads(const at::Tensor& gradient, const at::Tensor& like) {
  const at::Tensor rows = gradient.squeeze(0);
  if (rows.size(1) == like.size(1))
    return rows;
  return rows.reshape({rows.size(0), like.size(1), -1, rows.size(2)}).sum(2);
}
} // namespace

bool supportsEfficient(const at::Tensor& q, const AttentionOptions& o) {
  const int64_t multiple = q.scalar_type() == at::kFloat ? 4 : 8; // 16 bytes
  return (q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16) && o.headDim % multiple == 0 && o.softcap == 0 && o.heads % o.kvHeads == 0;
}

AttentionResult efficientForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& o) {
  const auto repeated = [&] {
    const CategoryScope copies(MemoryCategory::Workspace); // the result is the caller's
    return std::array{batched(q, o.heads), batched(k, o.heads), batched(v, o.heads)};
  }();
  const auto result = at::_efficient_attention_forward(repeated[0], repeated[1], repeated[2], std::nullopt, queries.device, keys.device, queries.maxLength, keys.maxLength, 0.0,
                                                       kCausalFromBottomRight, true, scaleOf(o), std::nullopt, windowOf(o));
  return {std::get<0>(result).squeeze(0), std::get<1>(result), AttentionBackend::Efficient};
}

AttentionGradients efficientBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const Sequences& s, const AttentionOptions& o) {
  const at::Tensor seed = at::zeros({}, at::TensorOptions().dtype(at::kLong)), offset = at::zeros({}, at::TensorOptions().dtype(at::kLong));
  // One split of the keys: each gradient has one owner, so the sums are the same every time.
  const std::optional<int64_t> splits = at::globalContext().deterministicAlgorithms() ? std::optional<int64_t>(1) : std::nullopt;
  const auto [dq, dk, dv, bias] = at::_efficient_attention_backward(dOut.unsqueeze(0), batched(q, o.heads), batched(k, o.heads), batched(v, o.heads), std::nullopt,
                                                                    forward.out.unsqueeze(0), s.device, s.device, s.maxLength, s.maxLength, forward.lse, 0.0, seed, offset,
                                                                    kCausalFromBottomRight, false, scaleOf(o), splits, windowOf(o));
  return {dq.squeeze(0), summedHeads(dk, k), summedHeads(dv, v)};
}

} // namespace lathe::ops::gpu
