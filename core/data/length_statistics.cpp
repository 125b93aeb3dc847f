// SPDX-License-Identifier: Apache-2.0
#include "core/data/data_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe::data {
namespace {

constexpr uint64_t kBins = 48; // at most 64 after rounding

/// Smallest length that at least `share` of the sorted lengths do not exceed.
int64_t lengthAt(const std::vector<uint64_t>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return static_cast<int64_t>(sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1]);
}

/// 1, 2, 5, 10, 20, 50, …: at least `least`.
uint64_t roundWidth(uint64_t least) {
  for (uint64_t power = 1;; power *= 10)
    for (const uint64_t factor : {1, 2, 5})
      if (power * factor >= least)
        return power * factor;
}

/// Bins of equal, round width up to what 99 % of the rows and the sequence length need; the last one takes the rest.
void fillHistogram(const std::vector<uint64_t>& sorted, api::LengthStatistics& out) {
  const auto longest = static_cast<uint64_t>(out.longest);
  const uint64_t reach = std::min(longest, std::max<uint64_t>(static_cast<uint64_t>(out.p99) + 1, static_cast<uint64_t>(out.maxSeqLen)));
  const uint64_t width = roundWidth(reach / kBins + 1);
  const uint64_t bins = reach / width + 1;
  out.counts.assign(bins, 0);
  for (uint64_t i = 0; i <= bins; ++i)
    out.edges.push_back(static_cast<int64_t>(i * width));
  if (longest >= bins * width) { // one more for the long tail
    out.counts.push_back(0);
    out.edges.push_back(static_cast<int64_t>(longest + 1));
  }
  for (const uint64_t length : sorted)
    ++out.counts[std::min<uint64_t>(length / width, out.counts.size() - 1)];
}

std::vector<uint64_t> sortedLengths(const TokenizedDataset& rows) {
  std::vector<uint64_t> out(rows.sourceLengths().begin(), rows.sourceLengths().end());
  if (out.empty())
    for (uint64_t i = 0; i < rows.rows(); ++i)
      out.push_back(rows.row(i).ids.size());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

api::LengthStatistics lengthStatistics(const TokenizedDataset& rows, const TokenizeOptions& options) {
  const DatasetStats& stats = rows.stats();
  const std::vector<uint64_t> sorted = sortedLengths(rows);
  const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
  api::LengthStatistics out;
  out.rows = number(sorted.size());
  out.badRows = number(stats.badRows);
  out.maxSeqLen = number(options.maxSeqLen);
  out.longRows = longRowsName(options.longRows);
  out.longerRows = number(stats.longerRows);
  out.truncatedRows = number(stats.truncatedRows);
  out.splitRows = number(stats.splitSources);
  out.splitPieces = number(stats.splitPieces);
  out.droppedPieces = number(stats.droppedPieces);
  out.droppedRows = number(stats.droppedRows);
  out.droppedTokens = number(stats.droppedTokens);
  out.trainingRows = number(stats.trainRows + stats.validationRows);
  out.trainingTokens = number(stats.tokens);
  out.supervisedTokens = number(stats.supervisedTokens);
  out.supervisedShare = stats.supervisedShare();
  out.unsupervisedRows = number(stats.zeroSupervision);
  if (sorted.empty())
    return out;
  out.tokens = number(std::accumulate(sorted.begin(), sorted.end(), uint64_t{0}));
  out.mean = static_cast<double>(out.tokens) / static_cast<double>(sorted.size());
  out.shortest = number(sorted.front());
  out.longest = number(sorted.back());
  out.median = lengthAt(sorted, 0.5);
  out.p95 = lengthAt(sorted, 0.95);
  out.p99 = lengthAt(sorted, 0.99);
  out.suggestedMaxSeqLen = std::max<int64_t>(64, (out.p99 + 63) / 64 * 64);
  fillHistogram(sorted, out);
  return out;
}

} // namespace lathe::data
