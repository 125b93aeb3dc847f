// SPDX-License-Identifier: Apache-2.0
// Bytes that training keeps and borrows, as functions of the shape: the planner predicts with them, tests/nn compares them with what a
// run allocates. Torch-free. `elementBytes` is that of activations: 4 for float32, 2 for bfloat16.
#pragma once

#include "core/plan/model_shape.h"

#include <algorithm>
#include <cstdint>

namespace lathe::plan {

/// Kept per layer without recompute: input, q, k, v, attention output, its float32 log-sum-exp, middle residual;
/// what attention and MLP made where that is normed.
inline uint64_t attentionStashBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  const int64_t elements = (s.normedOutputs ? 4 : 2) * s.hidden + 2 * s.heads * s.headDim + 2 * s.kvHeads * s.headDim;
  return static_cast<uint64_t>(tokens * (elements * elementBytes + 4 * s.heads));
}

/// That and gate and up of a dense layer.
inline uint64_t denseStashBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  return attentionStashBytes(s, tokens, elementBytes) + static_cast<uint64_t>(tokens * 2 * s.intermediate * elementBytes);
}

/// That and, of a mixture of k experts a token, gate and up of every pair of token and expert; float32 probabilities and weights; the choice, its order and back (int64).
inline uint64_t mixtureStashBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  const int64_t pair = 2 * s.experts.intermediate * elementBytes + 4 + 3 * 8;
  return attentionStashBytes(s, tokens, elementBytes) + static_cast<uint64_t>(tokens * (s.experts.perToken * pair + 4 * s.experts.count));
}

/// The largest of a layer.
inline uint64_t layerStashBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  const uint64_t mixture = s.mixtures() > 0 ? mixtureStashBytes(s, tokens, elementBytes) : 0;
  return s.mixtures() == s.layers && mixture > 0 ? mixture : std::max(mixture, denseStashBytes(s, tokens, elementBytes));
}

/// Kept per layer that recomputes: its input.
inline uint64_t layerInputBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  return static_cast<uint64_t>(tokens * s.hidden * elementBytes);
}

/// Peak of the stash of a step. `trained` layers from the top keep something; `recomputed` of them keep their input only and one of those
/// is expanded at a time. Exact for recomputing no or every layer where all layers are alike or all are trained, an upper bound else.
inline uint64_t stashPeakBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes, int64_t trained, int64_t recomputed) {
  const uint64_t full = layerStashBytes(s, tokens, elementBytes), input = layerInputBytes(s, tokens, elementBytes);
  const auto whole = [&](int64_t layers) { // of so many layers, the larger ones first
    const auto mixtures = static_cast<uint64_t>(s.mixtures());
    const uint64_t mixture = mixtures > 0 ? mixtureStashBytes(s, tokens, elementBytes) : 0, dense = denseStashBytes(s, tokens, elementBytes);
    const uint64_t all = static_cast<uint64_t>(layers), larger = std::min(all, mixture >= dense ? mixtures : static_cast<uint64_t>(s.layers) - mixtures);
    return larger * std::max(mixture, dense) + (all - larger) * std::min(mixture, dense);
  };
  const uint64_t kept = (s.mixtures() > 0 ? whole(trained - recomputed) : static_cast<uint64_t>(trained - recomputed) * full) + static_cast<uint64_t>(recomputed) * input;
  return recomputed > 0 ? kept + full - input : kept;
}

/// The same where every layer recomputes and the inputs wait in the host's memory: one layer expanded, its input and three more on their way.
inline uint64_t offloadedStashPeakBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  return layerStashBytes(s, tokens, elementBytes) + static_cast<uint64_t>(std::min<int64_t>(3, s.layers - 1)) * layerInputBytes(s, tokens, elementBytes);
}

/// Rows of logits that exist at once (core/ops/cross_entropy.h).
inline int64_t logitRows(int64_t vocab, int64_t supervised) {
  return std::min<int64_t>(supervised, std::clamp<int64_t>((2 << 20) / std::max<int64_t>(vocab, 1), 16, 2048));
}

/// A mixture's backward: rows, their gradients and that of the rows below once for every pair of token and expert, sums over them and the residual gradients; one
/// expert's products (all tokens may have chosen it).
inline int64_t mixtureWorkspaceBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  return s.mixtures() == 0 ? 0 : tokens * (s.experts.perToken * s.hidden * (2 * elementBytes + 4) + s.hidden * (4 * elementBytes + 8) + 3 * s.experts.intermediate * 4);
}

/// Beside the stash at the worst moment, every token supervised: the head (a chunk of logits, the hidden rows, their normed copy and its
/// gradient), or one layer's backward (the MLP's dh and the residual gradients, with float32 copies in bfloat16 models).
inline uint64_t workspaceBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes) {
  const int64_t head = 4 * logitRows(s.vocab, tokens) * s.vocab + tokens * s.hidden * (2 * elementBytes + 8);
  const int64_t copies = elementBytes == 4 ? 0 : 4 * (2 * s.intermediate + 2 * s.hidden); // float32 beside bfloat16
  const int64_t attention = 2 * s.heads * s.headDim + 2 * s.kvHeads * s.headDim;
  const int64_t layer = tokens * (elementBytes * (std::max(s.intermediate, attention) + 4 * s.hidden) + copies);
  return static_cast<uint64_t>(std::max({head, layer, mixtureWorkspaceBytes(s, tokens, elementBytes)}));
}

/// Keys and values of one token in all layers.
inline uint64_t cacheTokenBytes(const ModelShape& s, int64_t elementBytes) {
  return static_cast<uint64_t>(2 * s.layers * s.kvHeads * s.headDim * elementBytes);
}

} // namespace lathe::plan
