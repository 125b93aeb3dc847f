// SPDX-License-Identifier: Apache-2.0
// Text by code points, with Python's case and white-space rules.
#include "core/text/jinja_value.h"

#include <utf8proc.h>

#include <algorithm>

namespace lathe::text::jinja {

std::u32string decode(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    if (data[i] < 0x80) {
      out.push_back(data[i++]);
      continue;
    }
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t n = utf8proc_iterate(data + i, static_cast<utf8proc_ssize_t>(text.size() - i), &c);
    out.push_back(n > 0 ? static_cast<char32_t>(c) : U'\uFFFD');
    i += n > 0 ? static_cast<size_t>(n) : 1;
  }
  return out;
}

void appendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  utf8proc_uint8_t buffer[4];
  const utf8proc_ssize_t n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c >= 0xD800 && c < 0xE000 ? 0xFFFD : c), buffer);
  out.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(n));
}

std::string encode(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text)
    appendUtf8(out, c);
  return out;
}

int64_t codePoints(const Value& string) {
  const auto& object = static_cast<const StringObject&>(*string.object);
  if (object.length < 0)
    object.length = std::count_if(object.text.begin(), object.text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return object.length;
}

bool isSpace(char32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

namespace {

std::string upperOf(char32_t c) {
  std::string out;
  switch (c) { // the full mappings of everyday letters; utf8proc has the simple ones
  case 0xDF:
    return "SS";
  case 0x149:
    return "ʼN";
  case 0xFB00:
    return "FF";
  case 0xFB01:
    return "FI";
  case 0xFB02:
    return "FL";
  default:
    appendUtf8(out, static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
    return out;
  }
}

bool cased(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

} // namespace

std::string upperText(std::string_view text) {
  std::string out;
  for (const char32_t c : decode(text))
    out += upperOf(c);
  return out;
}

std::string lowerText(std::string_view text) {
  std::string out;
  const std::u32string wide = decode(text);
  for (size_t i = 0; i < wide.size(); ++i) {
    const bool finalSigma = wide[i] == 0x3A3 && i > 0 && cased(wide[i - 1]) && (i + 1 == wide.size() || !cased(wide[i + 1]));
    if (wide[i] == 0x130)
      out += "i\u0307";
    else
      appendUtf8(out, finalSigma ? U'\u03C2' : static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(wide[i]))));
  }
  return out;
}

namespace {

/// Sharp s and ligatures become two letters, the first of them a capital.
std::string titleLetter(char32_t c) {
  std::string out;
  if (c == 0xDF || (c >= 0xFB00 && c <= 0xFB06)) {
    appendUtf8(out, c);
    const std::string upper = upperText(out);
    return upper.substr(0, 1) + lowerText(upper.substr(1));
  }
  appendUtf8(out, static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))));
  return out;
}

} // namespace

std::string titleText(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char32_t c : decode(text)) {
    if (inside)
      appendUtf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    else
      out += titleLetter(c);
    inside = cased(c);
  }
  return out;
}

std::string capitalizeText(std::string_view text) {
  const std::u32string wide = decode(text);
  if (wide.empty())
    return {};
  return titleLetter(wide[0]) + lowerText(encode(std::u32string_view(wide).substr(1)));
}

std::string stripText(std::string_view text, const std::string* characters, bool left, bool right) {
  const std::u32string wide = decode(text);
  const std::u32string set = characters ? decode(*characters) : std::u32string();
  const auto drop = [&](char32_t c) { return characters ? set.find(c) != std::u32string::npos : isSpace(c); };
  size_t begin = 0, end = wide.size();
  while (left && begin < end && drop(wide[begin]))
    ++begin;
  while (right && end > begin && drop(wide[end - 1]))
    --end;
  return encode(std::u32string_view(wide).substr(begin, end - begin));
}

bool isAlphanumeric(char32_t c) {
  const auto kind = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) || (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
}

std::string casefoldText(std::string_view text) {
  std::string out;
  for (const char32_t c : decode(text)) {
    utf8proc_int32_t parts[8];
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, 8, UTF8PROC_CASEFOLD, &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < 8; ++i)
      appendUtf8(out, static_cast<char32_t>(parts[i]));
  }
  return out;
}

} // namespace lathe::text::jinja
