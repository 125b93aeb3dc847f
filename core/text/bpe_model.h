// SPDX-License-Identifier: Apache-2.0
// The BPE model of tokenizer.json: vocabulary, merges, and how a word becomes ids.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lathe::text {

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

struct BpeSettings {
  std::string unkToken, prefix, suffix; // empty: none
  bool hasUnk = false, fuseUnk = false, byteFallback = false, ignoreMerges = false;
};

/// One token of a word and the bytes of the word it stands for.
struct WordToken {
  int32_t id;
  uint32_t begin, end;
};

class WordCache;

class BpeModel {
public:
  /// `merges`: pairs of token texts in order of rank. Refuses merges whose parts or result are not in the vocabulary.
  BpeModel(TokenTable vocabulary, const std::vector<std::pair<std::string_view, std::string_view>>& merges, BpeSettings settings);
  ~BpeModel();

  /// Appends the tokens of `word` to `out`. `bytes`: each byte is looked up as its byte character.
  void tokenize(std::string_view word, bool bytes, WordCache& cache, std::vector<WordToken>& out) const;

  const TokenTable& vocabulary() const { return m_vocabulary; }
  std::string_view tokenOf(int32_t id) const; // empty when there is none
  bool hasId(int32_t id) const { return id >= 0 && static_cast<size_t>(id) < m_indexOfId.size() && m_indexOfId[static_cast<size_t>(id)] >= 0; }
  int32_t highestId() const { return m_highest; }

  std::unique_ptr<WordCache> borrowCache() const;
  void giveBack(std::unique_ptr<WordCache> cache) const;

private:
  struct Symbol {
    int32_t id;
    uint32_t begin, end;
    int32_t previous, next;
  };
  struct Merge {
    uint64_t key;
    uint32_t rank;
    int32_t id;
  };
  void addMerge(uint64_t key, uint32_t rank, int32_t id);
  const Merge* mergeOf(int32_t a, int32_t b) const;
  int32_t characterId(char32_t c) const;
  void indexCharacters();
  void indexBoundaries(std::string_view left, std::string_view right);
  void tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const;
  void tokenizeSafely(std::string_view word, WordCache& cache, std::vector<WordToken>& out) const;
  void tokenizeCached(std::string_view word, bool bytes, uint32_t base, WordCache& cache, std::vector<WordToken>& out) const;
  void initialSymbols(std::string_view word, bool bytes, std::vector<Symbol>& symbols) const;
  void mergeShort(std::vector<Symbol>& symbols) const;
  void mergeLong(std::vector<Symbol>& symbols) const;

  TokenTable m_vocabulary;
  BpeSettings m_settings;
  std::vector<int32_t> m_indexOfId, m_characterIds, m_byteIds, m_fallbackIds;
  std::vector<Merge> m_merges;
  size_t m_mergeMask = 0;
  int32_t m_highest = -1, m_unkId = -1;
  std::unordered_set<char32_t> m_joinsMark; // characters that some merge joins with a following "▁"
  bool m_marksAreSafe = false;
  mutable std::mutex m_mutex;
  mutable std::vector<std::unique_ptr<WordCache>> m_caches;
};

} // namespace lathe::text
