// SPDX-License-Identifier: Apache-2.0
#include "core/ops/adamw.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace lathe::ops {

void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& o, int64_t step) {
  if (value.is_cuda())
    return cudaOps().adamwStep(value, grad, mean, variance, o, step);
  for (const at::Tensor& t : {value, grad, mean, variance})
    elementOf(t, "adamwStep");
  kernels::AdamW p;
  p.value = value.data_ptr<float>();
  p.grad = grad.data_ptr<float>();
  p.mean = mean.data_ptr<float>();
  p.variance = variance.data_ptr<float>();
  p.gradScale = static_cast<float>(o.gradScale);
  p.lr = static_cast<float>(o.lr);
  p.beta1 = static_cast<float>(o.beta1);
  p.beta2 = static_cast<float>(o.beta2);
  p.eps = static_cast<float>(o.eps);
  p.weightDecay = static_cast<float>(o.weightDecay);
  p.correction1 = static_cast<float>(1 - std::pow(o.beta1, static_cast<double>(step)));
  p.correction2Sqrt = static_cast<float>(std::sqrt(1 - std::pow(o.beta2, static_cast<double>(step))));
  constexpr int64_t kBlock = 64;
  const int64_t n = value.numel();
  const auto& table = kernels::cpuKernels();
  parallelFor((n + kBlock - 1) / kBlock, 512, [&](int64_t b, int64_t e) { table.adamW(p, {b * kBlock, std::min(n, e * kBlock)}); });
}

at::Tensor globalNorm(const at::Tensor& flat) {
  constexpr int64_t kPiece = int64_t{16} << 20; // no float64 copy of the whole gradient is made
  std::vector<at::Tensor> norms;
  for (int64_t offset = 0; offset < flat.numel(); offset += kPiece)
    norms.push_back(at::linalg_vector_norm(flat.narrow(0, offset, std::min(kPiece, flat.numel() - offset)), 2, std::nullopt, false, at::kDouble));
  return norms.size() == 1 ? norms.front() : at::linalg_vector_norm(at::stack(norms), 2);
}

at::Tensor clippedAdamwStep(AdamWState& s, double rate, const at::Tensor& lossSum, const ClippedAdamWOptions& options, const at::Tensor& deviceRate) {
  const c10::NoGradGuard noGrad;
  if (s.value.is_cuda())
    return cudaOps().clippedAdamwStep(s, rate, lossSum, options, deviceRate);
  const at::Tensor norm = globalNorm(s.grad);
  const at::Tensor applied = at::logical_and(at::isfinite(norm), at::isfinite(lossSum)).to(at::kFloat);
  if (options.maxGradNorm)
    s.grad.mul_((*options.maxGradNorm / (norm + 1e-6)).clamp_max(1.0).to(at::kFloat));
  s.updates.add_(applied);
  const at::Tensor skipped = 1 - applied;
  at::_fused_adamw_({s.value}, {s.grad}, {s.mean}, {s.variance}, {}, {s.updates}, deviceRate.defined() ? deviceRate.item<double>() : rate, options.beta1,
                    options.beta2, options.weightDecay, options.eps, false, false, std::nullopt, skipped);
  if (s.published.defined())
    s.published.copy_(s.value);
  return at::stack({lossSum.to(at::kDouble), norm, applied.to(at::kDouble)});
}

} // namespace lathe::ops
