// SPDX-License-Identifier: Apache-2.0
#include "core/text/jinja_eval.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace lathe::text::jinja {
namespace {

/// Python's "%" formatting for one argument tuple: %s %r %d %i %f %g %e %x %o %c %% with flags, width and precision.
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
    if (m_used < m_arguments.size() && m_mapping.kind != Kind::Dict)
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
    int value = 0;
    for (; i < m_format.size() && std::isdigit(static_cast<unsigned char>(m_format[i])); ++i)
      value = std::min(value * 10 + (m_format[i] - '0'), 100'000);
    return value;
  }

  size_t directive(size_t i) {
    std::string name;
    bool named = false;
    if (i < m_format.size() && m_format[i] == '(') {
      const size_t end = m_format.find(')', i);
      if (end == std::string_view::npos)
        failRuntime("ValueError: incomplete format key");
      name = m_format.substr(i + 1, end - i - 1);
      named = true;
      i = end + 1;
    }
    std::string flags;
    while (i < m_format.size() && std::string_view("-+ 0#").find(m_format[i]) != std::string_view::npos)
      flags += m_format[i++];
    const int width = number(i);
    int precision = -1;
    if (i < m_format.size() && m_format[i] == '.')
      precision = number(++i);
    if (i >= m_format.size())
      failRuntime("ValueError: incomplete format");
    const char kind = m_format[i];
    if (kind == '%') {
      m_out += '%';
      return i;
    }
    Value value;
    if (named) {
      const Value* found = m_mapping.kind == Kind::Dict ? dictOf(m_mapping).find(std::string_view(name)) : nullptr;
      if (!found)
        failRuntime("KeyError: " + repr(Value::fromString(name)));
      value = *found;
    } else {
      value = next();
    }
    pad(converted(kind, flags, precision, value), flags, width, kind != 's' && kind != 'r' && kind != 'c');
    return i;
  }

  static std::string converted(char kind, const std::string& flags, int precision, const Value& value) {
    const bool plus = flags.find('+') != std::string::npos;
    switch (kind) {
    case 's':
    case 'r': {
      const std::string text = kind == 's' ? toText(value) : repr(value);
      return precision < 0 ? text : encode(decode(text).substr(0, static_cast<size_t>(precision)));
    }
    case 'c':
      return toText(value);
    case 'd':
    case 'i':
    case 'u': {
      requireDefined(value);
      const Value whole = value.kind == Kind::Float ? Value::fromWide(static_cast<__int128>(std::clamp(value.number, -1e37, 1e37))) : value;
      if (!isNumber(whole))
        failRuntime(fmt::format("TypeError: %{} format: a real number is required, not {}", kind, typeName(value)));
      const std::string text = whole.kind == Kind::Bool ? (whole.boolean ? "1" : "0") : toText(whole);
      return plus && text[0] != '-' ? "+" + text : text;
    }
    case 'x':
    case 'X':
    case 'o': {
      const int64_t n = asIndex(value);
      const std::string digits = kind == 'x' ? fmt::format("{:x}", std::abs(n)) : kind == 'X' ? fmt::format("{:X}", std::abs(n)) : fmt::format("{:o}", std::abs(n));
      return (n < 0 ? "-" : "") + digits;
    }
    case 'f':
    case 'F':
    case 'e':
    case 'g': {
      requireDefined(value);
      char buffer[512];
      const std::string pattern = std::string("%") + (plus ? "+" : "") + ".*" + kind;
      const int n = std::snprintf(buffer, sizeof buffer, pattern.c_str(), std::clamp(precision < 0 ? 6 : precision, 0, 100), asDouble(value));
      return std::string(buffer, static_cast<size_t>(std::clamp(n, 0, 511)));
    }
    default:
      failRuntime(fmt::format("ValueError: unsupported format character '{}'", kind));
    }
  }

  void pad(std::string text, const std::string& flags, int width, bool numericKind) {
    const auto length = static_cast<int>(decode(text).size());
    const auto fill = static_cast<size_t>(std::max(0, width - length));
    if (flags.find('-') != std::string::npos)
      m_out += text + std::string(fill, ' ');
    else if (numericKind && flags.find('0') != std::string::npos)
      m_out += text[0] == '-' || text[0] == '+' ? text[0] + std::string(fill, '0') + text.substr(1) : std::string(fill, '0') + text;
    else
      m_out += std::string(fill, ' ') + text;
  }

  std::string_view m_format;
  Value m_mapping;
  Values m_arguments;
  size_t m_used = 0;
  std::string m_out;
};

} // namespace

std::string percentFormat(std::string_view format, const Value& arguments) { return PercentFormat(format, arguments).run(); }

} // namespace lathe::text::jinja
