// SPDX-License-Identifier: Apache-2.0
#include "core/text/word_model.h"

#include "core/text/bpe_word_cache.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr size_t kSafeSplitFrom = 24; // bytes of a word above which looking for safe boundaries pays

} // namespace

void TokenTable::reserve(size_t tokens, size_t bytes) {
  m_entries.reserve(tokens);
  m_arena.reserve(bytes);
}

void TokenTable::grow(size_t slots) {
  m_slots.assign(slots, -1);
  for (size_t i = 0; i < m_entries.size(); ++i) {
    size_t slot = m_entries[i].hash & (slots - 1);
    while (m_slots[slot] >= 0)
      slot = (slot + 1) & (slots - 1);
    m_slots[slot] = static_cast<int32_t>(i);
  }
}

bool TokenTable::add(std::string_view token, int32_t id) {
  if (m_entries.size() * 2 >= m_slots.size())
    grow(std::max<size_t>(1024, m_slots.size() * 2));
  uint64_t hash = wordHash(token);
  size_t mask = m_slots.size() - 1, slot = hash & mask;
  for (; m_slots[slot] >= 0; slot = (slot + 1) & mask) {
    auto index = static_cast<size_t>(m_slots[slot]);
    if (m_entries[index].hash == hash && tokenAt(index) == token)
      return false;
  }
  m_slots[slot] = static_cast<int32_t>(m_entries.size());
  m_entries.push_back({m_arena.size(), static_cast<uint32_t>(token.size()), id, hash});
  m_arena.append(token);
  return true;
}

int32_t TokenTable::find(std::string_view token) const {
  if (m_slots.empty())
    return -1;
  uint64_t hash = wordHash(token);
  size_t mask = m_slots.size() - 1;
  for (size_t slot = hash & mask; m_slots[slot] >= 0; slot = (slot + 1) & mask) {
    auto index = static_cast<size_t>(m_slots[slot]);
    if (m_entries[index].hash == hash && tokenAt(index) == token)
      return m_entries[index].id;
  }
  return -1;
}

WordModel::WordModel(TokenTable vocabulary) : m_vocabulary(std::move(vocabulary)) {
  for (size_t i = 0; i < m_vocabulary.size(); ++i)
    m_highest = std::max(m_highest, m_vocabulary.idAt(i));
  m_indexOfId.assign(static_cast<size_t>(m_highest + 1), -1);
  m_characterIds.assign(0x10000, -1);
  for (size_t i = 0; i < m_vocabulary.size(); ++i) {
    m_indexOfId[static_cast<size_t>(m_vocabulary.idAt(i))] = static_cast<int32_t>(i);
    std::string_view token = m_vocabulary.tokenAt(i);
    if (token.empty() || token.size() > 4)
      continue;
    CodePoint c = codePointAt(token, 0);
    if (c.length == token.size() && c.value < m_characterIds.size())
      m_characterIds[c.value] = m_vocabulary.idAt(i);
  }
  for (int b = 0; b < 256; ++b) {
    m_byteIds.push_back(characterId(byteCharacter(static_cast<uint8_t>(b))));
    m_fallbackIds.push_back(m_vocabulary.find(fmt::format("<0x{:02X}>", b)));
  }
}

WordModel::~WordModel() = default;

int32_t WordModel::characterId(char32_t c) const {
  if (c < m_characterIds.size())
    return m_characterIds[c];
  std::string text;
  appendUtf8(text, c);
  return m_vocabulary.find(text);
}

std::string_view WordModel::tokenOf(int32_t id) const {
  return hasId(id) ? m_vocabulary.tokenAt(static_cast<size_t>(m_indexOfId[static_cast<size_t>(id)])) : std::string_view();
}

std::unique_ptr<WordCache> WordModel::borrowCache() const {
  {
    std::scoped_lock lock(m_mutex);
    if (!m_caches.empty()) {
      auto cache = std::move(m_caches.back());
      m_caches.pop_back();
      return cache;
    }
  }
  return std::make_unique<WordCache>();
}

void WordModel::giveBack(std::unique_ptr<WordCache> cache) const {
  std::scoped_lock lock(m_mutex);
  m_caches.push_back(std::move(cache));
}

void WordModel::tokenize(std::string_view word, bool bytes, WordCache& cache, std::vector<WordToken>& out) const {
  if (m_marksAreSafe && !bytes && word.size() > kSafeSplitFrom)
    tokenizeSafely(word, cache, out);
  else
    tokenizeCached(word, bytes, 0, cache, out);
}

/// No merge can join x▁ for most characters x, so a long text falls apart in front of "▁" without changing the result.
void WordModel::tokenizeSafely(std::string_view word, WordCache& cache, std::vector<WordToken>& out) const {
  size_t begin = 0;
  for (size_t at = word.find(kMarkText, 1); at != std::string_view::npos; at = word.find(kMarkText, at + kMarkText.size())) {
    char32_t before = lastCodePoint(word.substr(begin, at - begin)).value;
    if (characterId(before) < 0 || m_joinsMark.contains(before))
      continue;
    tokenizeCached(word.substr(begin, at - begin), false, static_cast<uint32_t>(begin), cache, out);
    begin = at;
  }
  tokenizeCached(word.substr(begin), false, static_cast<uint32_t>(begin), cache, out);
}

void WordModel::tokenizeCached(std::string_view word, bool bytes, uint32_t base, WordCache& cache, std::vector<WordToken>& out) const {
  size_t first = out.size();
  auto rebase = [&] {
    for (size_t i = first; base > 0 && i < out.size(); ++i)
      out[i] = {out[i].id, out[i].begin + base, out[i].end + base};
  };
  if (word.size() > WordCache::kLongestWord) {
    tokenizeWhole(word, bytes, out);
    return rebase();
  }
  uint64_t hash = wordHash(word);
  size_t count = 0;
  if (const WordToken* known = cache.find(word, hash, count)) {
    for (size_t i = 0; i < count; ++i)
      out.push_back({known[i].id, known[i].begin + base, known[i].end + base});
    return;
  }
  tokenizeWhole(word, bytes, out);
  cache.add(word, hash, out.data() + first, out.size() - first);
  rebase();
}

} // namespace lathe::text
