// SPDX-License-Identifier: Apache-2.0
#include "core/train/optimizer.h"

#include "core/ops/memory_scope.h"

#include <ATen/ATen.h>

namespace lathe::train {

AdamW::AdamW(at::Tensor master, at::Tensor grad, const AdamWOptions& options) : m_options(options) {
  const ops::MemoryScope scope(ops::MemoryCategory::Optimizer);
  m_state.mean = at::zeros_like(master);
  m_state.variance = at::zeros_like(master);
  m_state.updates = at::zeros({}, master.options());
  m_state.value = std::move(master);
  m_state.grad = std::move(grad);
}

uint64_t AdamW::bytes() const { return static_cast<uint64_t>(m_state.mean.nbytes() + m_state.variance.nbytes()); }

} // namespace lathe::train
