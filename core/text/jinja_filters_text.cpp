// SPDX-License-Identifier: Apache-2.0
// Filters that shorten, wrap, quote or strip texts.
#include "core/text/jinja_filter_parts.h"

#include "core/text/tokenizer_regex.h"

#include <cmath>
#include <deque>

namespace lathe::text::jinja {
namespace {

V truncated(E& e, const V& input, const A& a) {
  const int64_t length = integer(a, 0, "length", 255), leeway = integer(a, 3, "leeway", 5);
  const bool killWords = flag(a, 1, "killwords", false);
  const V* endValue = a.get(2, "end");
  const std::u32string end = decode(endValue ? soft(*endValue) : "...");
  if (length < static_cast<int64_t>(end.size()) || leeway < 0)
    failRuntime(fmt::format("AssertionError: expected length >= {}, got {}", end.size(), length));
  if (lengthOf(input) <= length + leeway)
    return input;
  if (!input.isString())
    failRuntime(fmt::format("AttributeError: '{}' object has no attribute 'rsplit'", typeName(input)));
  std::u32string cut = decode(input.string()).substr(0, static_cast<size_t>(length) - end.size());
  if (!killWords)
    if (const size_t space = cut.rfind(U' '); space != std::u32string::npos)
      cut.resize(space);
  return e.string(encode(cut + end));
}

bool isWrapSpace(char32_t c) { return (c >= 9 && c <= 13) || c == ' '; }

bool isBlankChunk(const std::u32string& chunk) { return std::all_of(chunk.begin(), chunk.end(), isSpace); }

/// Words, white space and parts of hyphenated words, as Python's textwrap cuts a line.
std::deque<std::u32string> chunksOf(const std::string& line, bool breakOnHyphens) {
  static const TokenPattern words = TokenPattern::regex(
      R"([\t\n\x0b\f\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\x0b\f\r ]+?(?:-(?:(?<=(?!\d)\w(?!\d)\w-)|(?<=(?!\d)\w-[\w!"'&.,?]-))(?=(?!\d)\w-?(?!\d)\w)|(?=[\t\n\x0b\f\r ]|\z)|(?<=[\w!"'&.,?])(?=-{2,}\w)))");
  std::deque<std::u32string> out;
  if (breakOnHyphens) {
    std::vector<TextRange> matches;
    words.findAll(line, matches);
    size_t done = 0;
    for (const TextRange& match : matches) {
      if (done < match.begin)
        out.push_back(decode(line.substr(done, match.begin - done)));
      if (match.begin < match.end)
        out.push_back(decode(line.substr(match.begin, match.end - match.begin)));
      done = match.end;
    }
    if (done < line.size())
      out.push_back(decode(line.substr(done)));
    return out;
  }
  const std::u32string wide = decode(line);
  for (size_t at = 0; at < wide.size();) {
    size_t end = at;
    while (end < wide.size() && isWrapSpace(wide[end]) == isWrapSpace(wide[at]))
      ++end;
    out.push_back(wide.substr(at, end - at));
    at = end;
  }
  return out;
}

struct WrapStyle {
  size_t width = 79;
  bool breakLongWords = true, breakOnHyphens = true;
};

/// Python's textwrap.TextWrapper._wrap_chunks.
std::vector<std::string> wrappedLine(E& e, const std::string& line, const WrapStyle& style) {
  std::deque<std::u32string> chunks = chunksOf(line, style.breakOnHyphens);
  std::vector<std::string> lines;
  while (!chunks.empty()) {
    e.spend(1);
    std::vector<std::u32string> current;
    size_t length = 0;
    if (isBlankChunk(chunks.front()) && !lines.empty())
      chunks.pop_front();
    while (!chunks.empty() && length + chunks.front().size() <= style.width) {
      length += chunks.front().size();
      current.push_back(std::move(chunks.front()));
      chunks.pop_front();
    }
    if (!chunks.empty() && chunks.front().size() > style.width) {
      std::u32string& chunk = chunks.front();
      if (style.breakLongWords) {
        const size_t room = style.width - length;
        size_t end = room;
        if (style.breakOnHyphens && chunk.size() > room && room > 0)
          if (const size_t hyphen = chunk.rfind(U'-', room - 1); hyphen != std::u32string::npos && hyphen > 0 && chunk.find_first_not_of(U'-') < hyphen)
            end = hyphen + 1;
        current.push_back(chunk.substr(0, end));
        chunk.erase(0, end);
      } else if (current.empty()) {
        current.push_back(std::move(chunk));
        chunks.pop_front();
      }
    }
    if (!current.empty() && isBlankChunk(current.back()))
      current.pop_back();
    std::string text;
    for (const std::u32string& part : current)
      text += encode(part);
    if (!current.empty())
      lines.push_back(std::move(text));
  }
  return lines;
}

V wrapped(E& e, const V& input, const A& a) {
  WrapStyle style;
  const int64_t width = integer(a, 0, "width", 79);
  style.breakLongWords = flag(a, 1, "break_long_words", true);
  const V* wrapValue = a.get(2, "wrapstring");
  const std::string wrap = wrapValue && wrapValue->kind != Kind::None ? soft(*wrapValue) : "\n";
  style.breakOnHyphens = flag(a, 3, "break_on_hyphens", true);
  requireDefined(input);
  if (!input.isString())
    failRuntime(fmt::format("AttributeError: '{}' object has no attribute 'splitlines'", typeName(input)));
  const std::vector<std::string> source = linesOf(e, input.string());
  if (width <= 0 && !source.empty())
    failRuntime(fmt::format("ValueError: invalid width {} (must be > 0)", width));
  style.width = static_cast<size_t>(std::min<int64_t>(width, 1'000'000));
  std::string out;
  bool first = true;
  for (const std::string& line : source) {
    if (!std::exchange(first, false))
      out += wrap;
    bool begin = true;
    for (const std::string& part : wrappedLine(e, line, style))
      out += (std::exchange(begin, false) ? std::string() : wrap) + part;
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A wrapped text is too long.");
  }
  return e.string(std::move(out));
}

} // namespace

std::string escapedText(const std::string& text) {
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

namespace {

bool isMarkup(const V& value) { return value.isString() && static_cast<const StringObject&>(*value.object).markup; }

V markup(V text) {
  static_cast<StringObject&>(*text.object).markup = true;
  return text;
}

V escapedValue(E& e, const V& input, const A&) { return isMarkup(input) ? input : markup(e.string(escapedText(soft(input)))); }
V escapedAgain(E& e, const V& input, const A&) { return markup(e.string(escapedText(soft(input)))); }
V trusted(E& e, const V& input, const A&) { return markup(e.string(soft(input))); }

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
  const auto pair = [&](const V& key, const V& value) {
    if (!out.empty())
      out += '&';
    quote(soft(key), false);
    out += '=';
    quote(soft(value), false);
  };
  if (input.kind == Kind::Dict) {
    for (const auto& [key, value] : dictOf(input).entries)
      pair(key, value);
  } else if (input.isSequenceLike()) {
    for (const V& item : iterate(input)) {
      const Values parts = iterate(item);
      if (parts.size() != 2)
        failRuntime(parts.size() > 2 ? std::string("ValueError: too many values to unpack (expected 2)") : fmt::format("ValueError: not enough values to unpack (expected 2, got {})", parts.size()));
      pair(parts[0], parts[1]);
    }
  } else if (!input.isUndefined() || !soft(input).empty()) {
    quote(soft(input), true);
  }
  return e.string(std::move(out));
}

/// &lt; and its like back to characters.
std::string unescaped(const std::string& text) {
  static constexpr std::pair<const char*, const char*> names[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text[i] == '&' ? text.find(';', i) : std::string::npos;
    if (end == std::string::npos || end - i > 10) {
      out += text[i];
      continue;
    }
    const std::string name = text.substr(i + 1, end - i - 1);
    const auto* known = std::find_if(std::begin(names), std::end(names), [&name](const auto& entry) { return name == entry.first; });
    if (known != std::end(names)) {
      out += known->second;
      i = end;
    } else if (name.size() > 1 && name[0] == '#') {
      const bool hex = name[1] == 'x' || name[1] == 'X';
      const std::string digits = name.substr(hex ? 2 : 1);
      const bool good = !digits.empty() && std::all_of(digits.begin(), digits.end(), [hex](unsigned char c) { return hex ? std::isxdigit(c) : std::isdigit(c); });
      const unsigned long code = good ? std::strtoul(digits.c_str(), nullptr, hex ? 16 : 10) : 0;
      if (!good) {
        out += text[i];
        continue;
      }
      appendUtf8(out, code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? U'\uFFFD' : static_cast<char32_t>(code));
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

V stripTags(E& e, const V& input, const A&) {
  std::string text = soft(input), plain;
  for (size_t start; (start = text.find("<!--")) != std::string::npos;) {
    const size_t end = text.find("-->", start);
    if (end == std::string::npos)
      break;
    e.spend(1 + text.size() / 64);
    text.erase(start, end + 3 - start);
  }
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find('<', at), close = open == std::string::npos ? open : text.find('>', open);
    plain.append(text, at, close == std::string::npos ? std::string::npos : open - at);
    at = close == std::string::npos ? text.size() : close + 1;
  }
  std::string out;
  const V words = findMethod(V::fromString({}), "split")->call(e, V::fromString(plain), {});
  for (const V& word : words.items())
    out += (out.empty() ? "" : " ") + word.string();
  return e.string(unescaped(out));
}

V xmlAttributes(E& e, const V& input, const A& a) {
  requireDefined(input);
  if (input.kind != Kind::Dict)
    failRuntime(fmt::format("AttributeError: '{}' object has no attribute 'items'", typeName(input)));
  std::string out;
  for (const auto& [key, value] : dictOf(input).entries) {
    if (value.kind == Kind::None || value.isUndefined())
      continue;
    if (!key.isString())
      failRuntime(fmt::format("TypeError: expected string or bytes-like object, got '{}'", typeName(key)));
    for (const char32_t c : decode(key.string()))
      if (isSpace(c) || c == '/' || c == '>' || c == '=')
        failRuntime("ValueError: Invalid character in attribute name: " + repr(key));
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : " ", escapedText(key.string()), escapedText(soft(value)));
  }
  return e.string(out.empty() || !flag(a, 0, "autospace", true) ? out : " " + out);
}

V fileSize(E& e, const V& input, const A& a) {
  const bool binary = flag(a, 0, "binary", false);
  double bytes = 0;
  requireDefined(input);
  if (isNumber(input))
    bytes = asDouble(input);
  else if (!input.isString())
    failRuntime(fmt::format("TypeError: float() argument must be a string or a real number, not '{}'", typeName(input)));
  else if (!parseFloat(input.string(), bytes))
    failRuntime("ValueError: could not convert string to float: " + repr(input));
  const double base = binary ? 1024 : 1000;
  if (bytes == 1)
    return e.string("1 Byte");
  if (bytes < base)
    return e.string(fmt::format("{:.0f} Bytes", std::trunc(bytes)));
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

const FilterEntry kTextFilters[] = {
    {"e", escapedValue},
    {"escape", escapedValue},
    {"filesizeformat", fileSize},
    {"forceescape", escapedAgain},
    {"safe", trusted},
    {"striptags", stripTags},
    {"truncate", truncated},
    {"urlencode", urlEncoded},
    {"wordwrap", wrapped},
    {"xmlattr", xmlAttributes},
};

} // namespace

std::span<const FilterEntry> textFilters() { return kTextFilters; }

} // namespace lathe::text::jinja
