// SPDX-License-Identifier: Apache-2.0
// Gated MLP product h = act(gate) · up (Shazeer 2020).
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

enum class GateActivation { Silu, GeluTanh, Gelu };

struct GatedForward {
  const void* gate = nullptr; // [elements]
  const void* up = nullptr;   // [elements]
  void* out = nullptr;        // [elements]
  GateActivation activation = GateActivation::Silu;
  Element element = Element::Float32;
};

/// In place: reads (dh, gate, up) and leaves (h, dGate, dUp).
struct GatedBackward {
  void* dh = nullptr;
  void* gate = nullptr;
  void* up = nullptr;
  GateActivation activation = GateActivation::Silu;
  Element element = Element::Float32;
};

} // namespace lathe::kernels
