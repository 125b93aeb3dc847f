// SPDX-License-Identifier: Apache-2.0
// The next token of every row, chosen on the GPU (kernels/sample.h). The CPU chooses in core/generate.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <span>

namespace lathe::ops {

/// Of one row; temperature 0 is greedy.
struct SampleOptions {
  uint64_t seed = 0, index = 0;
  float temperature = 1, topP = 1, minP = 0, repetitionPenalty = 1;
  int32_t topK = 0;
};
/// The bytes that a row of SampleCall::parameters holds, on the CPU (uint8 [rows, bytes]); copy them with ops::uploaded.
at::Tensor sampleParameters(std::span<const SampleOptions> rows);

/// All on one GPU.
struct SampleCall {
  at::Tensor logits;         // float32 or bfloat16 [rows, vocab]; only read
  at::Tensor parameters;     // uint8 [rows, bytes] of sampleParameters()
  at::Tensor ids;            // int32 [rows], written
  at::Tensor logprobs;       // float32 [rows], written; may be undefined
  at::Tensor history;        // int32 [rows, most]; may be undefined
  at::Tensor historyLengths; // int32 [rows]
  at::Tensor indexAdd;       // int64 [1], added to every row's index; may be undefined
};
void sampleRows(const SampleCall& call);

} // namespace lathe::ops
