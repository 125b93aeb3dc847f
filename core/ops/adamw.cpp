// SPDX-License-Identifier: Apache-2.0
#include "core/ops/adamw.h"

#include "core/ops/checks.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <cmath>

namespace lathe::ops {

void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& o, int64_t step) {
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

} // namespace lathe::ops
