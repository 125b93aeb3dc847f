// SPDX-License-Identifier: Apache-2.0
#include "core/data/prefetcher.h"

namespace lathe::data {

Prefetcher::Prefetcher(std::shared_ptr<const BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps, size_t ahead)
    : m_queue(std::max<size_t>(1, ahead)), m_thread([this, plan = std::move(plan), epoch, step, steps](std::stop_token stop) { run(stop, plan, epoch, step, steps); }) {}

Prefetcher::~Prefetcher() {
  m_thread.request_stop();
  m_queue.close();
}

void Prefetcher::run(std::stop_token stop, std::shared_ptr<const BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps) {
  try {
    const uint64_t perEpoch = plan->stepsPerEpoch();
    epoch += step / perEpoch;
    step %= perEpoch;
    for (uint64_t n = 0; n < steps && !stop.stop_requested(); ++n) {
      for (PackedBatch& batch : plan->batches(epoch, step))
        if (!m_queue.push(std::move(batch), stop))
          return;
      if (++step == perEpoch) {
        step = 0;
        ++epoch;
      }
    }
  } catch (...) {
    m_failure = std::current_exception();
  }
  m_queue.close();
}

std::optional<PackedBatch> Prefetcher::next(std::stop_token stop) {
  if (auto batch = m_queue.pop(stop))
    return batch;
  if (!stop.stop_requested() && m_failure)
    std::rethrow_exception(m_failure);
  return std::nullopt;
}

} // namespace lathe::data
