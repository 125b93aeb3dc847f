// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding (Su et al. 2021), half-split form: (a, b) → (a·cos − b·sin, b·cos + a·sin) for a = x[i], b = x[i + headDim/2].
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct Rotary {
  void* x = nullptr;          // [tokens, heads, headDim], changed in place
  const float* cosine = nullptr; // [tokens, headDim / 2]
  const float* sine = nullptr;   // [tokens, headDim / 2]
  int64_t heads = 0, headDim = 0;
  bool inverse = false; // transposed rotation, for gradients
  Element element = Element::Float32;
};

} // namespace lathe::kernels
