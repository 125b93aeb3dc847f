// SPDX-License-Identifier: Apache-2.0
// Python's format specifications (https://docs.python.org/3/library/string.html#formatspec).
#include "core/text/jinja_format.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lathe::text::jinja {
namespace {

/// Digits in groups of three (of four for other bases than ten), at least `width` characters with zeros in front.
std::string groupedDigits(std::string digits, char separator, size_t group, size_t width) {
  while (true) {
    std::string out;
    for (size_t i = 0; i < digits.size(); ++i) {
      if (i && (digits.size() - i) % group == 0)
        out += separator;
      out += digits[i];
    }
    if (out.size() >= width)
      return out;
    digits.insert(digits.begin(), '0');
  }
}

/// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct Spec {
  std::string fill = " ";
  char align = 0, sign = '-', grouping = 0, type = 0;
  bool alternate = false, zero = false, signGiven = false;
  int width = 0, precision = -1;
};

class SpecReader {
public:
  SpecReader(const std::string& text, const std::string& type) : m_text(text), m_type(type) {}

  Spec read() {
    const std::u32string wide = decode(m_text);
    const auto isAlign = [](char32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; };
    size_t at = 0;
    bool filled = false;
    if (wide.size() > 1 && isAlign(wide[1])) {
      m_spec.fill = encode(wide.substr(0, 1));
      m_spec.align = static_cast<char>(wide[1]);
      filled = true;
      at = 2;
    } else if (!wide.empty() && isAlign(wide[0])) {
      m_spec.align = static_cast<char>(wide[0]);
      at = 1;
    }
    const auto next = [&](char32_t c) { return at < wide.size() && wide[at] == c && ++at; };
    if (at < wide.size() && (wide[at] == '+' || wide[at] == '-' || wide[at] == ' ')) {
      m_spec.sign = static_cast<char>(wide[at++]);
      m_spec.signGiven = true;
    }
    m_spec.alternate = next('#');
    if (!filled && next('0')) {
      m_spec.fill = "0";
      m_spec.zero = true;
    }
    m_spec.width = std::max(0, number(wide, at));
    if (at < wide.size() && (wide[at] == ',' || wide[at] == '_'))
      m_spec.grouping = static_cast<char>(wide[at++]);
    if (next('.') && (m_spec.precision = number(wide, at)) < 0)
      failRuntime("ValueError: Format specifier missing precision");
    if (at + 1 < wide.size())
      failRuntime(fmt::format("ValueError: Invalid format specifier '{}' for object of type '{}'", m_text, m_type));
    if (at < wide.size())
      m_spec.type = wide[at] < 0x80 ? static_cast<char>(wide[at]) : '?';
    return m_spec;
  }

private:
  static int number(const std::u32string& wide, size_t& at) {
    int value = -1;
    for (; at < wide.size() && wide[at] >= '0' && wide[at] <= '9'; ++at) {
      value = std::max(value, 0) * 10 + static_cast<int>(wide[at] - '0');
      if (value > kWidest)
        failLimit(fmt::format("A format asks for more than {} characters.", kWidest));
    }
    return value;
  }
  const std::string& m_text;
  const std::string& m_type;
  Spec m_spec;
};

std::string padded(const std::string& text, const Spec& spec, char standard) {
  const auto length = static_cast<int>(codePoints(Value::fromString(text)));
  const int missing = std::max(0, spec.width - length);
  const char align = spec.align ? spec.align : standard;
  const int left = align == '>' || align == '=' ? missing : align == '^' ? missing / 2 : 0;
  std::string out;
  for (int i = 0; i < left; ++i)
    out += spec.fill;
  out += text;
  for (int i = left; i < missing; ++i)
    out += spec.fill;
  return out;
}

std::string signOf(bool negative, const Spec& spec) { return negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign); }

/// Sign, prefix and digits (with what follows them) brought to the width.
std::string assembled(const std::string& head, std::string digits, const std::string& tail, const Spec& spec, size_t group) {
  const bool inside = spec.align == '=' || (!spec.align && spec.zero);
  const auto fixed = static_cast<int>(head.size() + tail.size());
  if (spec.grouping)
    digits = groupedDigits(std::move(digits), spec.grouping, group, inside && spec.fill == "0" ? static_cast<size_t>(std::max(0, spec.width - fixed)) : 0);
  if (!inside)
    return padded(head + digits + tail, spec, '>');
  std::string fill;
  for (int i = fixed + static_cast<int>(digits.size()); i < spec.width; ++i)
    fill += spec.fill;
  return head + fill + digits + tail;
}

[[noreturn]] void unknownCode(char code, const std::string& type) {
  failRuntime(fmt::format("ValueError: Unknown format code '{}' for object of type '{}'", code, type));
}

std::string formattedText(const std::string& text, const Spec& spec) {
  if (spec.type && spec.type != 's')
    unknownCode(spec.type, "str");
  if (spec.signGiven)
    failRuntime(spec.sign == ' ' ? "ValueError: Space not allowed in string format specifier" : "ValueError: Sign not allowed in string format specifier");
  if (spec.alternate)
    failRuntime("ValueError: Alternate form (#) not allowed in string format specifier");
  if (spec.grouping)
    failRuntime(fmt::format("ValueError: Cannot specify '{}' with 's'.", spec.grouping));
  if (spec.align == '=')
    failRuntime("ValueError: '=' alignment not allowed in string format specifier");
  return padded(spec.precision < 0 ? text : encode(decode(text).substr(0, static_cast<size_t>(spec.precision))), spec, '<');
}

std::string formattedFloat(double value, const Spec& spec) {
  if (spec.type && std::string_view("eEfFgGn%").find(spec.type) == std::string_view::npos)
    unknownCode(spec.type, "float");
  if (spec.grouping && spec.type == 'n')
    failRuntime(fmt::format("ValueError: Cannot specify '{}' with 'n'.", spec.grouping));
  const double size = std::abs(value) * (spec.type == '%' ? 100 : 1);
  const char kind = spec.type == '%' ? 'f' : spec.type == 'n' || spec.type == 0 ? 'g' : spec.type;
  std::string text;
  if (!std::isfinite(value)) {
    text = std::isnan(value) ? "nan" : "inf";
    if (spec.type == 'E' || spec.type == 'F' || spec.type == 'G')
      text = upperText(text);
  } else if (spec.type == 0 && spec.precision < 0) {
    text = floatRepr(size);
  } else if (spec.type == 0) { // as 'g', but with a digit behind the point
    const int precision = std::max(1, spec.precision);
    const std::string scientific = plainFloat(size, 'e', precision - 1, false);
    const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
    const bool tight = exponent + 1 > precision - 1 && exponent + 1 <= precision; // one digit earlier than C
    text = tight ? plainFloat(size, 'e', precision - 1, spec.alternate) : plainFloat(size, 'g', precision, spec.alternate);
    if (tight) {
      const size_t e = text.find('e');
      std::string mantissa = text.substr(0, e);
      if (!spec.alternate && mantissa.find('.') != std::string::npos)
        mantissa.erase(mantissa.find_last_not_of('0') + 1);
      if (mantissa.ends_with('.'))
        mantissa.pop_back();
      text = mantissa + text.substr(e);
    } else if (text.find_first_of(".e") == std::string::npos) {
      text += ".0";
    }
  } else {
    text = plainFloat(size, kind, spec.precision < 0 ? 6 : spec.precision, spec.alternate);
  }
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string head = signOf(std::signbit(value) && !std::isnan(value), spec), tail = text.substr(digits) + (spec.type == '%' ? "%" : "");
  return assembled(head, text.substr(0, digits), tail, spec, 3);
}

std::string formattedInteger(const Value& value, const Spec& spec) {
  const std::string typeText = typeName(value);
  if (spec.type && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos)
    return formattedFloat(asDouble(value), spec);
  if (spec.type && std::string_view("bcdnoxX").find(spec.type) == std::string_view::npos)
    unknownCode(spec.type, typeText);
  if (spec.precision >= 0)
    failRuntime("ValueError: Precision not allowed in integer format specifier");
  const bool decimal = spec.type == 0 || spec.type == 'd' || spec.type == 'n';
  if (spec.type == 'c') {
    if (spec.signGiven)
      failRuntime("ValueError: Sign not allowed with integer format specifier 'c'");
    if (spec.alternate)
      failRuntime("ValueError: Alternate form (#) not allowed with integer format specifier 'c'");
    std::string one;
    appendUtf8(one, static_cast<char32_t>(std::clamp<int64_t>(asIndex(value), 0, 0x10FFFF)));
    return padded(one, spec, '>');
  }
  if (spec.grouping && (spec.type == 'n' || (spec.grouping == ',' && !decimal)))
    failRuntime(fmt::format("ValueError: Cannot specify '{}' with '{}'.", spec.grouping, spec.type));
  bool negative = false;
  std::string digits, prefix;
  if (decimal) {
    digits = value.kind == Kind::Bool ? (value.boolean ? "1" : "0") : toText(value);
    negative = digits[0] == '-';
    digits.erase(0, negative ? 1 : 0);
  } else {
    __int128 wide = 0;
    if (!wideOf(value, wide))
      failLimit("An integer is longer than 127 bits.");
    negative = wide < 0;
    digits = digitsOf(static_cast<unsigned __int128>(negative ? -wide : wide), spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : 16, spec.type == 'X');
    if (spec.alternate)
      prefix = std::string("0") + spec.type;
  }
  return assembled(signOf(negative, spec) + prefix, std::move(digits), {}, spec, decimal ? 3 : 4);
}

} // namespace

std::string formattedValue(const Value& value, const std::string& spec) {
  if (spec.empty())
    return toText(value);
  const std::string type = typeName(value);
  if (!value.isString() && !isNumber(value))
    failRuntime(fmt::format("TypeError: unsupported format string passed to {}.__format__", value.isUndefined() ? "Undefined" : type));
  const Spec parsed = SpecReader(spec, type).read();
  if (value.isString())
    return formattedText(value.string(), parsed);
  return value.kind == Kind::Float ? formattedFloat(value.number, parsed) : formattedInteger(value, parsed);
}

} // namespace lathe::text::jinja
