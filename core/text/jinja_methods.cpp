// SPDX-License-Identifier: Apache-2.0
// Methods of str, as Python has them.
#include "core/text/jinja_format.h"
#include "core/text/jinja_methods.h"

#include "core/base/limits.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

namespace lathe::text::jinja {
namespace {

const std::string& textArgument(const Arguments& a, size_t index, const char* method) {
  if (index >= a.positional.size())
    failRuntime(fmt::format("TypeError: {}() takes at least {} argument(s)", method, index + 1));
  requireDefined(a.positional[index]);
  if (!a.positional[index].isString())
    failRuntime(fmt::format("TypeError: {}() argument must be str, not {}", method, typeName(a.positional[index])));
  return a.positional[index].string();
}

int64_t integerArgument(const Arguments& a, size_t index, std::string_view name, int64_t standard) {
  const Value* value = a.get(index, name);
  return value && value->kind != Kind::None ? asIndex(*value) : standard;
}

Value strip(Evaluator& e, const Value& self, const Arguments& a, bool left, bool right) {
  const bool given = !a.positional.empty() && a.positional[0].kind != Kind::None;
  e.spend(self.string().size() / 16);
  return e.string(stripText(self.string(), given ? &textArgument(a, 0, "strip") : nullptr, left, right));
}

/// Python's str.split and rsplit; an absent separator means runs of white space.
Values splitText(const std::string& text, const std::string* separator, int64_t most, bool fromRight) {
  Values out;
  if (separator) {
    if (separator->empty())
      failRuntime("ValueError: empty separator");
    std::vector<std::string> parts;
    if (!fromRight) {
      size_t at = 0;
      for (size_t hit; most != 0 && (hit = text.find(*separator, at)) != std::string::npos; at = hit + separator->size(), --most)
        parts.push_back(text.substr(at, hit - at));
      parts.push_back(text.substr(at));
    } else {
      size_t end = text.size();
      while (most != 0 && end >= separator->size()) {
        const size_t hit = text.rfind(*separator, end - separator->size());
        if (hit == std::string::npos)
          break;
        parts.push_back(text.substr(hit + separator->size(), end - hit - separator->size()));
        end = hit;
        --most;
      }
      parts.push_back(text.substr(0, end));
      std::reverse(parts.begin(), parts.end());
    }
    for (std::string& part : parts)
      out.push_back(Value::fromString(std::move(part)));
    return out;
  }
  std::u32string wide = decode(text);
  if (fromRight)
    std::reverse(wide.begin(), wide.end());
  std::vector<std::u32string> words;
  size_t at = 0;
  while (true) {
    while (at < wide.size() && isSpace(wide[at]))
      ++at;
    if (at == wide.size())
      break;
    if (most-- == 0) {
      std::u32string last = wide.substr(at);
      while (!last.empty() && isSpace(last.back()))
        last.pop_back();
      words.push_back(std::move(last));
      break;
    }
    size_t end = at;
    while (end < wide.size() && !isSpace(wide[end]))
      ++end;
    words.push_back(wide.substr(at, end - at));
    at = end;
  }
  if (fromRight) {
    std::reverse(words.begin(), words.end());
    for (std::u32string& word : words)
      std::reverse(word.begin(), word.end());
  }
  for (const std::u32string& word : words)
    out.push_back(Value::fromString(encode(word)));
  return out;
}

Value split(Evaluator& e, const Value& self, const Arguments& a, bool fromRight) {
  const Value* separator = a.get(0, "sep");
  if (separator && separator->kind != Kind::None) {
    requireDefined(*separator);
    if (!separator->isString())
      failRuntime(fmt::format("TypeError: must be str or None, not {}", typeName(*separator)));
  } else {
    separator = nullptr;
  }
  e.spend(1 + self.string().size() / 4);
  return Value::list(splitText(self.string(), separator ? &separator->string() : nullptr, integerArgument(a, 1, "maxsplit", -1), fromRight));
}

Value splitLines(Evaluator& e, const Value& self, const Arguments& a) {
  const Value* keep = a.get(0, "keepends");
  const bool keepEnds = keep && truthy(*keep);
  const std::u32string wide = decode(self.string());
  e.spend(1 + wide.size() / 4);
  Values out;
  size_t begin = 0;
  for (size_t i = 0; i < wide.size(); ++i) {
    const char32_t c = wide[i];
    const bool breaks = (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (!breaks)
      continue;
    const size_t end = i;
    if (c == '\r' && i + 1 < wide.size() && wide[i + 1] == '\n')
      ++i;
    out.push_back(Value::fromString(encode(std::u32string_view(wide).substr(begin, (keepEnds ? i + 1 : end) - begin))));
    begin = i + 1;
  }
  if (begin < wide.size())
    out.push_back(Value::fromString(encode(std::u32string_view(wide).substr(begin))));
  return Value::list(std::move(out));
}

Value replace(Evaluator& e, const Value& self, const Arguments& a) {
  const std::string &from = textArgument(a, 0, "replace"), &to = textArgument(a, 1, "replace");
  int64_t most = integerArgument(a, 2, "count", -1);
  const std::string& text = self.string();
  e.spend(1 + text.size() / 16);
  std::string out;
  size_t at = 0;
  if (from.empty()) {
    for (const char32_t c : decode(text)) {
      if (most-- != 0)
        out += to;
      else
        most = 0;
      appendUtf8(out, c);
      if (out.size() > limits::kTemplateOutputBytes)
        failLimit("A replaced text is too long.");
    }
    return e.string(most != 0 ? out + to : out);
  }
  for (size_t hit; most != 0 && (hit = text.find(from, at)) != std::string::npos; at = hit + from.size(), --most) {
    out.append(text, at, hit - at).append(to);
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A replaced text is too long.");
  }
  return e.string(out.append(text, at));
}

/// Code point position of a substring in [start, end), −1 when it is not there.
int64_t findText(const Value& self, const Arguments& a, const char* method, bool last) {
  const std::u32string wide = decode(self.string()), needle = decode(textArgument(a, 0, method));
  const auto size = static_cast<int64_t>(wide.size());
  int64_t from = integerArgument(a, 1, "start", 0), to = integerArgument(a, 2, "end", size);
  from = std::clamp<int64_t>(from < 0 ? from + size : from, 0, size + 1);
  to = std::clamp<int64_t>(to < 0 ? to + size : to, 0, size);
  if (from > to)
    return -1;
  const std::u32string_view window = std::u32string_view(wide).substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
  const size_t hit = last ? window.rfind(needle) : window.find(needle);
  return hit == std::u32string_view::npos ? -1 : static_cast<int64_t>(hit) + from;
}

Value findMethodCall(Evaluator& e, const Value& self, const Arguments& a, const char* method, bool last, bool strict) {
  e.spend(1 + self.string().size() / 16);
  const int64_t at = findText(self, a, method, last);
  if (at < 0 && strict)
    failRuntime("ValueError: substring not found");
  return Value::fromInt(at);
}

Value startsOrEnds(const Value& self, const Arguments& a, const char* method, bool ends) {
  if (a.positional.empty())
    failRuntime(fmt::format("TypeError: {}() takes at least 1 argument", method));
  requireDefined(a.positional[0]);
  std::string text = self.string();
  if (a.positional.size() > 1) {
    const std::u32string wide = decode(text);
    const auto size = static_cast<int64_t>(wide.size());
    int64_t from = integerArgument(a, 1, "start", 0), to = integerArgument(a, 2, "end", size);
    from = std::clamp<int64_t>(from < 0 ? from + size : from, 0, size);
    to = std::clamp<int64_t>(to < 0 ? to + size : to, from, size);
    text = encode(std::u32string_view(wide).substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
  }
  const Values options = a.positional[0].kind == Kind::Tuple ? a.positional[0].items() : Values{a.positional[0]};
  for (const Value& option : options) {
    if (!option.isString())
      failRuntime(fmt::format("TypeError: {} first arg must be str or a tuple of str, not {}", method, typeName(option)));
    if (ends ? text.ends_with(option.string()) : text.starts_with(option.string()))
      return Value::fromBool(true);
  }
  return Value::fromBool(false);
}

Value join(Evaluator& e, const Value& self, const Arguments& a) {
  if (a.positional.size() != 1)
    failRuntime("TypeError: str.join() takes exactly one argument");
  std::string out;
  size_t i = 0;
  for (const Value& item : iterate(a.positional[0])) {
    requireDefined(item);
    if (!item.isString())
      failRuntime(fmt::format("TypeError: sequence item {}: expected str instance, {} found", i, typeName(item)));
    out += (i++ ? self.string() : std::string()) + item.string();
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A joined text is too long.");
  }
  return e.string(std::move(out));
}

Value partition(const Value& self, const Arguments& a, bool last) {
  const std::string& text = self.string();
  const std::string& separator = textArgument(a, 0, "partition");
  if (separator.empty())
    failRuntime("ValueError: empty separator");
  const size_t hit = last ? text.rfind(separator) : text.find(separator);
  const auto s = [](std::string v) { return Value::fromString(std::move(v)); };
  if (hit == std::string::npos)
    return last ? Value::tuple({s(""), s(""), self}) : Value::tuple({self, s(""), s("")});
  return Value::tuple({s(text.substr(0, hit)), s(separator), s(text.substr(hit + separator.size()))});
}

Value justify(Evaluator& e, const Value& self, const Arguments& a, int side) {
  const int64_t width = integerArgument(a, 0, "width", 0), size = codePoints(self);
  if (width > 1'000'000)
    failLimit("A text is padded to more than 1,000,000 characters.");
  const std::string fill = a.positional.size() > 1 ? textArgument(a, 1, "center") : " ";
  const int64_t missing = std::max<int64_t>(0, width - size);
  const int64_t left = side < 0 ? 0 : side > 0 ? missing : missing / 2 + (missing & width & 1);
  std::string out;
  for (int64_t i = 0; i < left; ++i)
    out += fill;
  out += self.string();
  for (int64_t i = left; i < missing; ++i)
    out += fill;
  return e.string(std::move(out));
}

Value zfill(Evaluator& e, const Value& self, const Arguments& a) {
  const int64_t width = std::min<int64_t>(integerArgument(a, 0, "width", 0), 1'000'000), size = codePoints(self);
  const std::string& text = self.string();
  const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return e.string(text.substr(0, sign) + std::string(static_cast<size_t>(std::max<int64_t>(0, width - size)), '0') + text.substr(sign));
}

template <class Predicate>
Value allOf(const Value& self, Predicate predicate) {
  const std::u32string wide = decode(self.string());
  return Value::fromBool(!wide.empty() && std::all_of(wide.begin(), wide.end(), predicate));
}

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }
bool isLetter(char32_t c) { return category(c) >= UTF8PROC_CATEGORY_LU && category(c) <= UTF8PROC_CATEGORY_LO; }
bool isDecimal(char32_t c) { return category(c) == UTF8PROC_CATEGORY_ND; }
bool isNumeric(char32_t c) { return category(c) >= UTF8PROC_CATEGORY_ND && category(c) <= UTF8PROC_CATEGORY_NO; }

Value casedAs(const Value& self, bool upper) {
  bool any = false;
  for (const char32_t c : decode(self.string())) {
    const auto kind = category(c);
    if (kind == (upper ? UTF8PROC_CATEGORY_LL : UTF8PROC_CATEGORY_LU) || kind == UTF8PROC_CATEGORY_LT)
      return Value::fromBool(false);
    any |= kind == (upper ? UTF8PROC_CATEGORY_LU : UTF8PROC_CATEGORY_LL);
  }
  return Value::fromBool(any);
}

Value format(Evaluator& e, const Value& self, const Arguments& a) { return e.string(formatFields(e, self.string(), a)); }

Value formatMap(Evaluator& e, const Value& self, const Arguments& a) {
  if (a.positional.size() != 1 || !a.named.empty())
    failRuntime(fmt::format("TypeError: format_map() takes exactly one argument {} given", a.positional.size()));
  Arguments named;
  if (a.positional[0].kind == Kind::Dict)
    for (const auto& [key, value] : dictOf(a.positional[0]).entries)
      named.named.emplace_back(toText(key), value);
  return e.string(formatFields(e, self.string(), named));
}

/// str.translate with a dict: code point → code point, text or None.
Value translate(Evaluator& e, const Value& self, const Arguments& a) {
  if (a.positional.size() != 1)
    failRuntime(fmt::format("TypeError: str.translate() takes exactly one argument ({} given)", a.positional.size()));
  std::string out;
  for (const char32_t c : decode(self.string())) {
    e.spend(1);
    const Value found = e.item(a.positional[0], Value::fromInt(static_cast<int64_t>(c)));
    if (found.isUndefined())
      appendUtf8(out, c);
    else if (found.kind == Kind::Int)
      appendUtf8(out, static_cast<char32_t>(std::clamp<int64_t>(found.integer, 0, 0x10FFFF)));
    else if (found.isString())
      out += found.string();
    else if (found.kind != Kind::None)
      failRuntime("TypeError: character mapping must return integer, None or str");
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A translated text is too long.");
  }
  return e.string(std::move(out));
}

Value makeTranslation(Evaluator&, const Value&, const Arguments& a) {
  Value out = Value::dict();
  auto& into = static_cast<DictObject&>(*out.object);
  if (a.positional.size() == 1) {
    if (a.positional[0].kind != Kind::Dict)
      failRuntime("TypeError: if you give only one argument to maketrans it must be a dict");
    for (const auto& [key, value] : dictOf(a.positional[0]).entries)
      into.set(key.isString() && codePoints(key) == 1 ? Value::fromInt(static_cast<int64_t>(decode(key.string())[0])) : key, value);
    return out;
  }
  const std::u32string from = decode(textArgument(a, 0, "maketrans")), to = decode(textArgument(a, 1, "maketrans"));
  if (from.size() != to.size())
    failRuntime("ValueError: the first two maketrans arguments must have equal length");
  for (size_t i = 0; i < from.size(); ++i)
    into.set(Value::fromInt(static_cast<int64_t>(from[i])), Value::fromInt(static_cast<int64_t>(to[i])));
  if (a.positional.size() > 2)
    for (const char32_t c : decode(textArgument(a, 2, "maketrans")))
      into.set(Value::fromInt(static_cast<int64_t>(c)), Value::none());
  return out;
}

bool isPrintable(char32_t c) {
  const auto kind = category(c);
  return c == ' ' || !(kind == UTF8PROC_CATEGORY_CN || (kind >= UTF8PROC_CATEGORY_ZS && kind <= UTF8PROC_CATEGORY_CO));
}

Value identifier(const Value& self) {
  const std::u32string wide = decode(self.string());
  return Value::fromBool(!wide.empty() && !isNumeric(wide[0]) && std::all_of(wide.begin(), wide.end(), [](char32_t c) { return c == '_' || isLetter(c) || isDecimal(c); }));
}

Value countText(Evaluator& e, const Value& self, const Arguments& a) {
  const std::u32string wide = decode(self.string()), needle = decode(textArgument(a, 0, "count"));
  e.spend(1 + wide.size() / 8);
  const auto size = static_cast<int64_t>(wide.size());
  int64_t from = integerArgument(a, 1, "start", 0), to = integerArgument(a, 2, "end", size), n = 0;
  from = std::max<int64_t>(0, from < 0 ? from + size : from);
  to = std::clamp<int64_t>(to < 0 ? to + size : to, 0, size);
  if (from > to)
    return Value::fromInt(0);
  const std::u32string_view window = std::u32string_view(wide).substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
  if (needle.empty())
    return Value::fromInt(to - from + 1);
  for (size_t at = 0; (at = window.find(needle, at)) != std::u32string_view::npos; at += needle.size())
    ++n;
  return Value::fromInt(n);
}

Value expandTabs(Evaluator& e, const Value& self, const Arguments& a) {
  const int64_t size = std::clamp<int64_t>(integerArgument(a, 0, "tabsize", 8), 0, 1000);
  std::string out;
  int64_t column = 0;
  for (const char32_t c : decode(self.string())) {
    if (c == '\t') {
      const int64_t n = size == 0 ? 0 : size - column % size;
      out.append(static_cast<size_t>(n), ' ');
      column += n;
    } else {
      appendUtf8(out, c);
      column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A text with expanded tabs is too long.");
  }
  return e.string(std::move(out));
}

using E = Evaluator;
using A = Arguments;
using V = Value;

const MethodEntry kStringMethods[] = {
    {"capitalize", [](E& e, const V& s, const A&) { return e.string(capitalizeText(s.string())); }},
    {"casefold", [](E& e, const V& s, const A&) { return e.string(casefoldText(s.string())); }},
    {"center", [](E& e, const V& s, const A& a) { return justify(e, s, a, 0); }},
    {"count", countText},
    {"endswith", [](E&, const V& s, const A& a) { return startsOrEnds(s, a, "endswith", true); }},
    {"expandtabs", expandTabs},
    {"find", [](E& e, const V& s, const A& a) { return findMethodCall(e, s, a, "find", false, false); }},
    {"format", format},
    {"index", [](E& e, const V& s, const A& a) { return findMethodCall(e, s, a, "index", false, true); }},
    {"isalnum", [](E&, const V& s, const A&) { return allOf(s, [](char32_t c) { return isLetter(c) || isNumeric(c); }); }},
    {"isalpha", [](E&, const V& s, const A&) { return allOf(s, isLetter); }},
    {"isascii", [](E&, const V& s, const A&) { return V::fromBool(codePoints(s) == static_cast<int64_t>(s.string().size())); }},
    {"isdecimal", [](E&, const V& s, const A&) { return allOf(s, isDecimal); }},
    {"isdigit", [](E&, const V& s, const A&) { return allOf(s, isDecimal); }},
    {"isidentifier", [](E&, const V& s, const A&) { return identifier(s); }},
    {"islower", [](E&, const V& s, const A&) { return casedAs(s, false); }},
    {"isnumeric", [](E&, const V& s, const A&) { return allOf(s, isNumeric); }},
    {"isspace", [](E&, const V& s, const A&) { return allOf(s, isSpace); }},
    {"istitle", [](E&, const V& s, const A&) { return V::fromBool(!s.string().empty() && titleText(s.string()) == s.string() && lowerText(s.string()) != s.string()); }},
    {"isupper", [](E&, const V& s, const A&) { return casedAs(s, true); }},
    {"join", join},
    {"ljust", [](E& e, const V& s, const A& a) { return justify(e, s, a, -1); }},
    {"lower", [](E& e, const V& s, const A&) { return e.string(lowerText(s.string())); }},
    {"lstrip", [](E& e, const V& s, const A& a) { return strip(e, s, a, true, false); }},
    {"partition", [](E&, const V& s, const A& a) { return partition(s, a, false); }},
    {"removeprefix", [](E& e, const V& s, const A& a) { const auto& p = textArgument(a, 0, "removeprefix"); return s.string().starts_with(p) ? e.string(s.string().substr(p.size())) : s; }},
    {"removesuffix", [](E& e, const V& s, const A& a) { const auto& p = textArgument(a, 0, "removesuffix"); return s.string().ends_with(p) ? e.string(s.string().substr(0, s.string().size() - p.size())) : s; }},
    {"replace", replace},
    {"rfind", [](E& e, const V& s, const A& a) { return findMethodCall(e, s, a, "rfind", true, false); }},
    {"rindex", [](E& e, const V& s, const A& a) { return findMethodCall(e, s, a, "rindex", true, true); }},
    {"rjust", [](E& e, const V& s, const A& a) { return justify(e, s, a, 1); }},
    {"rpartition", [](E&, const V& s, const A& a) { return partition(s, a, true); }},
    {"rsplit", [](E& e, const V& s, const A& a) { return split(e, s, a, true); }},
    {"rstrip", [](E& e, const V& s, const A& a) { return strip(e, s, a, false, true); }},
    {"split", [](E& e, const V& s, const A& a) { return split(e, s, a, false); }},
    {"splitlines", splitLines},
    {"startswith", [](E&, const V& s, const A& a) { return startsOrEnds(s, a, "startswith", false); }},
    {"strip", [](E& e, const V& s, const A& a) { return strip(e, s, a, true, true); }},
    {"swapcase",
     [](E& e, const V& s, const A&) {
       std::string out, one;
       for (const char32_t c : decode(s.string())) {
         one.clear();
         appendUtf8(one, c);
         const std::string upper = upperText(one);
         out += upper == one ? lowerText(one) : upper;
       }
       return e.string(std::move(out));
     }},
    {"title", [](E& e, const V& s, const A&) { return e.string(titleText(s.string())); }},
    {"upper", [](E& e, const V& s, const A&) { return e.string(upperText(s.string())); }},
    {"zfill", zfill},
    {"format_map", formatMap},
    {"isprintable", [](E&, const V& s, const A&) { return V::fromBool(s.string().empty() || truthy(allOf(s, isPrintable))); }},
    {"maketrans", makeTranslation},
    {"translate", translate},
};

} // namespace

std::span<const MethodEntry> stringMethods() { return kStringMethods; }

} // namespace lathe::text::jinja
