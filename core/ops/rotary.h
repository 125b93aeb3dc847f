// SPDX-License-Identifier: Apache-2.0
// Rotary positions: frequencies by rope type (as transformers computes them), angles per batch, rotation in place.
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

enum class RotaryScaling { None, Linear, Llama3 };

struct RotaryOptions {
  int64_t headDim = 0;
  double theta = 10000;
  RotaryScaling scaling = RotaryScaling::None;
  double factor = 1;
  double lowFreqFactor = 1, highFreqFactor = 4; // llama3
  int64_t originalMaxPositions = 0;             // llama3
  double attentionFactor = 1;                   // multiplies cosine and sine
};

/// float32 [headDim / 2].
at::Tensor rotaryFrequencies(const RotaryOptions& options, at::Device device);

struct RotaryAngles {
  at::Tensor cosine, sine; // float32 [tokens, headDim / 2]
};
RotaryAngles rotaryAngles(const at::Tensor& frequencies, const at::Tensor& positions, double attentionFactor = 1);

/// Rotates x [tokens, heads, headDim] in place; `inverse` for gradients. Rows may be slices of a wider buffer: q and k of one fused buffer are
/// one call over heads + kvHeads heads.
void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse = false);

} // namespace lathe::ops
