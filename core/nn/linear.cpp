// SPDX-License-Identifier: Apache-2.0
#include "core/nn/linear.h"

#include "core/ops/checks.h"
#include "core/ops/matmul.h"

#include <ATen/ATen.h>

namespace lathe::nn {

ops::Dropout Linear::dropoutOf(const LoraModule& module, const CallContext& context) {
  return {context.training ? module.dropout : 0, module.key, context.dropoutCounter, context.dropoutCounterDevice};
}

void ConcatWeights::hold(std::vector<Held> modules) {
  int64_t rank = 0;
  bool fits = true;
  for (const Held& h : modules) {
    rank += h.module->a.size(0);
    fits = fits && h.module->dropout == 0;
  }
  held = fits && rank <= room ? std::move(modules) : std::vector<Held>();
  all.narrow(0, outputs, room).zero_();
  all.narrow(1, inputs, room).zero_();
  publish();
}

void ConcatWeights::publish() {
  int64_t column = 0;
  for (const Held& h : held) {
    const int64_t r = h.module->a.size(0);
    all.narrow(0, outputs + column, r).narrow(1, 0, inputs).copy_(h.module->a);
    at::Tensor block = all.narrow(0, h.firstOutput, h.module->b.size(0)).narrow(1, inputs + column, r);
    at::mul_out(block, h.module->b, at::scalar_tensor(h.scale));
    column += r;
  }
}

LinearInput::LinearInput(const at::Tensor& input) : x(input), compute(ops::computeOf(input)) {}

bool Linear::trainsAdapter() const {
  for (const Use& use : active)
    if (use.module->gradA.defined())
      return true;
  return false;
}
bool Linear::trains() const { return gradWeight.defined() || gradBias.defined() || trainsAdapter(); }

at::Tensor Linear::forward(const LinearInput& in, const CallContext& context) const {
  at::Tensor y = at::empty({in.x.size(0), storage->rows()}, in.compute.options());
  multiply(*storage, in.compute, y);
  if (bias.defined())
    y.add_(bias);
  for (const Use& use : active)
    ops::loraForward(in.compute, use.module->weights, use.scale(), dropoutOf(*use.module, context), y);
  return y.scalar_type() == in.x.scalar_type() ? y : y.to(in.x.scalar_type());
}

void Linear::backward(const at::Tensor& dy, const LinearInput& in, const CallContext& context, at::Tensor dx, bool accumulate) const {
  backwardOwn(dy, in.compute);
  if (dx.defined())
    multiplyBackward(*storage, dy, dx, accumulate);
  for (const Use& use : active)
    ops::loraBackward(dy, in.compute, use.module->weights, use.scale(), dropoutOf(*use.module, context), use.module->gradA, use.module->gradB, dx);
}

void Linear::backwardOwn(const at::Tensor& dy, const at::Tensor& x) const {
  if (gradWeight.defined())
    ops::accumulateOuter(gradWeight, dy, x);
  if (gradBias.defined())
    ops::accumulateRows(gradBias, dy);
}

} // namespace lathe::nn
