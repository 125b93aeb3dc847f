// SPDX-License-Identifier: Apache-2.0
// cuDNN's fused attention on packed sequences (Hopper and later data-centre GPUs, bfloat16), through our own cache of plans: ATen's variable-length
// call builds its plan again every time, tens of milliseconds each.
#pragma once

#include "core/ops/cuda/table.h"

#include <optional>

namespace lathe::ops::gpu {

/// Whether cuDNN is worth asking: the GPU, the type, the sizes, the memory that deterministic sums need.
bool supportsCudnn(const at::Tensor& q, const Sequences& sequences, const AttentionOptions& options);
/// Nothing when cuDNN has no engine for these shapes; the caller takes another back end.
std::optional<AttentionResult> cudnnForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& sequences, const AttentionOptions& options);
std::optional<AttentionGradients> cudnnBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                                const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into);
AttentionPlans attentionPlans();

} // namespace lathe::ops::gpu
