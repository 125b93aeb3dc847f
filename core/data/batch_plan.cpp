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

std::vector<uint64_t> BatchPlan::rowsOfStep(uint64_t epoch, uint64_t step) const {
  if (step >= stepsPerEpoch())
    throw Exception(ErrorKind::Usage, fmt::format("Step {} was asked for; an epoch has {} steps.", step + 1, stepsPerEpoch()));
  const uint64_t begin = step * m_options.sequencesPerStep, end = std::min<uint64_t>(begin + m_options.sequencesPerStep, m_rows.size());
  std::vector<uint64_t> out;
  out.reserve(end - begin);
  for (uint64_t i = begin; i < end; ++i)
    out.push_back(m_rows[m_options.shuffled ? shuffledIndex(m_options.seed, epoch, m_rows.size(), i) : i]);
  return out;
}

std::vector<Microbatch> BatchPlan::step(uint64_t epoch, uint64_t step) const {
  const std::vector<uint64_t> rows = rowsOfStep(epoch, step);
  std::vector<uint64_t> lengths;
  lengths.reserve(rows.size());
  for (const uint64_t row : rows)
    lengths.push_back(m_dataset->row(row).ids.size());
  std::vector<Microbatch> out;
  for (const auto& bin : packLengths(lengths, m_options.packing ? m_options.tokensPerMicrobatch : 0, m_options.packing ? strategy() : PackingStrategy::InOrder)) {
    Microbatch& microbatch = out.emplace_back();
    for (const size_t i : bin) {
      microbatch.rows.push_back(rows[i]);
      microbatch.tokens += lengths[i];
    }
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
