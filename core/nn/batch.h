// SPDX-License-Identifier: Apache-2.0
// The one batch shape: sequences packed one after the other, never padded.
#pragma once

#include <ATen/core/TensorBody.h>

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace lathe::nn {

struct Batch {
  at::Tensor tokens;    // int64 [T]
  at::Tensor targets;   // int64 [T]: the token to predict at t (already shifted), −100 = none; −100 at the last token of every sequence
  at::Tensor positions; // int64 [T]: from 0 in every sequence
  at::Tensor cuSeqlens; // int32 [n + 1], CPU: sequence i is tokens cuSeqlens[i] … cuSeqlens[i + 1] − 1
  int64_t maxSeqlen = 0;
  int64_t supervised = 0; // rows of supervisedRows, counted on the host; 0: nothing is computed
  uint64_t dropoutCounter = 0; // names this batch for the counter-based dropout: same counter, same masks
  // Found on the host, so that no device has to be asked:
  at::Tensor cuSeqlensDevice;   // cuSeqlens where the tokens are
  at::Tensor supervisedRows;    // int64 [supervised]: the t with a target
  at::Tensor supervisedTargets; // int64 [supervised]: their targets
  // Numbers that a recorded graph reads where it finds them, so that every replay may have others; undefined: nothing.
  at::Tensor dropoutCounterDevice; // int64 [1], added to dropoutCounter
  at::Tensor gradScaleDevice;      // float32 [1], times forwardBackward's gradScale
};

/// What decides which kernels a batch needs. Batches filled up to the same shape run the same recorded graph.
struct BatchShape {
  int64_t tokens = 0, sequences = 0, maxSeqlen = 0, supervised = 0;
  auto operator<=>(const BatchShape&) const = default;
};
/// A shape that holds the batch and at least one token more, from a coarse ladder: tokens and supervised rows 128, 192, 256, 384 … 4096, beyond that at most an
/// eighth more; longest length 128, 192 …; sequences 4, 6, 8 ….
BatchShape filledShape(const BatchShape& batch);

/// A batch in one block of host memory, so that one copy takes all of it to a device.
struct HostBatch {
  at::Tensor block; // int64: tokens, targets, positions, supervised rows and targets, cuSeqlens (int32); pinned where asked for
  int64_t tokens = 0, sequences = 0, maxSeqlen = 0, supervised = 0;
  BatchShape shape() const { return {tokens, sequences, maxSeqlen, supervised}; }
};

/// Targets as in Batch. `pinned`: for a copy to a GPU that nobody waits for. `filled`: filledShape() of it, with sequences of their own behind the batch's that
/// have no target; loss and gradients are the same.
HostBatch layOutBatch(std::span<const int64_t> tokens, std::span<const int64_t> targets, std::span<const int64_t> positions, std::span<const int32_t> cuSeqlens,
                      int64_t maxSeqlen, bool pinned, bool filled = false);
/// Views of the block on a CPU; one asynchronous copy from a pinned block otherwise.
Batch toDevice(const HostBatch& batch, at::Device device);
/// Views of `block`, which is as batch.block and lies on a device.
Batch viewsOf(const HostBatch& batch, const at::Tensor& block);

/// Packs host data into a batch on `device`: targets are the next token of the same sequence where `supervise` (empty = everywhere)
/// says so for that next token. Sequences must not be empty.
Batch packBatch(const std::vector<std::vector<int64_t>>& sequences, const std::vector<std::vector<uint8_t>>& supervise, at::Device device);

} // namespace lathe::nn
