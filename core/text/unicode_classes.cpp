// SPDX-License-Identifier: Apache-2.0
#include "core/text/unicode_classes.h"

#include <array>
#include <utility>
#include <utf8proc.h>

namespace lathe::text {
namespace {

bool isWhiteSpace(char32_t c) {
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool isCircledLetter(char32_t c) { // Other_Alphabetic that is neither letter nor mark
  return (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

bool isLaterIdeograph(char32_t c) { return c >= 0x2EBF0 && c <= 0x2EE5D; } // Unicode 15.1, newer than the library's tables

uint8_t classify(char32_t c) {
  uint8_t out = isWhiteSpace(c) ? kSpace : 0;
  if (isCircledLetter(c))
    out |= kWord;
  if (isLaterIdeograph(c))
    return kLetter | kWord;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
  case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
    return out | kLetter | kWord;
  case UTF8PROC_CATEGORY_MN: return out | kWord | kNonspacing | kMark;
  case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME: return out | kWord | kMark;
  case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: return out | kNumber | kWord;
  case UTF8PROC_CATEGORY_NO: return out | kNumber;
  case UTF8PROC_CATEGORY_PC: return out | kPunctuation | kWord;
  case UTF8PROC_CATEGORY_PD: case UTF8PROC_CATEGORY_PS: case UTF8PROC_CATEGORY_PE: case UTF8PROC_CATEGORY_PI: case UTF8PROC_CATEGORY_PF:
  case UTF8PROC_CATEGORY_PO: return out | kPunctuation;
  case UTF8PROC_CATEGORY_CC: return out | kControl;
  default: return out;
  }
}

const uint8_t* classTable() {
  static const auto table = [] {
    std::array<uint8_t, 0x10000> out;
    for (char32_t c = 0; c < out.size(); ++c)
      out[c] = classify(c);
    return out;
  }();
  return table.data();
}

struct ByteTable {
  std::array<char32_t, 256> characters;
  std::array<int, 0x144> bytes;
  ByteTable() {
    bytes.fill(-1);
    char32_t next = 256;
    for (int b = 0; b < 256; ++b) {
      bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      characters[b] = printable ? static_cast<char32_t>(b) : next++;
      bytes[characters[b]] = b;
    }
  }
};
const ByteTable kByteTable;

/// Bytes of the character that begins at p, or −(length of the maximal invalid part); `unfinished` when the text ended too early.
int characterLength(const unsigned char* p, size_t left, bool& unfinished) {
  unfinished = false;
  unsigned char lead = p[0];
  if (lead < 0x80)
    return 1;
  int need = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  if (need == 0)
    return -1;
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (int i = 1; i < need; ++i) {
    if (static_cast<size_t>(i) >= left) {
      unfinished = true;
      return -i;
    }
    if (p[i] < low || p[i] > high)
      return -i;
    low = 0x80;
    high = 0xBF;
  }
  return need;
}

} // namespace

const uint8_t* const kCharacterClasses = classTable();

uint8_t characterClassBeyond(char32_t c) { return classify(c); }

CodePoint lastCodePoint(std::string_view text) {
  size_t position = text.size() - 1;
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80)
    --position;
  return codePointAt(text, position);
}

void appendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

size_t validUtf8Prefix(std::string_view text, bool* unfinished) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  bool early = false;
  size_t i = 0;
  while (i < text.size()) {
    int length = p[i] < 0x80 ? 1 : characterLength(p + i, text.size() - i, early);
    if (length < 0)
      break;
    i += static_cast<size_t>(length);
  }
  if (unfinished)
    *unfinished = early;
  return i;
}

std::string repairedUtf8(std::string_view text, std::vector<std::pair<uint32_t, uint32_t>>* origins) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    bool early;
    int length = characterLength(p + i, text.size() - i, early);
    auto consumed = static_cast<size_t>(length < 0 ? -length : length);
    size_t before = out.size();
    if (length > 0)
      out.append(text.substr(i, consumed));
    else
      out += "\xEF\xBF\xBD";
    if (origins) {
      for (size_t k = before; k < out.size(); ++k) {
        if (length > 0)
          origins->emplace_back(i + k - before, i + k - before + 1);
        else
          origins->emplace_back(i, i + consumed);
      }
    }
    i += consumed;
  }
  return out;
}

char32_t byteCharacter(uint8_t byte) { return kByteTable.characters[byte]; }

int characterByte(char32_t c) { return c < kByteTable.bytes.size() ? kByteTable.bytes[c] : -1; }

void appendByteCharacters(std::string& out, std::string_view bytes) {
  for (char b : bytes)
    appendUtf8(out, kByteTable.characters[static_cast<uint8_t>(b)]);
}

bool byteCharactersToBytes(std::string_view token, std::string& out) {
  size_t before = out.size();
  for (size_t i = 0; i < token.size();) {
    CodePoint c = codePointAt(token, i);
    int byte = characterByte(c.value);
    if (byte < 0) {
      out.resize(before);
      return false;
    }
    out += static_cast<char>(byte);
    i += c.length;
  }
  return true;
}

} // namespace lathe::text
