// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lathe::data {
namespace {

constexpr uint64_t kBlock = 4 << 20;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void checkStopped(const std::stop_token& stop) {
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
}

/// The file block by block; `each` returns false to end early.
template <class Each>
void readBlocks(const MappedFile& file, uint64_t from, const Progress& progress, const std::stop_token& stop, Each each) {
  std::vector<std::byte> block(std::min<uint64_t>(kBlock, file.size()));
  for (uint64_t at = from; at < file.size();) {
    checkStopped(stop);
    const uint64_t n = std::min<uint64_t>(block.size(), file.size() - at);
    file.readAt(at, std::span(block.data(), n));
    if (!each(at, std::string_view(reinterpret_cast<const char*>(block.data()), n)))
      return;
    at += n;
    if (progress)
      progress(static_cast<double>(at) / static_cast<double>(file.size()));
  }
}

/// Rows between line breaks; blank lines count as lines and not as rows.
class LineIndexer {
public:
  LineIndexer(const MappedFile& file, uint64_t from, char lineBreak, uint64_t maxRows) : m_file(file), m_break(lineBreak), m_maxRows(maxRows), m_begin(from) {}

  RowIndex run(uint64_t from, const Progress& progress, const std::stop_token& stop) {
    bool ended = true;
    readBlocks(m_file, from, progress, stop, [&](uint64_t base, std::string_view block) { return ended = scan(base, block); });
    if (ended && m_begin < m_file.size())
      finish(m_file.size());
    return std::move(m_out);
  }

private:
  const MappedFile& m_file;
  char m_break;
  uint64_t m_maxRows;
  uint64_t m_begin;
  uint64_t m_line = 1;
  bool m_blank = true; // only white space so far in the current line
  bool m_previousReturn = false;
  RowIndex m_out;

  bool scan(uint64_t base, std::string_view block) {
    size_t at = 0;
    while (at < block.size()) {
      const auto* hit = static_cast<const char*>(std::memchr(block.data() + at, m_break, block.size() - at));
      const size_t end = hit ? static_cast<size_t>(hit - block.data()) : block.size();
      for (size_t i = at; m_blank && i < end; ++i)
        m_blank = isSpace(block[i]);
      if (end > at)
        m_previousReturn = block[end - 1] == '\r';
      if (!hit)
        return true;
      finish(base + end);
      if (m_out.rows.size() >= m_maxRows)
        return false;
      at = end + 1;
      m_begin = base + at;
      m_previousReturn = false;
    }
    return true;
  }

  void finish(uint64_t end) {
    if (!m_blank)
      m_out.rows.push_back({m_begin, m_previousReturn && end > m_begin && m_break == '\n' ? end - 1 : end, m_line, 1});
    ++m_line;
    m_blank = true;
  }
};

/// Elements of a JSON array, by brackets and strings; what is inside is checked when the row is parsed.
class ArrayIndexer {
public:
  ArrayIndexer(const MappedFile& file, uint64_t maxRows) : m_file(file), m_maxRows(maxRows) {}

  /// False when text follows the array: then the file is JSON lines whose first line is an array.
  bool run(uint64_t from, const Progress& progress, const std::stop_token& stop) {
    readBlocks(m_file, from, progress, stop, [this](uint64_t base, std::string_view block) { return scan(base, block); });
    if (m_state == State::Trailing)
      return false;
    if (m_state != State::Closed && m_out.rows.size() < m_maxRows) {
      if (m_depth > 1 || m_string || m_inElement)
        close(m_file.size());
      m_out.brokenArray = "the JSON array is not closed at the end of the file; it may have been cut";
      if (m_out.rows.empty())
        m_out.rows.push_back({0, m_file.size(), 1, 1});
    }
    m_out.array = true;
    return true;
  }

  RowIndex take() { return std::move(m_out); }

private:
  enum class State { Before, Inside, Closed, Trailing };
  const MappedFile& m_file;
  uint64_t m_maxRows;
  RowIndex m_out;
  State m_state = State::Before;
  uint64_t m_line = 1, m_lineBegin = 0;
  int64_t m_depth = 0;
  bool m_string = false, m_escaped = false, m_inElement = false;
  RowRange m_row;

  void close(uint64_t end) {
    m_row.end = end;
    m_out.rows.push_back(m_row);
    m_inElement = false;
  }

  bool scan(uint64_t base, std::string_view block) {
    for (size_t i = 0; i < block.size(); ++i) {
      const char c = block[i];
      if (m_string) {
        i = inString(block, i);
        continue;
      }
      if (c == '\n') {
        ++m_line;
        m_lineBegin = base + i + 1;
        continue;
      }
      if (isSpace(c))
        continue;
      if (m_state == State::Closed) {
        m_state = State::Trailing;
        return false;
      }
      if (!structural(base + i, c))
        return false;
    }
    return true;
  }

  /// Runs to the end of the string or block.
  size_t inString(std::string_view block, size_t i) {
    for (; i < block.size(); ++i) {
      if (m_escaped) {
        m_escaped = false;
      } else if (block[i] == '\\') {
        m_escaped = true;
      } else if (block[i] == '"') {
        m_string = false;
        return i;
      } else if (block[i] == '\n') {
        m_string = false; // not valid in a string: the row fails when parsed, the following rows survive
        return i - 1;
      }
    }
    return i;
  }

  bool structural(uint64_t at, char c) {
    if (m_state == State::Before) { // the opening bracket, known to be there
      m_state = State::Inside;
      m_depth = 1;
      return true;
    }
    if (m_depth == 1 && (c == ',' || c == ']')) {
      if (m_inElement)
        close(at);
      if (c == ']') {
        m_state = State::Closed;
        m_depth = 0;
      }
      return m_out.rows.size() < m_maxRows;
    }
    if (!m_inElement) {
      m_inElement = true;
      m_row = {at, at, m_line, static_cast<uint32_t>(std::min<uint64_t>(at - m_lineBegin + 1, UINT32_MAX))};
    }
    if (c == '"')
      m_string = true;
    else if (c == '{' || c == '[')
      ++m_depth;
    else if ((c == '}' || c == ']') && m_depth > 1)
      --m_depth;
    return true;
  }
};

/// First byte that is not white space within the first block, 0 when there is none.
char firstByte(const MappedFile& file, uint64_t from) {
  std::string head(std::min<uint64_t>(65536, file.size() - from), '\0');
  file.readAt(from, std::as_writable_bytes(std::span(head.data(), head.size())));
  const auto it = std::find_if_not(head.begin(), head.end(), isSpace);
  return it == head.end() ? '\0' : *it;
}

} // namespace

uint64_t checkEncoding(const MappedFile& file, const std::string& name) {
  if (file.size() == 0)
    refuse("REJ:DATASET_EMPTY", fmt::format("{} is empty.", name));
  std::string head(std::min<uint64_t>(4096, file.size()), '\0');
  file.readAt(0, std::as_writable_bytes(std::span(head.data(), head.size())));
  const bool marked = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
  const size_t zeros = static_cast<size_t>(std::count(head.begin(), head.end(), '\0'));
  if (marked || zeros * 4 >= head.size())
    refuse("REJ:DATASET_ENCODING", fmt::format("{} is UTF-16; Lathe reads UTF-8. Convert it with: iconv -f UTF-16 -t UTF-8 IN > OUT", name));
  if (zeros > 0)
    refuse("REJ:DATASET_ENCODING", fmt::format("{} is not a text file: it has a zero byte at offset {}.", name, head.find('\0')));
  return head.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

RowIndex indexRows(const MappedFile& file, const std::string& name, bool plainText, uint64_t maxRows, const Progress& progress, std::stop_token stop) {
  const uint64_t from = checkEncoding(file, name);
  if (!plainText && from < file.size() && firstByte(file, from) == '[') {
    ArrayIndexer array(file, maxRows);
    if (array.run(from, progress, stop))
      return array.take();
  }
  RowIndex out = LineIndexer(file, from, '\n', maxRows).run(from, progress, stop);
  if (out.rows.size() == 1 && out.rows[0].line == 1 && out.rows[0].end + 1 >= file.size()) { // one line: perhaps it ends its lines with CR alone
    RowIndex old = LineIndexer(file, from, '\r', maxRows).run(from, progress, stop);
    if (old.rows.size() > 1)
      out = std::move(old);
  }
  if (out.rows.empty())
    refuse("REJ:DATASET_EMPTY", fmt::format("{} holds nothing but blank lines.", name));
  return out;
}

} // namespace lathe::data
