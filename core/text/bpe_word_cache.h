// SPDX-License-Identifier: Apache-2.0
// Words that were tokenized before. Used by one thread at a time; forgets everything when it is full.
#pragma once

#include "core/text/word_model.h"

#include <bit>
#include <cstring>

namespace lathe::text {

/// Multiply-and-fold hash of a short string.
inline uint64_t wordHash(std::string_view text) {
  constexpr uint64_t kA = 0x9E3779B97F4A7C15ull, kB = 0xD6E8FEB86659FD93ull;
  auto fold = [](uint64_t a, uint64_t b) {
    auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  uint64_t hash = text.size() * kA;
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t block;
    std::memcpy(&block, p, 8);
    hash = fold(hash ^ block, kB);
  }
  uint64_t block = 0;
  if (left > 0)
    std::memcpy(&block, p, left);
  return fold(hash ^ block, kA) ^ hash;
}

class WordCache {
public:
  static constexpr size_t kLongestWord = 48;

  /// Tokens of the word, nullptr when it is not known.
  const WordToken* find(std::string_view word, uint64_t hash, size_t& count) const {
    for (size_t slot = hash & kMask;; slot = (slot + 1) & kMask) {
      const Entry& entry = m_slots[slot];
      if (entry.count == 0)
        return nullptr;
      if (entry.hash == hash && entry.length == word.size() && std::memcmp(m_text.data() + entry.text, word.data(), word.size()) == 0) {
        count = entry.count;
        return m_tokens.data() + entry.tokens;
      }
    }
  }

  void add(std::string_view word, uint64_t hash, const WordToken* tokens, size_t count) {
    if (count == 0)
      return;
    if (m_used * 2 >= m_slots.size() || m_tokens.size() > kMostTokens)
      clear();
    size_t slot = hash & kMask;
    while (m_slots[slot].count != 0)
      slot = (slot + 1) & kMask;
    m_slots[slot] = {hash, static_cast<uint32_t>(m_text.size()), static_cast<uint32_t>(m_tokens.size()), static_cast<uint32_t>(word.size()),
                     static_cast<uint32_t>(count)};
    m_text.append(word);
    m_tokens.insert(m_tokens.end(), tokens, tokens + count);
    ++m_used;
  }

private:
  struct Entry {
    uint64_t hash = 0;
    uint32_t text = 0, tokens = 0, length = 0, count = 0;
  };
  static constexpr size_t kSlots = 1 << 17, kMask = kSlots - 1, kMostTokens = 1 << 20;
  void clear() {
    m_slots.assign(kSlots, {});
    m_text.clear();
    m_tokens.clear();
    m_used = 0;
  }
  std::vector<Entry> m_slots = std::vector<Entry>(kSlots);
  std::string m_text;
  std::vector<WordToken> m_tokens;
  size_t m_used = 0;
};

} // namespace lathe::text
