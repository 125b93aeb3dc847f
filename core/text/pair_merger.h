// SPDX-License-Identifier: Apache-2.0
// Byte pair encoding (Sennrich et al. 2016): the pair of neighbours with the lowest rank becomes one symbol, the leftmost first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lathe::text {

/// A part [begin, end) of a word; `previous` and `next` are used while merging.
struct MergeSymbol {
  int32_t id;
  uint32_t begin, end;
  int32_t previous, next;
};

class PairMerger {
public:
  /// Symbol → the two symbols it was last about to be made of.
  using Origins = std::unordered_map<int32_t, std::pair<int32_t, int32_t>>;

  /// At most `pairs` calls of add() follow.
  void reserve(size_t pairs);
  /// A pair that comes twice keeps its later rank. Ids are ≥ 0.
  void add(int32_t left, int32_t right, uint32_t rank, int32_t result);
  void run(std::vector<MergeSymbol>& symbols) const;
  void run(std::vector<MergeSymbol>& symbols, Origins& origins) const;

private:
  struct Merge {
    uint64_t key;
    uint32_t rank;
    int32_t id;
  };
  const Merge* find(int32_t left, int32_t right) const;
  void mergeShort(std::vector<MergeSymbol>& symbols) const;
  void mergeLong(std::vector<MergeSymbol>& symbols, Origins* origins) const;
  std::vector<Merge> m_merges;
  size_t m_mask = 0;
};

} // namespace lathe::text
