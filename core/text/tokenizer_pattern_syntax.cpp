// SPDX-License-Identifier: Apache-2.0
// Oniguruma's Ruby syntax to PCRE2. What differs: \s (PCRE2 counts U+180E), \w (PCRE2 10.42 lacks marks), \h (a hexadecimal digit in
// Oniguruma), (?m) (dot matches newline), \uXXXX, and nested or intersected character classes.
#include "core/text/tokenizer_regex.h"

#include <utility>

namespace lathe::text {
namespace {

constexpr const char* kSpaceMembers = R"(\x{09}-\x{0d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr const char* kNonSpaceMembers =
    R"(\x{0}-\x{08}\x{0e}-\x{1f}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";
constexpr const char* kWordMembers =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";
constexpr const char* kHexMembers = "0-9a-fA-F";

[[noreturn]] void unsupported(const std::string& what) {
  throw Exception(ErrorKind::Unsupported, "This tokenizer splits with a pattern that Lathe does not support: " + what + ".");
}

class Translator {
public:
  explicit Translator(const std::string& pattern) : m_in(pattern) {}

  std::string run() {
    while (m_at < m_in.size()) {
      char c = m_in[m_at];
      if (c == '\\')
        escape(false);
      else if (c == '[')
        m_out += characterClass();
      else if (c == '(' && m_in.compare(m_at, 2, "(?") == 0)
        group();
      else
        m_out += m_in[m_at++];
    }
    return std::move(m_out);
  }

private:
  void escape(bool inClass) {
    char c = m_at + 1 < m_in.size() ? m_in[m_at + 1] : '\0';
    auto members = [&](const char* text, bool negated) {
      m_out += inClass ? std::string(text) : std::string(negated ? "[^" : "[") + text + "]";
      m_at += 2;
    };
    switch (c) {
    case 's': return members(kSpaceMembers, false);
    case 'S': return inClass ? members(kNonSpaceMembers, false) : members(kSpaceMembers, true);
    case 'w': return members(kWordMembers, false);
    case 'h': return members(kHexMembers, false);
    case 'W':
    case 'H':
      return members(c == 'W' ? kWordMembers : kHexMembers, true);
    case 'u':
      if (m_at + 6 <= m_in.size()) {
        m_out += "\\x{" + m_in.substr(m_at + 2, 4) + "}";
        m_at += 6;
        return;
      }
      break;
    case 'p':
    case 'P':
      return property(c);
    default:
      break;
    }
    m_out += m_in[m_at++];
    if (m_at < m_in.size())
      m_out += m_in[m_at++];
  }

  void property(char kind) {
    size_t end = m_in.find('}', m_at);
    if (m_at + 2 >= m_in.size() || m_in[m_at + 2] != '{' || end == std::string::npos) {
      m_out += m_in.substr(m_at, 2);
      m_at += 2;
      return;
    }
    std::string name = m_in.substr(m_at + 3, end - m_at - 3);
    static const std::pair<const char*, const char*> kLongNames[] = {
        {"Letter", "L"}, {"Lowercase_Letter", "Ll"}, {"Uppercase_Letter", "Lu"}, {"Titlecase_Letter", "Lt"}, {"Modifier_Letter", "Lm"},
        {"Other_Letter", "Lo"}, {"Mark", "M"}, {"Number", "N"}, {"Decimal_Number", "Nd"}, {"Punctuation", "P"}, {"Symbol", "S"},
        {"Separator", "Z"}, {"Other", "C"}, {"Nonspacing_Mark", "Mn"}, {"Control", "Cc"}, {"Math_Symbol", "Sm"}};
    for (auto& [longName, shortName] : kLongNames)
      if (name == longName)
        name = shortName;
    m_out += std::string("\\") + kind + "{" + name + "}";
    m_at = end + 1;
  }

  static std::string alternatives(const std::string& members, const std::vector<std::string>& others) {
    std::string out = members.empty() ? std::string() : "[" + members + "]";
    for (const std::string& other : others)
      out += (out.empty() ? "" : "|") + other;
    return out.empty() ? "(?!)" : out;
  }

  /// What escape() and plain characters write, instead of to the result.
  template <class Write>
  std::string aside(Write&& write) {
    std::string before = std::exchange(m_out, {});
    write();
    std::swap(before, m_out);
    return before;
  }

  /// At '['. A pattern for one character: PCRE2 knows no classes inside classes and no intersections, so those become alternatives and
  /// look-aheads.
  std::string characterClass() {
    if (++m_depth > 16)
      unsupported("deeply nested classes");
    ++m_at;
    const bool negated = m_at < m_in.size() && m_in[m_at] == '^';
    m_at += negated ? 1 : 0;
    std::string members;
    std::vector<std::string> others, factors;
    bool closed = false;
    for (bool first = true; m_at < m_in.size() && !closed; first = false) {
      const char c = m_in[m_at];
      const char next = m_at + 1 < m_in.size() ? m_in[m_at + 1] : '\0';
      if (c == ']' && !first) {
        ++m_at;
        closed = true;
      } else if (c == '\\' && (next == 'W' || next == 'H')) {
        others.push_back(std::string("[^") + (next == 'W' ? kWordMembers : kHexMembers) + "]");
        m_at += 2;
      } else if (c == '\\') {
        members += aside([this] { escape(true); });
      } else if (c == '[' && next == ':' && m_in.find(":]", m_at) != std::string::npos) {
        const size_t end = m_in.find(":]", m_at) + 2;
        members += m_in.substr(m_at, end - m_at);
        m_at = end;
      } else if (c == '[') {
        const std::string inner = characterClass();
        if (inner.starts_with('[') && !inner.starts_with("[^"))
          members += inner.substr(1, inner.size() - 2);
        else
          others.push_back(inner);
      } else if (c == '&' && next == '&') {
        factors.push_back(alternatives(members, others));
        members.clear();
        others.clear();
        m_at += 2;
      } else {
        members += c == ']' ? "\\]" : std::string(1, c);
        ++m_at;
      }
    }
    --m_depth;
    if (!closed)
      unsupported("a character class without end");
    if (factors.empty() && others.empty())
      return (negated ? "[^" : "[") + members + "]";
    factors.push_back(alternatives(members, others));
    std::string one;
    for (size_t i = 1; i < factors.size(); ++i)
      one += "(?=" + factors[i] + ")";
    one += "(?:" + factors[0] + ")";
    return negated ? "(?:(?!" + one + ")(?s:.))" : "(?:" + one + ")";
  }

  /// At "(?": inline options mean other things in Ruby.
  void group() {
    size_t end = m_at + 2;
    while (end < m_in.size() && (m_in[end] == 'i' || m_in[end] == 'm' || m_in[end] == 'x' || m_in[end] == '-'))
      ++end;
    bool options = end > m_at + 2 && end < m_in.size() && (m_in[end] == ':' || m_in[end] == ')');
    std::string head = m_in.substr(m_at, end - m_at);
    if (options)
      for (char& c : head)
        if (c == 'm')
          c = 's';
    m_out += head;
    m_at = end;
  }

  const std::string& m_in;
  std::string m_out;
  size_t m_at = 0;
  int m_depth = 0;
};

} // namespace

std::string translatedPattern(const std::string& pattern) { return Translator(pattern).run(); }

} // namespace lathe::text
