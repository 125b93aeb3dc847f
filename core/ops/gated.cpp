// SPDX-License-Identifier: Apache-2.0
#include "core/ops/gated.h"

#include "core/ops/checks.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

namespace lathe::ops {

namespace {
constexpr int64_t kGrain = 8192;
constexpr int64_t kBlock = 64; // pieces start at multiples of whole vectors, so that results do not depend on the thread count
} // namespace

at::Tensor gated(const at::Tensor& gate, const at::Tensor& up, GateActivation activation) {
  noteTokens(gate.size(0));
  at::Tensor out = at::empty_like(gate);
  elementOf(up, "gated");
  const kernels::GatedForward problem{gate.data_ptr(), up.data_ptr(), out.data_ptr(), activation, elementOf(gate, "gated")};
  const auto& table = kernels::cpuKernels();
  const int64_t n = gate.numel();
  parallelFor((n + kBlock - 1) / kBlock, kGrain / kBlock,
              [&](int64_t b, int64_t e) { table.gatedForward(problem, {b * kBlock, std::min(n, e * kBlock)}); });
  return out;
}

void gatedBackward(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation) {
  noteTokens(gate.size(0));
  elementOf(up, "gatedBackward");
  elementOf(dh, "gatedBackward");
  const kernels::GatedBackward problem{dh.data_ptr(), gate.data_ptr(), up.data_ptr(), activation, elementOf(gate, "gatedBackward")};
  const auto& table = kernels::cpuKernels();
  const int64_t n = gate.numel();
  parallelFor((n + kBlock - 1) / kBlock, kGrain / kBlock,
              [&](int64_t b, int64_t e) { table.gatedBackward(problem, {b * kBlock, std::min(n, e * kBlock)}); });
}

} // namespace lathe::ops
