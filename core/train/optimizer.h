// SPDX-License-Identifier: Apache-2.0
// AdamW with decoupled weight decay (Loshchilov and Hutter 2019; the update of torch.optim.AdamW) over flat float32 buffers.
#pragma once

#include "core/ops/adamw.h"

namespace lathe::train {

/// weightDecay acts on every trained tensor, norms and biases included, as torch.optim.AdamW does by default.
using AdamWOptions = ops::ClippedAdamWOptions;

class AdamW {
public:
  AdamW(at::Tensor master, at::Tensor grad, const AdamWOptions& options);

  /// Clips the gradient to the global norm (coefficient max / (norm + 1e-6), at most 1) and updates the master weights in place. Where
  /// the norm or `lossSum` is not finite nothing is changed; that is decided on the device. Returns [3] float64 on the
  /// device: loss sum, gradient norm before clipping, 1 when the update was applied. `deviceRate`: as ops::clippedAdamwStep.
  at::Tensor step(double rate, const at::Tensor& lossSum, const at::Tensor& deviceRate = {}) { return ops::clippedAdamwStep(m_state, rate, lossSum, m_options, deviceRate); }

  at::Tensor& expAvg() { return m_state.mean; }
  at::Tensor& expAvgSq() { return m_state.variance; }
  at::Tensor& updates() { return m_state.updates; } // float32 []: applied updates, for the bias correction; lives on the device
  uint64_t bytes() const;

private:
  ops::AdamWState m_state;
  AdamWOptions m_options;
};

} // namespace lathe::train
