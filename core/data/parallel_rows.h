// SPDX-License-Identifier: Apache-2.0
// Work on every row with all processors, in chunks so that progress is seen and a stop takes effect at once.
#pragma once

#include "core/base/error.h"
#include "core/data/dataset.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace lathe::data {

/// Calls work(i) for 0 ≤ i < count, in no order and from several threads; the first exception ends it and is thrown again. Cancelled when stopped.
template <class Work>
void forEachRow(uint64_t count, const Progress& progress, const std::stop_token& stop, const Work& work) {
  constexpr uint64_t kChunk = 64;
  std::atomic<uint64_t> next{0}, done{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const uint64_t report = std::max<uint64_t>(1, count / 200);
  uint64_t told = 0;
  const auto run = [&](bool teller) {
    try {
      for (uint64_t at; (at = next.fetch_add(kChunk)) < count && !stop.stop_requested();) {
        const uint64_t end = std::min(at + kChunk, count);
        for (uint64_t i = at; i < end; ++i)
          work(i);
        const uint64_t soFar = done += end - at;
        if (teller && progress && soFar >= told + report) {
          told = soFar;
          progress(static_cast<double>(soFar) / static_cast<double>(count));
        }
      }
    } catch (...) {
      std::scoped_lock lock(mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t helpers = count < 4 * kChunk ? 0 : std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 16) - 1;
    for (size_t i = 0; i < helpers; ++i)
      threads.emplace_back([&run] { run(false); });
    run(true);
  }
  if (failure)
    std::rethrow_exception(failure);
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "Comparing the rows was stopped.");
  if (progress)
    progress(1);
}

} // namespace lathe::data
