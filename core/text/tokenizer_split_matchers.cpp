// SPDX-License-Identifier: Apache-2.0
#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

namespace lathe::text {

const char* const kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const char* const kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char* const kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

/// Walks characters of one class.
size_t runOf(std::string_view text, size_t position, uint8_t wanted) {
  while (position < text.size()) {
    CodePoint c = codePointAt(text, position);
    if (!(characterClass(c.value) & wanted))
      break;
    position += c.length;
  }
  return position;
}

size_t runOfOther(std::string_view text, size_t position) {
  while (position < text.size()) {
    CodePoint c = codePointAt(text, position);
    if (characterClass(c.value) & (kLetter | kNumber | kSpace))
      break;
    position += c.length;
  }
  return position;
}

uint8_t classAt(std::string_view text, size_t position) {
  return position < text.size() ? characterClass(codePointAt(text, position).value) : 0;
}

/// 's 't 're 've 'm 'll 'd behind an apostrophe at `position`; 0 when there is none.
size_t contraction(std::string_view text, size_t position, bool anyCase) {
  auto at = [&](size_t k) {
    if (position + k >= text.size())
      return '\0';
    char c = text[position + k];
    return anyCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  char first = at(1), second = at(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd')
    return position + 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return position + 3;
  if (anyCase && first == '\xC5' && second == '\xBF') // U+017F folds to s
    return position + 3;
  return 0;
}

/// \s+(?!\S)|\s+ with the run [position, end) of white space.
size_t whiteSpace(std::string_view text, size_t position, size_t end) {
  if (end == text.size())
    return end;
  size_t last = end - lastCodePoint(text.substr(position, end - position)).length;
  return last > position ? last : end;
}

} // namespace

size_t matchGpt2(std::string_view text, size_t position) {
  char first = text[position];
  if (first == '\'') {
    if (size_t end = contraction(text, position, false))
      return end;
  }
  size_t start = first == ' ' && position + 1 < text.size() ? position + 1 : position;
  uint8_t kind = classAt(text, start);
  if (kind & kLetter)
    return runOf(text, start, kLetter);
  if (kind & kNumber)
    return runOf(text, start, kNumber);
  if (!(kind & kSpace))
    return runOfOther(text, start);
  return whiteSpace(text, position, runOf(text, position, kSpace));
}

size_t matchLlama3(std::string_view text, size_t position, int maxDigits) {
  CodePoint c = codePointAt(text, position);
  if (c.value == '\'') {
    if (size_t end = contraction(text, position, true))
      return end;
  }
  uint8_t kind = characterClass(c.value);
  if (kind & kLetter)
    return runOf(text, position, kLetter);
  size_t next = position + c.length;
  if (kind & kNumber) {
    for (int taken = 1; taken < maxDigits && (classAt(text, next) & kNumber); ++taken)
      next += codePointAt(text, next).length;
    return next;
  }
  uint8_t nextKind = classAt(text, next);
  if (c.value != '\r' && c.value != '\n' && (nextKind & kLetter))
    return runOf(text, next, kLetter);
  size_t other = c.value == ' ' && next < text.size() && !(nextKind & (kLetter | kNumber | kSpace)) ? next : position;
  if (other != position || !(kind & kSpace)) {
    size_t end = runOfOther(text, other);
    while (end < text.size() && (text[end] == '\r' || text[end] == '\n'))
      ++end;
    return end;
  }
  size_t end = runOf(text, position, kSpace);
  for (size_t i = end; i > position; --i)
    if (text[i - 1] == '\r' || text[i - 1] == '\n')
      return i;
  return whiteSpace(text, position, end);
}

} // namespace lathe::text
