// SPDX-License-Identifier: Apache-2.0
#include "core/text/jinja_ast.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lathe::text::jinja {
namespace {

[[noreturn]] void failSyntax(std::string message, int line) { throw Failure{"syntax", std::move(message), line}; }

/// "\r\n" and "\r" become "\n"; one newline at the very end is dropped.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n')
        ++i;
    } else {
      out += source[i];
    }
  }
  if (!out.empty() && out.back() == '\n')
    out.pop_back();
  return out;
}

/// Bytes of the white-space character at the beginning of `text`, 0 when it is none.
size_t spaceLength(std::string_view text) {
  if (text.empty())
    return 0;
  const auto c = static_cast<unsigned char>(text[0]);
  if (c < 0x80)
    return isSpace(c) ? 1 : 0;
  for (const std::string_view wide : {"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                      "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"})
    if (text.starts_with(wide))
      return wide.size();
  return 0;
}

size_t trimmedEnd(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && end - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80)
      --start;
    if (spaceLength(text.substr(start, end - start)) != end - start)
      break;
    end = start;
  }
  return end;
}

bool allSpace(std::string_view text) { return trimmedEnd(text) == 0; }

bool isNameStart(unsigned char c) { return std::isalpha(c) || c == '_' || c >= 0x80; }
bool isNameByte(unsigned char c) { return isNameStart(c) || std::isdigit(c); }

class Lexer {
public:
  explicit Lexer(std::string_view source) : m_source(normalized(source)) {}

  std::vector<Token> run() {
    while (m_at < m_source.size())
      data();
    add(Token::Type::End, {});
    return std::move(m_tokens);
  }

private:
  std::string m_source;
  size_t m_at = 0;
  int m_line = 1;
  bool m_lineStarting = true;
  std::vector<Token> m_tokens;

  std::string_view rest() const { return std::string_view(m_source).substr(m_at); }
  void add(Token::Type type, std::string text) { m_tokens.push_back({type, std::move(text), m_line}); }

  void advance(size_t bytes) {
    m_line += static_cast<int>(std::count(m_source.begin() + static_cast<std::ptrdiff_t>(m_at), m_source.begin() + static_cast<std::ptrdiff_t>(m_at + bytes), '\n'));
    m_at += bytes;
    if (bytes > 0)
      m_lineStarting = m_source[m_at - 1] == '\n';
  }

  void skipSpace() {
    while (const size_t n = spaceLength(rest()))
      advance(n);
  }

  /// Text before the next tag, then the tag.
  void data() {
    size_t tag = m_at;
    while ((tag = m_source.find('{', tag)) != std::string::npos) {
      if (tag + 1 < m_source.size() && (m_source[tag + 1] == '{' || m_source[tag + 1] == '%' || m_source[tag + 1] == '#'))
        break;
      ++tag;
    }
    if (tag == std::string::npos) {
      add(Token::Type::Data, m_source.substr(m_at));
      advance(m_source.size() - m_at);
      return;
    }
    const char kind = m_source[tag + 1];
    const char sign = tag + 2 < m_source.size() ? m_source[tag + 2] : '\0';
    const bool signedTag = sign == '-' || sign == '+';
    std::string text = m_source.substr(m_at, tag - m_at);
    if (sign == '-') {
      text.resize(trimmedEnd(text));
    } else if (sign != '+' && kind != '{') {
      const size_t lineStart = text.rfind('\n') + 1; // npos + 1 is 0
      if ((lineStart > 0 || m_lineStarting) && allSpace(std::string_view(text).substr(lineStart)))
        text.resize(lineStart);
    }
    if (!text.empty())
      add(Token::Type::Data, std::move(text));
    advance(tag - m_at + 2 + (signedTag ? 1 : 0));
    if (kind == '#')
      comment();
    else if (kind == '%')
      block();
    else
      inside(Token::Type::VariableBegin, Token::Type::VariableEnd, "}}");
  }

  /// The end of a tag at `at`: "-X" swallows all white space, "+X" nothing, "X" one newline for blocks and comments.
  bool closing(std::string_view end, bool trimNewline) {
    const std::string_view text = rest();
    const bool minus = text.starts_with('-') && text.substr(1).starts_with(end);
    const bool plus = trimNewline && text.starts_with('+') && text.substr(1).starts_with(end);
    if (!minus && !plus && !text.starts_with(end))
      return false;
    advance(end.size() + (minus || plus ? 1 : 0));
    if (minus)
      skipSpace();
    else if (!plus && trimNewline && rest().starts_with('\n'))
      advance(1);
    return true;
  }

  void comment() {
    const int line = m_line;
    while (m_at < m_source.size()) {
      if (closing("#}", true))
        return;
      advance(1);
    }
    failSyntax("Missing end of comment tag", line);
  }

  /// After "{%": a raw block, or an ordinary statement.
  void block() {
    const size_t begin = m_at;
    const int line = m_line;
    const bool starting = m_lineStarting;
    skipSpace();
    if (rest().starts_with("raw") && (rest().size() == 3 || !isNameByte(static_cast<unsigned char>(rest()[3])))) {
      advance(3);
      skipSpace();
      const bool minus = rest().starts_with("-%}");
      if (minus || rest().starts_with("%}")) {
        advance(minus ? 3 : 2);
        if (minus)
          skipSpace();
        raw(line);
        return;
      }
    }
    m_at = begin;
    m_line = line;
    m_lineStarting = starting;
    inside(Token::Type::BlockBegin, Token::Type::BlockEnd, "%}");
  }

  void raw(int line) {
    const size_t begin = m_at;
    size_t tag = m_at;
    while ((tag = m_source.find("{%", tag)) != std::string::npos) {
      size_t at = tag + 2;
      const char sign = at < m_source.size() ? m_source[at] : '\0';
      if (sign == '-' || sign == '+')
        ++at;
      while (at < m_source.size() && spaceLength(std::string_view(m_source).substr(at)))
        at += spaceLength(std::string_view(m_source).substr(at));
      if (std::string_view(m_source).substr(at).starts_with("endraw")) {
        const bool starting = m_lineStarting;
        std::string text = m_source.substr(begin, tag - begin);
        advance(at + 6 - m_at);
        skipSpace();
        if (closing("%}", true)) {
          const size_t lineStart = text.rfind('\n') + 1;
          if (sign == '-')
            text.resize(trimmedEnd(text));
          else if (sign != '+' && (lineStart > 0 || starting) && allSpace(std::string_view(text).substr(lineStart)))
            text.resize(lineStart);
          if (!text.empty())
            add(Token::Type::Data, std::move(text));
          return;
        }
        tag = m_at;
        continue;
      }
      tag += 2;
    }
    failSyntax("Missing end of raw directive", line);
  }

  void inside(Token::Type begin, Token::Type end, std::string_view close) {
    add(begin, {});
    const int line = m_line;
    std::string balance;
    while (m_at < m_source.size()) {
      if (balance.empty() && closing(close, end == Token::Type::BlockEnd)) {
        // advance() has counted lines behind the tag; the token's line does not matter
        add(end, {});
        return;
      }
      if (const size_t n = spaceLength(rest())) {
        advance(n);
        continue;
      }
      const auto c = static_cast<unsigned char>(m_source[m_at]);
      if (isNameStart(c))
        name();
      else if (std::isdigit(c))
        number();
      else if (c == '"' || c == '\'')
        string();
      else
        operatorToken(balance);
    }
    failSyntax(fmt::format("unexpected end of template, expected '{}'", close), line);
  }

  void name() {
    size_t n = 1;
    while (m_at + n < m_source.size() && isNameByte(static_cast<unsigned char>(m_source[m_at + n])) && !spaceLength(rest().substr(n)))
      ++n;
    add(Token::Type::Name, m_source.substr(m_at, n));
    advance(n);
  }

  size_t digits(size_t at, std::string& out) const {
    const size_t begin = at;
    while (at < m_source.size() && (std::isdigit(static_cast<unsigned char>(m_source[at])) ||
                                    (m_source[at] == '_' && at > begin && at + 1 < m_source.size() && std::isdigit(static_cast<unsigned char>(m_source[at + 1]))))) {
      if (m_source[at] != '_')
        out += m_source[at];
      ++at;
    }
    return at;
  }

  bool basedNumber() {
    const std::string_view text = rest();
    if (text.size() < 3 || text[0] != '0')
      return false;
    const char letter = static_cast<char>(std::tolower(text[1]));
    const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (base == 0)
      return false;
    __int128 value = 0;
    size_t n = 2;
    for (; n < text.size() && n < 30; ++n) {
      const char c = static_cast<char>(std::tolower(text[n]));
      const int digit = std::isdigit(static_cast<unsigned char>(c)) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
      if (c == '_')
        continue;
      if (digit >= base)
        break;
      value = value * base + digit;
    }
    if (n == 2)
      return false;
    add(Token::Type::Integer, toText(Value::fromWide(value)));
    advance(n);
    return true;
  }

  void number() {
    if (basedNumber())
      return;
    std::string text;
    size_t at = digits(m_at, text);
    bool floating = false;
    const bool afterDot = !m_tokens.empty() && m_tokens.back().type == Token::Type::Operator && m_tokens.back().text == ".";
    const auto digitAt = [&](size_t i) { return i < m_source.size() && std::isdigit(static_cast<unsigned char>(m_source[i])); };
    if (!afterDot && at < m_source.size() && m_source[at] == '.' && digitAt(at + 1)) {
      floating = true;
      text += '.';
      at = digits(at + 1, text);
    }
    if (!afterDot && at < m_source.size() && (m_source[at] == 'e' || m_source[at] == 'E')) {
      size_t exponent = at + 1;
      if (exponent < m_source.size() && (m_source[exponent] == '+' || m_source[exponent] == '-'))
        ++exponent;
      if (digitAt(exponent)) {
        floating = true;
        text += m_source.substr(at, exponent - at);
        at = digits(exponent, text);
      }
    }
    add(floating ? Token::Type::Float : Token::Type::Integer, std::move(text));
    advance(at - m_at);
  }

  int hex(size_t at, int count) const {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      const char c = at + static_cast<size_t>(i) < m_source.size() ? static_cast<char>(std::tolower(m_source[at + static_cast<size_t>(i)])) : 'z';
      const int digit = std::isdigit(static_cast<unsigned char>(c)) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0)
        failSyntax("a string has a broken \\x or \\u escape", m_line);
      value = value * 16 + digit;
    }
    return value;
  }

  /// An escape at `at` (behind the backslash), as in Python; returns where it ends.
  size_t escape(size_t at, std::string& out) const {
    static constexpr std::string_view from = "ntrbfav\\'\"", to = "\n\t\r\b\f\a\v\\'\"";
    const char c = m_source[at];
    if (const size_t i = from.find(c); i != std::string_view::npos) {
      out += to[i];
      return at + 1;
    }
    if (c == '\n')
      return at + 1;
    if (c == 'x' || c == 'u' || c == 'U') {
      const int count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      appendUtf8(out, static_cast<char32_t>(hex(at + 1, count)));
      return at + 1 + static_cast<size_t>(count);
    }
    if (c >= '0' && c <= '7') {
      int value = 0;
      size_t n = 0;
      for (; n < 3 && at + n < m_source.size() && m_source[at + n] >= '0' && m_source[at + n] <= '7'; ++n)
        value = value * 8 + (m_source[at + n] - '0');
      appendUtf8(out, static_cast<char32_t>(value));
      return at + n;
    }
    out += '\\';
    out += c;
    return at + 1;
  }

  void string() {
    const char quote = m_source[m_at];
    std::string text;
    size_t at = m_at + 1;
    while (at < m_source.size() && m_source[at] != quote) {
      if (m_source[at] == '\\' && at + 1 < m_source.size())
        at = escape(at + 1, text);
      else
        text += m_source[at++];
    }
    if (at >= m_source.size())
      failSyntax(fmt::format("unexpected char {} at {}: a string is not closed", quote == '"' ? "'\"'" : "\"'\"", m_at), m_line);
    add(Token::Type::String, std::move(text));
    advance(at + 1 - m_at);
  }

  void operatorToken(std::string& balance) {
    static constexpr std::array<std::string_view, 6> two = {"//", "**", "==", "!=", "<=", ">="};
    for (const std::string_view op : two)
      if (rest().starts_with(op)) {
        add(Token::Type::Operator, std::string(op));
        advance(2);
        return;
      }
    const char c = m_source[m_at];
    if (std::string_view("+-/*%~[](){}><=.:|,;").find(c) == std::string_view::npos)
      failSyntax(fmt::format("unexpected char '{}' at {}", c, m_at), m_line);
    if (c == '(' || c == '[' || c == '{') {
      balance += c == '(' ? ')' : c == '[' ? ']' : '}';
      if (balance.size() > 1000)
        throw Failure{"limit", "Brackets are nested deeper than 1000 levels.", m_line};
    } else if (c == ')' || c == ']' || c == '}') {
      if (balance.empty() || balance.back() != c)
        failSyntax(fmt::format("unexpected '{}'", c), m_line);
      balance.pop_back();
    }
    add(Token::Type::Operator, std::string(1, c));
    advance(1);
  }
};

} // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

} // namespace lathe::text::jinja
