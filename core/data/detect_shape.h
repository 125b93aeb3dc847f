// SPDX-License-Identifier: Apache-2.0
// How the rows of a file are written, and which column plays which part, from its first rows.
#pragma once

#include "core/data/dataset.h"

#include <span>

namespace lathe::data {

struct Detected {
  RowLayout layout = RowLayout::Text;
  DatasetShape shape = DatasetShape::Text;
  Roles roles;
};

/// What one row is; nullopt when it fits nothing.
std::optional<Detected> detectRow(const Json& row);

/// What most of the rows are (of equally many, the first); roles from all of those rows. `format` and `columns` as in DatasetEntry: they go before what
/// is found. nullopt when nothing fits. Throws RowProblem when a needed part has no column, or a named column is in no row.
std::optional<Detected> detectShape(std::span<const Json> rows, const std::string& format, const Json& columns);

/// Every column of the rows, in their order; at most 300.
std::vector<Column> profileColumns(std::span<const Json> rows);

/// Parts in the order of roleKeys(); nullptr for a name that is no part.
std::string* roleOf(Roles& roles, const std::string& key);

} // namespace lathe::data
