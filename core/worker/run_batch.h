// SPDX-License-Identifier: Apache-2.0
// The batch behind a step of a run, again: its rows from the same data in the same order, the loss of each token with the nearest weights that are kept.
#pragma once

#include "core/api/batch_values.h"

#include <functional>
#include <stop_token>
#include <string>

namespace lathe::worker {

struct RunBatchOptions {
  std::string device = "auto"; // auto: as the run's specification says
  std::string cacheFolder;     // of tokenized data
  std::function<void(const std::string& what, double share)> progress;
  std::stop_token stop;        // Cancelled when it comes
};

/// Step `step` (from 1) of the run in `folder`, which may be in training. NotFound when the run has not come so far; REJ:BATCH_DATA when the data are no
/// longer those that the step was trained on.
///
/// The weights are those of the newest good checkpoint at or before step − 1, or, where none is kept, the nearest of the base model, the checkpoints and the
/// result. Dropout is off. At most api::kBatchRows rows and api::kBatchTokens tokens are looked at.
api::StepBatch readStepBatch(const std::string& folder, int64_t step, const RunBatchOptions& options);

} // namespace lathe::worker
