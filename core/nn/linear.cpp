// SPDX-License-Identifier: Apache-2.0
#include "core/nn/linear.h"

#include "core/ops/checks.h"

#include <ATen/ATen.h>

namespace lathe::nn {

ops::Dropout Linear::dropoutOf(const LoraModule& module, const CallContext& context) {
  return {context.training ? module.dropout : 0, module.key, context.dropoutCounter};
}

LinearInput::LinearInput(const at::Tensor& input) : x(input), x32(ops::floatOf(input)) {}

bool Linear::trainsAdapter() const {
  for (const Use& use : active)
    if (use.module->gradA.defined())
      return true;
  return false;
}
bool Linear::trains() const { return gradWeight.defined() || gradBias.defined() || trainsAdapter(); }

at::Tensor Linear::forward(const LinearInput& in, const CallContext& context) const {
  at::Tensor y = at::empty({in.x.size(0), storage->rows()}, in.x32.options());
  multiply(*storage, in.x32, y);
  if (bias.defined())
    y.add_(bias);
  for (const Use& use : active)
    ops::loraForward(in.x32, use.module->weights, use.module->scaling * use.strength, dropoutOf(*use.module, context), y);
  return y.scalar_type() == in.x.scalar_type() ? y : y.to(in.x.scalar_type());
}

void Linear::backward(const at::Tensor& dy32, const LinearInput& in, const CallContext& context, at::Tensor dx32, bool accumulate) {
  if (gradWeight.defined())
    gradWeight.addmm_(dy32.t(), in.x32);
  if (gradBias.defined())
    gradBias.add_(dy32.sum(0));
  if (dx32.defined())
    multiplyBackward(*storage, dy32, dx32, accumulate);
  for (const Use& use : active)
    ops::loraBackward(dy32, in.x32, use.module->weights, use.module->scaling * use.strength, dropoutOf(*use.module, context), use.module->gradA,
                      use.module->gradB, dx32);
}

} // namespace lathe::nn
