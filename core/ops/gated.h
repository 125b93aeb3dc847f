// SPDX-License-Identifier: Apache-2.0
// h = act(gate) · up, and its backward in place (kernels/gated.h).
#pragma once

#include "lathe/kernels/gated.h"

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

using GateActivation = kernels::GateActivation;

at::Tensor gated(const at::Tensor& gate, const at::Tensor& up, GateActivation activation);
/// (dh, gate, up) become (h, dGate, dUp).
void gatedBackward(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation);

} // namespace lathe::ops
