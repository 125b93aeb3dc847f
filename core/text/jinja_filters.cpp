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

std::vector<std::string> linesOf(E& e, const std::string& text) {
  const MethodEntry* method = findMethod(V::fromString({}), "splitlines");
  std::vector<std::string> out;
  const V lines = method->call(e, V::fromString(text), {});
  for (const V& line : lines.items())
    out.push_back(line.string());
  return out;
}

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

V truncated(E& e, const V& input, const A& a) {
  const std::string text = soft(input);
  const int64_t length = integer(a, 0, "length", 255), leeway = integer(a, 3, "leeway", 5);
  const bool killWords = flag(a, 1, "killwords", false);
  const V* endValue = a.get(2, "end");
  const std::u32string wide = decode(text), end = decode(endValue ? soft(*endValue) : "...");
  if (length < static_cast<int64_t>(end.size()))
    failRuntime(fmt::format("AssertionError: expected length >= {}, got {}", end.size(), length));
  if (static_cast<int64_t>(wide.size()) <= length + leeway)
    return e.string(text);
  std::u32string cut = wide.substr(0, static_cast<size_t>(length) - end.size());
  if (!killWords)
    if (const size_t space = cut.rfind(U' '); space != std::u32string::npos)
      cut.resize(space);
  return e.string(encode(cut + end));
}

V wrapped(E& e, const V& input, const A& a) {
  const auto width = static_cast<size_t>(std::clamp<int64_t>(integer(a, 0, "width", 79), 1, 100'000));
  const bool breakLong = flag(a, 1, "break_long_words", true);
  const V* wrapValue = a.get(2, "wrapstring");
  const std::string wrap = wrapValue && wrapValue->kind != Kind::None ? soft(*wrapValue) : "\n";
  std::vector<std::string> out;
  for (const std::string& line : linesOf(e, soft(input))) {
    std::u32string current;
    size_t before = out.size();
    const std::u32string wide = decode(line);
    for (size_t at = 0; at < wide.size();) {
      size_t end = at;
      while (end < wide.size() && (wide[end] == ' ') == (wide[at] == ' '))
        ++end;
      std::u32string chunk = wide.substr(at, end - at);
      at = end;
      if (current.size() + chunk.size() > width) {
        while (!current.empty() && current.back() == ' ')
          current.pop_back();
        if (!current.empty())
          out.push_back(encode(current));
        current.clear();
        while (breakLong && chunk[0] != ' ' && chunk.size() > width) {
          out.push_back(encode(chunk.substr(0, width)));
          chunk.erase(0, width);
        }
        if (chunk[0] == ' ')
          continue;
      }
      current += chunk;
    }
    while (!current.empty() && current.back() == ' ')
      current.pop_back();
    if (!current.empty() || out.size() == before)
      out.push_back(encode(current));
  }
  std::string text;
  for (size_t i = 0; i < out.size(); ++i)
    text += (i ? wrap : std::string()) + out[i];
  return e.string(std::move(text));
}

std::string withoutSpaceAndUnderscores(const std::string& text) {
  std::string out = stripText(text, nullptr, true, true);
  std::erase(out, '_');
  return out;
}

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
  if (precision < 0) {
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    const double out = std::nearbyint(value / scale) * scale;
    return input.kind == Kind::Float ? V::fromFloat(out) : V::fromWide(static_cast<__int128>(out));
  }
  const std::string text = fmt::format("{:.{}f}", value, precision); // correctly rounded from the exact value, as Python's round
  return V::fromFloat(std::strtod(text.c_str(), nullptr));
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&#34;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  return out;
}

V urlEncoded(E& e, const V& input, const A&) {
  std::string out;
  const auto quote = [&out](const std::string& text, bool path) {
    for (const char c : text)
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' || c == '~' || (path && c == '/'))
        out += c;
      else if (c == ' ' && !path)
        out += '+';
      else
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  };
  if (input.kind == Kind::Dict) {
    for (const auto& [key, value] : dictOf(input).entries) {
      if (!out.empty())
        out += '&';
      quote(soft(key), false);
      out += '=';
      quote(soft(value), false);
    }
  } else {
    quote(soft(input), true);
  }
  return e.string(std::move(out));
}

V stripTags(E& e, const V& input, const A&) {
  std::string text = soft(input), plain;
  bool inside = false;
  for (const char c : text) {
    inside |= c == '<';
    if (!inside)
      plain += c;
    inside &= c != '>';
  }
  std::string out;
  const V words = findMethod(V::fromString({}), "split")->call(e, V::fromString(plain), {});
  for (const V& word : words.items())
    out += (out.empty() ? "" : " ") + word.string();
  return e.string(std::move(out));
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

V fileSize(E& e, const V& input, const A& a) {
  const bool binary = flag(a, 0, "binary", false);
  const double base = binary ? 1024 : 1000, bytes = asDouble(toFloat(e, input, {}));
  if (bytes == 1)
    return e.string("1 Byte");
  if (bytes < base)
    return e.string(fmt::format("{} Bytes", static_cast<int64_t>(bytes)));
  static constexpr const char* names[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  static constexpr const char* binaryNames[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
  double unit = base;
  for (int i = 0; i < 8; ++i) {
    unit *= base;
    if (bytes < unit || i == 7)
      return e.string(fmt::format("{:.1f} {}", base * bytes / unit, binary ? binaryNames[i] : names[i]));
  }
  return {};
}

V defaulted(E&, const V& input, const A& a) {
  const V* standard = a.get(0, "default_value");
  if (input.isUndefined() || (flag(a, 1, "boolean", false) && !truthy(input)))
    return standard ? *standard : V::fromString({});
  return input;
}

V absolute(E&, const V& input, const A&) {
  requireDefined(input);
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
    const bool word = c == '_' || c >= 0x80 ? !isSpace(c) : std::isalnum(static_cast<int>(c));
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
    {"attr", [](E& e, const V& v, const A& a) { return e.attribute(v, a.positional.empty() ? std::string() : soft(a.positional[0])); }},
    {"capitalize", [](E& e, const V& v, const A&) { return e.string(capitalizeText(soft(v))); }},
    {"center", centered},
    {"d", defaulted},
    {"default", defaulted},
    {"e", [](E& e, const V& v, const A&) { return e.string(escaped(soft(v))); }},
    {"escape", [](E& e, const V& v, const A&) { return e.string(escaped(soft(v))); }},
    {"filesizeformat", fileSize},
    {"float", toFloat},
    {"forceescape", [](E& e, const V& v, const A&) { return e.string(escaped(soft(v))); }},
    {"format", formatted},
    {"indent", indented},
    {"int", toInteger},
    {"lower", [](E& e, const V& v, const A&) { return e.string(lowerText(soft(v))); }},
    {"pprint", [](E& e, const V& v, const A&) { return e.string(repr(v)); }},
    {"replace", replaced},
    {"round", rounded},
    {"safe", [](E& e, const V& v, const A&) { return e.string(soft(v)); }},
    {"string", [](E& e, const V& v, const A&) { return e.string(soft(v)); }},
    {"striptags", stripTags},
    {"title", titled},
    {"tojson", toJson},
    {"trim", trimmed},
    {"truncate", truncated},
    {"upper", [](E& e, const V& v, const A&) { return e.string(upperText(soft(v))); }},
    {"urlencode", urlEncoded},
    {"wordcount", wordCount},
    {"wordwrap", wrapped},
};

} // namespace

const FilterEntry* findFilter(std::string_view name) {
  for (const std::span<const FilterEntry> table : {std::span<const FilterEntry>(kFilters), sequenceFilters()})
    for (const FilterEntry& entry : table)
      if (name == entry.name)
        return &entry;
  return nullptr;
}

} // namespace lathe::text::jinja
