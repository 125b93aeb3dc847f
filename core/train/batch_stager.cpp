// SPDX-License-Identifier: Apache-2.0
#include "core/train/batch_stager.h"

namespace lathe::train {

namespace {
constexpr size_t kStagedAhead = 3;
}

StagedBatch stageBatch(data::PackedBatch packed, bool pinned, bool filled) {
  StagedBatch out;
  out.host = nn::layOutBatch(packed.tokens, packed.targets, packed.positions, packed.cuSeqlens, packed.maxSeqlen, pinned, filled);
  packed.tokens = {};
  packed.targets = {};
  packed.positions = {};
  out.packed = std::move(packed);
  return out;
}

BatchStager::BatchStager(std::shared_ptr<const data::BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps, bool pinned, bool filled)
    : m_prefetcher(std::move(plan), epoch, step, steps), m_queue(kStagedAhead), m_thread([this, pinned, filled](std::stop_token stop) { run(stop, pinned, filled); }) {}

BatchStager::~BatchStager() {
  m_thread.request_stop();
  m_queue.close();
}

void BatchStager::run(std::stop_token stop, bool pinned, bool filled) {
  try {
    while (auto packed = m_prefetcher.next(stop))
      if (!m_queue.push(stageBatch(std::move(*packed), pinned, filled), stop))
        return;
  } catch (...) {
    m_failure = std::current_exception();
  }
  m_queue.close();
}

std::optional<StagedBatch> BatchStager::next() {
  if (auto batch = m_queue.pop())
    return batch;
  if (m_failure)
    std::rethrow_exception(m_failure);
  return std::nullopt;
}

} // namespace lathe::train
