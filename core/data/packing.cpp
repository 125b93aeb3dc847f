// SPDX-License-Identifier: Apache-2.0
#include "core/data/packing.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace lathe::data {
namespace {

using Bins = std::vector<std::vector<size_t>>;

Bins inOrder(std::span<const uint64_t> lengths, uint64_t capacity) {
  Bins out;
  uint64_t used = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (out.empty() || used + lengths[i] > capacity) {
      out.emplace_back();
      used = 0;
    }
    out.back().push_back(i);
    used += lengths[i];
  }
  return out;
}

/// Free places of microbatches in a tree of maxima, so that the first one with room is found in logarithmic time.
class FreePlaces {
public:
  FreePlaces(size_t count, uint64_t capacity) : m_leaves(std::bit_ceil(std::max<size_t>(1, count))), m_free(2 * m_leaves, capacity) {}
  size_t firstWith(uint64_t places) const { // there is one
    size_t at = 1;
    while (at < m_leaves)
      at = 2 * at + (m_free[2 * at] < places);
    return at - m_leaves;
  }
  void take(size_t index, uint64_t places) {
    size_t at = index + m_leaves;
    m_free[at] -= std::min(m_free[at], places);
    while (at /= 2)
      m_free[at] = std::max(m_free[2 * at], m_free[2 * at + 1]);
  }

private:
  size_t m_leaves;
  std::vector<uint64_t> m_free;
};

Bins firstFit(std::span<const uint64_t> lengths, uint64_t capacity) {
  Bins out;
  FreePlaces free(lengths.size(), capacity);
  for (size_t i = 0; i < lengths.size(); ++i) {
    const size_t at = lengths[i] > capacity ? out.size() : free.firstWith(lengths[i]);
    if (at == out.size())
      out.emplace_back();
    free.take(at, lengths[i]);
    out[at].push_back(i);
  }
  return out;
}

/// Each row of `order` into the fullest microbatch that has room for it.
Bins fullestFirst(std::span<const uint64_t> lengths, uint64_t capacity, const std::vector<size_t>& order) {
  Bins out;
  std::set<std::pair<uint64_t, size_t>> room; // what is free in a microbatch, its index
  for (const size_t i : order) {
    auto place = room.lower_bound({lengths[i], 0});
    uint64_t free = capacity;
    size_t at = out.size();
    if (place != room.end()) {
      std::tie(free, at) = *place;
      room.erase(place);
    } else {
      out.emplace_back();
    }
    out[at].push_back(i);
    if (free > lengths[i])
      room.emplace(free - lengths[i], at);
  }
  return out;
}

/// Rows that are not placed yet, by length.
class RowsByLength {
public:
  explicit RowsByLength(std::span<const uint64_t> lengths) : m_left(lengths.size()) {
    std::map<uint64_t, std::vector<size_t>> rows;
    for (size_t i = lengths.size(); i-- > 0;)
      rows[lengths[i]].push_back(i); // the first row is taken first
    m_kinds.assign(rows.begin(), rows.end());
  }
  size_t left() const { return m_left; }
  uint64_t smallest() const { return m_kinds.front().first; }
  /// Longest that is not longer than `gap`; at least one is: gap ≥ smallest().
  uint64_t longest(uint64_t gap) const { return std::prev(above(gap))->first; }
  /// Two lengths with the largest sum that is not above `gap`; {0, 0} when none.
  std::pair<uint64_t, uint64_t> bestPair(uint64_t gap) const {
    std::pair<uint64_t, uint64_t> best{0, 0};
    auto low = m_kinds.begin(), high = above(gap);
    while (high != m_kinds.begin() && low < high) {
      const auto last = std::prev(high);
      const uint64_t sum = low->first + last->first;
      if (sum > gap || (low == last && low->second.size() < 2)) {
        --high;
        continue;
      }
      if (sum > best.first + best.second)
        best = {low->first, last->first};
      if (sum == gap)
        break;
      ++low;
    }
    return best;
  }
  size_t take(uint64_t length) {
    const auto at = std::prev(above(length));
    const size_t row = at->second.back();
    at->second.pop_back();
    if (at->second.empty())
      m_kinds.erase(at);
    --m_left;
    return row;
  }

private:
  using Kinds = std::vector<std::pair<uint64_t, std::vector<size_t>>>;
  static bool isBelow(uint64_t value, const Kinds::value_type& kind) { return value < kind.first; }
  Kinds::const_iterator above(uint64_t length) const { return std::upper_bound(m_kinds.begin(), m_kinds.end(), length, isBelow); }
  Kinds::iterator above(uint64_t length) { return std::upper_bound(m_kinds.begin(), m_kinds.end(), length, isBelow); }
  Kinds m_kinds; // by rising length
  size_t m_left;
};

/// Microbatch after microbatch: the longest row that is left, then the longest that fit, and the rest of the room is closed by the one or two rows that
/// fill it best. Good where rows are short and alike, which leaves best fit with gaps.
Bins closedByPairs(std::span<const uint64_t> lengths, uint64_t capacity) {
  RowsByLength rows(lengths);
  Bins out;
  while (rows.left() > 0) {
    std::vector<size_t>& bin = out.emplace_back();
    const uint64_t first = rows.longest(UINT64_MAX);
    bin.push_back(rows.take(first));
    uint64_t gap = capacity > first ? capacity - first : 0;
    while (rows.left() > 0 && gap >= rows.smallest()) {
      const uint64_t one = rows.longest(gap);
      const auto [low, high] = rows.bestPair(gap);
      const bool more = one < gap && gap - one >= 2 * rows.smallest(); // room for two behind the longest
      if (low > 0 && low + high > one && (low + high == gap || !more)) {
        bin.push_back(rows.take(low));
        bin.push_back(rows.take(high));
        gap -= low + high;
      } else {
        bin.push_back(rows.take(one));
        gap -= one;
      }
    }
  }
  return out;
}

Bins inOrderOfRows(Bins bins) {
  for (auto& bin : bins)
    std::sort(bin.begin(), bin.end());
  std::sort(bins.begin(), bins.end(), [](const auto& a, const auto& b) { return a.front() < b.front(); });
  return bins;
}

Bins bestFit(std::span<const uint64_t> lengths, uint64_t capacity) {
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Bins out = fullestFirst(lengths, capacity, order);
  const uint64_t fewest = fewestMicrobatches(lengths, capacity);
  if (out.size() <= fewest)
    return out; // already the fewest, and microbatches resemble each other, which asks for fewer attention plans
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return lengths[a] > lengths[b]; });
  if (Bins byLength = fullestFirst(lengths, capacity, order); byLength.size() < out.size())
    out = std::move(byLength);
  if (out.size() > fewest)
    if (Bins closed = closedByPairs(lengths, capacity); closed.size() < out.size())
      out = std::move(closed);
  return inOrderOfRows(std::move(out));
}

} // namespace

PackingStrategy packingStrategyFromName(const std::string& name) {
  for (const PackingStrategy value : {PackingStrategy::Auto, PackingStrategy::BestFit, PackingStrategy::FirstFit, PackingStrategy::InOrder})
    if (name == packingStrategyName(value))
      return value;
  refuse("REJ:SPEC", fmt::format("data.packing_strategy is \"{}\"; use auto, best_fit, first_fit or in_order.", name));
}

const char* packingStrategyName(PackingStrategy value) {
  switch (value) {
  case PackingStrategy::Auto:
    return "auto";
  case PackingStrategy::BestFit:
    return "best_fit";
  case PackingStrategy::FirstFit:
    return "first_fit";
  case PackingStrategy::InOrder:
    return "in_order";
  }
  return "";
}

PackingStrategy resolvePacking(PackingStrategy value, bool shuffled) {
  if (value != PackingStrategy::Auto)
    return value;
  return shuffled ? PackingStrategy::BestFit : PackingStrategy::InOrder;
}

std::vector<std::vector<size_t>> packLengths(std::span<const uint64_t> lengths, uint64_t capacity, PackingStrategy strategy) {
  switch (strategy) {
  case PackingStrategy::Auto:
  case PackingStrategy::BestFit:
    return bestFit(lengths, capacity);
  case PackingStrategy::FirstFit:
    return firstFit(lengths, capacity);
  case PackingStrategy::InOrder:
    return inOrder(lengths, capacity);
  }
  return {};
}

uint64_t fewestMicrobatches(std::span<const uint64_t> lengths, uint64_t capacity) {
  std::vector<uint64_t> sorted;
  uint64_t longer = 0;
  for (const uint64_t length : lengths)
    length > capacity ? static_cast<void>(++longer) : sorted.push_back(length);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::vector<uint64_t> sums(sorted.size() + 1, 0); // of the first i
  std::partial_sum(sorted.begin(), sorted.end(), sums.begin() + 1);
  const auto above = [&](uint64_t value) { // how many are longer than it
    return static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), value, [](uint64_t length, uint64_t v) { return length > v; }) - sorted.begin());
  };
  const size_t big = above(capacity / 2);
  uint64_t most = big;
  for (size_t end = big; end <= sorted.size(); ++end) { // rows big…end of at least `small` tokens count beside the big ones
    if (end < sorted.size() && end > big && sorted[end] == sorted[end - 1])
      continue;
    const uint64_t small = end > big ? sorted[end - 1] : 0;
    const size_t alone = small > 0 ? above(capacity - small) : 0; // big rows that leave no room for them
    const uint64_t room = (big - alone) * capacity - (sums[big] - sums[alone]), rest = sums[end] - sums[big];
    most = std::max(most, big + (rest > room ? (rest - room + capacity - 1) / capacity : 0));
  }
  return longer + most;
}

} // namespace lathe::data
