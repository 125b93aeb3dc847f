// SPDX-License-Identifier: Apache-2.0
// Where the rows of a text file begin and end: JSON lines, elements of a JSON array, or pieces of plain text.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"
#include "core/data/row_table.h"

namespace lathe::data {

struct RowIndex {
  RowTable rows;
  bool array = false;       // elements of a JSON array
  std::string member;       // the array is this member of an object
  std::string brokenArray;  // set when the array ends too early: the last row is reported with it
};

/// How plain text is cut into rows.
enum class TextRows { Lines, Paragraphs, Document };
const char* textRowsName(TextRows rows); // "lines", "paragraphs", "document"
/// By blank lines where the first MiB has one between two lines of text, else by lines.
TextRows guessTextRows(const MappedFile& file, uint64_t from);

/// All indexers read in blocks of bounded size. Refused: REJ:DATASET_EMPTY, REJ:DATASET_ENCODING (UTF-16, binary). `name`: what messages call the file.
RowIndex indexText(const MappedFile& file, const std::string& name, TextRows how, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);
/// JSON lines; an array; an object with an array of objects in it; objects one after another over several lines.
RowIndex indexJson(const MappedFile& file, const std::string& name, uint64_t maxRows, const Progress& progress, const std::stop_token& stop);

/// Bytes to skip (byte order mark) after the refusals for encodings that cannot be read.
uint64_t checkEncoding(const MappedFile& file, const std::string& name);

} // namespace lathe::data
