// SPDX-License-Identifier: Apache-2.0
#include "core/text/pair_merger.h"

#include "core/text/merge_queue.h"

namespace lathe::text {
namespace {

constexpr size_t kShortWord = 20; // symbols up to which a scan beats a heap

uint64_t pairKey(int32_t a, int32_t b) { return static_cast<uint64_t>(static_cast<uint32_t>(a)) << 32 | static_cast<uint32_t>(b); }
uint64_t pairHash(uint64_t key) {
  key *= 0x9E3779B97F4A7C15ull;
  return key ^ key >> 32;
}

} // namespace

void PairMerger::reserve(size_t pairs) {
  size_t slots = 1024;
  while (slots < pairs * 2)
    slots *= 2;
  m_merges.assign(slots, {UINT64_MAX, 0, -1});
  m_mask = slots - 1;
}

void PairMerger::add(int32_t left, int32_t right, uint32_t rank, int32_t result) {
  const uint64_t key = pairKey(left, right);
  size_t slot = pairHash(key) & m_mask;
  while (m_merges[slot].id >= 0 && m_merges[slot].key != key)
    slot = (slot + 1) & m_mask;
  m_merges[slot] = {key, rank, result};
}

const PairMerger::Merge* PairMerger::find(int32_t left, int32_t right) const {
  const uint64_t key = pairKey(left, right);
  for (size_t slot = pairHash(key) & m_mask; m_merges[slot].id >= 0; slot = (slot + 1) & m_mask)
    if (m_merges[slot].key == key)
      return &m_merges[slot];
  return nullptr;
}

void PairMerger::run(std::vector<MergeSymbol>& symbols) const {
  if (symbols.size() <= kShortWord)
    mergeShort(symbols);
  else
    mergeLong(symbols, nullptr);
}

void PairMerger::run(std::vector<MergeSymbol>& symbols, Origins& origins) const { mergeLong(symbols, &origins); }

void PairMerger::mergeShort(std::vector<MergeSymbol>& symbols) const {
  size_t count = symbols.size();
  const Merge* ranks[kShortWord];
  for (size_t i = 0; i + 1 < count; ++i)
    ranks[i] = find(symbols[i].id, symbols[i + 1].id);
  while (count > 1) {
    size_t best = count;
    for (size_t i = 0; i + 1 < count; ++i)
      if (ranks[i] && (best == count || ranks[i]->rank < ranks[best]->rank))
        best = i;
    if (best == count)
      break;
    symbols[best].id = ranks[best]->id;
    symbols[best].end = symbols[best + 1].end;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    for (size_t i = best + 1; i + 2 < count; ++i)
      ranks[i] = ranks[i + 1];
    --count;
    if (best > 0)
      ranks[best - 1] = find(symbols[best - 1].id, symbols[best].id);
    if (best + 1 < count)
      ranks[best] = find(symbols[best].id, symbols[best + 1].id);
  }
}

void PairMerger::mergeLong(std::vector<MergeSymbol>& symbols, Origins* origins) const {
  const auto count = static_cast<int32_t>(symbols.size());
  MergeQueue queue;
  const auto push = [&](int32_t left, int32_t right) {
    const int32_t a = symbols[static_cast<size_t>(left)].id, b = symbols[static_cast<size_t>(right)].id;
    const Merge* merge = find(a, b);
    if (!merge)
      return;
    if (origins)
      (*origins)[merge->id] = {a, b};
    queue.push(merge->rank, {static_cast<uint32_t>(left), merge->id});
  };
  for (int32_t i = 0; i < count; ++i) {
    MergeSymbol& symbol = symbols[static_cast<size_t>(i)];
    symbol.previous = i - 1;
    symbol.next = i + 1 < count ? i + 1 : -1;
    if (symbol.next > 0)
      push(i, symbol.next);
  }
  while (!queue.empty()) {
    const MergeQueue::Candidate top = queue.pop();
    const auto at = static_cast<int32_t>(top.position);
    MergeSymbol& left = symbols[static_cast<size_t>(at)];
    if (left.id < 0 || left.next < 0)
      continue;
    MergeSymbol& right = symbols[static_cast<size_t>(left.next)];
    const Merge* now = find(left.id, right.id);
    if (!now || now->id != top.id)
      continue; // one side was merged with another neighbour meanwhile
    left.id = top.id;
    left.end = right.end;
    right.id = -1;
    left.next = right.next;
    if (left.next >= 0)
      symbols[static_cast<size_t>(left.next)].previous = at;
    if (left.previous >= 0)
      push(left.previous, at);
    if (left.next >= 0)
      push(at, left.next);
  }
  std::erase_if(symbols, [](const MergeSymbol& symbol) { return symbol.id < 0; });
}

} // namespace lathe::text
