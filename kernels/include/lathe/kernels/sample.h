// SPDX-License-Identifier: Apache-2.0
// Choosing the next token on the device, one block per row, as core/generate/sampler.cpp defines it: repetition penalty, temperature, top-k,
// top-p, min-p, then one uniform number from (seed, index). Every filter keeps a prefix of the tokens ordered by (logit descending, id ascending);
// prefixes are found by selection over histograms of counts and of weights in fixed point (2⁻⁴⁰ of the largest), so the result is always the same.
// Differs from the host's double-precision choice only where the uniform number lies within about 1e-6 of a boundary.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

/// Of one row, in device memory.
struct SampleParameters {
  uint64_t seed = 0;
  uint64_t index = 0; // of the token within its answer; indexAdd of the launch is added
  float temperature = 1; // 0: greedy
  float topP = 1, minP = 0, repetitionPenalty = 1;
  int32_t topK = 0; // 0: all
  int32_t greedy = 0;
};

struct SampleRows {
  const void* logits = nullptr; // [rows, vocab] of `element`
  const SampleParameters* parameters = nullptr; // [rows], device
  int32_t* ids = nullptr;                       // [rows], written; −1 when no logit is finite
  float* logprobs = nullptr;                    // [rows], of the unmodified distribution; may be null
  const int32_t* history = nullptr;             // [rows, historyStride]; may be null
  const int32_t* historyLengths = nullptr;      // [rows]
  int64_t historyStride = 0;
  const uint64_t* indexAdd = nullptr; // device, one number for all rows; may be null
  void* scratch = nullptr;            // sampleScratch(rows, vocab) bytes, 16-byte aligned; null without history
  int64_t vocab = 0, rowStride = 0;
  Element element = Element::Float32;
};
/// Bytes: one bit per token of the vocabulary and row, for the history.
inline constexpr int64_t sampleScratch(int64_t rows, int64_t vocab) { return rows * ((vocab + 127) / 128 * 16); }
Status launchSampleRows(const SampleRows& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
