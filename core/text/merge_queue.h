// SPDX-License-Identifier: Apache-2.0
// The candidates of byte pair encoding in the order in which they are merged: by rank, then from left to right.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace lathe::text {

/// One list of positions per rank, and a heap of the ranks. Candidates of a rank come nearly always from left to right, so memory is walked in order; one heap
/// over all candidates of a long word misses the cache at every level (8 MiB of "abcdefgh" without a space: 8 s of processor time with it, 1.1 s with these lists).
class MergeQueue {
public:
  struct Candidate {
    uint32_t position; // of the left symbol
    int32_t id;        // what the pair becomes
  };

  bool empty() const { return m_ranks.empty(); }

  void push(uint32_t rank, Candidate candidate) {
    List*& seen = m_seen[rank % m_seen.size()];
    if (!seen || seen->rank != rank) {
      seen = &m_lists[rank];
      seen->rank = rank;
    }
    List& list = *seen;
    if (list.empty()) {
      list.run.clear();
      list.at = 0;
      m_ranks.push_back({rank, &list});
      std::push_heap(m_ranks.begin(), m_ranks.end(), std::greater<>());
    }
    if (list.run.empty() || list.run.back().position <= candidate.position) {
      list.run.push_back(candidate);
    } else { // from the right to the left
      list.late.push_back(candidate);
      std::push_heap(list.late.begin(), list.late.end(), isBehind);
    }
  }

  Candidate pop() {
    List& list = *m_ranks.front().list;
    Candidate out;
    if (list.late.empty() || (list.at < list.run.size() && list.run[list.at].position <= list.late.front().position)) {
      out = list.run[list.at++];
    } else {
      std::pop_heap(list.late.begin(), list.late.end(), isBehind);
      out = list.late.back();
      list.late.pop_back();
    }
    if (list.empty()) {
      std::pop_heap(m_ranks.begin(), m_ranks.end(), std::greater<>());
      m_ranks.pop_back();
    }
    return out;
  }

private:
  struct List {
    std::vector<Candidate> run, late; // run: sorted, taken from `at`; late: a heap
    size_t at = 0;
    uint32_t rank = 0;
    bool empty() const { return at == run.size() && late.empty(); }
  };
  struct Rank {
    uint32_t rank;
    List* list; // unordered_map keeps its place
    bool operator>(const Rank& other) const { return rank > other.rank; }
  };
  static bool isBehind(const Candidate& a, const Candidate& b) { return a.position > b.position; }

  std::unordered_map<uint32_t, List> m_lists;
  std::array<List*, 256> m_seen{}; // by the last digits of the rank: most pushes go to few ranks
  std::vector<Rank> m_ranks; // a heap, the lowest first
};

} // namespace lathe::text
