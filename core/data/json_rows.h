// SPDX-License-Identifier: Apache-2.0
// Rows of JSON that is not one row a line, found by brackets and strings; what is inside is checked when a row is parsed.
#pragma once

#include "core/data/row_index.h"

#include <optional>

namespace lathe::data {

/// An array, an object over several lines with an array of objects in it, or objects over several lines one after another; nullopt when the
/// file is none of these, and so JSON lines.
std::optional<RowIndex> indexJsonStructure(const MappedFile& file, uint64_t from, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);

/// The first array of objects that is a member of the object at the begin of the file and is not itself part of a row ("messages", "tools", …).
std::optional<RowIndex> indexJsonMember(const MappedFile& file, uint64_t from, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);

} // namespace lathe::data
