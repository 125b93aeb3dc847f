// SPDX-License-Identifier: Apache-2.0
// Root mean square normalisation (Zhang and Sennrich 2019): y = x · rstd · (offset + w), rstd = 1 / √(mean(x²) + eps).
// offset is 0 for Llama and 1 for Gemma. CUDA: with inner > 1 every stride is the distance between groups of `inner` rows that lie side by side,
// as the heads of a token do (row r starts at r / inner · stride + r % inner · width).
#pragma once

#include "lathe/kernels/strided.h"

namespace lathe::kernels {

struct RmsNormForward {
  const void* x = nullptr;       // [rows, width]
  const float* weight = nullptr; // [width]
  void* y = nullptr;             // [rows, width]
  float* rstd = nullptr;         // [rows]; may be null
  int64_t width = 0;
  float eps = 0, offset = 0;
  Element element = Element::Float32;
  int64_t xStride = 0, yStride = 0;
  // CUDA only: x + add is written to `sum` (rounded to `element`) and normalised instead of x. `sum` may be x or add.
  const void* add = nullptr; // [rows, width]; may be null
  void* sum = nullptr;       // [rows, width]
  int64_t addStride = 0, sumStride = 0;
  int64_t inner = 1;
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
  int64_t dyStride = 0, xStride = 0, residualStride = 0, dxStride = 0;
  int64_t inner = 1;
  float* scratch = nullptr; // CUDA only, with dWeight: columnSumScratch(rows, width) floats
};

/// width ≤ 16384.
Status launchRmsNormForward(const RmsNormForward& problem, int64_t rows, Stream stream);
/// dWeight is the sum of fixed groups of rows, groups in order.
Status launchRmsNormBackward(const RmsNormBackward& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
