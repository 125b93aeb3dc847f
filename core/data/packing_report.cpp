// SPDX-License-Identifier: Apache-2.0
#include "core/data/data_quality.h"

#include <algorithm>

namespace lathe::data {
namespace {

api::PackedBin shownBin(const TokenizedDataset& rows, const Microbatch& microbatch, uint64_t step) {
  api::PackedBin out;
  out.step = static_cast<int64_t>(step);
  out.tokens = static_cast<int64_t>(microbatch.tokens);
  for (const uint64_t index : microbatch.rows) {
    const RowView row = rows.row(index);
    const auto masked = std::count(row.labels.begin(), row.labels.end(), kIgnoredLabel);
    out.rows.push_back({static_cast<int64_t>(row.source), static_cast<int64_t>(row.ids.size()), static_cast<int64_t>(row.ids.size()) - masked});
  }
  return out;
}

/// Places that `bins` microbatches offer for these rows; a longer row's own length counts.
uint64_t placesOf(std::span<const uint64_t> lengths, uint64_t bins, uint64_t capacity) {
  uint64_t out = bins * capacity;
  for (const uint64_t length : lengths)
    if (length > capacity)
      out += length - capacity;
  return out;
}

} // namespace

api::PackingReport packingReport(const BatchPlan& plan, uint64_t firstBins, uint64_t maxSteps) {
  const uint64_t steps = plan.stepsPerEpoch(), capacity = plan.options().tokensPerMicrobatch;
  const uint64_t measured = std::min(steps, std::max<uint64_t>(1, maxSteps));
  api::PackingReport out;
  out.strategy = packingStrategyName(plan.strategy());
  out.rows = static_cast<int64_t>(plan.sequences());
  out.steps = static_cast<int64_t>(steps);
  out.capacity = static_cast<int64_t>(capacity);
  out.measuredSteps = static_cast<int64_t>(measured);
  uint64_t tokens = 0, bins = 0, fewest = 0, places = 0, bestPlaces = 0;
  for (uint64_t n = 0; n < measured; ++n) {
    const uint64_t step = n * steps / measured;
    std::vector<uint64_t> lengths;
    const std::vector<Microbatch> microbatches = plan.step(0, step);
    for (const Microbatch& microbatch : microbatches) {
      tokens += microbatch.tokens;
      for (const uint64_t row : microbatch.rows)
        lengths.push_back(plan.dataset().row(row).ids.size());
      if (out.first.size() < firstBins)
        out.first.push_back(shownBin(plan.dataset(), microbatch, step));
    }
    const uint64_t least = fewestMicrobatches(lengths, capacity);
    bins += microbatches.size();
    fewest += least;
    places += placesOf(lengths, microbatches.size(), capacity);
    bestPlaces += placesOf(lengths, least, capacity);
  }
  const double whole = static_cast<double>(steps) / static_cast<double>(measured);
  const auto scaled = [&](uint64_t count) { return static_cast<int64_t>(static_cast<double>(count) * whole + 0.5); };
  out.tokens = scaled(tokens);
  out.microbatches = scaled(bins);
  out.fewestMicrobatches = scaled(fewest);
  out.fill = places == 0 ? 0 : static_cast<double>(tokens) / static_cast<double>(places);
  out.bestFill = bestPlaces == 0 ? 0 : static_cast<double>(tokens) / static_cast<double>(bestPlaces);
  return out;
}

} // namespace lathe::data
