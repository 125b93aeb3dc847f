// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cuda/attention_backends.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

namespace lathe::ops::gpu {

namespace {
std::optional<int64_t> leftOf(const AttentionOptions& o) { return o.window > 0 ? std::optional<int64_t>(o.window - 1) : std::nullopt; }
std::optional<int64_t> rightOf(const AttentionOptions& o) { return o.window > 0 ? std::optional<int64_t>(0) : std::nullopt; }
} // namespace

bool supportsFlash(const at::Tensor& q, const AttentionOptions& o) {
  return (q.scalar_type() == at::kBFloat16 || q.scalar_type() == at::kHalf) && o.headDim % 8 == 0 && o.headDim <= 256 && o.softcap == 0 && o.heads % o.kvHeads == 0;
}

AttentionResult flashForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& o) {
  const auto [out, lse, seed, offset, debug] = at::_flash_attention_forward(q, k, v, queries.device, keys.device, queries.maxLength, keys.maxLength, 0.0, true, false,
                                                                            scaleOf(o), leftOf(o), rightOf(o));
  return {out, lse, AttentionBackend::Flash};
}

AttentionGradients flashBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                 const Sequences& s, const AttentionOptions& o) {
  // Random state of a dropout that is never on.
  const at::Tensor seed = at::empty({2}, q.options().dtype(at::kUInt64)), unused = at::empty({}, q.options().dtype(at::kUInt64));
  auto [dq, dk, dv] = at::_flash_attention_backward(dOut, q, k, v, forward.out, forward.lse, s.device, s.device, s.maxLength, s.maxLength, 0.0, true, seed, unused,
                                                    scaleOf(o), leftOf(o), rightOf(o));
  return {dq, dk, dv};
}

} // namespace lathe::ops::gpu
