// SPDX-License-Identifier: Apache-2.0
// Which rows meet in which optimizer step and microbatch: a pure function of (options, epoch, step), so a run resumed at
// (epoch, step) continues exactly. Batches are packed and padding-free.
#pragma once

#include "core/data/packing.h"
#include "core/data/tokenized_dataset.h"

namespace lathe::data {

struct PlanOptions {
  uint64_t tokensPerMicrobatch = 8192; // a longer single row gets a microbatch of its own
  uint64_t sequencesPerStep = 16;      // 0: all rows in one step
  bool shuffled = true;                // false: file order in every epoch
  bool packing = true;                 // false: one row per microbatch
  PackingStrategy strategy = PackingStrategy::Auto; // which rows of a step share a microbatch
  uint64_t seed = 1;
};

/// Rows (indices into TokenizedDataset::rows()) of one microbatch, in order.
struct Microbatch {
  std::vector<uint64_t> rows;
  uint64_t tokens = 0;
};

struct PackedBatch {
  std::vector<int64_t> tokens, targets, positions; // [T]; targets[t] = label of token t+1, −100 at the last position of each row
  std::vector<int32_t> cuSeqlens;                  // [rows + 1]
  int64_t maxSeqlen = 0;
  int64_t supervised = 0;                          // targets that are not −100
  std::vector<uint64_t> rows;                      // indices into TokenizedDataset::rows()
  uint64_t epoch = 0, step = 0;                    // step counts from 0 within the epoch
  uint32_t microbatch = 0, microbatches = 1;       // position within the step
  int64_t stepSupervised = 0, stepTokens = 0;      // sums over the whole step: the loss is divided by stepSupervised
};

class BatchPlan {
public:
  /// `rows`: the pool (trainRows() or validationRows()); must not be empty.
  BatchPlan(std::shared_ptr<const TokenizedDataset> dataset, std::span<const uint64_t> rows, const PlanOptions& options);
  uint64_t sequences() const { return m_rows.size(); }
  uint64_t stepsPerEpoch() const;
  /// The microbatches of one optimizer step: every row of the pool exactly once per epoch. Which rows a step covers does not
  /// depend on the packing.
  std::vector<Microbatch> step(uint64_t epoch, uint64_t step) const;
  /// Rows of one optimizer step in their order (indices into TokenizedDataset::rows()).
  std::vector<uint64_t> rowsOfStep(uint64_t epoch, uint64_t step) const;
  /// What Auto became.
  PackingStrategy strategy() const { return resolvePacking(m_options.strategy, m_options.shuffled); }
  PackedBatch pack(const Microbatch& microbatch) const;
  /// All packed microbatches of one step with their step fields filled in.
  std::vector<PackedBatch> batches(uint64_t epoch, uint64_t step) const;
  const TokenizedDataset& dataset() const { return *m_dataset; }
  const PlanOptions& options() const { return m_options; }

private:
  std::shared_ptr<const TokenizedDataset> m_dataset;
  std::vector<uint64_t> m_rows;
  PlanOptions m_options;
};

} // namespace lathe::data
