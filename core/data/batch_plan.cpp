// SPDX-License-Identifier: Apache-2.0
#include "core/data/batch_plan.h"

#include "core/base/random.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::data {

BatchPlan::BatchPlan(std::shared_ptr<const TokenizedDataset> dataset, std::span<const uint64_t> rows, const PlanOptions& options)
    : m_dataset(std::move(dataset)), m_rows(rows.begin(), rows.end()), m_options(options) {
  if (m_rows.empty())
    refuse("REJ:DATASET_NO_ROWS", "There are no rows to make batches from.");
  if (m_options.tokensPerMicrobatch == 0)
    throw Exception(ErrorKind::Usage, "training.tokens_per_microbatch is 0; it must be at least 1.");
  if (m_options.sequencesPerStep == 0 || m_options.sequencesPerStep > m_rows.size())
    m_options.sequencesPerStep = m_rows.size();
}

uint64_t BatchPlan::stepsPerEpoch() const { return (m_rows.size() + m_options.sequencesPerStep - 1) / m_options.sequencesPerStep; }

std::vector<Microbatch> BatchPlan::step(uint64_t epoch, uint64_t step) const {
  const uint64_t begin = step * m_options.sequencesPerStep;
  if (step >= stepsPerEpoch())
    throw Exception(ErrorKind::Usage, fmt::format("Step {} was asked for; an epoch has {} steps.", step + 1, stepsPerEpoch()));
  const uint64_t end = std::min<uint64_t>(begin + m_options.sequencesPerStep, m_rows.size());
  std::vector<Microbatch> out;
  size_t open = 0; // microbatches before it are full for every row
  for (uint64_t i = begin; i < end; ++i) {
    const uint64_t row = m_rows[m_options.shuffled ? shuffledIndex(m_options.seed, epoch, m_rows.size(), i) : i];
    const uint64_t length = m_dataset->row(row).ids.size();
    const auto fits = [&](const Microbatch& m) { return m.tokens + length <= m_options.tokensPerMicrobatch; };
    auto place = out.end();
    if (m_options.packing && m_options.shuffled)
      place = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(open), out.end(), fits);
    else if (m_options.packing && !out.empty() && fits(out.back()))
      place = out.end() - 1; // sequential: rows keep their order from microbatch to microbatch
    if (place == out.end()) {
      out.emplace_back();
      place = out.end() - 1;
    }
    place->rows.push_back(row);
    place->tokens += length;
    while (open < out.size() && out[open].tokens + 2 > m_options.tokensPerMicrobatch)
      ++open;
  }
  return out;
}

PackedBatch BatchPlan::pack(const Microbatch& microbatch) const {
  PackedBatch out;
  out.rows = microbatch.rows;
  out.tokens.reserve(microbatch.tokens);
  out.targets.reserve(microbatch.tokens);
  out.positions.reserve(microbatch.tokens);
  out.cuSeqlens.push_back(0);
  for (const uint64_t index : microbatch.rows) {
    const RowView row = m_dataset->row(index);
    const auto length = static_cast<int64_t>(row.ids.size());
    for (int64_t t = 0; t < length; ++t) {
      const int64_t target = t + 1 < length ? row.labels[static_cast<size_t>(t + 1)] : kIgnoredLabel;
      out.tokens.push_back(row.ids[static_cast<size_t>(t)]);
      out.targets.push_back(target);
      out.positions.push_back(t);
      out.supervised += target != kIgnoredLabel;
    }
    out.maxSeqlen = std::max(out.maxSeqlen, length);
    out.cuSeqlens.push_back(static_cast<int32_t>(out.tokens.size()));
  }
  return out;
}

std::vector<PackedBatch> BatchPlan::batches(uint64_t epoch, uint64_t step) const {
  std::vector<PackedBatch> out;
  int64_t supervised = 0, tokens = 0;
  for (const Microbatch& microbatch : this->step(epoch, step)) {
    out.push_back(pack(microbatch));
    supervised += out.back().supervised;
    tokens += static_cast<int64_t>(out.back().tokens.size());
  }
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].epoch = epoch;
    out[i].step = step;
    out[i].microbatch = static_cast<uint32_t>(i);
    out[i].microbatches = static_cast<uint32_t>(out.size());
    out[i].stepSupervised = supervised;
    out[i].stepTokens = tokens;
  }
  return out;
}

} // namespace lathe::data
