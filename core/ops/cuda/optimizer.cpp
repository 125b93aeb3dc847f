// SPDX-License-Identifier: Apache-2.0
// The optimizer step: norm, clipping, bias correction and update, with every number that changes in device memory.
#include "core/ops/cuda/table.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstddef>

namespace lathe::ops::gpu {

namespace {
static_assert(sizeof(kernels::AdamWStep) == 3 * sizeof(float) && sizeof(kernels::ClipState) == 3 * sizeof(float));
constexpr int64_t kLr = 0, kCorrection1 = 1, kCorrection2 = 2; // of AdamWStep
constexpr int64_t kNorm = 0, kNonFinite = 2;                   // of ClipState

kernels::AdamWFlat flatOf(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const at::Tensor& step, const at::Tensor& clip) {
  for (const at::Tensor& t : {value, grad, mean, variance})
    if (!t.is_contiguous() || t.scalar_type() != at::kFloat)
      throw Exception(ErrorKind::Internal, "The optimizer was given a buffer that is not a contiguous float32 one.");
  kernels::AdamWFlat p;
  p.value = value.data_ptr<float>();
  p.grad = grad.data_ptr<float>();
  p.mean = mean.data_ptr<float>();
  p.variance = variance.data_ptr<float>();
  p.step = reinterpret_cast<const kernels::AdamWStep*>(step.data_ptr<float>());
  p.clip = reinterpret_cast<const kernels::ClipState*>(clip.data_ptr<float>());
  return p;
}
} // namespace

void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& o, int64_t step) {
  const OnDevice device(value);
  const double t = static_cast<double>(step);
  const at::Tensor numbers = upload(at::tensor({o.lr, 1 - std::pow(o.beta1, t), std::sqrt(1 - std::pow(o.beta2, t)), 0.0, o.gradScale, 0.0}, at::kFloat), value.device());
  const at::Tensor stepPart = numbers.narrow(0, 0, 3), clipPart = numbers.narrow(0, 3, 3);
  kernels::AdamWFlat p = flatOf(value, grad, mean, variance, stepPart, clipPart);
  p.beta1 = o.beta1;
  p.beta2 = o.beta2;
  p.eps = static_cast<float>(o.eps);
  p.weightDecay = static_cast<float>(o.weightDecay);
  require(kernels::launchAdamW(p, value.numel(), device.stream()), "AdamW");
}

at::Tensor clippedAdamwStep(AdamWState& s, double rate, const at::Tensor& lossSum, const ClippedAdamWOptions& options, const at::Tensor& deviceRate) {
  const OnDevice device(s.value);
  const auto numbers = s.value.options();
  const at::Tensor partials = at::empty({kernels::kGradNormPartials}, numbers.dtype(at::kDouble));
  at::Tensor clip = at::empty({3}, numbers), step = at::empty({3}, numbers);
  kernels::GradNorm norm;
  norm.grad = s.grad.data_ptr<float>();
  norm.partials = partials.data_ptr<double>();
  norm.state = reinterpret_cast<kernels::ClipState*>(clip.data_ptr<float>());
  norm.maxNorm = static_cast<float>(options.maxGradNorm.value_or(0));
  require(kernels::launchGradNorm(norm, s.grad.numel(), device.stream()), "the gradient norm");

  at::Tensor skip = clip.view(at::kInt).select(0, kNonFinite);
  skip.bitwise_or_(at::isfinite(lossSum).logical_not().to(at::kInt));
  const at::Tensor applied = 1 - skip.to(at::kFloat);
  s.updates.add_(applied);
  if (deviceRate.defined())
    step.select(0, kLr).copy_(deviceRate);
  else
    step.select(0, kLr).fill_(rate);
  const at::Tensor count = s.updates.to(at::kDouble).clamp_min(1);
  step.select(0, kCorrection1).copy_(1 - at::pow(options.beta1, count));
  step.select(0, kCorrection2).copy_((1 - at::pow(options.beta2, count)).sqrt_());

  kernels::AdamWFlat p = flatOf(s.value, s.grad, s.mean, s.variance, step, clip);
  p.published = s.published.defined() ? reinterpret_cast<kernels::BFloat16*>(s.published.data_ptr()) : nullptr;
  p.beta1 = options.beta1;
  p.beta2 = options.beta2;
  p.eps = static_cast<float>(options.eps);
  p.weightDecay = static_cast<float>(options.weightDecay);
  require(kernels::launchAdamW(p, s.value.numel(), device.stream()), "AdamW");
  return at::stack({lossSum.to(at::kDouble), clip.select(0, kNorm).to(at::kDouble), applied.to(at::kDouble)});
}

} // namespace lathe::ops::gpu
