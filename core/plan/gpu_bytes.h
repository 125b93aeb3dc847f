// SPDX-License-Identifier: Apache-2.0
// Bytes that training takes on a GPU where they differ from a CPU's (stash_bytes.h): everything is in the compute type, adapters have room beside the weights,
// more rows of logits exist at once, and the driver keeps something for the process. Torch-free.
#pragma once

#include "core/plan/stash_bytes.h"

#include <algorithm>
#include <cstdint>

namespace lathe::plan {

/// CUDA context, code of kernels, cuBLAS and cuDNN: 650 to 730 MiB measured on an NVIDIA H200.
inline constexpr int64_t kGpuContextBytes = 720ll << 20;

/// Columns beside, and rows below, the matrix of a group of layers for one adapter of this rank (0: none).
inline int64_t adapterRoom(int64_t members, int64_t rank) {
  constexpr int64_t kStep = 64;
  return (members * rank + kStep - 1) / kStep * kStep;
}
inline int64_t adapterRoomElements(int64_t rows, int64_t columns, int64_t room) { return room * (rows + columns + room); }

/// Elements of that room in the whole model: q·k·v and, outside mixtures, gate·up and down have it.
inline int64_t adapterRoomElements(const ModelShape& s, int64_t rank) {
  const int64_t attention = (s.heads + 2 * s.kvHeads) * s.headDim;
  return s.layers * adapterRoomElements(attention, s.hidden, adapterRoom(s.fusedProjections ? 1 : 3, rank)) +
         (s.layers - s.mixtures()) * (adapterRoomElements(2 * s.intermediate, s.hidden, adapterRoom(s.fusedProjections ? 1 : 2, rank)) + adapterRoomElements(s.hidden, s.intermediate, adapterRoom(1, rank)));
}

/// Rows of logits that exist at once (core/ops/cross_entropy.h).
inline int64_t gpuLogitRows(int64_t vocab, int64_t supervised) {
  return std::min<int64_t>(supervised, std::clamp<int64_t>((int64_t{1} << 30) / (2 * std::max<int64_t>(vocab, 1)) / 256 * 256, 256, 4096));
}
/// Bytes of one of their elements with its gradient: float32 logits for small vocabularies, in bfloat16 models with a bfloat16 copy; else the compute type's.
inline int64_t gpuLogitBytes(int64_t vocab, int64_t elementBytes) {
  const bool wide = elementBytes == 4 || 2048 * vocab * 4 <= int64_t{256} << 20;
  return !wide ? elementBytes : elementBytes == 4 ? 4 : 6;
}

/// As workspaceBytes(). `recomputes`: the stash's peak counts a layer's tensors that do not exist yet while the head is computed.
inline uint64_t gpuWorkspaceBytes(const ModelShape& s, int64_t tokens, int64_t elementBytes, bool recomputes) {
  const auto later = recomputes ? static_cast<int64_t>(layerStashBytes(s, tokens, elementBytes) - layerInputBytes(s, tokens, elementBytes)) : 0;
  const int64_t head = gpuLogitRows(s.vocab, tokens) * s.vocab * gpuLogitBytes(s.vocab, elementBytes) + 4 * tokens * s.hidden * elementBytes;
  const int64_t layer = tokens * elementBytes * (s.intermediate + 4 * s.hidden + (s.heads + 2 * s.kvHeads) * s.headDim);
  return static_cast<uint64_t>(std::max({head - later, layer, mixtureWorkspaceBytes(s, tokens, elementBytes)}));
}

} // namespace lathe::plan
