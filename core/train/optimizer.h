// SPDX-License-Identifier: Apache-2.0
// AdamW with decoupled weight decay (Loshchilov and Hutter 2019; the update of torch.optim.AdamW) over flat float32 buffers.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <optional>

namespace lathe::train {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weightDecay = 0; // on every trained tensor, norms and biases included, as torch.optim.AdamW does by default
  std::optional<double> maxGradNorm;
};

class AdamW {
public:
  AdamW(at::Tensor master, at::Tensor grad, const AdamWOptions& options);

  /// Clips the gradient to the global norm (coefficient max / (norm + 1e-6), at most 1) and updates the master weights in place. Where
  /// the norm or `lossSum` is not finite nothing is changed; that is decided on the device. Returns [3] float64 on the
  /// device: loss sum, gradient norm before clipping, 1 when the update was applied.
  at::Tensor step(double rate, const at::Tensor& lossSum);

  at::Tensor& expAvg() { return m_expAvg; }
  at::Tensor& expAvgSq() { return m_expAvgSq; }
  at::Tensor& updates() { return m_updates; } // float32 []: applied updates, for the bias correction; lives on the device
  uint64_t bytes() const;

private:
  at::Tensor m_master, m_grad, m_expAvg, m_expAvgSq, m_updates;
  AdamWOptions m_options;
};

} // namespace lathe::train
