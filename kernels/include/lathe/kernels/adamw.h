// SPDX-License-Identifier: Apache-2.0
// AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct AdamW {
  float* value = nullptr;
  const float* grad = nullptr;
  float* mean = nullptr;     // first moment
  float* variance = nullptr; // second moment
  float gradScale = 1;
  float lr = 0, beta1 = 0, beta2 = 0, eps = 0, weightDecay = 0;
  float correction1 = 1;     // 1 − beta1^step
  float correction2Sqrt = 1; // √(1 − beta2^step)
};

/// What changes from step to step, in device memory, so that a captured graph can be replayed with new values.
struct AdamWStep {
  float lr;
  float correction1;     // 1 − beta1^step
  float correction2Sqrt; // √(1 − beta2^step)
};

/// Result of the gradient norm, in device memory.
struct ClipState {
  float norm;        // ‖grad · gradScale‖₂; infinite or NaN when an element is
  float scale;       // factor for the raw gradient: gradScale · min(1, maxNorm / (norm + 1e-6)); 0 when norm is not finite
  int32_t nonFinite; // 1 when norm is not finite: AdamW then changes nothing
};

struct AdamWFlat {
  float* value = nullptr;
  const float* grad = nullptr;
  float* mean = nullptr;
  float* variance = nullptr;
  BFloat16* published = nullptr;   // rounded copy of value; may be null
  const AdamWStep* step = nullptr; // device
  const ClipState* clip = nullptr; // device; null: gradient as it is
  double beta1 = 0, beta2 = 0;     // 1 − beta is formed in float64: 1 − 0.999f would be off by 1e-5 of itself
  float eps = 0, weightDecay = 0;
};
Status launchAdamW(const AdamWFlat& problem, int64_t elements, Stream stream);

inline constexpr int64_t kGradNormPartials = 1024;

/// Global gradient norm in float64, and with `step` what the optimizer step needs besides: all decided on the device.
struct GradNorm {
  const float* grad = nullptr;
  double* partials = nullptr; // kGradNormPartials doubles
  ClipState* state = nullptr; // device, written
  float gradScale = 1;        // as 1 / accumulation steps
  float maxNorm = 0;          // 0: no clipping
  const double* lossSum = nullptr; // device; not finite counts as a norm that is not finite; may be null
  // Written when step is not null: counts the update in `updates` if it will be applied, and prepares the corrections of that count.
  AdamWStep* step = nullptr;   // device
  float* updates = nullptr;    // device, updates applied so far
  const float* rate = nullptr; // device; null: lr
  float lr = 0;
  double beta1 = 0, beta2 = 0;
  double* report = nullptr; // device, 3 doubles: loss sum, norm before clipping, 1 when the update is applied; may be null
};
Status launchGradNorm(const GradNorm& problem, int64_t elements, Stream stream);

} // namespace lathe::kernels
