// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding (Su et al. 2021), half-split form: (a, b) → (a·cos − b·sin, b·cos + a·sin) for a = x[i], b = x[i + headDim/2].
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct Rotary {
  void* x = nullptr;          // [tokens, heads, headDim], changed in place
  const float* cosine = nullptr; // [tokens or positions, headDim / 2]
  const float* sine = nullptr;   // [tokens or positions, headDim / 2]
  int64_t heads = 0, headDim = 0;
  bool inverse = false; // transposed rotation, for gradients
  Element element = Element::Float32;
  int64_t tokenStride = 0;
  // CUDA only: a second tensor turned by the same angles (the keys), and rows of the angle tables by position.
  void* second = nullptr; // [tokens, secondHeads, headDim]; may be null
  int64_t secondHeads = 0, secondStride = 0;
  const int32_t* positions = nullptr; // [tokens], row of cosine and sine; null: row = token
};

Status launchRotary(const Rotary& problem, int64_t tokens, Stream stream);

} // namespace lathe::kernels
