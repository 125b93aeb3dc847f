// SPDX-License-Identifier: Apache-2.0
// The numbers of a dataset as training rows, ready for a person: lengths, packing, and the whole quality report of a specification.
#pragma once

#include "core/api/data_quality_values.h"
#include "core/data/batch_plan.h"
#include "core/data/duplicates.h"
#include "core/data/spec_data.h"

namespace lathe::data {

/// Lengths of the source rows and what options.maxSeqLen and options.longRows do to them. Fast: reads the index, not the tokens.
api::LengthStatistics lengthStatistics(const TokenizedDataset& rows, const TokenizeOptions& options);

/// How an epoch of the plan is packed; `firstBins` microbatches with their rows for drawing. Long epochs are measured on at most `maxSteps` steps.
api::PackingReport packingReport(const BatchPlan& plan, uint64_t firstBins = 16, uint64_t maxSteps = 2000);

struct QualityOptions {
  DuplicateOptions duplicates;
  bool duplicateCheck = true, leakageCheck = true; // the slow parts
  uint64_t firstBins = 16;
  std::string cacheFolder; // of tokens; empty: nothing is kept
};

/// The report of data that is open. data.rows may be null (no tokenizer): lengths and packing stay empty then, and of leakage only that into a
/// validation file is looked for.
api::DataQuality examineOpenData(const api::TrainSpec& spec, const SpecData& data, const QualityOptions& options,
                                 const std::function<void(const std::string& what, double share)>& progress = {}, std::stop_token stop = {});

/// Statistics, duplicates among the training files, leakage into validation (its own file, or the split) and packing, as a run of this
/// specification would see them. `progress` gets what is being done and the share of the whole, 0…1. Throws what opening the data throws and
/// Cancelled; a dataset that nothing can be learned from is an answer with problems, not an exception.
api::DataQuality examineData(const api::TrainSpec& spec, const QualityOptions& options,
                             const std::function<void(const std::string& what, double share)>& progress = {}, std::stop_token stop = {});

} // namespace lathe::data
