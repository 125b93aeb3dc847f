// SPDX-License-Identifier: Apache-2.0
// Packs batches ahead of the consumer in its own thread.
#pragma once

#include "core/base/bounded_queue.h"
#include "core/data/batch_plan.h"

#include <exception>
#include <thread>

namespace lathe::data {

class Prefetcher {
public:
  /// Starts at (epoch, step) and goes on for `steps` optimizer steps, over epochs; `ahead` microbatches are kept ready.
  Prefetcher(std::shared_ptr<const BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps, size_t ahead = 4);
  /// Stops the thread and waits for it.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Next microbatch in order; nullopt after the last step or when `stop` comes. Rethrows what the thread threw.
  std::optional<PackedBatch> next(std::stop_token stop = {});

private:
  void run(std::stop_token stop, std::shared_ptr<const BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps);
  BoundedQueue<PackedBatch> m_queue;
  std::exception_ptr m_failure; // written before the queue closes
  std::jthread m_thread;
};

} // namespace lathe::data
