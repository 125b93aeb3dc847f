// SPDX-License-Identifier: Apache-2.0
#include "core/ops/embedding.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"

#include <ATen/ATen.h>

namespace lathe::ops {

at::Tensor embeddingRows(const at::Tensor& table, const at::Tensor& tokens) {
  noteTokens(tokens.size(0));
  return table.index_select(0, tokens);
}

void accumulateEmbedding(at::Tensor grad, const at::Tensor& tokens, const at::Tensor& dx) {
  noteTokens(tokens.size(0));
  if (grad.is_cuda())
    return cudaOps().accumulateEmbedding(grad, tokens, dx);
  grad.index_add_(0, tokens, floatOf(dx));
}

} // namespace lathe::ops
