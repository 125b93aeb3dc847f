// SPDX-License-Identifier: Apache-2.0
// What all vocabulary models share: the tokens with their ids, and words that were tokenized before.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace lathe::text {

inline constexpr std::string_view kMarkText = "\xE2\x96\x81"; // ▁, a space in vocabularies of the SentencePiece kind

/// String → id with open addressing; strings live in one arena.
class TokenTable {
public:
  void reserve(size_t tokens, size_t bytes);
  /// False when the token is there already.
  bool add(std::string_view token, int32_t id);
  int32_t find(std::string_view token) const; // −1: absent
  size_t size() const { return m_entries.size(); }
  std::string_view tokenAt(size_t index) const { return std::string_view(m_arena).substr(m_entries[index].offset, m_entries[index].length); }
  int32_t idAt(size_t index) const { return m_entries[index].id; }

private:
  struct Entry {
    uint64_t offset;
    uint32_t length;
    int32_t id;
    uint64_t hash;
  };
  void grow(size_t slots);
  std::string m_arena;
  std::vector<Entry> m_entries;
  std::vector<int32_t> m_slots;
};

/// One token of a word and the bytes of the word it stands for.
struct WordToken {
  int32_t id;
  uint32_t begin, end;
};

class WordCache;

/// Immutable after construction; safe to use from several threads.
class WordModel {
public:
  explicit WordModel(TokenTable vocabulary);
  virtual ~WordModel();
  WordModel(const WordModel&) = delete;
  WordModel& operator=(const WordModel&) = delete;

  /// Appends the tokens of `word` to `out`. `bytes`: each byte is looked up as its byte character.
  void tokenize(std::string_view word, bool bytes, WordCache& cache, std::vector<WordToken>& out) const;

  const TokenTable& vocabulary() const { return m_vocabulary; }
  std::string_view tokenOf(int32_t id) const; // empty when there is none
  bool hasId(int32_t id) const { return id >= 0 && static_cast<size_t>(id) < m_indexOfId.size() && m_indexOfId[static_cast<size_t>(id)] >= 0; }
  int32_t highestId() const { return m_highest; }

  std::unique_ptr<WordCache> borrowCache() const;
  void giveBack(std::unique_ptr<WordCache> cache) const;

protected:
  virtual void tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const = 0;
  /// Id of the token that is this one character, −1 when there is none.
  int32_t characterId(char32_t c) const;
  int32_t byteId(uint8_t byte) const { return m_byteIds[byte]; }         // of the byte's character
  int32_t fallbackId(uint8_t byte) const { return m_fallbackIds[byte]; } // of <0x0A> and its like
  /// Allows long words to be cut in front of "▁" (a cut then changes nothing) except behind the characters named by joinsMark().
  void allowCutsAtMarks() { m_marksAreSafe = true; }
  bool cutsAtMarks() const { return m_marksAreSafe; }
  void joinsMark(char32_t before) { m_joinsMark.insert(before); }

private:
  void tokenizeSafely(std::string_view word, WordCache& cache, std::vector<WordToken>& out) const;
  void tokenizeCached(std::string_view word, bool bytes, uint32_t base, WordCache& cache, std::vector<WordToken>& out) const;

  TokenTable m_vocabulary;
  std::vector<int32_t> m_indexOfId, m_characterIds, m_byteIds, m_fallbackIds;
  int32_t m_highest = -1;
  std::unordered_set<char32_t> m_joinsMark;
  bool m_marksAreSafe = false;
  mutable std::mutex m_mutex;
  mutable std::vector<std::unique_ptr<WordCache>> m_caches;
};

} // namespace lathe::text
