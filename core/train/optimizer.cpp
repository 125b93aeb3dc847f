// SPDX-License-Identifier: Apache-2.0
#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

namespace lathe::train {
namespace {

/// Euclidean norm in float64, in pieces so that no float64 copy of the whole gradient is made. [] float64 on the device.
at::Tensor globalNorm(const at::Tensor& flat) {
  constexpr int64_t kPiece = int64_t{16} << 20;
  std::vector<at::Tensor> norms;
  for (int64_t offset = 0; offset < flat.numel(); offset += kPiece)
    norms.push_back(at::linalg_vector_norm(flat.narrow(0, offset, std::min(kPiece, flat.numel() - offset)), 2, std::nullopt, false, at::kDouble));
  return norms.size() == 1 ? norms.front() : at::linalg_vector_norm(at::stack(norms), 2);
}

} // namespace

AdamW::AdamW(at::Tensor master, at::Tensor grad, const AdamWOptions& options)
    : m_master(std::move(master)), m_grad(std::move(grad)), m_options(options) {
  m_expAvg = at::zeros_like(m_master);
  m_expAvgSq = at::zeros_like(m_master);
  m_updates = at::zeros({}, m_master.options());
}

at::Tensor AdamW::step(double rate, const at::Tensor& lossSum) {
  c10::NoGradGuard noGrad;
  const at::Tensor norm = globalNorm(m_grad);
  const at::Tensor applied = at::logical_and(at::isfinite(norm), at::isfinite(lossSum)).to(at::kFloat);
  if (m_options.maxGradNorm)
    m_grad.mul_((*m_options.maxGradNorm / (norm + 1e-6)).clamp_max(1.0).to(at::kFloat));
  m_updates.add_(applied);
  const at::Tensor skipped = 1 - applied;
  at::_fused_adamw_({m_master}, {m_grad}, {m_expAvg}, {m_expAvgSq}, {}, {m_updates}, rate, m_options.beta1, m_options.beta2,
                    m_options.weightDecay, m_options.eps, false, false, std::nullopt, skipped);
  return at::stack({lossSum.to(at::kDouble), norm, applied.to(at::kDouble)});
}

uint64_t AdamW::bytes() const { return m_expAvg.nbytes() + m_expAvgSq.nbytes(); }

} // namespace lathe::train
