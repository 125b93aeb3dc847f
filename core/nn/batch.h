// SPDX-License-Identifier: Apache-2.0
// The one batch shape: sequences packed one after the other, never padded.
#pragma once

#include <ATen/core/TensorBody.h>

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
  int64_t supervised = 0; // targets ≥ 0, counted on the host
  uint64_t dropoutCounter = 0; // names this batch for the counter-based dropout: same counter, same masks
  // Found on the host, so that no device has to be asked:
  at::Tensor cuSeqlensDevice;   // cuSeqlens where the tokens are
  at::Tensor supervisedRows;    // int64 [supervised]: the t with a target
  at::Tensor supervisedTargets; // int64 [supervised]: their targets
};

/// A batch in one block of host memory, so that one copy takes all of it to a device.
struct HostBatch {
  at::Tensor block; // int64: tokens, targets, positions, supervised rows and targets, cuSeqlens (int32); pinned where asked for
  int64_t tokens = 0, sequences = 0, maxSeqlen = 0, supervised = 0;
};

/// Targets as in Batch. `pinned`: for a copy to a GPU that nobody waits for.
HostBatch layOutBatch(std::span<const int64_t> tokens, std::span<const int64_t> targets, std::span<const int64_t> positions, std::span<const int32_t> cuSeqlens,
                      int64_t maxSeqlen, bool pinned);
/// Views of the block on a CPU; one asynchronous copy from a pinned block otherwise.
Batch toDevice(const HostBatch& batch, at::Device device);

/// Packs host data into a batch on `device`: targets are the next token of the same sequence where `supervise` (empty = everywhere)
/// says so for that next token. Sequences must not be empty.
Batch packBatch(const std::vector<std::vector<int64_t>>& sequences, const std::vector<std::vector<uint8_t>>& supervise, at::Device device);

} // namespace lathe::nn
