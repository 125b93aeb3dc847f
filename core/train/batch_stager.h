// SPDX-License-Identifier: Apache-2.0
// Batches on their way to the device: a thread of its own lays every packed microbatch out in one block of (for a GPU pinned) memory, the
// job thread only starts the copy.
#pragma once

#include "core/base/bounded_queue.h"
#include "core/data/prefetcher.h"
#include "core/nn/batch.h"

#include <exception>
#include <memory>
#include <optional>
#include <thread>

namespace lathe::train {

struct StagedBatch {
  data::PackedBatch packed; // without tokens, targets and positions: they are in `host`
  nn::HostBatch host;
};

/// Takes the large vectors out of `packed`. `filled`: as nn::layOutBatch.
StagedBatch stageBatch(data::PackedBatch packed, bool pinned, bool filled = false);

class BatchStager {
public:
  /// As data::Prefetcher.
  BatchStager(std::shared_ptr<const data::BatchPlan> plan, uint64_t epoch, uint64_t step, uint64_t steps, bool pinned, bool filled);
  ~BatchStager();
  BatchStager(const BatchStager&) = delete;
  BatchStager& operator=(const BatchStager&) = delete;

  /// Next microbatch in order; nullopt after the last. Rethrows what a thread threw.
  std::optional<StagedBatch> next();

private:
  void run(std::stop_token stop, bool pinned, bool filled);
  data::Prefetcher m_prefetcher;
  BoundedQueue<StagedBatch> m_queue;
  std::exception_ptr m_failure; // written before the queue closes
  std::jthread m_thread;        // last: it uses the others
};

} // namespace lathe::train
