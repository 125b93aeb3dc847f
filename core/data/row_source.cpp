// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_source.h"

#include "core/base/hash.h"
#include "core/base/text_format.h"
#include "core/data/csv_rows.h"
#include "core/data/data_folder.h"
#include "core/data/parquet_rows.h"
#include "core/data/row_index.h"
#include "core/data/token_file.h"
#include "core/data/unpack_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

namespace lathe::data {
namespace {

constexpr uint64_t kPreviewUnpacked = 32ull << 20; // of a compressed file when only its first rows are asked for

/// The reader's own words without its prefix and position.
std::string parserReason(const std::string& detail) {
  const size_t colon = detail.find(": ");
  return "not valid JSON: " + (colon == std::string::npos ? detail : detail.substr(colon + 2)).substr(0, 200);
}

class TextSource final : public RowSource {
public:
  std::string path;
  std::shared_ptr<MappedFile> file;
  RowIndex index;
  std::optional<CsvTable> csv; // its rows are in `index`
  bool plainText = false;

  uint64_t rows() const override { return index.rows.size(); }
  uint64_t rowBytes(uint64_t row) const override {
    const RowRange range = index.rows[row];
    return range.end - range.begin;
  }
  RowError place(uint64_t row) const override {
    const RowRange range = index.rows[row];
    return {path, range.line, range.column, {}};
  }

  Json row(uint64_t row) const override {
    const RowRange range = index.rows[row];
    const uint64_t bytes = range.end - range.begin;
    if (bytes > limits::kDatasetLineBytes)
      fail(range, fmt::format("the row has {}; the limit is {}", formatBytes(bytes), formatBytes(limits::kDatasetLineBytes)));
    std::string text(bytes, '\0');
    file->readAt(range.begin, std::as_writable_bytes(std::span(text.data(), text.size())));
    if (!isValidUtf8(text))
      invalidText(range, text);
    if (plainText)
      return Json(std::move(text));
    if (!index.brokenArray.empty() && row + 1 == index.rows.size())
      fail(range, index.brokenArray);
    return csv ? csvRecord(range, text) : parsed(range, text);
  }

private:
  [[noreturn]] void fail(const RowRange& range, std::string message) const { throw RowException({path, range.line, range.column, std::move(message)}); }

  [[noreturn]] void invalidText(const RowRange& range, std::string_view text) const {
    const std::string_view before = text.substr(0, firstInvalidByte(text));
    const auto breaks = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
    const uint64_t column = breaks == 0 ? range.column + before.size() : before.size() - before.rfind('\n');
    throw RowException({path, range.line + breaks, column, kNotUtf8});
  }

  Json parsed(const RowRange& range, std::string_view text) const {
    try {
      return parseJson(text, {.bytes = limits::kDatasetLineBytes, .code = "ROW", .what = "the row"});
    } catch (const Exception& e) {
      const std::string message = e.what();
      unsigned long line = 1, column = 1;
      const size_t where = message.find(" (line ");
      if (where != std::string::npos && std::sscanf(message.c_str() + where, " (line %lu, column %lu)", &line, &column) != 2)
        line = column = 1;
      const std::string why = where == std::string::npos ? message : parserReason(e.error().detail);
      throw RowException({path, range.line + line - 1, line > 1 ? column : range.column + column - 1, why});
    }
  }

  Json csvRecord(const RowRange& range, std::string_view text) const {
    try {
      return csvRow(text, *csv);
    } catch (const CsvProblem& problem) {
      const std::string_view before = text.substr(0, problem.offset);
      const auto breaks = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
      const size_t lineBegin = breaks == 0 ? 0 : before.rfind('\n') + 1;
      throw RowException({path, range.line + breaks, problem.offset - lineBegin + 1, problem.message});
    }
  }
};

class TokenSource final : public RowSource {
public:
  std::string path;
  std::shared_ptr<TokenFile> tokens;
  uint64_t count = 0;
  uint64_t rows() const override { return count; }
  RowError place(uint64_t row) const override { return {path, row + 1, 1, {}}; }
  Json row(uint64_t row) const override { return tokens->rowJson(row); }
  std::optional<Sample> sample(uint64_t row) const override {
    Sample out;
    out.shape = DatasetShape::Tokens;
    tokens->row(row, out.ids, out.labels);
    return out;
  }
};

/// One sentence for files that people take for data and that are not read.
void refuseForeign(const std::string& path, const MappedFile& file) {
  std::array<char, 16> head{};
  const size_t n = std::min<uint64_t>(head.size(), file.size());
  file.readAt(0, std::as_writable_bytes(std::span(head.data(), n)));
  const std::string_view begin(head.data(), n);
  static constexpr std::array<std::pair<std::string_view, const char*>, 8> kForeign = {{
      {"ARROW1", "an Arrow file; save the dataset as Parquet or JSONL (to_parquet, to_json)"},
      {"PK\x03\x04", "a zip archive or a spreadsheet; unpack it, or save the table as CSV"},
      {"BZh", "packed by bzip2; unpack it first: bunzip2 FILE"},
      {"\xFD" "7zXZ", "packed by xz; unpack it first: unxz FILE"},
      {"7z\xBC\xAF", "a 7z archive; unpack it first"},
      {"SQLite format 3", "an SQLite database; export the table as CSV"},
      {"%PDF", "a PDF document; extract its text first"},
      {"\x80\x04\x95", "a Python pickle, which is never opened; save the data as JSONL"},
  }};
  for (const auto& [magic, what] : kForeign)
    if (begin.starts_with(magic))
      refuse("REJ:DATASET_FORMAT", fmt::format("{} is {}.", path, what));
}

TextRows textRowsOf(const std::string& format, NameKind kind, const MappedFile& file, uint64_t from) {
  if (format == "lines")
    return TextRows::Lines;
  if (format == "paragraphs")
    return TextRows::Paragraphs;
  if (format == "document" || kind == NameKind::Document)
    return TextRows::Document;
  return guessTextRows(file, from);
}

void indexTextSource(TextSource& source, NameKind kind, const std::string& format, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file) {
  const bool cutByHand = format == "lines" || format == "paragraphs" || format == "document";
  if (kind == NameKind::Csv || kind == NameKind::Tsv) {
    file.format = kind == NameKind::Csv ? FileFormat::Csv : FileFormat::Tsv;
    source.csv = indexCsv(*source.file, file.path, kind == NameKind::Tsv ? '\t' : '\0', options.maxRows, progress, stop);
    source.index = std::move(source.csv->index);
  } else if (kind == NameKind::Text || kind == NameKind::Document || cutByHand) {
    file.format = FileFormat::PlainText;
    source.plainText = true;
    const TextRows how = textRowsOf(format, kind, *source.file, checkEncoding(*source.file, file.path));
    file.textRows = textRowsName(how);
    source.index = indexText(*source.file, file.path, how, options.maxRows, progress, stop);
  } else {
    source.index = indexJson(*source.file, file.path, options.maxRows, progress, stop);
    file.format = source.index.array ? FileFormat::JsonArray : FileFormat::JsonLines;
    file.member = source.index.member;
  }
}

std::unique_ptr<RowSource> openTokens(const DatasetOptions& options, Dataset::File& file) {
  auto out = std::make_unique<TokenSource>();
  out->path = file.path;
  out->tokens = TokenFile::open(file.path);
  out->count = std::min(out->tokens->rows(), options.maxRows);
  file.format = FileFormat::Safetensors;
  file.rows = out->count;
  file.estimatedRows = out->tokens->rows();
  return out;
}

std::unique_ptr<RowSource> openParquetSource(const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file) {
  auto out = std::make_unique<TextSource>();
  ParquetRows rows = openParquet(file.path, options.maxRows, progress, stop);
  out->path = file.path;
  out->file = std::move(rows.file);
  out->index.rows = std::move(rows.rows);
  file.format = FileFormat::Parquet;
  file.rows = out->rows();
  file.estimatedRows = rows.total;
  return out;
}

std::unique_ptr<RowSource> openTextSource(const std::string& format, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file) {
  auto out = std::make_unique<TextSource>();
  out->path = file.path;
  UnpackedFile text;
  file.packed = packedKind(file.path);
  if (file.packed == Packed::None)
    text.file = MappedFile::open(file.path);
  else
    text = unpackFile(file.path, file.packed, options.maxRows == UINT64_MAX ? UINT64_MAX : kPreviewUnpacked, progress, stop);
  out->file = text.file;
  refuseForeign(file.path, *out->file);
  indexTextSource(*out, nameKind(unpackedName(file.path, file.packed)), format, options, file.packed == Packed::None ? progress : Progress(), stop, file);
  RowTable& rows = out->index.rows;
  if (!text.whole && rows.size() > 1 && rows.size() < options.maxRows) { // the last one was cut where unpacking stopped
    rows.pop_back();
    out->index.brokenArray.clear();
  }
  file.rows = file.estimatedRows = rows.size();
  if (!text.whole || rows.size() >= options.maxRows) {
    const uint64_t end = rows.back().end;
    const double share = text.share * static_cast<double>(end) / static_cast<double>(out->file->size());
    if (!text.whole || end + 2 < out->file->size())
      file.estimatedRows = std::max(file.rows + 1, static_cast<uint64_t>(static_cast<double>(file.rows) / share));
  }
  return out;
}

} // namespace

FileStamp FileStamp::of(const std::string& path) {
  std::error_code code;
  FileStamp out{path, std::filesystem::file_size(path, code), 0};
  if (code)
    out.bytes = 0;
  out.modified = std::filesystem::last_write_time(path, code).time_since_epoch().count();
  return out;
}

void RowSource::hash(std::string& into) const {
  for (const FileStamp& stamp : stamps)
    into += hashFile(stamp.path) + "|";
}

uint64_t firstInvalidByte(std::string_view text) {
  uint64_t good = 0, bad = text.size(); // halving: validity of a prefix changes once, apart from a cut character at its end
  while (bad - good > 8) {
    const uint64_t middle = (good + bad) / 2;
    uint64_t cut = middle;
    while (cut > good && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
      --cut;
    if (cut > good && isValidUtf8(text.substr(0, cut)))
      good = cut;
    else if (cut > good)
      bad = cut;
    else
      break;
  }
  while (good < bad && static_cast<unsigned char>(text[good]) < 0x80)
    ++good;
  return good;
}

std::unique_ptr<RowSource> openRowSource(const std::string& format, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file) {
  const FileStamp stamp = FileStamp::of(file.path);
  std::unique_ptr<RowSource> out;
  if (nameKind(file.path) == NameKind::Safetensors)
    out = openTokens(options, file);
  else if (isParquet(file.path) || nameKind(file.path) == NameKind::Parquet)
    out = openParquetSource(options, progress, stop, file);
  else
    out = openTextSource(format, options, progress, stop, file);
  out->stamps = {stamp};
  file.bytes = stamp.bytes;
  return out;
}

} // namespace lathe::data
