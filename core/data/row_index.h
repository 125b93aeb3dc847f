// SPDX-License-Identifier: Apache-2.0
// Where the rows of a text file begin and end: JSON lines, elements of a JSON array, or plain lines.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"

namespace lathe::data {

struct RowRange {
  uint64_t begin = 0, end = 0; // bytes in the file, without the line break
  uint64_t line = 0;           // from 1
  uint32_t column = 1;         // from 1
};

struct RowIndex {
  std::vector<RowRange> rows;
  bool array = false;       // elements of a JSON array
  std::string brokenArray;  // set when the array ends too early: the last row is reported with it
};

/// Reads the file in blocks with pread, so that a file cut meanwhile is an error and not a signal. Refused: REJ:DATASET_EMPTY,
/// REJ:DATASET_ENCODING (UTF-16, binary). `plainText` takes every non-empty line as a row without looking at it; `name`: what messages call the file.
RowIndex indexRows(const MappedFile& file, const std::string& name, bool plainText, uint64_t maxRows, const Progress& progress, std::stop_token stop);

/// Bytes to skip (byte order mark) after the refusals for encodings that cannot be read.
uint64_t checkEncoding(const MappedFile& file, const std::string& name);

} // namespace lathe::data
