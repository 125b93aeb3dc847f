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

} // namespace lathe::kernels
