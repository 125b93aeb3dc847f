// SPDX-License-Identifier: Apache-2.0
#include "core/ops/norm.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops {

namespace {
constexpr int64_t kNormGrain = 16;
constexpr int64_t kWeightRows = 64; // rows per partial sum of dWeight: fixed, so that the result does not depend on the threads

void rmsNormCpu(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, Normed& out) {
  const int64_t width = x.size(-1);
  kernels::RmsNormForward problem;
  problem.x = x.data_ptr();
  problem.weight = weight.data_ptr<float>();
  problem.y = out.y.data_ptr();
  problem.rstd = out.rstd.defined() ? out.rstd.data_ptr<float>() : nullptr;
  problem.width = width;
  problem.eps = static_cast<float>(options.eps);
  problem.offset = static_cast<float>(options.weightOffset);
  problem.element = elementOf(x, "rmsNorm");
  const auto& table = kernels::cpuKernels();
  parallelFor(x.numel() / width, kNormGrain, [&](int64_t b, int64_t e) { table.rmsNormForward(problem, {b, e}); });
}
} // namespace

Normed rmsNorm(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out) {
  const int64_t rows = x.numel() / x.size(-1);
  noteTokens(rows);
  if (x.is_cuda())
    return cudaOps().rmsNorm(x, weight, options, withRstd, out);
  const bool direct = !out.defined() || out.is_contiguous();
  Normed result{out.defined() && direct ? out : at::empty(x.sizes(), x.options()), withRstd ? at::empty({rows}, x.options().dtype(at::kFloat)) : at::Tensor()};
  rmsNormCpu(x.contiguous(), weight, options, result);
  if (!direct)
    result.y = at::Tensor(out).copy_(result.y);
  return result;
}

SummedNorm addRmsNorm(at::Tensor x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out) {
  if (x.is_cuda()) {
    noteTokens(x.numel() / x.size(-1));
    return cudaOps().addRmsNorm(x, residual, weight, options, withRstd, out);
  }
  x.add_(residual);
  Normed normed = rmsNorm(x, weight, options, withRstd, out);
  return {x, normed.y, normed.rstd};
}

at::Tensor rmsNormBackward(const at::Tensor& dyGiven, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd,
                           const NormOptions& options, const at::Tensor& residual, const at::Tensor& dWeight) {
  const int64_t width = x.size(-1), rows = x.numel() / width;
  noteTokens(rows);
  if (x.is_cuda())
    return cudaOps().rmsNormBackward(dyGiven, x, weight, rstd, options, residual, dWeight);
  const at::Tensor dy = dyGiven.contiguous();
  at::Tensor dx = at::empty_like(x);
  kernels::RmsNormBackward problem;
  problem.dy = dy.data_ptr();
  problem.x = x.data_ptr();
  problem.weight = weight.data_ptr<float>();
  problem.rstd = rstd.data_ptr<float>();
  problem.residual = residual.defined() ? residual.data_ptr() : nullptr;
  problem.dx = dx.data_ptr();
  problem.width = width;
  problem.offset = static_cast<float>(options.weightOffset);
  problem.element = elementOf(x, "rmsNormBackward");
  elementOf(dy, "rmsNormBackward");
  const auto& table = kernels::cpuKernels();
  if (!dWeight.defined()) {
    parallelFor(rows, kNormGrain, [&](int64_t b, int64_t e) { table.rmsNormBackward(problem, {b, e}); });
    return dx;
  }
  const int64_t pieces = (rows + kWeightRows - 1) / kWeightRows;
  at::Tensor partial = at::zeros({pieces, width}, dWeight.options());
  float* sums = partial.data_ptr<float>();
  parallelFor(pieces, 1, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) {
      kernels::RmsNormBackward piece = problem;
      piece.dWeight = sums + i * width;
      table.rmsNormBackward(piece, {i * kWeightRows, std::min(rows, (i + 1) * kWeightRows)});
    }
  });
  at::Tensor target = dWeight;
  target.add_(partial.sum(0));
  return dx;
}

} // namespace lathe::ops
