// SPDX-License-Identifier: Apache-2.0
// XXH3-128, as 32 lower-case hexadecimal characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lathe {

std::string hashBytes(std::span<const std::byte> bytes);
std::string hashText(std::string_view text);
/// Streams the file; throws NotFound or Io.
std::string hashFile(const std::string& path);

class Hasher {
public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  std::string hex() const;

private:
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace lathe
