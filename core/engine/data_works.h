// SPDX-License-Identifier: Apache-2.0
// Long work on datasets: one after another on a thread of its own, with progress and stop.
#pragma once

#include "core/api/data_values.h"
#include "core/engine/compute_thread.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace lathe::engine {

class DataWorks {
public:
  using Report = std::function<void(const std::string& what, double share)>;
  using Task = std::function<Json(const Report& report, std::stop_token stop)>;

  ~DataWorks();
  /// All on any thread. What `task` throws becomes its failure.
  int64_t start(Task task);
  api::DataWorkState state(int64_t work) const; // NotFound
  void stop(int64_t work);                      // the state becomes "stopped" at once

private:
  struct Work {
    mutable std::mutex mutex;
    api::DataWorkState state;
    std::stop_source stop;
  };
  std::shared_ptr<Work> find(int64_t work) const;
  static void run(Work& work, const Task& task, std::stop_token ending);
  mutable std::mutex m_mutex;
  std::map<int64_t, std::shared_ptr<Work>> m_works;
  int64_t m_next = 1;
  ComputeThread m_thread;
};

} // namespace lathe::engine
