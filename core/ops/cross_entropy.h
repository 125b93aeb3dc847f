// SPDX-License-Identifier: Apache-2.0
// Chunked linear cross-entropy: some rows of logits at a time, overwritten by their own gradient; a tokens × vocabulary tensor never exists.
#pragma once

#include <ATen/core/TensorBody.h>

#include <functional>

namespace lathe::ops {

/// Rows of logits that exist at once for a vocabulary.
int64_t crossEntropyChunkRows(int64_t vocab, at::Device device = at::kCPU);
/// Bytes of logits and their gradients that exist at once for `rows` rows of x.
uint64_t crossEntropyWorkspace(int64_t rows, int64_t vocab, at::ScalarType compute, at::Device device);

/// The output head as functions, so that any weight storage can be one. `x` and `dx` are in the compute type, `dLogits` too.
struct Head {
  int64_t vocab = 0;
  std::function<void(const at::Tensor& x, at::Tensor& logits)> forward;              // logits [rows, vocab] = x · Wᵀ, float32 or x's type (ops::multiplyInto)
  std::function<void(const at::Tensor& dLogits, at::Tensor& dx)> backwardInput;      // dx = dLogits · W; rows of dLogits may be strided
  std::function<void(const at::Tensor& dLogits, const at::Tensor& x)> backwardWeight; // empty when the head is frozen (ops::accumulateOuter)
  double logitScale = 1; // logits are times this …
  double softcap = 0;    // … then softcap · tanh(logits / softcap); 0 = none
};

/// The head's products → logits, in place.
void finishLogits(at::Tensor& logits, double logitScale, double softcap);

/// x [rows, hidden] in the compute type (only rows with a target), targets int64 [rows]. Returns the loss per row, float32. Where `dx` is defined
/// (as x) it receives scale · gradient of the sum of losses; on a GPU times `deviceScale` (float32 [1]) where that is defined, for recorded graphs.
at::Tensor chunkedLinearCrossEntropy(const at::Tensor& x, const at::Tensor& targets, const Head& head, double scale, at::Tensor dx,
                                     const at::Tensor& deviceScale = {});

} // namespace lathe::ops
