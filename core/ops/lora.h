// SPDX-License-Identifier: Apache-2.0
// LoRA (Hu et al. 2021) beside a linear layer: y += s · drop(x) · Aᵀ · Bᵀ. Bracketed as (dY · B), never B · A.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace lathe::ops {

struct Dropout {
  double probability = 0; // 0 = off
  uint64_t key = 0;       // of the module
  uint64_t counter = 0;   // of the batch
  at::Tensor deviceCounter = {}; // int64 [1] on the GPU, added to `counter`, for recorded graphs; undefined: nothing
};
/// x · mask / (1 − p); the mask is a function of (key, counter, element) only (Philox), not of threads or device. x itself when p is 0.
/// Element numbers count a contiguous x; rows may be strided.
at::Tensor dropout(const at::Tensor& x, const Dropout& options);
/// In place on a contiguous gradient, the same mask.
void dropoutBackward(at::Tensor& dx, const Dropout& options);

/// In the type of x and dy (float32 on the CPU): on a GPU the published copies of the float32 masters.
struct LoraWeights {
  at::Tensor a; // [r, in]
  at::Tensor b; // [out, r]
};

/// Adds to y ([T, out], in the type of x; rows may be strided).
void loraForward(const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor& y);
/// Adds to dA, dB (float32) where defined, to dx ([T, in], in the type of dy) where defined.
void loraBackward(const at::Tensor& dy, const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor dA, at::Tensor dB,
                  at::Tensor dx);

} // namespace lathe::ops
