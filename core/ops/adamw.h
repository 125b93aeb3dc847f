// SPDX-License-Identifier: Apache-2.0
// AdamW over flat float32 buffers, and the whole optimizer step (clipping included) without a word from the host.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <optional>

namespace lathe::ops {

struct AdamWOptions {
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01;
  double gradScale = 1; // the gradient is multiplied by it first (clipping)
};

/// `step` counts from 1. All tensors float32 [n], contiguous; value, mean and variance change (kernels/adamw.h).
void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& options, int64_t step);

/// Euclidean norm of a flat float32 tensor, summed in float64. [] float64 on its device.
at::Tensor globalNorm(const at::Tensor& flat);

/// What an optimizer keeps: float32, on one device. `updates` [] counts applied updates for the bias correction.
struct AdamWState {
  at::Tensor value, grad, mean, variance; // [n]
  at::Tensor updates;                     // []
  at::Tensor published;                   // bfloat16 [n], or undefined: the rounded value is written there too
};
struct ClippedAdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0;
  std::optional<double> maxGradNorm;
};
/// Clips to the global norm (coefficient max / (norm + 1e-6), at most 1) and updates in place. Where the norm or `lossSum` is not finite nothing changes;
/// that is decided on the device. Returns [3] float64 on the device: loss sum, norm before clipping, 1 when the update was applied. The gradient may be
/// left scaled. `rate` is the learning rate; where `deviceRate` ([] float32 on the device) is defined it is used instead, for captured graphs.
at::Tensor clippedAdamwStep(AdamWState& state, double rate, const at::Tensor& lossSum, const ClippedAdamWOptions& options, const at::Tensor& deviceRate = {});

} // namespace lathe::ops
