// SPDX-License-Identifier: Apache-2.0
// Python's `format % arguments`.
#include "core/text/jinja_format.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lathe::text::jinja {
namespace {

/// Python's "%" formatting for one argument tuple.
class PercentFormat {
public:
  PercentFormat(std::string_view format, const Value& arguments) : m_format(format), m_mapping(arguments) {
    m_arguments = arguments.kind == Kind::Tuple ? arguments.items() : Values{arguments};
  }

  std::string run() {
    for (size_t i = 0; i < m_format.size(); ++i) {
      if (m_format[i] != '%')
        m_out += m_format[i];
      else
        i = directive(i + 1);
      if (m_out.size() > limits::kTemplateOutputBytes)
        failLimit("A formatted text is too long.");
    }
    const bool mapping = m_mapping.kind == Kind::Dict || m_mapping.kind == Kind::List || m_mapping.kind == Kind::Undefined;
    if (m_used < m_arguments.size() && !mapping)
      failRuntime("TypeError: not all arguments converted during string formatting");
    return std::move(m_out);
  }

private:
  const Value& next() {
    if (m_used >= m_arguments.size())
      failRuntime("TypeError: not enough arguments for format string");
    return m_arguments[m_used++];
  }

  int number(size_t& i) {
    if (i < m_format.size() && m_format[i] == '*') {
      ++i;
      const Value& value = next();
      if (value.kind != Kind::Int && value.kind != Kind::Bool)
        failRuntime("TypeError: * wants int");
      return checkedWidth(asIndex(value));
    }
    int64_t value = 0;
    for (; i < m_format.size() && std::isdigit(static_cast<unsigned char>(m_format[i])); ++i)
      value = std::min<int64_t>(value * 10 + (m_format[i] - '0'), kWidest + 1);
    return checkedWidth(value);
  }

  static int checkedWidth(int64_t value) {
    if (value > kWidest || value < -kWidest)
      failLimit(fmt::format("A format asks for more than {} characters.", kWidest));
    return static_cast<int>(value);
  }

  struct Directive {
    bool left = false, plus = false, space = false, alternate = false, zero = false;
    int width = 0, precision = -1;
    char kind = 0;
  };

  size_t directive(size_t i) {
    std::optional<std::string> name;
    if (i < m_format.size() && m_format[i] == '(') {
      const size_t end = m_format.find(')', i);
      if (end == std::string_view::npos)
        failRuntime("ValueError: incomplete format key");
      name = std::string(m_format.substr(i + 1, end - i - 1));
      i = end + 1;
    }
    Directive d;
    for (; i < m_format.size() && std::string_view("-+ 0#").find(m_format[i]) != std::string_view::npos; ++i)
      (m_format[i] == '-' ? d.left : m_format[i] == '+' ? d.plus : m_format[i] == ' ' ? d.space : m_format[i] == '#' ? d.alternate : d.zero) = true;
    d.width = number(i);
    if (d.width < 0) {
      d.left = true;
      d.width = -d.width;
    }
    if (i < m_format.size() && m_format[i] == '.')
      d.precision = std::max(0, number(++i));
    if (i < m_format.size() && std::string_view("hlL").find(m_format[i]) != std::string_view::npos)
      ++i;
    if (i >= m_format.size())
      failRuntime("ValueError: incomplete format");
    d.kind = m_format[i];
    if (d.kind == '%' && m_format[i - 1] == '%') {
      m_out += '%';
      return i;
    }
    convert(d, name ? named(*name) : next());
    return i;
  }

  const Value& named(const std::string& name) {
    if (m_mapping.kind != Kind::Dict)
      failRuntime("TypeError: format requires a mapping");
    const Value* found = dictOf(m_mapping).find(std::string_view(name));
    if (!found)
      failRuntime("KeyError: " + repr(Value::fromString(name)));
    m_used = m_arguments.size();
    return *found;
  }

  void convert(const Directive& d, const Value& value) {
    switch (d.kind) {
    case 's':
    case 'r':
    case 'a': {
      std::string text = d.kind == 's' ? toText(value) : repr(value);
      if (d.kind == 'a')
        text = asciiOnly(text);
      return put({}, d.precision < 0 ? text : encode(decode(text).substr(0, static_cast<size_t>(d.precision))), d, false);
    }
    case 'c':
      return put({}, character(value), d, false);
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      return integer(d, value);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      requireDefined(value);
      if (!isNumber(value))
        failRuntime(fmt::format("TypeError: must be real number, not {}", typeName(value)));
      const double number = asDouble(value);
      std::string text = plainFloat(std::abs(number), d.kind, d.precision < 0 ? 6 : d.precision, d.alternate);
      return put(signFor(d, std::signbit(number) && !std::isnan(number)), std::move(text), d, true);
    }
    default:
      failRuntime(fmt::format("ValueError: unsupported format character '{}'", d.kind));
    }
  }

  static std::string character(const Value& value) {
    if (value.isString() && codePoints(value) == 1)
      return value.string();
    if (value.kind != Kind::Int && value.kind != Kind::Bool)
      failRuntime("TypeError: %c requires int or char");
    const int64_t code = asIndex(value);
    if (code < 0 || code > 0x10FFFF)
      failRuntime("OverflowError: %c arg not in range(0x110000)");
    std::string out;
    appendUtf8(out, static_cast<char32_t>(code));
    return out;
  }

  static std::string signFor(const Directive& d, bool negative) { return negative ? "-" : d.plus ? "+" : d.space ? " " : ""; }

  void integer(const Directive& d, const Value& value) {
    const bool decimal = d.kind == 'd' || d.kind == 'i' || d.kind == 'u';
    if (!isNumber(value) || (!decimal && value.kind == Kind::Float)) // an undefined value is no number either
      failRuntime(fmt::format("TypeError: %{} format: {} is required, not {}", d.kind, decimal ? "a real number" : "an integer", typeName(value)));
    if (value.kind == Kind::Float && !std::isfinite(value.number))
      failRuntime(std::isnan(value.number) ? "ValueError: cannot convert float NaN to integer" : "OverflowError: cannot convert float infinity to integer");
    const Value whole = value.kind == Kind::Float ? Value::fromWide(static_cast<__int128>(std::clamp(value.number, -1e37, 1e37))) : value;
    std::string digits, prefix;
    bool negative = false;
    if (decimal) {
      digits = whole.kind == Kind::Bool ? (whole.boolean ? "1" : "0") : toText(whole);
      negative = digits[0] == '-';
      digits.erase(0, negative ? 1 : 0);
    } else {
      __int128 wide = 0;
      if (!wideOf(whole, wide))
        failLimit("An integer is longer than 127 bits.");
      negative = wide < 0;
      digits = digitsOf(static_cast<unsigned __int128>(negative ? -wide : wide), d.kind == 'o' ? 8 : 16, d.kind == 'X');
      if (d.alternate)
        prefix = std::string("0") + d.kind;
    }
    if (static_cast<int>(digits.size()) < d.precision)
      digits.insert(0, static_cast<size_t>(d.precision) - digits.size(), '0');
    put(signFor(d, negative) + prefix, std::move(digits), d, true);
  }

  void put(const std::string& head, std::string text, const Directive& d, bool number) {
    const auto length = static_cast<int>(head.size()) + static_cast<int>(codePoints(Value::fromString(text)));
    const auto fill = static_cast<size_t>(std::max(0, d.width - length));
    if (d.left)
      m_out += head + text + std::string(fill, ' ');
    else if (number && d.zero)
      m_out += head + std::string(fill, '0') + text;
    else
      m_out += std::string(fill, ' ') + head + text;
  }

  std::string_view m_format;
  Value m_mapping;
  Values m_arguments;
  size_t m_used = 0;
  std::string m_out;
};

} // namespace

std::string digitsOf(unsigned __int128 value, unsigned base, bool upper) {
  std::string out;
  do {
    const auto digit = static_cast<unsigned>(value % base);
    out += static_cast<char>(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
    value /= base;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

std::string plainFloat(double value, char kind, int precision, bool alternate) {
  const std::string pattern = std::string("%") + (alternate ? "#" : "") + ".*" + kind;
  const int size = std::snprintf(nullptr, 0, pattern.c_str(), precision, value);
  std::string out(static_cast<size_t>(size) + 1, '\0');
  std::snprintf(out.data(), out.size(), pattern.c_str(), precision, value);
  out.pop_back();
  return out;
}

std::string asciiOnly(const std::string& text) {
  std::string out;
  for (const char32_t c : decode(text))
    if (c < 0x80)
      out += static_cast<char>(c);
    else
      out += c < 0x100 ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c)) : c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(c)) : fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
  return out;
}

std::string percentFormat(std::string_view format, const Value& arguments) { return PercentFormat(format, arguments).run(); }

} // namespace lathe::text::jinja
