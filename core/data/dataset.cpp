// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset.h"

#include "core/base/hash.h"
#include "core/base/text_format.h"
#include "core/data/canonical_row.h"
#include "core/data/csv_rows.h"
#include "core/data/gzip_file.h"
#include "core/data/row_index.h"
#include "core/data/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace lathe::data {
namespace {

struct OpenFile {
  std::shared_ptr<MappedFile> file; // text shapes
  RowIndex index;
  std::optional<CsvTable> csv; // its rows are in `index`
  bool plainText = false;
  std::shared_ptr<TokenFile> tokens; // shape Tokens
  std::filesystem::file_time_type modified;
  uint64_t firstRow = 0;
};

class DatasetImpl final : public Dataset {
public:
  std::vector<File> m_files;
  std::vector<OpenFile> m_open;
  std::vector<DatasetEntry> m_entries;
  uint64_t m_rows = 0;

  const std::vector<File>& files() const override { return m_files; }
  uint64_t rows() const override { return m_rows; }

  RowError place(uint64_t row) const override {
    const auto [at, local] = locate(row);
    const OpenFile& open = m_open[at];
    if (open.tokens)
      return {m_files[at].path, local + 1, 1, {}};
    return {m_files[at].path, open.index.rows[local].line, open.index.rows[local].column, {}};
  }

  Json row(uint64_t row) const override {
    const auto [at, local] = locate(row);
    return m_open[at].tokens ? m_open[at].tokens->rowJson(local) : parsed(at, local);
  }

  Sample sample(uint64_t row) const override {
    const auto [at, local] = locate(row);
    const OpenFile& open = m_open[at];
    if (open.tokens) {
      Sample out;
      out.shape = DatasetShape::Tokens;
      open.tokens->row(local, out.ids, out.labels);
      return out;
    }
    const Json json = parsed(at, local);
    try {
      return canonical(json, m_files[at].shape, m_files[at].roles);
    } catch (const RowProblem& problem) {
      fail(at, local, problem.message);
    }
  }

  std::string contentHash() const override {
    Hasher hasher;
    for (size_t i = 0; i < m_files.size(); ++i) {
      hasher.add(hashFile(m_files[i].path));
      hasher.add(fmt::format("|{}|{}|", datasetShapeName(m_files[i].shape), dumpJson(m_entries[i].columns)));
    }
    return hasher.hex();
  }

  void checkUnchanged() const override {
    for (size_t i = 0; i < m_files.size(); ++i) {
      std::error_code code;
      const uint64_t size = std::filesystem::file_size(m_files[i].path, code);
      if (code)
        refuse("REJ:DATASET_CHANGED", fmt::format("{} is not there any more.", m_files[i].path));
      if (size != m_files[i].bytes || std::filesystem::last_write_time(m_files[i].path, code) != m_open[i].modified)
        refuse("REJ:DATASET_CHANGED", fmt::format("{} has changed since it was opened ({} bytes then, {} now). Open it again.", m_files[i].path, m_files[i].bytes, size));
    }
  }

  /// Throws RowException.
  Json parsed(size_t at, uint64_t local) const {
    const OpenFile& open = m_open[at];
    const RowRange& range = open.index.rows[local];
    const uint64_t bytes = range.end - range.begin;
    if (bytes > limits::kDatasetLineBytes)
      fail(at, local, fmt::format("the row has {}; the limit is {}", formatBytes(bytes), formatBytes(limits::kDatasetLineBytes)));
    std::string text(bytes, '\0');
    open.file->readAt(range.begin, std::as_writable_bytes(std::span(text.data(), text.size())));
    if (!isValidUtf8(text))
      fail(at, local, "the row is not valid UTF-8 (perhaps Latin-1); convert the file with: iconv -f LATIN1 -t UTF-8 IN > OUT", firstInvalid(text));
    if (open.plainText)
      return Json(std::move(text));
    if (!open.index.brokenArray.empty() && local + 1 == open.index.rows.size())
      fail(at, local, open.index.brokenArray);
    if (open.csv)
      return csvRecord(at, local, text);
    return parseRow(at, local, text);
  }

private:
  std::pair<size_t, uint64_t> locate(uint64_t row) const {
    if (row >= m_rows)
      throw Exception(ErrorKind::Usage, fmt::format("Row {} was asked for; the dataset has {} rows.", row + 1, m_rows));
    const auto it = std::upper_bound(m_open.begin(), m_open.end(), row, [](uint64_t value, const OpenFile& file) { return value < file.firstRow; });
    const auto at = static_cast<size_t>(it - m_open.begin()) - 1;
    return {at, row - m_open[at].firstRow};
  }

  [[noreturn]] void fail(size_t at, uint64_t local, std::string message, uint64_t offset = 0) const {
    const RowRange& range = m_open[at].index.rows[local];
    throw RowException({nameOf(at), range.line, range.column + offset, std::move(message)});
  }

  static uint64_t firstInvalid(std::string_view text) {
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

  Json parseRow(size_t at, uint64_t local, std::string_view text) const {
    try {
      return parseJson(text, {.bytes = limits::kDatasetLineBytes, .code = "ROW", .what = "the row"});
    } catch (const Exception& e) {
      const std::string message = e.what();
      unsigned long line = 1, column = 1;
      const size_t where = message.find(" (line ");
      if (where != std::string::npos && std::sscanf(message.c_str() + where, " (line %lu, column %lu)", &line, &column) != 2)
        line = column = 1;
      const RowRange& range = m_open[at].index.rows[local];
      const std::string why = where == std::string::npos ? message : parserReason(e.error().detail);
      throw RowException({nameOf(at), range.line + line - 1, line > 1 ? column : range.column + column - 1, why});
    }
  }

  Json csvRecord(size_t at, uint64_t local, std::string_view text) const {
    try {
      return csvRow(text, *m_open[at].csv);
    } catch (const CsvProblem& problem) {
      const std::string_view before = text.substr(0, problem.offset);
      const auto breaks = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
      const size_t lineBegin = breaks == 0 ? 0 : before.rfind('\n') + 1;
      throw RowException({nameOf(at), m_open[at].index.rows[local].line + breaks, problem.offset - lineBegin + 1, problem.message});
    }
  }

  const std::string& nameOf(size_t at) const { return m_files.size() > at ? m_files[at].path : m_entries[at].path; }

  /// The reader's own words without its prefix and position.
  static std::string parserReason(const std::string& detail) {
    const size_t colon = detail.find(": ");
    return "not valid JSON: " + (colon == std::string::npos ? detail : detail.substr(colon + 2)).substr(0, 200);
  }
};

DatasetShape shapeFromName(const std::string& name, const std::string& path) {
  for (const auto& [text, shape] : {std::pair("messages", DatasetShape::Messages), std::pair("chat", DatasetShape::Messages), std::pair("sharegpt", DatasetShape::Messages),
                                    std::pair("alpaca", DatasetShape::Alpaca), std::pair("text", DatasetShape::Text), std::pair("tokens", DatasetShape::Tokens)})
    if (name == text)
      return shape;
  throw Exception(ErrorKind::Usage, fmt::format("The format \"{}\" of {} is not known; use auto, messages, alpaca, text or tokens.", name, path));
}

bool endsWith(const std::string& path, std::string_view ending) {
  return path.size() >= ending.size() && std::equal(ending.rbegin(), ending.rend(), path.rbegin(), [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

std::string fieldNames(const Json& row) {
  std::string out;
  for (const auto& [key, value] : row.items())
    out += (out.empty() ? "\"" : ", \"") + key.substr(0, 40) + "\"";
  return out.empty() ? "none" : out.substr(0, 300);
}

/// Shape and roles from the first rows that fit; the last reason is kept for the refusal.
void detect(const DatasetImpl& set, size_t at, Dataset::File& file, const DatasetEntry& entry) {
  const OpenFile& open = set.m_open[at];
  std::string reason = "no row could be read";
  for (uint64_t i = 0; i < std::min<uint64_t>(open.index.rows.size(), 200); ++i) {
    try {
      const Json row = set.parsed(at, i);
      if (entry.format != "auto") {
        file.shape = shapeFromName(entry.format, entry.path);
        file.roles = rolesFor(file.shape, row, entry.columns);
        return;
      }
      if (entry.columns.is_object() && !entry.columns.empty()) {
        file.shape = entry.columns.contains("messages") ? DatasetShape::Messages : entry.columns.contains("instruction") || entry.columns.contains("output") ? DatasetShape::Alpaca : DatasetShape::Text;
        file.roles = rolesFor(file.shape, row, entry.columns);
        return;
      }
      if (const auto found = detectShape(row)) {
        std::tie(file.shape, file.roles) = *found;
        return;
      }
      reason = row.is_object() ? "its fields are " + fieldNames(row) : "its rows are not objects";
    } catch (const RowException& e) {
      reason = e.row().text();
    } catch (const RowProblem& e) {
      reason = e.message;
    }
  }
  refuse("REJ:DATASET_SHAPE", fmt::format("{} has no known shape: {}. Known are \"messages\" (role, content), \"conversations\" (from, value), \"instruction\" with \"output\", and \"text\".", file.path, reason));
}

constexpr uint64_t kPreviewUnpacked = 32ull << 20; // of a compressed file when only its first rows are asked for

/// Maps (or unpacks) and indexes a file of rows.
void openText(OpenFile& open, Dataset::File& file, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop) {
  std::string name = file.path; // as it was before it was packed
  UnpackedFile text;
  if (isGzip(file.path)) {
    if (endsWith(name, ".gz"))
      name.resize(name.size() - 3);
    text = unpackGzip(file.path, options.maxRows == UINT64_MAX ? UINT64_MAX : kPreviewUnpacked, progress, stop);
    std::error_code code;
    file.bytes = std::filesystem::file_size(file.path, code);
  } else {
    text.file = MappedFile::open(file.path);
    file.bytes = text.file->size();
  }
  open.file = text.file;
  if (endsWith(name, ".csv") || endsWith(name, ".tsv")) {
    open.csv = indexCsv(*open.file, file.path, endsWith(name, ".tsv") ? '\t' : '\0', options.maxRows, progress, stop);
    open.index = std::move(open.csv->index);
  } else {
    open.plainText = endsWith(name, ".txt") || endsWith(name, ".md");
    open.index = indexRows(*open.file, file.path, open.plainText, options.maxRows, progress, stop);
  }
  auto& rows = open.index.rows;
  if (!text.whole && rows.size() > 1 && rows.size() < options.maxRows) { // the last one was cut where unpacking stopped
    rows.pop_back();
    open.index.brokenArray.clear();
  }
  file.rows = file.estimatedRows = rows.size();
  if (!text.whole || rows.size() >= options.maxRows) {
    const double share = text.share * static_cast<double>(rows.back().end) / static_cast<double>(open.file->size());
    if (!text.whole || rows.back().end + 2 < open.file->size())
      file.estimatedRows = std::max(file.rows + 1, static_cast<uint64_t>(static_cast<double>(file.rows) / share));
  }
}

} // namespace

const char* datasetShapeName(DatasetShape shape) {
  switch (shape) {
  case DatasetShape::Messages:
    return "messages";
  case DatasetShape::Alpaca:
    return "alpaca";
  case DatasetShape::Text:
    return "text";
  case DatasetShape::Tokens:
    return "tokens";
  }
  return "";
}

std::string RowError::text() const {
  return fmt::format("{}:{}:{}: {}", std::filesystem::path(file).filename().string(), line, column, message);
}

RowException::RowException(RowError row) : Exception(Error{ErrorKind::Refused, row.text(), row.file, "ROW"}), m_row(std::move(row)) {}

std::vector<RowError> Dataset::errors(size_t limit, uint64_t* total, std::stop_token stop) const {
  std::vector<RowError> out;
  uint64_t count = 0;
  for (uint64_t i = 0; i < rows() && !stop.stop_requested(); ++i) {
    try {
      sample(i);
    } catch (const RowException& e) {
      if (++count <= limit)
        out.push_back(e.row());
    }
  }
  if (total)
    *total = count;
  return out;
}

std::shared_ptr<const Dataset> Dataset::open(const std::vector<DatasetEntry>& entries, const DatasetOptions& options, const Progress& progress, std::stop_token stop) {
  if (entries.empty())
    throw Exception(ErrorKind::Usage, "No dataset was given.");
  auto set = std::make_shared<DatasetImpl>();
  set->m_entries = entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    const DatasetEntry& entry = entries[i];
    if (isDirectory(entry.path))
      refuse("REJ:NOT_A_FILE", fmt::format("{} is a folder; name its files.", entry.path));
    OpenFile open;
    open.firstRow = set->m_rows;
    File file{entry.path, DatasetShape::Text, {}, 0, 0, 0};
    if (entry.format == "tokens" || (entry.format == "auto" && endsWith(entry.path, ".safetensors"))) {
      open.tokens = TokenFile::open(entry.path);
      file.shape = DatasetShape::Tokens;
      file.rows = std::min(open.tokens->rows(), options.maxRows);
      file.estimatedRows = open.tokens->rows();
      file.bytes = open.tokens->fileBytes();
    } else {
      const auto scaled = [&](double share) { progress((static_cast<double>(i) + share) / static_cast<double>(entries.size())); };
      openText(open, file, options, progress ? Progress(scaled) : Progress(), stop);
    }
    std::error_code code;
    open.modified = std::filesystem::last_write_time(entry.path, code);
    set->m_open.push_back(std::move(open));
    if (!set->m_open.back().plainText && !set->m_open.back().tokens)
      detect(*set, i, file, entry);
    set->m_rows += file.rows;
    set->m_files.push_back(std::move(file));
  }
  return set;
}

} // namespace lathe::data
