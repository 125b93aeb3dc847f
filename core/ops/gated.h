// SPDX-License-Identifier: Apache-2.0
// h = act(gate) · up, and its backward in place (kernels/gated.h).
#pragma once

#include "lathe/kernels/gated.h"

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

using GateActivation = kernels::GateActivation;

/// gate and up [T, intermediate], rows may be slices of one fused [T, 2 · intermediate] tensor. Writes to `out` where defined (rows may be strided).
at::Tensor gated(const at::Tensor& gate, const at::Tensor& up, GateActivation activation, const at::Tensor& out = {});
/// (dh, gate, up) become (h, dGate, dUp); rows may be strided.
void gatedBackward(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation);

} // namespace lathe::ops
