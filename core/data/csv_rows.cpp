// SPDX-License-Identifier: Apache-2.0
#include "core/data/csv_rows.h"

#include "core/base/text_format.h"
#include "core/data/block_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace lathe::data {
namespace {

constexpr uint64_t kHeaderBytes = 1u << 20;

/// Finds where records end. A quoted field that does not end well gives up the line it began on; reading goes on behind that line, as long
/// as all this reading again stays within a few times the file.
class CsvIndexer {
public:
  CsvIndexer(const MappedFile& file, char separator, uint64_t from, const Progress& progress, const std::stop_token& stop)
      : m_bytes(file, progress, stop), m_separator(separator), m_at(from), m_budget(4 * file.size() + (64u << 20)) {
    for (const char c : {'\n', '\r', separator})
      m_ends[static_cast<unsigned char>(c)] = true;
  }

  /// False at the end of the file. Blank lines are skipped.
  bool next(RowRange& row) {
    while (m_at < m_bytes.size()) {
      row = {m_at, m_at, m_line, 1};
      const bool blank = record(row);
      if (!blank)
        return true;
    }
    return false;
  }

private:
  BlockReader m_bytes;
  char m_separator;
  std::array<bool, 256> m_ends{}; // of a field without quotes
  uint64_t m_at;
  uint64_t m_line = 1;
  uint64_t m_budget;

  bool atBreak() { return m_bytes.at(m_at) == '\n' || m_bytes.at(m_at) == '\r'; }

  void skipBreak() {
    const bool both = m_bytes.at(m_at) == '\r' && m_at + 1 < m_bytes.size() && m_bytes.at(m_at + 1) == '\n';
    m_at += both ? 2 : 1;
    ++m_line;
  }

  /// From the begin of a record to behind its line break; true for a blank line.
  bool record(RowRange& row) {
    bool empty = true;
    for (;;) {
      if (m_at < m_bytes.size() && m_bytes.at(m_at) == '"') {
        empty = false;
        quoted();
      }
      empty = plain() && empty;
      if (m_at >= m_bytes.size() || atBreak())
        break;
      empty = false;
      ++m_at; // the separator
    }
    row.end = m_at;
    if (m_at < m_bytes.size())
      skipBreak();
    return empty;
  }

  /// To the end of a field without quotes; true when it holds nothing but spaces.
  bool plain() {
    bool blank = true;
    for (std::string_view view = m_bytes.view(m_at); !view.empty(); view = m_bytes.view(m_at)) {
      size_t i = 0;
      for (; i < view.size() && !m_ends[static_cast<unsigned char>(view[i])]; ++i)
        blank = blank && (view[i] == ' ' || view[i] == '\t');
      m_at += i;
      if (i < view.size())
        break;
    }
    return blank;
  }

  /// Skips what is neither quote nor line break.
  void quotedText() {
    for (std::string_view view = m_bytes.view(m_at); !view.empty(); view = m_bytes.view(m_at)) {
      size_t i = 0;
      while (i < view.size() && view[i] != '"' && view[i] != '\n' && view[i] != '\r')
        ++i;
      m_at += i;
      if (i < view.size())
        return;
    }
  }

  /// From the opening quote to behind the closing one; to the end of its first line where it is not closed as it should be.
  void quoted() {
    const uint64_t begin = m_at, line = m_line;
    ++m_at;
    while (m_at < m_bytes.size() && m_at - begin <= limits::kDatasetLineBytes) {
      quotedText();
      if (m_at >= m_bytes.size())
        break;
      const char c = m_bytes.at(m_at);
      if (c == '"') {
        ++m_at;
        if (m_at >= m_bytes.size() || atBreak() || m_bytes.at(m_at) == m_separator)
          return;
        if (m_bytes.at(m_at) != '"')
          break;
        ++m_at;
      } else {
        skipBreak();
      }
    }
    const uint64_t again = m_at - begin;
    if (m_line == line || again > m_budget)
      return;
    m_budget -= again;
    m_at = begin;
    m_line = line;
    while (!atBreak())
      ++m_at;
  }
};

char separatorOf(std::string_view header) {
  bool inQuotes = false;
  size_t commas = 0, semicolons = 0;
  for (const char c : header) {
    inQuotes = inQuotes != (c == '"');
    commas += !inQuotes && c == ',';
    semicolons += !inQuotes && c == ';';
  }
  return commas == 0 && semicolons > 0 ? ';' : ',';
}

std::vector<std::string> headerOf(const std::string& text, char separator, const std::string& name) {
  std::vector<std::string> columns;
  try {
    columns = csvFields(text, separator);
  } catch (const CsvProblem& problem) {
    refuse("REJ:CSV_HEADER", fmt::format("The header of {} cannot be read: {} (column {}).", name, problem.message, problem.offset + 1));
  }
  if (columns.size() > kCsvColumns)
    refuse("REJ:CSV_HEADER", fmt::format("{} has {} columns; the limit is {}.", name, columns.size(), kCsvColumns));
  std::set<std::string> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!isValidUtf8(columns[i]))
      refuse("REJ:DATASET_ENCODING", fmt::format("The header of {} is not valid UTF-8. Convert the file with: iconv -f LATIN1 -t UTF-8 IN > OUT", name));
    if (columns[i].empty())
      columns[i] = fmt::format("#{}", i + 1); // as in tables with an unnamed index
    if (!seen.insert(columns[i]).second)
      refuse("REJ:CSV_HEADER", fmt::format("{} has the column \"{}\" twice. The first row has to name the columns.", name, columns[i].substr(0, 60)));
  }
  return columns;
}

bool holdsMessages(const std::string& column) {
  static const std::set<std::string> known = {"messages", "conversations", "conversation", "dialog", "dialogue", "chat"};
  return known.contains(column);
}

} // namespace

CsvTable indexCsv(const MappedFile& file, const std::string& name, char separator, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  const uint64_t from = checkEncoding(file, name);
  CsvTable out;
  RowRange row;
  // The separator does not matter for where the header ends.
  if (!CsvIndexer(file, separator ? separator : ',', from, {}, stop).next(row))
    refuse("REJ:DATASET_EMPTY", fmt::format("{} holds nothing but blank lines.", name));
  if (row.end - row.begin > kHeaderBytes)
    refuse("REJ:CSV_HEADER", fmt::format("The first row of {} has {} bytes; a header has at most {}.", name, row.end - row.begin, kHeaderBytes));
  std::string header(row.end - row.begin, '\0');
  file.readAt(row.begin, std::as_writable_bytes(std::span(header.data(), header.size())));
  out.separator = separator ? separator : separatorOf(header);
  out.columns = headerOf(header, out.separator, name);
  CsvIndexer indexer(file, out.separator, from, progress, stop);
  indexer.next(row);
  while (out.index.rows.size() < maxRows && indexer.next(row))
    out.index.rows.push_back(row);
  if (out.index.rows.empty())
    refuse("REJ:DATASET_EMPTY", fmt::format("{} has a header ({} columns) and no rows.", name, out.columns.size()));
  return out;
}

std::vector<std::string> csvFields(std::string_view record, char separator) {
  std::vector<std::string> out;
  for (size_t at = 0;; ++at) {
    std::string field;
    if (at < record.size() && record[at] == '"') {
      const size_t begin = at++;
      for (;; ++at) {
        const size_t quote = record.find('"', at);
        if (quote == std::string_view::npos)
          throw CsvProblem{begin, "the quote that opens here is never closed"};
        field += record.substr(at, quote - at);
        at = quote + 1;
        if (at >= record.size() || record[at] != '"')
          break;
        field += '"';
      }
      if (at < record.size() && record[at] != separator)
        throw CsvProblem{at, "there is text behind the closing quote; a quote inside a field is written twice"};
    } else {
      const size_t end = std::min(record.size(), record.find(separator, at));
      field = record.substr(at, end - at);
      at = end;
    }
    out.push_back(std::move(field));
    if (out.size() > kCsvColumns)
      throw CsvProblem{at, fmt::format("the row has more than {} fields", kCsvColumns)};
    if (at >= record.size())
      return out;
  }
}

Json csvRow(std::string_view record, const CsvTable& table) {
  std::vector<std::string> fields = csvFields(record, table.separator);
  if (fields.size() != table.columns.size())
    throw CsvProblem{0, fmt::format("the row has {} {} and the header names {}", fields.size(), fields.size() == 1 ? "field" : "fields", table.columns.size())};
  Json out = Json::object();
  auto& cells = out.get_ref<Json::object_t&>(); // names are known to differ: no search per cell
  for (size_t i = 0; i < fields.size(); ++i) {
    const size_t first = fields[i].find_first_not_of(" \t\r\n");
    if (!holdsMessages(table.columns[i]) || first == std::string::npos || fields[i][first] != '[') {
      cells.emplace_back(table.columns[i], std::move(fields[i]));
      continue;
    }
    const auto parsed = capture([&] { return parseJson(fields[i], {.bytes = limits::kDatasetLineBytes, .code = "ROW", .what = "the cell"}); });
    if (!parsed.ok())
      throw CsvProblem{0, fmt::format("the cell \"{}\" is not valid JSON: {}", table.columns[i], parsed.error().message.substr(0, 200))};
    cells.emplace_back(table.columns[i], *parsed);
  }
  return out;
}

} // namespace lathe::data
