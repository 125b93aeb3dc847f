// SPDX-License-Identifier: Apache-2.0
#include "core/ops/matmul.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"

#include <ATen/ATen.h>

namespace lathe::ops {

void accumulateOuter(at::Tensor grad, const at::Tensor& dy, const at::Tensor& x, double scale) {
  noteTokens(dy.size(0));
  if (grad.is_cuda())
    return cudaOps().accumulateOuter(grad, dy, x, scale);
  grad.addmm_(floatOf(dy).t(), floatOf(x), 1, scale);
}

void accumulateRows(at::Tensor grad, const at::Tensor& dy) {
  if (dy.scalar_type() == at::kFloat)
    grad.add_(dy.sum(0));
  else
    grad.add_(at::sum(dy, {0}, false, at::kFloat));
}

void multiplyInto(at::Tensor& out, const at::Tensor& x, const at::Tensor& w) {
  noteTokens(x.size(0));
  if (out.is_cuda() && out.scalar_type() != x.scalar_type())
    return cudaOps().multiplyInto(out, x, w);
  at::mm_out(out, x, w.t());
}

} // namespace lathe::ops
