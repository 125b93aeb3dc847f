// SPDX-License-Identifier: Apache-2.0
// From a row as people write it (OpenAI messages, ShareGPT, Alpaca, prompt/completion, text) to one canonical form.
#pragma once

#include "core/data/dataset.h"

namespace lathe::data {

/// What is wrong with a row, without its place.
struct RowProblem {
  std::string message;
};

/// Shape and roles of one parsed row; nullopt when it fits none.
std::optional<std::pair<DatasetShape, Roles>> detectShape(const Json& row);
/// Roles for a shape that the person named, with their column names; throws RowProblem when a needed column is not in `row`.
Roles rolesFor(DatasetShape shape, const Json& row, const Json& columns);
/// Throws RowProblem.
Sample canonical(const Json& row, DatasetShape shape, const Roles& roles);

} // namespace lathe::data
