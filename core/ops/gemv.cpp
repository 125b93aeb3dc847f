// SPDX-License-Identifier: Apache-2.0
#include "core/ops/gemv.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops {

bool supportsGemv(const at::Tensor& x, const at::Tensor& w) {
  constexpr int64_t kFewRows = 4;
  if (x.is_cuda())
    return cudaOps().supportsGemv(x, w);
  return x.is_cpu() && x.size(0) <= kFewRows && x.scalar_type() == at::kFloat && x.is_contiguous() && w.is_contiguous() &&
         (w.scalar_type() == at::kFloat || w.scalar_type() == at::kBFloat16);
}

void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y) {
  if (x.is_cuda())
    return cudaOps().launchGemv(x, w, y, {}, {});
  elementOf(y, "gemv");
  kernels::Gemv problem;
  problem.w = w.data_ptr();
  problem.x = x.data_ptr<float>();
  problem.y = y.data_ptr<float>();
  problem.rows = w.size(0);
  problem.columns = w.size(1);
  problem.batch = x.size(0);
  problem.element = elementOf(w, "gemv");
  // A second thread pays from about 64k multiplications.
  const int64_t grain = std::max<int64_t>(1, 65536 / std::max<int64_t>(1, kernels::kGemvRows * w.size(1) * x.size(0)));
  const auto& table = kernels::cpuKernels();
  parallelFor((w.size(0) + kernels::kGemvRows - 1) / kernels::kGemvRows, grain, [&](int64_t b, int64_t e) { table.gemv(problem, {b, e}); });
}

void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y, const at::Tensor& bias, const at::Tensor& add) {
  if (x.is_cuda())
    return cudaOps().launchGemv(x, w, y, bias, add);
  const at::Tensor residual = add.defined() && add.data_ptr() == y.data_ptr() ? add.clone() : add;
  launchGemv(x, w, y);
  if (bias.defined())
    y.add_(bias);
  if (residual.defined())
    y.add_(residual);
}

} // namespace lathe::ops
