// SPDX-License-Identifier: Apache-2.0
// Rows of an embedding, and the gradient that flows back into them.
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

/// [T, hidden] in the table's type; tokens int64 [T] on the table's device.
at::Tensor embeddingRows(const at::Tensor& table, const at::Tensor& tokens);
/// grad (float32 [vocab, hidden])[tokens[t]] += dx[t]. The same sum in every run when deterministic algorithms are asked for.
void accumulateEmbedding(at::Tensor grad, const at::Tensor& tokens, const at::Tensor& dx);

} // namespace lathe::ops
