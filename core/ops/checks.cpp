// SPDX-License-Identifier: Apache-2.0
#include "core/ops/checks.h"

#include "core/base/error.h"
#include "lathe/kernels/cuda.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <atomic>

namespace lathe::ops {

kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation) {
  if (!tensor.is_cpu())
    throw Exception(ErrorKind::Unsupported, fmt::format("This build cannot run {} on a GPU. Choose the CPU as device.", operation));
  if (!tensor.is_contiguous())
    throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor that is not contiguous.", operation));
  if (tensor.scalar_type() == at::kFloat)
    return kernels::Element::Float32;
  if (tensor.scalar_type() == at::kBFloat16)
    return kernels::Element::BFloat16;
  throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor of type {}.", operation, at::toString(tensor.scalar_type())));
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
