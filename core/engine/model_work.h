// SPDX-License-Identifier: Apache-2.0
// Work on model files that takes a while: statistics of a tensor, the scan of this computer, conversions. Each has a thread of its own, so that a
// conversion of an hour holds up nothing; clients ask how far it is.
#pragma once

#include "core/api/model_values.h"
#include "core/engine/context.h"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

namespace lathe::engine {

class ModelWork {
public:
  /// What a piece of work does: tells how far it is through `tell`, returns its result, stops (Cancelled) when asked to. Runs on its own thread.
  struct Progress {
    std::function<void(const std::string& what, double share)> tell;
    std::function<void(Json soFar)> show; // a result that grows
    std::stop_token stop;
  };
  using Task = std::function<Json(const Progress& progress)>;

  ModelWork() = default;
  ~ModelWork() { end(); }
  ModelWork(const ModelWork&) = delete;
  ModelWork& operator=(const ModelWork&) = delete;

  /// Its number. Conflict when four are at work already.
  int64_t begin(Task task);
  /// NotFound for unknown numbers; the last fifty that ended are remembered.
  api::ModelWorkState state(int64_t work) const;
  void stop(int64_t work);
  /// Stops everything and waits for it.
  void end();
  bool isBusy() const;

private:
  struct Job;
  std::shared_ptr<Job> find(int64_t work) const;
  void forgetOld();
  std::map<int64_t, std::shared_ptr<Job>> m_jobs;
  int64_t m_next = 1;
};

/// Of one tensor at `path`, with progress and stop.
api::TensorStatistics tensorStatistics(const std::string& path, const std::string& tensor, const ModelWork::Progress& progress);

struct ConvertRequest {
  std::string path, adapter, to, type, out;
};
/// As `lathe convert` does it: {out, notes:[string]}. Refuses an output that is there already (Conflict).
Json convertModel(const ConvertRequest& request, const ModelWork::Progress& progress);

} // namespace lathe::engine
