// SPDX-License-Identifier: Apache-2.0
// Root mean square normalisation (Zhang and Sennrich 2019): y = x · rstd · (offset + w), rstd = 1 / √(mean(x²) + eps).
// offset is 0 for Llama and 1 for Gemma.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct RmsNormForward {
  const void* x = nullptr;       // [rows, width]
  const float* weight = nullptr; // [width]
  void* y = nullptr;             // [rows, width]
  float* rstd = nullptr;         // [rows]; may be null
  int64_t width = 0;
  float eps = 0, offset = 0;
  Element element = Element::Float32;
};

struct RmsNormBackward {
  const void* dy = nullptr;       // [rows, width]
  const void* x = nullptr;        // [rows, width], the input of the forward
  const float* weight = nullptr;  // [width]
  const float* rstd = nullptr;    // [rows]
  const void* residual = nullptr; // [rows, width] gradient that arrives beside the norm, added to dx; may be null
  void* dx = nullptr;             // [rows, width]; may be `dy` or `residual`
  float* dWeight = nullptr;       // [width], added to; may be null
  int64_t width = 0;
  float offset = 0;
  Element element = Element::Float32;
};

} // namespace lathe::kernels
