// SPDX-License-Identifier: Apache-2.0
// UTF-8 and the character classes that tokenizers ask about, with the meanings of Rust's char methods and of Oniguruma.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

struct CodePoint {
  char32_t value;
  uint32_t length; // bytes
};

/// The character at `position` of valid UTF-8.
inline CodePoint codePointAt(std::string_view text, size_t position) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data()) + position;
  if (p[0] < 0x80)
    return {p[0], 1};
  if (p[0] < 0xE0)
    return {static_cast<char32_t>((p[0] & 0x1F) << 6 | (p[1] & 0x3F)), 2};
  if (p[0] < 0xF0)
    return {static_cast<char32_t>((p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F)), 3};
  return {static_cast<char32_t>((p[0] & 0x07) << 18 | (p[1] & 0x3F) << 12 | (p[2] & 0x3F) << 6 | (p[3] & 0x3F)), 4};
}

/// The last character of non-empty valid UTF-8.
CodePoint lastCodePoint(std::string_view text);
void appendUtf8(std::string& out, char32_t c);

enum CharacterClass : uint8_t {
  kLetter = 1,      // \p{L}
  kNumber = 2,      // \p{N}
  kSpace = 4,       // White_Space
  kPunctuation = 8, // \p{P}
  kWord = 16,       // \w: Alphabetic, M, Nd, Pc
  kNonspacing = 32, // \p{Mn}
  kControl = 64,    // \p{Cc}
  kMark = 128,      // \p{M}
};

extern const uint8_t* const kCharacterClasses; // of U+0000…U+FFFF
uint8_t characterClassBeyond(char32_t c);
inline uint8_t characterClass(char32_t c) { return c < 0x10000 ? kCharacterClasses[c] : characterClassBeyond(c); }

/// Length of the valid UTF-8 at the beginning; `unfinished` (may be null) tells whether the rest is the beginning of a character.
size_t validUtf8Prefix(std::string_view text, bool* unfinished = nullptr);
/// Invalid bytes become U+FFFD, one per maximal part of a character (as in Rust's from_utf8_lossy). With `origins`, the byte of
/// `text` that each byte of the result begins at.
std::string repairedUtf8(std::string_view text, std::vector<std::pair<uint32_t, uint32_t>>* origins = nullptr);

/// The 256 characters that stand for bytes in byte-level vocabularies (GPT-2's table).
char32_t byteCharacter(uint8_t byte);
/// The byte of such a character, −1 for other characters.
int characterByte(char32_t c);
void appendByteCharacters(std::string& out, std::string_view bytes);
/// Bytes of a byte-level token; false when it has other characters.
bool byteCharactersToBytes(std::string_view token, std::string& out);

} // namespace lathe::text
