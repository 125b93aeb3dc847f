// SPDX-License-Identifier: Apache-2.0
// Rotary positions: frequencies by rope type (as transformers computes them), angles per batch, rotation in place.
#pragma once

#include <ATen/core/TensorBody.h>

#include <vector>

namespace lathe::ops {

enum class RotaryScaling { None, Linear, Llama3, Yarn, LongRope, Dynamic };

struct RotaryOptions {
  int64_t rotaryDim = 0; // dimensions of a head that are turned
  double theta = 10000;
  RotaryScaling scaling = RotaryScaling::None;
  double factor = 1;
  double lowFreqFactor = 1, highFreqFactor = 4; // llama3
  int64_t originalMaxPositions = 0;             // llama3, yarn, longrope
  int64_t maxPositions = 0;                     // dynamic
  double betaFast = 32, betaSlow = 1;           // yarn
  bool truncate = true;                         // yarn
  std::vector<double> shortFactor, longFactor;  // longrope, [rotaryDim / 2]
  double attentionFactor = 1;                   // multiplies cosine and sine
};

/// float32 [rotaryDim / 2]; longrope: [2, rotaryDim / 2], for sequences of at most originalMaxPositions tokens and for longer ones; dynamic: those of sequences
/// of at most maxPositions tokens.
at::Tensor rotaryFrequencies(const RotaryOptions& options, at::Device device);
/// Whether the angles of a token depend on how long its sequence is (longrope, dynamic).
bool dependsOnLength(const RotaryOptions& options);

struct RotaryAngles {
  at::Tensor cosine, sine; // float32 [tokens, rotaryDim / 2]
};
/// `lengths` (integers [tokens], where the positions live): tokens of each one's whole sequence; only read where dependsOnLength().
RotaryAngles rotaryAngles(const RotaryOptions& options, const at::Tensor& frequencies, const at::Tensor& positions, const at::Tensor& lengths = {});

/// Rotates the first rotaryDim dimensions of x [tokens, heads, headDim] in place; `inverse` for gradients. Rows may be slices of a wider buffer: q and k of one fused buffer are
/// one call over heads + kvHeads heads.
void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse = false);

} // namespace lathe::ops
