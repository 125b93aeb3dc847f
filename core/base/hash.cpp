// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"

#include "core/base/files.h"

#include <xxhash.h>

#include <vector>

namespace lathe {
namespace {

std::string hexOf(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  std::string out;
  for (unsigned char b : bytes.digest) {
    out.push_back("0123456789abcdef"[b >> 4]);
    out.push_back("0123456789abcdef"[b & 15]);
  }
  return out;
}

} // namespace

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
};

Hasher::Hasher() : m_state(std::make_unique<State>()) { XXH3_128bits_reset(m_state->xxh); }
Hasher::~Hasher() { XXH3_freeState(m_state->xxh); }
void Hasher::add(std::span<const std::byte> bytes) { XXH3_128bits_update(m_state->xxh, bytes.data(), bytes.size()); }
void Hasher::add(std::string_view text) { XXH3_128bits_update(m_state->xxh, text.data(), text.size()); }
std::string Hasher::hex() const { return hexOf(XXH3_128bits_digest(m_state->xxh)); }

std::string hashBytes(std::span<const std::byte> bytes) { return hexOf(XXH3_128bits(bytes.data(), bytes.size())); }
std::string hashText(std::string_view text) { return hexOf(XXH3_128bits(text.data(), text.size())); }

std::string hashFile(const std::string& path) {
  const auto file = MappedFile::open(path);
  Hasher hasher;
  std::vector<std::byte> block(1 << 20);
  for (uint64_t at = 0; at < file->size();) {
    const size_t n = std::min<uint64_t>(block.size(), file->size() - at);
    file->readAt(at, std::span(block.data(), n));
    hasher.add(std::span<const std::byte>(block.data(), n));
    at += n;
  }
  return hasher.hex();
}

} // namespace lathe
