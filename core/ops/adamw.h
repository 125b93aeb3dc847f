// SPDX-License-Identifier: Apache-2.0
// One AdamW step over flat float32 buffers (kernels/adamw.h).
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace lathe::ops {

struct AdamWOptions {
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01;
  double gradScale = 1; // the gradient is multiplied by it first (clipping)
};

/// `step` counts from 1. All tensors float32 [n], contiguous; value, mean and variance change.
void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& options, int64_t step);

} // namespace lathe::ops
