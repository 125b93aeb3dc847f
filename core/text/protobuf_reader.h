// SPDX-License-Identifier: Apache-2.0
// Reads Protocol Buffers messages without schema (https://protobuf.dev/programming-guides/encoding), never past the end.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace lathe::text {

class ProtobufReader {
public:
  explicit ProtobufReader(std::string_view bytes) : m_bytes(bytes) {}

  struct Field {
    uint32_t number = 0;
    uint32_t type = 0;      // 0 varint, 1 eight bytes, 2 bytes, 5 four bytes
    uint64_t integer = 0;   // types 0, 1, 5
    std::string_view bytes; // type 2
    float real() const {
      const auto bits = static_cast<uint32_t>(integer);
      float out;
      std::memcpy(&out, &bits, sizeof out);
      return out;
    }
  };

  /// False at the end. Throws a refusal for anything that is no message.
  bool next(Field& field) {
    if (m_at == m_bytes.size())
      return false;
    const uint64_t tag = varint();
    field.number = static_cast<uint32_t>(tag >> 3);
    field.type = static_cast<uint32_t>(tag & 7);
    field.bytes = {};
    if (field.number == 0 || tag >> 32)
      damaged();
    if (field.type == 0)
      field.integer = varint();
    else if (field.type == 1)
      field.integer = fixed(8);
    else if (field.type == 5)
      field.integer = fixed(4);
    else if (field.type == 2)
      field.bytes = take(varint());
    else
      damaged();
    return true;
  }

private:
  [[noreturn]] void damaged() const {
    refuse("REJ:TOKENIZER_SPM", "The SentencePiece model is damaged or cut off at byte " + std::to_string(m_at) + "; download it again.");
  }
  uint64_t varint() {
    uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (m_at == m_bytes.size())
        damaged();
      const auto byte = static_cast<uint8_t>(m_bytes[m_at++]);
      out |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        return out;
    }
    damaged();
  }
  std::string_view take(uint64_t size) {
    if (size > m_bytes.size() - m_at)
      damaged();
    const std::string_view out = m_bytes.substr(m_at, size);
    m_at += size;
    return out;
  }
  uint64_t fixed(uint64_t size) {
    const std::string_view raw = take(size);
    uint64_t out = 0;
    for (size_t i = raw.size(); i-- > 0;)
      out = out << 8 | static_cast<uint8_t>(raw[i]);
    return out;
  }
  std::string_view m_bytes;
  size_t m_at = 0;
};

} // namespace lathe::text
