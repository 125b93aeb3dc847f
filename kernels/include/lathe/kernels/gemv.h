// SPDX-License-Identifier: Apache-2.0
// y = x · Wᵀ for a handful of rows of x, where reading W once decides the time.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

inline constexpr int64_t kGemvRows = 4; // rows of W per step; ranges count such blocks

struct Gemv {
  const void* w = nullptr;  // [rows, columns] of `element`
  const float* x = nullptr; // [batch, columns]
  float* y = nullptr;       // [batch, rows]
  int64_t rows = 0, columns = 0, batch = 0;
  Element element = Element::Float32;
};

/// The CUDA version: y[b] = act(x[b] · Wᵀ + bias) (+ add[b]) for 1 … 8 rows of x. All of `element` except where said.
struct GemvDevice {
  const void* w = nullptr; // [rows, columns]
  const void* x = nullptr; // [batch, columns]
  void* y = nullptr;       // [batch, rows]; may be `add`
  int64_t rows = 0, columns = 0, batch = 0;
  int64_t wStride = 0, xStride = 0, yStride = 0;
  const float* bias = nullptr; // [rows]; may be null
  const void* add = nullptr;   // [batch, rows], the residual stream; may be null
  int64_t addStride = 0;
  bool floatOutput = false; // y is float32 (logits); `add` must be null
  Element element = Element::Float32;
};
bool supportsGemvDevice(const GemvDevice& problem);
Status launchGemvDevice(const GemvDevice& problem, Stream stream);

} // namespace lathe::kernels
