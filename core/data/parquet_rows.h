// SPDX-License-Identifier: Apache-2.0
// Rows of a Parquet file as JSON lines in an unnamed temporary file: random access and bounded memory whatever the size of its row groups.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"
#include "core/data/row_table.h"

namespace lathe::data {

struct ParquetRows {
  std::shared_ptr<MappedFile> file; // JSON lines
  RowTable rows;                    // line = number of the row in the Parquet file, from 1
  uint64_t total = 0;               // rows in the Parquet file
};

/// Whether this program was built with a reader of Parquet.
bool canReadParquet();
/// By the first four bytes.
bool isParquet(const std::string& path);
/// Unsupported with advice when canReadParquet() is false. Refused: REJ:PARQUET when the file is damaged or has types that are not data for training.
ParquetRows openParquet(const std::string& path, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);

} // namespace lathe::data
