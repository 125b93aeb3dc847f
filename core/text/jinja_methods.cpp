// SPDX-License-Identifier: Apache-2.0
// Methods of str, list, tuple and dict, as Python has them. What would change a value is listed without a function.
#include "core/text/jinja_eval.h"

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

/// str.format with {}, {0}, {name} and width/precision of numbers and texts; attribute walks inside the braces are refused.
Value format(Evaluator& e, const Value& self, const Arguments& a) {
  const std::string& text = self.string();
  std::string out;
  size_t automatic = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) {
      out += text[i++];
      continue;
    }
    if (text[i] == '}')
      failRuntime("ValueError: Single '}' encountered in format string");
    if (text[i] != '{') {
      out += text[i];
      continue;
    }
    const size_t end = text.find('}', i);
    if (end == std::string::npos)
      failRuntime("ValueError: expected '}' before end of string");
    std::string field = text.substr(i + 1, end - i - 1), spec;
    if (const size_t colon = field.find(':'); colon != std::string::npos) {
      spec = field.substr(colon + 1);
      field.resize(colon);
    }
    if (field.find_first_of(".[") != std::string::npos)
      failSecurity("Attribute access inside a format string is not allowed.");
    const bool number = !field.empty() && std::all_of(field.begin(), field.end(), [](unsigned char c) { return std::isdigit(c); });
    const Value* value = field.empty() || number ? a.get(field.empty() ? automatic++ : static_cast<size_t>(std::min(999999l, std::atol(field.c_str()))), "") : a.get(SIZE_MAX, field);
    if (!value)
      failRuntime(field.empty() || number ? "IndexError: Replacement index out of range for positional args tuple" : "KeyError: " + repr(Value::fromString(field)));
    if (spec.empty()) {
      out += toText(*value);
    } else {
      const char last = spec.back();
      const bool typed = std::isalpha(static_cast<unsigned char>(last)) || last == '%';
      out += toText(e.binary("%", Value::fromString("%" + (spec[0] == '<' ? "-" + spec.substr(1) : spec[0] == '>' ? spec.substr(1) : spec) + (typed ? "" : isNumber(*value) && value->kind != Kind::Float ? "d" : "s")), Value::tuple({*value})));
    }
    i = end;
  }
  return e.string(std::move(out));
}

Value identifier(const Value& self) {
  const std::u32string wide = decode(self.string());
  return Value::fromBool(!wide.empty() && !isNumeric(wide[0]) && std::all_of(wide.begin(), wide.end(), [](char32_t c) { return c == '_' || isLetter(c) || isDecimal(c); }));
}

Value countText(Evaluator& e, const Value& self, const Arguments& a) {
  const std::string& needle = textArgument(a, 0, "count");
  e.spend(1 + self.string().size() / 16);
  if (needle.empty())
    return Value::fromInt(codePoints(self) + 1);
  int64_t n = 0;
  for (size_t at = 0; (at = self.string().find(needle, at)) != std::string::npos; at += needle.size())
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
    {"casefold", [](E& e, const V& s, const A&) { return e.string(lowerText(s.string())); }},
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
    {"format_map", nullptr},
};

Value countItems(E& e, const V& s, const A& a) {
  e.spend(s.items().size());
  return V::fromInt(std::count_if(s.items().begin(), s.items().end(), [&](const V& v) { return !a.positional.empty() && equal(v, a.positional[0]); }));
}

Value indexOf(E& e, const V& s, const A& a) {
  e.spend(s.items().size());
  for (size_t i = 0; i < s.items().size(); ++i)
    if (!a.positional.empty() && equal(s.items()[i], a.positional[0]))
      return V::fromInt(static_cast<int64_t>(i));
  failRuntime(fmt::format("ValueError: the value is not in {}", typeName(s)));
}

const MethodEntry kListMethods[] = {
    {"copy", [](E& e, const V& s, const A&) { e.spend(s.items().size()); return V::list(s.items()); }},
    {"count", countItems}, {"index", indexOf}, {"append", nullptr}, {"clear", nullptr}, {"extend", nullptr}, {"insert", nullptr},
    {"pop", nullptr}, {"remove", nullptr}, {"reverse", nullptr}, {"sort", nullptr},
};
const MethodEntry kTupleMethods[] = {{"count", countItems}, {"index", indexOf}};

Value entriesOf(E& e, const V& s, int part) {
  Values out;
  const auto& entries = dictOf(s).entries;
  e.spend(entries.size());
  for (const auto& [key, value] : entries)
    out.push_back(part == 0 ? key : part == 1 ? value : V::tuple({key, value}));
  return V::view(part == 0 ? "dict_keys" : part == 1 ? "dict_values" : "dict_items", std::move(out), true);
}

const MethodEntry kDictMethods[] = {
    {"get",
     [](E&, const V& s, const A& a) {
       if (a.positional.empty() || a.positional.size() > 2)
         failRuntime(fmt::format("TypeError: get expected 1 or 2 arguments, got {}", a.positional.size()));
       const V* found = dictOf(s).find(a.positional[0]);
       return found ? *found : a.positional.size() > 1 ? a.positional[1] : V::none();
     }},
    {"items", [](E& e, const V& s, const A&) { return entriesOf(e, s, 2); }},
    {"keys", [](E& e, const V& s, const A&) { return entriesOf(e, s, 0); }},
    {"values", [](E& e, const V& s, const A&) { return entriesOf(e, s, 1); }},
    {"copy",
     [](E& e, const V& s, const A&) {
       V out = V::dict();
       e.spend(dictOf(s).entries.size());
       for (const auto& [key, value] : dictOf(s).entries)
         static_cast<DictObject&>(*out.object).set(key, value);
       return out;
     }},
    {"clear", nullptr}, {"pop", nullptr}, {"popitem", nullptr}, {"setdefault", nullptr}, {"update", nullptr},
};

template <size_t N>
const MethodEntry* in(const MethodEntry (&table)[N], std::string_view name) {
  const auto* found = std::find_if(std::begin(table), std::end(table), [name](const MethodEntry& m) { return name == m.name; });
  return found == std::end(table) ? nullptr : found;
}

} // namespace

const MethodEntry* findMethod(const Value& self, std::string_view name) {
  switch (self.kind) {
  case Kind::String:
    return in(kStringMethods, name);
  case Kind::List:
    return in(kListMethods, name);
  case Kind::Tuple:
    return in(kTupleMethods, name);
  case Kind::Dict:
    return in(kDictMethods, name);
  default:
    return nullptr;
  }
}

} // namespace lathe::text::jinja
