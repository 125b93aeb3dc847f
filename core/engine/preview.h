// SPDX-License-Identifier: Apache-2.0
// What a specification means before it runs: first rows as tokens, counts, predicted memory.
#pragma once

#include "core/api/train_spec.h"
#include "core/api/values.h"

#include <stop_token>

namespace lathe::engine {

/// Reads at most `sampleRows` rows for the counts (exact when the data has no more) and shows the first `rows`.
api::DataPreview previewData(const api::TrainSpec& spec, int64_t rows, uint64_t sampleRows, std::stop_token stop);
/// Memory of the run on this machine. Opens only the model's configuration.
api::MemoryPlan planSpec(const api::TrainSpec& spec);

} // namespace lathe::engine
