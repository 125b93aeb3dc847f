// SPDX-License-Identifier: Apache-2.0
// The sizes that attention plans are made for: a packed batch takes the smallest that holds it, so that few plans serve many batches. Plain numbers, no torch.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>

namespace lathe::ops {

/// Upper bounds of a batch: number of sequences, tokens of the longest one, tokens of all.
struct AttentionBuckets {
  int64_t sequences = 0, longest = 0, tokens = 0;
  auto operator<=>(const AttentionBuckets&) const = default;
};

/// 1, 2, 4, 8 …
constexpr int64_t powerBucket(int64_t n) { return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(n))); }
/// 1, 2, 3, 4, 6, 8, 12 …
constexpr int64_t halfStepBucket(int64_t n) {
  const int64_t power = powerBucket(n);
  return power >= 4 && power / 4 * 3 >= n ? power / 4 * 3 : power;
}

// A pair of plans takes 0.1 to 0.4 s to build and serves every layer of every batch of its size; a place too much (sequences × longest) costs about 2.6 ns a
// layer. Counted over 200 packed batches of five chat data sets, at 1,000 steps of an 8B model, this ladder costs least at 0.3 s a pair, and within a second of
// the best at 0.1 s: finer ones build up to three times as many plans, coarser ones pad more than they save (docs/benchmarks.md).
constexpr AttentionBuckets attentionBuckets(int64_t sequences, int64_t longest, int64_t tokens) {
  constexpr int64_t kLeastLongest = 128, kTokens = 4096;
  const int64_t length = std::max(kLeastLongest, powerBucket(longest));
  return {std::max(halfStepBucket(sequences), kTokens / length), length, std::max<int64_t>(1, (tokens + kTokens - 1) / kTokens) * kTokens};
}

} // namespace lathe::ops
