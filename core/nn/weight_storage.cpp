// SPDX-License-Identifier: Apache-2.0
#include "core/nn/weight_storage.h"

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/gemv.h"
#include "core/ops/matmul.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::nn {

void WeightStorage::replaceDense(const at::Tensor&) {
  throw Exception(ErrorKind::Unsupported, "These weights are quantized and cannot be trained directly. Train an adapter instead.");
}

void DenseStorage::dequantizeInto(at::Tensor& out, int64_t first) const { out.copy_(m_values.narrow(0, first, out.size(0))); }

// A bfloat16 product in LibTorch is 10 to 100 times slower than float32 on processors without bfloat16 instructions (measured:
// 2048×704×256 at 12 against 141 GFLOP/s), so the CPU multiplies only float32 matrices and a handful of rows as they are.
bool DenseStorage::supportsForward(const at::Tensor& x) const { return m_values.scalar_type() == x.scalar_type() || ops::supportsGemv(x, m_values); }

void DenseStorage::launchForward(const at::Tensor& x, at::Tensor& y) const {
  if (ops::supportsGemv(x, m_values))
    return ops::launchGemv(x, m_values, y);
  ops::multiplyInto(y, x, m_values);
}

bool DenseStorage::supportsBackwardInput(const at::Tensor& dy) const { return m_values.scalar_type() == dy.scalar_type(); }

void DenseStorage::launchBackwardInput(const at::Tensor& dy, at::Tensor& dx, bool accumulate) const {
  if (accumulate)
    dx.addmm_(dy, m_values);
  else
    at::mm_out(dx, dy, m_values);
}

int64_t dequantizedBlockRows(int64_t rows, int64_t columns) { return std::clamp<int64_t>((4 << 20) / std::max<int64_t>(columns, 1), 1, rows); }

void multiply(const WeightStorage& weights, const at::Tensor& x, at::Tensor& y) {
  ops::noteTokens(x.size(0));
  if (weights.supportsForward(x))
    return weights.launchForward(x, y);
  const int64_t block = dequantizedBlockRows(weights.rows(), weights.columns());
  at::Tensor buffer = at::empty({block, weights.columns()}, x.options());
  for (int64_t first = 0; first < weights.rows(); first += block) {
    const int64_t count = std::min(block, weights.rows() - first);
    at::Tensor part = buffer.narrow(0, 0, count);
    weights.dequantizeInto(part, first);
    at::Tensor out = y.narrow(1, first, count);
    at::mm_out(out, x, part.t());
  }
}

void multiplyBackward(const WeightStorage& weights, const at::Tensor& dy, at::Tensor& dx, bool accumulate) {
  ops::noteTokens(dy.size(0));
  if (weights.supportsBackwardInput(dy))
    return weights.launchBackwardInput(dy, dx, accumulate);
  const int64_t block = dequantizedBlockRows(weights.rows(), weights.columns());
  at::Tensor buffer = at::empty({block, weights.columns()}, dy.options());
  for (int64_t first = 0; first < weights.rows(); first += block) {
    const int64_t count = std::min(block, weights.rows() - first);
    at::Tensor part = buffer.narrow(0, 0, count);
    weights.dequantizeInto(part, first);
    const at::Tensor dyPart = dy.narrow(1, first, count);
    if (accumulate || first > 0)
      dx.addmm_(dyPart, part);
    else
      at::mm_out(dx, dyPart, part);
  }
}

} // namespace lathe::nn
