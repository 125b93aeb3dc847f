// SPDX-License-Identifier: Apache-2.0
// The rows of one file, whatever it is written and packed in, or of one folder of text files.
#pragma once

#include "core/data/dataset.h"

namespace lathe::data {

/// What has to be as it was when it was opened.
struct FileStamp {
  std::string path;
  uint64_t bytes = 0;
  int64_t modified = 0; // clock ticks
  static FileStamp of(const std::string& path);
};

class RowSource {
public:
  virtual ~RowSource() = default;
  virtual uint64_t rows() const = 0;
  /// Where a row begins; the message is empty.
  virtual RowError place(uint64_t row) const = 0;
  /// As Dataset::row(). Throws RowException. Thread safe.
  virtual Json row(uint64_t row) const = 0;
  /// Set for rows that need no parsing by roles (tokens in a safetensors file); throws RowException.
  virtual std::optional<Sample> sample(uint64_t) const { return std::nullopt; }
  /// Bytes of a row, as far as they are known without reading it.
  virtual uint64_t rowBytes(uint64_t) const { return 0; }
  virtual void hash(std::string& into) const; // content of the files
  std::vector<FileStamp> stamps;
};

/// Opens one file; fills path-independent facts of `file`: format, packed, rows, bytes, estimatedRows, member, textRows. `format` as in DatasetEntry.
std::unique_ptr<RowSource> openRowSource(const std::string& format, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file);

/// A folder of text files, each one row; `texts`: their paths. File::path is the folder.
std::unique_ptr<RowSource> openTextFolder(const std::vector<std::string>& texts, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file);

/// Column of the first byte that is not UTF-8, counted from 0.
uint64_t firstInvalidByte(std::string_view text);
inline constexpr const char* kNotUtf8 = "the row is not valid UTF-8 (perhaps Latin-1); convert the file with: iconv -f LATIN1 -t UTF-8 IN > OUT";

} // namespace lathe::data
