// SPDX-License-Identifier: Apache-2.0
// LoRA (Hu et al. 2021) beside a linear layer, float32: y += s · drop(x) · Aᵀ · Bᵀ. Bracketed as (dY · B), never B · A.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace lathe::ops {

struct Dropout {
  double probability = 0; // 0 = off
  uint64_t key = 0;       // of the module
  uint64_t counter = 0;   // of the batch
};
/// x · mask / (1 − p); the mask is a function of (key, counter, element) only (Philox), not of threads. x itself when p is 0.
at::Tensor dropout(const at::Tensor& x, const Dropout& options);
/// In place on a gradient, the same mask.
void dropoutBackward(at::Tensor& dx, const Dropout& options);

struct LoraWeights {
  at::Tensor a; // float32 [r, in]
  at::Tensor b; // float32 [out, r]
};

/// Adds to y (float32 [T, out]).
void loraForward(const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor& y);
/// Adds to dA, dB where defined, to dx (float32 [T, in]) where defined.
void loraBackward(const at::Tensor& dy, const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor dA, at::Tensor dB,
                  at::Tensor dx);

} // namespace lathe::ops
