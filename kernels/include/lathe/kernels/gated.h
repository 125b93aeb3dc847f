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
  // CUDA only: rows of `width` elements with strides; the CPU versions take contiguous data.
  int64_t width = 0, gateStride = 0, upStride = 0, outStride = 0;
};

/// In place: reads (dh, gate, up) and leaves (h, dGate, dUp).
struct GatedBackward {
  void* dh = nullptr;
  void* gate = nullptr;
  void* up = nullptr;
  GateActivation activation = GateActivation::Silu;
  Element element = Element::Float32;
  int64_t width = 0, dhStride = 0, gateStride = 0, upStride = 0; // CUDA only
};

/// `rows` rows of `width` elements.
Status launchGatedForward(const GatedForward& problem, int64_t rows, Stream stream);
Status launchGatedBackward(const GatedBackward& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
