// SPDX-License-Identifier: Apache-2.0
// Rows of a table by token, and the gradient of the table.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

/// out[t] = scale · table[ids[t]]. An id outside 0 … vocab − 1 gives a row of zeros.
struct Embedding {
  const void* table = nullptr;  // [vocab, width]
  const int64_t* ids = nullptr; // [tokens]
  void* out = nullptr;          // [tokens, width]
  int64_t vocab = 0, width = 0, tableStride = 0, outStride = 0;
  float scale = 1;
  Element element = Element::Float32;
};
Status launchEmbedding(const Embedding& problem, int64_t tokens, Stream stream);

/// grad[ids[t]] += scale · dOut[t], equal tokens in the order of t: the same bits every time.
struct EmbeddingGradient {
  const void* dOut = nullptr;   // [tokens, width]
  const int64_t* ids = nullptr; // [tokens]; outside 0 … vocab − 1: left out
  float* grad = nullptr;        // [vocab, width]
  int64_t vocab = 0, width = 0, dOutStride = 0;
  float scale = 1;
  Element element = Element::Float32;
};
Status launchEmbeddingGradient(const EmbeddingGradient& problem, int64_t tokens, Stream stream);

} // namespace lathe::kernels
