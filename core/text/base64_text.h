// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lathe::text {

/// RFC 4648 with padding; nullopt for anything else.
inline std::optional<std::string> base64Decoded(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  const auto valueOf = [](char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    const size_t padding = at + 4 < text.size() ? 0 : text[at + 3] != '=' ? 0 : text[at + 2] != '=' ? 1 : 2;
    unsigned bits = 0;
    for (size_t i = 0; i < 4; ++i) {
      const int value = i >= 4 - padding ? 0 : valueOf(text[at + i]);
      if (value < 0)
        return std::nullopt;
      bits = bits << 6 | static_cast<unsigned>(value);
    }
    for (size_t i = 0; i < 3 - padding; ++i)
      out += static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
  }
  return out;
}

} // namespace lathe::text
