// SPDX-License-Identifier: Apache-2.0
#include "core/ops/norm.h"

#include "core/ops/checks.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

namespace lathe::ops {

namespace {
constexpr int64_t kGrain = 16;
constexpr int64_t kWeightRows = 64; // rows per partial sum of dWeight: fixed, so that the result does not depend on the threads
} // namespace

Normed rmsNorm(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd) {
  const int64_t width = x.size(-1), rows = x.numel() / width;
  noteTokens(rows);
  Normed out{at::empty_like(x), withRstd ? at::empty({rows}, x.options().dtype(at::kFloat)) : at::Tensor()};
  const kernels::RmsNormForward problem{x.data_ptr(), weight.data_ptr<float>(), out.y.data_ptr(), withRstd ? out.rstd.data_ptr<float>() : nullptr,
                                        width, static_cast<float>(options.eps), static_cast<float>(options.weightOffset), elementOf(x, "rmsNorm")};
  const auto& table = kernels::cpuKernels();
  parallelFor(rows, kGrain, [&](int64_t b, int64_t e) { table.rmsNormForward(problem, {b, e}); });
  return out;
}

at::Tensor rmsNormBackward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd,
                           const NormOptions& options, const at::Tensor& residual, const at::Tensor& dWeight) {
  const int64_t width = x.size(-1), rows = x.numel() / width;
  noteTokens(rows);
  at::Tensor dx = at::empty_like(x);
  kernels::RmsNormBackward problem{dy.data_ptr(), x.data_ptr(), weight.data_ptr<float>(), rstd.data_ptr<float>(),
                                   residual.defined() ? residual.data_ptr() : nullptr, dx.data_ptr(), nullptr, width,
                                   static_cast<float>(options.weightOffset), elementOf(x, "rmsNormBackward")};
  elementOf(dy, "rmsNormBackward");
  const auto& table = kernels::cpuKernels();
  if (!dWeight.defined()) {
    parallelFor(rows, kGrain, [&](int64_t b, int64_t e) { table.rmsNormBackward(problem, {b, e}); });
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
