// SPDX-License-Identifier: Apache-2.0
// The built-in filters of jinja2 3.1 on texts and numbers, with transformers' tojson.
#include "core/text/jinja_filter_parts.h"

#include <charconv>
#include <cmath>

namespace lathe::text::jinja {
namespace {

V toJson(E& e, const V& input, const A& a) {
  JsonStyle style;
  style.ensureAscii = flag(a, 0, "ensure_ascii", false);
  if (const V* indent = a.get(1, "indent"); indent && indent->kind != Kind::None) {
    style.indent = 1;
    style.indentText = indent->isString() ? indent->string() : std::string(static_cast<size_t>(std::clamp<int64_t>(asIndex(*indent), 0, 64)), ' ');
    style.itemSeparator = ",";
  }
  if (const V* separators = a.get(2, "separators"); separators && separators->kind != Kind::None) {
    const Values parts = iterate(*separators);
    if (parts.size() != 2)
      failRuntime("ValueError: separators must be a pair");
    style.itemSeparator = soft(parts[0]);
    style.keySeparator = soft(parts[1]);
  }
  style.sortKeys = flag(a, 3, "sort_keys", false);
  return e.string(jsonText(input, style));
}

} // namespace

std::vector<std::string> linesOf(E& e, const std::string& text) {
  const MethodEntry* method = findMethod(V::fromString({}), "splitlines");
  std::vector<std::string> out;
  const V lines = method->call(e, V::fromString(text), {});
  for (const V& line : lines.items())
    out.push_back(line.string());
  return out;
}

namespace {

V indented(E& e, const V& input, const A& a) {
  const V* width = a.get(0, "width");
  const bool first = flag(a, 1, "first", false), blank = flag(a, 2, "blank", false);
  const std::string pad = width && width->isString() ? width->string() : std::string(static_cast<size_t>(std::clamp<int64_t>(integer(a, 0, "width", 4), 0, 10'000)), ' ');
  requireDefined(input);
  if (!input.isString())
    failRuntime(fmt::format("TypeError: unsupported operand type(s) for +=: '{}' and 'str'", typeName(input)));
  std::string out = first ? pad : std::string();
  bool begin = true;
  for (const std::string& line : linesOf(e, input.string() + "\n")) {
    if (!std::exchange(begin, false))
      out += "\n" + (blank || !line.empty() ? pad : std::string());
    out += line;
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("An indented text is too long.");
  }
  return e.string(std::move(out));
}

std::string withoutSpaceAndUnderscores(const std::string& text) {
  std::string out = stripText(text, nullptr, true, true);
  std::erase(out, '_');
  return out;
}

} // namespace

bool parseFloat(const std::string& text, double& out) {
  std::string clean = withoutSpaceAndUnderscores(text);
  if (!clean.empty() && clean[0] == '+')
    clean.erase(0, 1);
  const std::string lower = lowerText(clean);
  if (lower.find('x') != std::string::npos || lower.find('p') != std::string::npos)
    return false;
  const auto [end, code] = std::from_chars(clean.data(), clean.data() + clean.size(), out);
  return !clean.empty() && end == clean.data() + clean.size() && code != std::errc::invalid_argument;
}

namespace {

V toInteger(E&, const V& input, const A& a) {
  const V* standard = a.get(0, "default");
  const V fallback = standard ? *standard : V::fromInt(0);
  const int64_t base = integer(a, 1, "base", 10);
  requireDefined(input);
  if (isNumber(input) && input.kind != Kind::Float)
    return input.kind == Kind::Bool ? V::fromInt(input.boolean) : input;
  double number = 0;
  if (input.kind == Kind::Float) {
    number = input.number;
  } else if (input.isString()) {
    std::string text = lowerText(withoutSpaceAndUnderscores(input.string()));
    const bool digits = !text.empty() && text.find_first_not_of("0123456789", text[0] == '-' || text[0] == '+' ? 1 : 0) == std::string::npos && text.size() > (text[0] == '-' || text[0] == '+' ? 1u : 0u);
    if (base == 10 && digits)
      return V::fromDecimal(text[0] == '+' ? text.substr(1) : text);
    if (base != 10) {
      for (const char* prefix : {"0x", "0o", "0b"})
        if (text.starts_with(prefix))
          text.erase(0, 2);
      int64_t value = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, static_cast<int>(std::clamp<int64_t>(base, 2, 36)));
      if (code == std::errc() && end == text.data() + text.size())
        return V::fromInt(value);
    }
    if (!parseFloat(input.string(), number))
      return fallback;
  } else {
    return fallback;
  }
  if (!std::isfinite(number) || std::abs(number) > 1e37)
    return fallback;
  return V::fromWide(static_cast<__int128>(number));
}

V toFloat(E&, const V& input, const A& a) {
  const V* standard = a.get(0, "default");
  requireDefined(input);
  if (isNumber(input))
    return V::fromFloat(asDouble(input));
  double number = 0;
  if (input.isString() && parseFloat(input.string(), number))
    return V::fromFloat(number);
  return standard ? *standard : V::fromFloat(0);
}

V rounded(E&, const V& input, const A& a) {
  const int64_t precision = std::clamp<int64_t>(integer(a, 0, "precision", 0), -300, 300);
  const V* methodValue = a.get(1, "method");
  const std::string method = methodValue ? soft(*methodValue) : "common";
  requireDefined(input);
  const double value = asDouble(input);
  if (method == "ceil" || method == "floor") {
    const double scale = std::pow(10.0, static_cast<double>(precision));
    return V::fromFloat((method == "ceil" ? std::ceil(value * scale) : std::floor(value * scale)) / scale);
  }
  if (method != "common")
    failRuntime("FilterArgumentError: method must be common, ceil or floor");
  if (input.kind != Kind::Float && precision >= 0)
    return input.kind == Kind::Bool ? V::fromInt(input.boolean) : input;
  __int128 whole = 0;
  if (input.kind != Kind::Float && precision > -37 && wideOf(input, whole)) { // half to even, in integers
    __int128 unit = 1;
    for (int64_t i = precision; i < 0; ++i)
      unit *= 10;
    __int128 rest = whole % unit;
    rest = rest < 0 ? rest + unit : rest;
    const __int128 low = whole - rest;
    const bool up = rest * 2 > unit || (rest * 2 == unit && (low / unit) % 2 != 0);
    return V::fromWide(up ? low + unit : low);
  }
  if (precision < 0) {
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    const double out = std::nearbyint(value / scale) * scale;
    return input.kind == Kind::Float ? V::fromFloat(out) : V::fromWide(static_cast<__int128>(out));
  }
  const std::string text = fmt::format("{:.{}f}", value, precision); // correctly rounded from the exact value, as Python's round
  return V::fromFloat(std::strtod(text.c_str(), nullptr));
}

V titled(E& e, const V& input, const A&) {
  std::string out;
  std::u32string word;
  const auto flush = [&] {
    if (!word.empty())
      out += upperText(encode(word.substr(0, 1))) + lowerText(encode(word.substr(1)));
    word.clear();
  };
  for (const char32_t c : decode(soft(input))) {
    if (isSpace(c) || std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos) {
      flush();
      appendUtf8(out, c);
    } else {
      word += c;
    }
  }
  flush();
  return e.string(std::move(out));
}

V defaulted(E&, const V& input, const A& a) {
  const V* standard = a.get(0, "default_value");
  if (input.isUndefined() || (flag(a, 1, "boolean", false) && !truthy(input)))
    return standard ? *standard : V::fromString({});
  return input;
}

V attributeOf(E& e, const V& input, const A& a) {
  const V* name = a.get(0, "name");
  if (!name || !name->isString())
    failRuntime(fmt::format("TypeError: attribute name must be string, not '{}'", name ? typeName(*name) : "missing"));
  if (input.kind == Kind::Dict && !findMethod(input, name->string()) && !name->string().starts_with("__")) // attributes only, no keys
    return V::undefined(fmt::format("'dict object' has no attribute {}", repr(*name)));
  return input.isUndefined() ? (requireDefined(input), V()) : e.attribute(input, name->string());
}

V absolute(E&, const V& input, const A&) {
  if (!isNumber(input))
    failRuntime(fmt::format("TypeError: bad operand type for abs(): '{}'", input.isUndefined() ? "Undefined" : typeName(input)));
  __int128 wide = 0;
  if (wideOf(input, wide))
    return V::fromWide(wide < 0 ? -wide : wide);
  return V::fromFloat(std::abs(asDouble(input)));
}

V formatted(E& e, const V& input, const A& a) {
  if (!a.named.empty()) {
    V mapping = V::dict();
    for (const auto& [key, value] : a.named)
      static_cast<DictObject&>(*mapping.object).set(V::fromString(key), value);
    return e.binary("%", V::fromString(soft(input)), mapping);
  }
  return e.binary("%", V::fromString(soft(input)), V::tuple(a.positional));
}

V trimmed(E& e, const V& input, const A& a) {
  const V* characters = a.get(0, "chars");
  const std::string set = characters && characters->kind != Kind::None ? soft(*characters) : std::string();
  return e.string(stripText(soft(input), characters && characters->kind != Kind::None ? &set : nullptr, true, true));
}

V wordCount(E&, const V& input, const A&) {
  int64_t n = 0;
  bool inside = false;
  for (const char32_t c : decode(soft(input))) {
    const bool word = c == '_' || isAlphanumeric(c);
    n += word && !inside;
    inside = word;
  }
  return V::fromInt(n);
}

V viaMethod(E& e, const V& input, const A& a, const char* method) {
  const V text = V::fromString(soft(input));
  return findMethod(text, method)->call(e, text, a);
}

V replaced(E& e, const V& input, const A& a) {
  A texts;
  for (size_t i = 0; i < 2; ++i) {
    const V* part = a.get(i, i == 0 ? "old" : "new");
    if (!part)
      failRuntime("TypeError: replace() misses an argument");
    texts.positional.push_back(V::fromString(soft(*part)));
  }
  if (const V* count = a.get(2, "count"); count && count->kind != Kind::None)
    texts.positional.push_back(*count);
  return viaMethod(e, input, texts, "replace");
}

V centered(E& e, const V& input, const A& a) {
  A width;
  width.positional.push_back(V::fromInt(integer(a, 0, "width", 80)));
  return viaMethod(e, input, width, "center");
}

const FilterEntry kFilters[] = {
    {"abs", absolute},
    {"attr", attributeOf},
    {"capitalize", [](E& e, const V& v, const A&) { return e.string(capitalizeText(soft(v))); }},
    {"center", centered},
    {"d", defaulted},
    {"default", defaulted},
    {"float", toFloat},
    {"format", formatted},
    {"indent", indented},
    {"int", toInteger},
    {"lower", [](E& e, const V& v, const A&) { return e.string(lowerText(soft(v))); }},
    {"pprint", [](E& e, const V& v, const A&) { return e.string(repr(v)); }},
    {"replace", replaced},
    {"round", rounded},
    {"string", [](E& e, const V& v, const A&) { return v.isString() ? v : e.string(soft(v)); }},
    {"title", titled},
    {"tojson", toJson},
    {"trim", trimmed},
    {"upper", [](E& e, const V& v, const A&) { return e.string(upperText(soft(v))); }},
    {"wordcount", wordCount},
};

} // namespace

const FilterEntry* findFilter(std::string_view name) {
  for (const std::span<const FilterEntry> table : {std::span<const FilterEntry>(kFilters), sequenceFilters(), textFilters()})
    for (const FilterEntry& entry : table)
      if (name == entry.name)
        return &entry;
  return nullptr;
}

} // namespace lathe::text::jinja
