// SPDX-License-Identifier: Apache-2.0
// SHA-1 and SHA-256 (FIPS 180-4), as hubs use them to name contents. Not for secrets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lathe::io {

/// One of the two, fed in pieces.
class Digest {
public:
  enum class Kind { Sha1, Sha256 };
  explicit Digest(Kind kind);
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Lower-case hexadecimal of everything added; call once.
  std::string finish();

private:
  void block(const unsigned char* at);
  void blockSha1(const unsigned char* at);
  void blockSha256(const unsigned char* at);
  Kind m_kind;
  std::array<uint32_t, 8> m_state{};
  std::array<unsigned char, 64> m_pending{};
  size_t m_held = 0;
  uint64_t m_total = 0;
};

} // namespace lathe::io
