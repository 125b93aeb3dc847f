// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of rows of logits, in place: loss = log Σ exp(z) − z[y]; the logits become (softmax(z) − 1_y) · scale.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct CrossEntropyRows {
  float* logits = nullptr;          // [rows, vocab]
  const int64_t* targets = nullptr; // [rows], each in 0 … vocab − 1
  float* loss = nullptr;            // [rows]
  int64_t vocab = 0;
  float scale = 1;
  bool gradient = false; // false: logits are left as they are
};

} // namespace lathe::kernels
