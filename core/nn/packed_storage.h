// SPDX-License-Identifier: Apache-2.0
// Weights that stay packed in memory and become numbers a block of rows at a time, on the CPU.
#pragma once

#include "core/nn/weight_storage.h"
#include "core/quant/packed_weight.h"

#include <memory>

namespace lathe::nn {

class PackedStorage final : public WeightStorage {
public:
  explicit PackedStorage(std::shared_ptr<const quant::PackedWeight> weight) : m_weight(std::move(weight)) {}
  int64_t rows() const override { return m_weight->rows(); }
  int64_t columns() const override { return m_weight->columns(); }
  uint64_t bytes() const override { return m_weight->bytes(); }
  /// `out` on the CPU; rows are unpacked by several threads.
  void dequantizeInto(at::Tensor& out, int64_t first) const override;
  bool supportsForward(const at::Tensor&) const override { return false; }
  void launchForward(const at::Tensor& x, at::Tensor& y) const override;
  bool supportsBackwardInput(const at::Tensor&) const override { return false; }
  void launchBackwardInput(const at::Tensor& dy, at::Tensor& dx, bool accumulate) const override;
  const quant::PackedWeight& weight() const { return *m_weight; }

private:
  std::shared_ptr<const quant::PackedWeight> m_weight;
};

/// All values as one matrix of this type on the CPU.
at::Tensor unpacked(const WeightStorage& storage, at::ScalarType type);
/// Rows by their numbers (int64 [n], any device), [n, columns] of this type on the ids' device.
at::Tensor gatheredRows(const WeightStorage& storage, const at::Tensor& ids, at::ScalarType type);

} // namespace lathe::nn
