// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of rows of logits, in place: loss = log Σ exp(z) − z[y]; the logits become (softmax(z) − 1_y) · scale.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

struct CrossEntropyRows {
  void* logits = nullptr;           // [rows, vocab] of `element`
  const int64_t* targets = nullptr; // [rows], each in 0 … vocab − 1; negative: no target, loss 0, gradient 0
  float* loss = nullptr;            // [rows]
  int64_t vocab = 0;
  float scale = 1;
  bool gradient = false; // false: logits are left as they are
  Element element = Element::Float32; // CPU: Float32 only
  int64_t rowStride = 0;
  const float* deviceScale = nullptr; // CUDA only: read on the device and multiplied with `scale`; may be null
};

Status launchCrossEntropyRows(const CrossEntropyRows& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
