// SPDX-License-Identifier: Apache-2.0
#include "core/ops/checks.h"

#include "core/base/error.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <atomic>

namespace lathe::ops {

bool hasDenseRows(const at::Tensor& tensor) {
  int64_t expected = 1;
  for (int64_t d = tensor.dim() - 1; d > 0; --d) {
    if (tensor.size(d) != 1 && tensor.stride(d) != expected)
      return false;
    expected *= tensor.size(d);
  }
  return tensor.dim() > 0 && (tensor.size(0) <= 1 || tensor.stride(0) >= expected);
}

int64_t rowStrideOf(const at::Tensor& tensor) {
  int64_t dense = 1;
  for (int64_t d = tensor.dim() - 1; d > 0; --d)
    dense *= tensor.size(d);
  return tensor.size(0) <= 1 ? dense : tensor.stride(0);
}

kernels::Element rowElementOf(const at::Tensor& tensor, std::string_view operation) {
  if (!tensor.is_contiguous() && !hasDenseRows(tensor))
    throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor whose rows are not dense.", operation));
  if (tensor.scalar_type() == at::kFloat)
    return kernels::Element::Float32;
  if (tensor.scalar_type() == at::kBFloat16)
    return kernels::Element::BFloat16;
  throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor of type {}.", operation, at::toString(tensor.scalar_type())));
}

kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation) {
  if (!tensor.is_contiguous())
    throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor that is not contiguous.", operation));
  return rowElementOf(tensor, operation);
}

at::ScalarType computeType(at::ScalarType stored, at::Device device) { return device.is_cpu() ? at::kFloat : stored; }
at::ScalarType computeType(const at::Tensor& tensor) { return computeType(tensor.scalar_type(), tensor.device()); }
at::Tensor computeOf(const at::Tensor& tensor) {
  const at::ScalarType type = computeType(tensor);
  return tensor.scalar_type() == type ? tensor : tensor.to(type);
}
at::Tensor floatOf(const at::Tensor& tensor) { return tensor.scalar_type() == at::kFloat ? tensor : tensor.to(at::kFloat); }

namespace {
std::atomic<int64_t> g_mostTokens{0};
}

void noteTokens(int64_t rows) {
  int64_t seen = g_mostTokens.load(std::memory_order_relaxed);
  while (rows > seen && !g_mostTokens.compare_exchange_weak(seen, rows, std::memory_order_relaxed)) {
  }
}
int64_t mostTokensSeen() { return g_mostTokens.load(); }
void resetTokensSeen() { g_mostTokens = 0; }

} // namespace lathe::ops
