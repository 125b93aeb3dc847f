// SPDX-License-Identifier: Apache-2.0
// CSV as RFC 4180 writes it: a header row, fields in quotes where they hold separators, quotes or line breaks, "" for a quote. Also
// separated by tabs (.tsv) or semicolons (where the header has no comma).
#pragma once

#include "core/data/row_index.h"

#include <string>
#include <string_view>
#include <vector>

namespace lathe::data {

inline constexpr size_t kCsvColumns = 4096;

struct CsvTable {
  RowIndex index; // without the header
  std::vector<std::string> columns;
  char separator = ',';
};

/// `separator` 0: comma, or semicolon where the header has only those. Refused: REJ:DATASET_EMPTY, REJ:DATASET_ENCODING, REJ:CSV_HEADER (no header
/// row, a name twice, more than 4,096 columns). A quote that is never closed spoils the line it stands on and no other.
CsvTable indexCsv(const MappedFile& file, const std::string& name, char separator, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);

/// What is wrong with a record, and where: bytes from its begin.
struct CsvProblem {
  size_t offset = 0;
  std::string message;
};

/// Fields of one record. Throws CsvProblem.
std::vector<std::string> csvFields(std::string_view record, char separator);

/// {column: text}; cells of columns that hold messages are JSON. Throws CsvProblem.
Json csvRow(std::string_view record, const CsvTable& table);

} // namespace lathe::data
