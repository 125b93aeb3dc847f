// SPDX-License-Identifier: Apache-2.0
// Rows of a dataset as the window shows them: a line in a list, a conversation, exact tokens with what the sequence length does to them.
#pragma once

#include "core/api/data_values.h"
#include "core/data/spec_data.h"

namespace lathe::engine {

/// Rows [from, from + limit) as far as there are.
api::DataRowLines dataRowLines(const data::Dataset& dataset, uint64_t from, uint64_t limit);

/// Why there are no tokens, or what makes them.
struct RowTokens {
  data::SpecSources sources;
  data::TokenizeOptions options;
  std::string problem; // one sentence; empty: tokens are made
  uint64_t from = 0, limit = 400; // of the chips
};

api::DataRowView dataRowView(const data::Dataset& dataset, uint64_t row, const RowTokens& tokens);

/// The first of the rows that cannot be read, and how many there are. Throws Cancelled.
api::BadDataRows badDataRows(const data::Dataset& dataset, const data::Progress& progress, std::stop_token stop);

} // namespace lathe::engine
