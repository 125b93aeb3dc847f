// SPDX-License-Identifier: Apache-2.0
// Internal to the safetensors reader: a cursor over JSON text without building values. Every failure is a refusal that names the byte.
#pragma once

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lathe::io {

class HeaderScanner {
public:
  HeaderScanner(std::string_view text, const std::string& what) : m_text(text), m_what(what) {}

  size_t at() const { return m_at; }
  bool atEnd() const { return m_at == m_text.size(); }
  char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

  void skipSpace() {
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\r' || m_text[m_at] == '\t'))
      ++m_at;
  }

  /// Skips space and takes `c` if it comes next.
  bool take(char c) {
    skipSpace();
    if (peek() != c || atEnd())
      return false;
    ++m_at;
    return true;
  }

  void expect(char c) {
    if (!take(c))
      fail(fmt::format("\"{}\" was expected", c));
  }

  [[noreturn]] void fail(const std::string& problem) const {
    refuse("REJ:SAFETENSORS_JSON", fmt::format("The header of {} is not valid: at byte {} {}. Download the file again.", m_what, m_at + 8, problem));
  }

  /// A string; the view points into the header, or into `scratch` when there are escapes.
  std::string_view string(std::string& scratch) {
    expect('"');
    const size_t from = m_at;
    while (m_at < m_text.size()) {
      const char c = m_text[m_at];
      if (c == '"')
        return m_text.substr(from, m_at++ - from);
      if (c == '\\')
        return escapedString(from, scratch);
      if (static_cast<unsigned char>(c) < 0x20)
        fail("a raw control character stands in a string");
      ++m_at;
    }
    fail("a string is not closed");
  }

  /// Digits only; nullopt (nothing consumed) for any other value, also beyond 2^63 − 1.
  std::optional<int64_t> integer() {
    skipSpace();
    size_t i = m_at;
    uint64_t value = 0;
    for (; i < m_text.size() && m_text[i] >= '0' && m_text[i] <= '9'; ++i) {
      if (i - m_at >= 19) // 19 digits fit into 64 bits without a sign, and no more are needed
        return std::nullopt;
      value = value * 10 + static_cast<uint64_t>(m_text[i] - '0');
    }
    if (value > static_cast<uint64_t>(INT64_MAX))
      return std::nullopt;
    const bool leadingZero = i - m_at > 1 && m_text[m_at] == '0';
    if (i == m_at || leadingZero || (i < m_text.size() && (m_text[i] == '.' || m_text[i] == 'e' || m_text[i] == 'E')))
      return std::nullopt;
    m_at = i;
    return static_cast<int64_t>(value);
  }

  /// The text of the value that comes next, for a message.
  std::string shown() {
    skipSpace();
    size_t i = m_at;
    while (i < m_text.size() && i - m_at < 40 && m_text[i] != ',' && m_text[i] != ']' && m_text[i] != '}')
      ++i;
    return shownName(m_text.substr(m_at, i - m_at));
  }

  /// Any value, as the reference reader skips unknown keys.
  void skipValue(int depth) {
    if (depth > limits::kJsonDepth)
      fail(fmt::format("values are nested deeper than {} levels", limits::kJsonDepth));
    std::string scratch;
    skipSpace();
    if (peek() == '"') {
      string(scratch);
    } else if (take('{')) {
      if (take('}'))
        return;
      do {
        string(scratch);
        expect(':');
        skipValue(depth + 1);
      } while (take(','));
      expect('}');
    } else if (take('[')) {
      if (take(']'))
        return;
      do
        skipValue(depth + 1);
      while (take(','));
      expect(']');
    } else {
      skipScalar();
    }
  }

private:
  void skipScalar() {
    const size_t from = m_at;
    while (m_at < m_text.size() && (std::isalnum(static_cast<unsigned char>(m_text[m_at])) || m_text[m_at] == '-' || m_text[m_at] == '+' || m_text[m_at] == '.'))
      ++m_at;
    if (!Json::accept(m_text.substr(from, m_at - from)))
      fail("a value was expected");
  }

  std::string_view escapedString(size_t from, std::string& scratch) {
    scratch.assign(m_text.substr(from, m_at - from));
    while (m_at < m_text.size()) {
      const char c = m_text[m_at++];
      if (c == '"')
        return scratch;
      if (static_cast<unsigned char>(c) < 0x20)
        fail("a raw control character stands in a string");
      if (c != '\\') {
        scratch.push_back(c);
        continue;
      }
      const char e = m_at < m_text.size() ? m_text[m_at++] : '\0';
      static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
      if (const size_t k = kFrom.find(e); e != '\0' && k != std::string_view::npos)
        scratch.push_back(kTo[k]);
      else if (e == 'u')
        appendUtf8(scratch, codePoint());
      else
        fail("an unknown escape stands in a string");
    }
    fail("a string is not closed");
  }

  uint32_t fourHex() {
    uint32_t value = 0;
    for (int k = 0; k < 4; ++k) {
      const char c = m_at < m_text.size() ? m_text[m_at++] : '\0';
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0)
        fail("\\u needs four hexadecimal digits");
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    return value;
  }

  uint32_t codePoint() {
    const uint32_t first = fourHex();
    if (first < 0xD800 || first > 0xDFFF)
      return first;
    if (first > 0xDBFF || m_text.substr(m_at, 2) != "\\u")
      fail("half a surrogate pair stands in a string");
    m_at += 2;
    const uint32_t second = fourHex();
    if (second < 0xDC00 || second > 0xDFFF)
      fail("half a surrogate pair stands in a string");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  static void appendUtf8(std::string& out, uint32_t c) {
    const auto put = [&](uint32_t b) { out.push_back(static_cast<char>(b)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | (c >> 6));
      put(0x80 | (c & 63));
    } else if (c < 0x10000) {
      put(0xE0 | (c >> 12));
      put(0x80 | ((c >> 6) & 63));
      put(0x80 | (c & 63));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 63));
      put(0x80 | ((c >> 6) & 63));
      put(0x80 | (c & 63));
    }
  }

  std::string_view m_text;
  const std::string& m_what;
  size_t m_at = 0;
};

} // namespace lathe::io
