// SPDX-License-Identifier: Apache-2.0
#include "core/ops/gated.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops {

namespace {
constexpr int64_t kGatedGrain = 8192;
constexpr int64_t kGatedBlock = 64; // pieces start at multiples of whole vectors, so that results do not depend on the thread count

template <class F>
void forGatedElements(int64_t n, F&& function) {
  parallelFor((n + kGatedBlock - 1) / kGatedBlock, kGatedGrain / kGatedBlock,
              [&](int64_t b, int64_t e) { function(kernels::Range{b * kGatedBlock, std::min(n, e * kGatedBlock)}); });
}
} // namespace

at::Tensor gated(const at::Tensor& gateGiven, const at::Tensor& upGiven, GateActivation activation, const at::Tensor& out) {
  noteTokens(gateGiven.size(0));
  if (gateGiven.is_cuda())
    return cudaOps().gated(gateGiven, upGiven, activation, out);
  const at::Tensor gate = gateGiven.contiguous(), up = upGiven.contiguous();
  const bool direct = out.defined() && out.is_contiguous();
  at::Tensor result = direct ? out : at::empty(gate.sizes(), gate.options());
  elementOf(up, "gated");
  kernels::GatedForward problem;
  problem.gate = gate.data_ptr();
  problem.up = up.data_ptr();
  problem.out = result.data_ptr();
  problem.activation = activation;
  problem.element = elementOf(gate, "gated");
  const auto& table = kernels::cpuKernels();
  forGatedElements(gate.numel(), [&](kernels::Range range) { table.gatedForward(problem, range); });
  return out.defined() && !direct ? at::Tensor(out).copy_(result) : result;
}

void gatedBackward(at::Tensor& dhGiven, at::Tensor& gateGiven, at::Tensor& upGiven, GateActivation activation) {
  noteTokens(gateGiven.size(0));
  if (gateGiven.is_cuda())
    return cudaOps().gatedBackward(dhGiven, gateGiven, upGiven, activation);
  at::Tensor dh = dhGiven.contiguous(), gate = gateGiven.contiguous(), up = upGiven.contiguous();
  elementOf(up, "gatedBackward");
  elementOf(dh, "gatedBackward");
  kernels::GatedBackward problem;
  problem.dh = dh.data_ptr();
  problem.gate = gate.data_ptr();
  problem.up = up.data_ptr();
  problem.activation = activation;
  problem.element = elementOf(gate, "gatedBackward");
  const auto& table = kernels::cpuKernels();
  forGatedElements(gate.numel(), [&](kernels::Range range) { table.gatedBackward(problem, range); });
  for (const auto& [worked, given] : {std::pair{&dh, &dhGiven}, std::pair{&gate, &gateGiven}, std::pair{&up, &upGiven}})
    if (worked->data_ptr() != given->data_ptr())
      given->copy_(*worked);
}

} // namespace lathe::ops
