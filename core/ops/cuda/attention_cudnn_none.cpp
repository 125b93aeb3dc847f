// SPDX-License-Identifier: Apache-2.0
// Built instead of attention_cudnn.cpp where the cuDNN front end is not installed.
#include "core/ops/cuda/attention_cudnn.h"

namespace lathe::ops::gpu {

bool supportsCudnn(const at::Tensor&, const Sequences&, const AttentionOptions&) { return false; }
std::optional<AttentionResult> cudnnForward(const at::Tensor&, const at::Tensor&, const at::Tensor&, const Sequences&, const AttentionOptions&) { return std::nullopt; }
std::optional<AttentionGradients> cudnnBackward(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const AttentionResult&, const Sequences&,
                                                const AttentionOptions&, const AttentionGradients&) {
  return std::nullopt;
}
AttentionPlans attentionPlans() { return {}; }

} // namespace lathe::ops::gpu
