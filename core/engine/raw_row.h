// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/data/dataset.h"

namespace lathe::engine {

struct RawRow {
  std::string text;     // at most 64 KiB, valid UTF-8
  uint64_t leftOut = 0; // bytes after it
};

/// A row as it stands in its file where its lines can be read there, otherwise as JSON; empty when neither can be done.
RawRow rawRow(const data::Dataset& dataset, uint64_t row);

} // namespace lathe::engine
