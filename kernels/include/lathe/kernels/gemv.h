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

} // namespace lathe::kernels
