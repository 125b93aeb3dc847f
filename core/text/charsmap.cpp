// SPDX-License-Identifier: Apache-2.0
#include "core/text/charsmap.h"

#include "core/base/error.h"
#include "core/text/unicode_classes.h"

#include <fmt/format.h>

namespace lathe::text {
namespace {

uint32_t littleEndian(std::string_view bytes, size_t at) {
  uint32_t out = 0;
  for (size_t i = 4; i-- > 0;)
    out = out << 8 | static_cast<uint8_t>(bytes[at + i]);
  return out;
}

size_t offsetOf(uint32_t unit) { return static_cast<size_t>(unit >> 10) << ((unit & (1u << 9)) >> 6); }
uint32_t labelOf(uint32_t unit) { return unit & (1u << 31 | 0xFF); }
bool hasLeaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }

} // namespace

Charsmap::Charsmap(std::string_view blob) {
  if (blob.size() < 4 || littleEndian(blob, 0) > blob.size() - 4 || littleEndian(blob, 0) % 4 != 0 || littleEndian(blob, 0) == 0)
    refuse("REJ:TOKENIZER_CHARSMAP", fmt::format("The normalization table of the tokenizer ({} bytes) is damaged; download it again.", blob.size()));
  const size_t size = littleEndian(blob, 0);
  m_units.reserve(size / 4);
  for (size_t at = 4; at < 4 + size; at += 4)
    m_units.push_back(littleEndian(blob, at));
  m_texts = blob.substr(4 + size);
  if (validUtf8Prefix(m_texts) != m_texts.size())
    refuse("REJ:TOKENIZER_CHARSMAP", "The normalization table of the tokenizer holds text that is not UTF-8; download it again.");
  m_texts += '\0';
}

Charsmap::Match Charsmap::find(std::string_view text, bool longest) const {
  Match out;
  size_t node = offsetOf(m_units[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    node ^= byte;
    if (node >= m_units.size() || labelOf(m_units[node]) != byte || byte == 0)
      break;
    const uint32_t unit = m_units[node];
    node ^= offsetOf(unit);
    if (node >= m_units.size())
      break;
    if (!hasLeaf(unit))
      continue;
    const size_t value = m_units[node] & 0x7FFFFFFF;
    if (value >= m_texts.size() || (value > 0 && (static_cast<uint8_t>(m_texts[value]) & 0xC0) == 0x80))
      break;
    out = {i + 1, std::string_view(m_texts).substr(value, m_texts.find('\0', value) - value)};
    if (!longest)
      break;
  }
  return out;
}

} // namespace lathe::text
