// SPDX-License-Identifier: Apache-2.0
#include "core/text/bpe_model.h"

#include "core/base/error.h"
#include "core/text/bpe_word_cache.h"
#include "core/text/unicode_classes.h"

#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr char32_t kMetaspace = 0x2581; // ▁
constexpr std::string_view kMarkText = "\xE2\x96\x81";
constexpr size_t kSafeSplitFrom = 24; // bytes of a word above which looking for safe boundaries pays

uint64_t pairKey(int32_t a, int32_t b) { return static_cast<uint64_t>(static_cast<uint32_t>(a)) << 32 | static_cast<uint32_t>(b); }
uint64_t pairHash(uint64_t key) {
  key *= 0x9E3779B97F4A7C15ull;
  return key ^ key >> 32;
}

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

BpeModel::BpeModel(TokenTable vocabulary, const std::vector<std::pair<std::string_view, std::string_view>>& merges, BpeSettings settings)
    : m_vocabulary(std::move(vocabulary)), m_settings(std::move(settings)) {
  indexCharacters();
  size_t slots = 1024;
  while (slots < merges.size() * 2)
    slots *= 2;
  m_merges.assign(slots, {UINT64_MAX, 0, -1});
  m_mergeMask = slots - 1;
  m_marksAreSafe = m_settings.prefix.empty() && m_settings.suffix.empty() && characterId(kMetaspace) >= 0;
  std::string result;
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    auto [left, right] = merges[rank];
    int32_t a = m_vocabulary.find(left), b = m_vocabulary.find(right);
    if (a < 0 || b < 0 || right.size() < m_settings.prefix.size())
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the tokenizer names \"{}\", which is not in its vocabulary.", rank + 1, a < 0 ? left : right));
    result.assign(left).append(right.substr(m_settings.prefix.size()));
    int32_t merged = m_vocabulary.find(result);
    if (merged < 0)
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the tokenizer makes \"{}\", which is not in its vocabulary.", rank + 1, result));
    addMerge(pairKey(a, b), static_cast<uint32_t>(rank), merged);
    indexBoundaries(left, right);
  }
}

BpeModel::~BpeModel() = default;

void BpeModel::indexCharacters() {
  for (size_t i = 0; i < m_vocabulary.size(); ++i)
    m_highest = std::max(m_highest, m_vocabulary.idAt(i));
  m_indexOfId.assign(static_cast<size_t>(m_highest + 1), -1);
  m_characterIds.assign(0x10000, -1);
  for (size_t i = 0; i < m_vocabulary.size(); ++i) {
    m_indexOfId[static_cast<size_t>(m_vocabulary.idAt(i))] = static_cast<int32_t>(i);
    std::string_view token = m_vocabulary.tokenAt(i);
    if (token.empty())
      continue;
    CodePoint c = codePointAt(token, 0);
    if (c.length == token.size() && c.value < m_characterIds.size())
      m_characterIds[c.value] = m_vocabulary.idAt(i);
  }
  for (int b = 0; b < 256; ++b) {
    m_byteIds.push_back(characterId(byteCharacter(static_cast<uint8_t>(b))));
    m_fallbackIds.push_back(m_vocabulary.find(fmt::format("<0x{:02X}>", b)));
  }
  if (m_settings.hasUnk)
    m_unkId = m_vocabulary.find(m_settings.unkToken);
}

void BpeModel::indexBoundaries(std::string_view left, std::string_view right) {
  if (!m_marksAreSafe || !right.starts_with(kMarkText) || left.empty())
    return;
  m_joinsMark.insert(lastCodePoint(left).value);
}

void BpeModel::addMerge(uint64_t key, uint32_t rank, int32_t id) {
  size_t slot = pairHash(key) & m_mergeMask;
  while (m_merges[slot].id >= 0 && m_merges[slot].key != key)
    slot = (slot + 1) & m_mergeMask;
  m_merges[slot] = {key, rank, id}; // a pair that comes twice keeps its later rank
}

const BpeModel::Merge* BpeModel::mergeOf(int32_t a, int32_t b) const {
  uint64_t key = pairKey(a, b);
  for (size_t slot = pairHash(key) & m_mergeMask; m_merges[slot].id >= 0; slot = (slot + 1) & m_mergeMask)
    if (m_merges[slot].key == key)
      return &m_merges[slot];
  return nullptr;
}

int32_t BpeModel::characterId(char32_t c) const {
  if (c < m_characterIds.size())
    return m_characterIds[c];
  std::string text;
  appendUtf8(text, c);
  return m_vocabulary.find(text);
}

std::string_view BpeModel::tokenOf(int32_t id) const {
  if (id < 0 || static_cast<size_t>(id) >= m_indexOfId.size() || m_indexOfId[static_cast<size_t>(id)] < 0)
    return {};
  return m_vocabulary.tokenAt(static_cast<size_t>(m_indexOfId[static_cast<size_t>(id)]));
}

std::unique_ptr<WordCache> BpeModel::borrowCache() const {
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

void BpeModel::giveBack(std::unique_ptr<WordCache> cache) const {
  std::scoped_lock lock(m_mutex);
  m_caches.push_back(std::move(cache));
}

void BpeModel::tokenize(std::string_view word, bool bytes, WordCache& cache, std::vector<WordToken>& out) const {
  if (m_marksAreSafe && !bytes && !m_settings.ignoreMerges && word.size() > kSafeSplitFrom)
    tokenizeSafely(word, cache, out);
  else
    tokenizeCached(word, bytes, 0, cache, out);
}

/// No merge can join x▁ for most characters x, so a long text falls apart in front of "▁" without changing the result.
void BpeModel::tokenizeSafely(std::string_view word, WordCache& cache, std::vector<WordToken>& out) const {
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

void BpeModel::tokenizeCached(std::string_view word, bool bytes, uint32_t base, WordCache& cache, std::vector<WordToken>& out) const {
  if (word.size() > WordCache::kLongestWord) {
    size_t first = out.size();
    tokenizeWhole(word, bytes, out);
    for (size_t i = first; base > 0 && i < out.size(); ++i)
      out[i] = {out[i].id, out[i].begin + base, out[i].end + base};
    return;
  }
  uint64_t hash = wordHash(word);
  size_t count = 0;
  if (const WordToken* known = cache.find(word, hash, count)) {
    for (size_t i = 0; i < count; ++i)
      out.push_back({known[i].id, known[i].begin + base, known[i].end + base});
    return;
  }
  size_t first = out.size();
  tokenizeWhole(word, bytes, out);
  cache.add(word, hash, out.data() + first, out.size() - first);
  for (size_t i = first; base > 0 && i < out.size(); ++i)
    out[i] = {out[i].id, out[i].begin + base, out[i].end + base};
}

} // namespace lathe::text
