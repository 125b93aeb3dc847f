// SPDX-License-Identifier: Apache-2.0
#include "core/nn/packed_storage.h"

#include "core/base/error.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace lathe::nn {

void PackedStorage::dequantizeInto(at::Tensor& out, int64_t first) const {
  const bool direct = out.is_cpu() && out.scalar_type() == at::kFloat && out.is_contiguous();
  const at::Tensor values = direct ? out : at::empty(out.sizes(), at::kFloat);
  float* to = values.data_ptr<float>();
  const int64_t width = columns();
  at::parallel_for(0, values.size(0), std::max<int64_t>(1, 16384 / std::max<int64_t>(width, 1)),
                   [&](int64_t begin, int64_t end) { m_weight->dequantizeRows(first + begin, end - begin, to + begin * width); });
  if (!direct)
    out.copy_(values);
}

void PackedStorage::launchForward(const at::Tensor&, at::Tensor&) const { throw Exception(ErrorKind::Internal, "Packed weights have no direct product."); }
void PackedStorage::launchBackwardInput(const at::Tensor&, at::Tensor&, bool) const { throw Exception(ErrorKind::Internal, "Packed weights have no direct product."); }

at::Tensor unpacked(const WeightStorage& storage, at::ScalarType type) {
  at::Tensor out = at::empty({storage.rows(), storage.columns()}, type);
  const int64_t block = dequantizedBlockRows(storage.rows(), storage.columns());
  for (int64_t first = 0; first < storage.rows(); first += block) {
    at::Tensor part = out.narrow(0, first, std::min(block, storage.rows() - first));
    storage.dequantizeInto(part, first);
  }
  return out;
}

at::Tensor gatheredRows(const WeightStorage& storage, const at::Tensor& ids, at::ScalarType type) {
  const at::Tensor host = ids.to(at::kCPU, at::kLong).contiguous();
  const at::Tensor out = at::empty({host.numel(), storage.columns()}, type);
  for (int64_t i = 0; i < host.numel(); ++i) {
    at::Tensor row = out.narrow(0, i, 1);
    storage.dequantizeInto(row, host.data_ptr<int64_t>()[i]);
  }
  return out.to(ids.device());
}

} // namespace lathe::nn
