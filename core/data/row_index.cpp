// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_index.h"

#include "core/data/block_reader.h"
#include "core/data/detect_shape.h"
#include "core/data/json_rows.h"

#include <fmt/format.h>

#include <cstring>

namespace lathe::data {
namespace {

constexpr uint64_t kGuessBytes = 1u << 20;

/// Rows between line breaks (blank lines count as lines and not as rows), or runs of lines between blank ones.
class LineIndexer {
public:
  LineIndexer(const MappedFile& file, uint64_t from, char lineBreak, bool paragraphs, uint64_t maxRows)
      : m_file(file), m_break(lineBreak), m_paragraphs(paragraphs), m_maxRows(maxRows), m_begin(from) {}

  RowTable run(const Progress& progress, const std::stop_token& stop) {
    BlockReader reader(m_file, progress, stop);
    uint64_t at = m_begin;
    bool going = true;
    while (going && at < m_file.size()) {
      const std::string_view block = reader.view(at);
      going = scan(at, block);
      at += block.size();
    }
    if (going && m_begin < m_file.size())
      endLine(m_file.size());
    if (going && m_open)
      m_out.push_back(m_row);
    return std::move(m_out);
  }

private:
  const MappedFile& m_file;
  char m_break;
  bool m_paragraphs;
  uint64_t m_maxRows;
  uint64_t m_begin;
  uint64_t m_line = 1;
  bool m_blank = true; // only white space so far in the current line
  bool m_return = false;
  RowRange m_row;      // the paragraph being read
  bool m_open = false;
  RowTable m_out;

  /// False when there are enough rows.
  bool scan(uint64_t base, std::string_view block) {
    size_t at = 0;
    while (at < block.size()) {
      const auto* hit = static_cast<const char*>(std::memchr(block.data() + at, m_break, block.size() - at));
      const size_t end = hit ? static_cast<size_t>(hit - block.data()) : block.size();
      for (size_t i = at; m_blank && i < end; ++i)
        m_blank = isJsonSpace(block[i]);
      if (end > at)
        m_return = block[end - 1] == '\r';
      if (!hit)
        return true;
      endLine(base + end);
      if (m_out.size() >= m_maxRows)
        return false;
      at = end + 1;
      m_begin = base + at;
    }
    return true;
  }

  void endLine(uint64_t end) {
    const uint64_t textEnd = m_return && end > m_begin && m_break == '\n' ? end - 1 : end;
    if (!m_paragraphs) {
      if (!m_blank)
        m_out.push_back({m_begin, textEnd, m_line, 1});
    } else if (m_blank) {
      if (m_open)
        m_out.push_back(m_row);
      m_open = false;
    } else {
      if (!m_open)
        m_row = {m_begin, textEnd, m_line, 1};
      m_row.end = textEnd;
      m_open = true;
    }
    ++m_line;
    m_blank = true;
    m_return = false;
  }
};

/// Lines that end with LF or CRLF; with CR alone where that makes one line into several.
RowTable indexLines(const MappedFile& file, uint64_t from, bool paragraphs, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  RowTable out = LineIndexer(file, from, '\n', paragraphs, maxRows).run(progress, stop);
  if (out.size() == 1 && out[0].line == 1 && out[0].end + 1 >= file.size()) {
    RowTable old = LineIndexer(file, from, '\r', paragraphs, maxRows).run(progress, stop);
    if (old.size() > 1)
      out = std::move(old);
  }
  return out;
}

/// Whether the only line of a file is a row itself, and not an object around rows.
bool isOneRow(const MappedFile& file, const RowRange& range) {
  if (range.end - range.begin > kGuessBytes)
    return false;
  std::string text(range.end - range.begin, '\0');
  file.readAt(range.begin, std::as_writable_bytes(std::span(text.data(), text.size())));
  const auto row = capture([&] { return parseJson(text, {.bytes = kGuessBytes}); });
  return row.ok() && detectRow(*row);
}

RowIndex notEmpty(RowIndex index, const std::string& name) {
  if (index.rows.empty())
    refuse("REJ:DATASET_EMPTY", fmt::format("{} holds no rows.", name));
  return index;
}

} // namespace

const char* textRowsName(TextRows rows) {
  switch (rows) {
  case TextRows::Lines:
    return "lines";
  case TextRows::Paragraphs:
    return "paragraphs";
  case TextRows::Document:
    return "document";
  }
  return "";
}

TextRows guessTextRows(const MappedFile& file, uint64_t from) {
  BlockReader reader(file, {}, {});
  bool text = false, gap = false, blank = true; // text seen, a blank line behind it, nothing in this line so far
  const uint64_t end = std::min(file.size(), from + kGuessBytes);
  for (uint64_t at = from; at < end; ++at) {
    const char c = reader.at(at);
    if (c == '\n') {
      gap = gap || (blank && text);
      blank = true;
    } else if (!isJsonSpace(c)) {
      if (gap)
        return TextRows::Paragraphs;
      blank = false;
      text = true;
    }
  }
  return TextRows::Lines;
}

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

RowIndex indexText(const MappedFile& file, const std::string& name, TextRows how, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  const uint64_t from = checkEncoding(file, name);
  RowIndex out;
  if (how != TextRows::Document) {
    out.rows = indexLines(file, from, how == TextRows::Paragraphs, maxRows, progress, stop);
  } else if (!LineIndexer(file, from, '\n', false, 1).run(progress, stop).empty()) {
    out.rows.push_back({from, file.size(), 1, 1});
  }
  return notEmpty(std::move(out), name);
}

RowIndex indexJson(const MappedFile& file, const std::string& name, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  const uint64_t from = checkEncoding(file, name);
  if (auto found = indexJsonStructure(file, from, maxRows, progress, stop))
    return notEmpty(std::move(*found), name);
  RowIndex out;
  out.rows = indexLines(file, from, false, maxRows, progress, stop);
  if (out.rows.size() == 1 && !isOneRow(file, out.rows[0]))
    if (auto found = indexJsonMember(file, from, maxRows, progress, stop))
      out = std::move(*found);
  return notEmpty(std::move(out), name);
}

} // namespace lathe::data
