// SPDX-License-Identifier: Apache-2.0
// What a specification means before it runs: first rows as tokens, counts, predicted memory.
#pragma once

#include "core/api/train_spec.h"
#include "core/api/values.h"

#include <stop_token>

namespace lathe::engine {

/// Counts every row of small data; of larger data the first `sampleRows` rows of each file, extrapolated (`exact` is false then). Shows the
/// first `rows` rows.
api::DataPreview previewData(const api::TrainSpec& spec, int64_t rows, uint64_t sampleRows, std::stop_token stop);
/// Memory and speed of the run on this machine. Opens only the model's configuration; the speed comes from what was measured in `home`.
api::MemoryPlan planSpec(const api::TrainSpec& spec, const std::string& home);
/// A run that ended showed how fast this machine is.
void rememberSpeed(const std::string& home, const api::RunSummary& run, double tokensPerS);

} // namespace lathe::engine
