// SPDX-License-Identifier: Apache-2.0
#include "core/data/json_rows.h"

#include "core/data/block_reader.h"

#include <array>
#include <set>

namespace lathe::data {
namespace {

constexpr uint64_t kMemberSearchBytes = 64ull << 20;
constexpr uint64_t kFirstLineBytes = 1ull << 20;

/// True for the bytes that matter inside a string.
constexpr auto kStringStops = [] {
  std::array<bool, 256> out{};
  out['"'] = out['\\'] = out['\n'] = true;
  return out;
}();

struct JsonPlace {
  uint64_t offset = 0, line = 1, lineBegin = 0;
};

/// Elements of the array whose bracket is at `begin`, or (without `array`) values one after another from there.
class StructureIndexer {
public:
  /// `alone`: text behind the array matters.
  StructureIndexer(const MappedFile& file, JsonPlace begin, bool array, bool alone, uint64_t maxRows)
      : m_file(file), m_alone(alone), m_maxRows(maxRows), m_at(begin.offset), m_line(begin.line), m_lineBegin(begin.lineBegin), m_base(array ? 1 : 0) {
    m_state = array ? State::Before : State::Inside;
  }

  /// False when text follows an array that should be alone: then the file is JSON lines whose first line is an array.
  bool run(const Progress& progress, const std::stop_token& stop) {
    BlockReader reader(m_file, progress, stop);
    for (bool going = true; going && m_at < m_file.size();) {
      const std::string_view block = reader.view(m_at);
      going = scan(m_at, block) && (m_alone || m_state != State::Closed);
      m_at += block.size();
    }
    if (m_state == State::Trailing)
      return false;
    if (m_state != State::Closed && m_out.rows.size() < m_maxRows) {
      if (m_inElement)
        close(m_file.size());
      if (m_base == 1)
        m_out.brokenArray = "the JSON array is not closed at the end of the file; it may have been cut";
      if (m_out.rows.empty())
        m_out.rows.push_back({0, m_file.size(), 1, 1});
    }
    m_out.array = m_base == 1;
    return true;
  }

  RowIndex take() { return std::move(m_out); }

private:
  enum class State { Before, Inside, Closed, Trailing };
  const MappedFile& m_file;
  bool m_alone;
  uint64_t m_maxRows;
  RowIndex m_out;
  State m_state;
  uint64_t m_at, m_line, m_lineBegin;
  int64_t m_base, m_depth = 0;
  bool m_string = false, m_escaped = false, m_inElement = false;
  RowRange m_row;

  void close(uint64_t end) {
    m_row.end = end;
    m_out.rows.push_back(m_row);
    m_inElement = false;
  }

  /// False when there is nothing more to find.
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
      if (isJsonSpace(c))
        continue;
      if (m_state == State::Closed) {
        m_state = m_alone ? State::Trailing : State::Closed;
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
        continue;
      }
      while (i < block.size() && !kStringStops[static_cast<unsigned char>(block[i])])
        ++i;
      if (i == block.size())
        break;
      if (block[i] == '\\') {
        m_escaped = true;
        continue;
      }
      m_string = false; // its end, or a line break, which is not valid in a string: the row fails when parsed, the following rows survive
      return block[i] == '"' ? i : i - 1;
    }
    return i;
  }

  bool structural(uint64_t at, char c) {
    if (m_state == State::Before) { // the opening bracket, known to be there
      m_state = State::Inside;
      m_depth = 1;
      return true;
    }
    if (m_base == 1 && m_depth == 1 && (c == ',' || c == ']')) {
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
    else if ((c == '}' || c == ']') && m_depth > m_base)
      --m_depth;
    if (m_base == 0 && m_depth == 0 && (c == '}' || c == ']'))
      close(at + 1);
    return m_out.rows.size() < m_maxRows;
  }
};

/// Looks for an array of objects among the members of one object.
class MemberFinder {
public:
  MemberFinder(const MappedFile& file, uint64_t from, const std::stop_token& stop) : m_reader(file, {}, stop), m_end(std::min(file.size(), from + kMemberSearchBytes)) { m_place.offset = m_place.lineBegin = from; }

  bool run() {
    if (!skipSpace() || take() != '{')
      return false;
    while (skipSpace() && take() == '"') {
      name = string();
      if (!skipSpace() || take() != ':' || !skipSpace())
        return false;
      if (here() == '[') {
        m_found = m_place;
        take();
        static const std::set<std::string> partsOfRows = {"messages", "conversations", "conversation", "dialog", "dialogue", "chat", "tools", "functions", "history", "prompt", "completion", "chosen", "rejected",
                                                          "choices", "content", "input", "output"};
        if (skipSpace() && here() == '{' && !partsOfRows.contains(name))
          return true;
        skipValue(1);
      } else {
        skipValue(0);
      }
      if (!skipSpace() || here() != ',')
        return false;
      take();
    }
    return false;
  }

  const JsonPlace& found() const { return m_found; }
  std::string name;

private:
  BlockReader m_reader;
  uint64_t m_end;
  JsonPlace m_place, m_found;

  char here() { return m_reader.at(m_place.offset); }
  bool more() const { return m_place.offset < m_end; }
  char take() {
    const char c = here();
    ++m_place.offset;
    if (c == '\n') {
      ++m_place.line;
      m_place.lineBegin = m_place.offset;
    }
    return c;
  }
  bool skipSpace() {
    while (more() && isJsonSpace(here()))
      take();
    return more();
  }
  /// Behind the opening quote → behind the closing one.
  std::string string() {
    std::string out;
    while (more()) {
      const char c = take();
      if (c == '"')
        break;
      if (c == '\\' && more())
        take();
      if (out.size() < 200)
        out += c;
    }
    return out;
  }
  /// To the comma or bracket behind the value in which `depth` brackets are open.
  void skipValue(int64_t depth) {
    while (more()) {
      const char c = here();
      if (depth == 0 && (c == ',' || c == '}'))
        return;
      take();
      if (c == '"')
        string();
      else if (c == '{' || c == '[')
        ++depth;
      else if (c == '}' || c == ']')
        --depth;
    }
  }
};

/// Whether the first line that is not blank ends where JSON has to go on.
bool firstLineGoesOn(const MappedFile& file, uint64_t from) {
  BlockReader reader(file, {}, {});
  char last = '\0';
  for (uint64_t at = from; at < std::min(file.size(), from + kFirstLineBytes); ++at) {
    const char c = reader.at(at);
    if (c == '\n' && last)
      return last == '{' || last == '[' || last == ',' || last == ':';
    if (!isJsonSpace(c))
      last = c;
  }
  return false;
}

char firstByte(const MappedFile& file, uint64_t from) {
  BlockReader reader(file, {}, {});
  for (uint64_t at = from; at < std::min(file.size(), from + 65536); ++at)
    if (!isJsonSpace(reader.at(at)))
      return reader.at(at);
  return '\0';
}

} // namespace

std::optional<RowIndex> indexJsonMember(const MappedFile& file, uint64_t from, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  MemberFinder finder(file, from, stop);
  if (!finder.run())
    return std::nullopt;
  StructureIndexer array(file, finder.found(), true, false, maxRows);
  array.run(progress, stop);
  RowIndex out = array.take();
  out.member = finder.name;
  return out;
}

std::optional<RowIndex> indexJsonStructure(const MappedFile& file, uint64_t from, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  const char first = firstByte(file, from);
  if (first == '[') {
    StructureIndexer array(file, {from, 1, from}, true, true, maxRows);
    return array.run(progress, stop) ? std::optional(array.take()) : std::nullopt;
  }
  if (first != '{' || !firstLineGoesOn(file, from))
    return std::nullopt;
  if (auto found = indexJsonMember(file, from, maxRows, progress, stop))
    return found;
  StructureIndexer objects(file, {from, 1, from}, false, false, maxRows);
  objects.run(progress, stop);
  return objects.take();
}

} // namespace lathe::data
