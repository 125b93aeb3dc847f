// SPDX-License-Identifier: Apache-2.0
// A run on disk: spec.json, state.json, metrics.jsonl, events.jsonl, log.txt, checkpoints/, adapter/ or model/ (docs: "What a run
// leaves behind"). The folder is the truth; every index is made from it.
#pragma once

#include "core/api/run_status.h"
#include "core/api/train_spec.h"
#include "core/api/values.h"
#include "core/base/files.h"
#include "core/base/processes.h"

#include <memory>
#include <optional>
#include <string>

namespace lathe::train {

using api::RunStatus;

/// Held by the worker that works on a run: `lock` with pid and start time under flock(2), so a dead owner never blocks.
class RunLock {
public:
  /// Conflict naming the owner when a living process holds it.
  explicit RunLock(const std::string& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  /// Whether the lock of a process that died without releasing it was found (a crash).
  bool foundStale() const { return m_stale; }

private:
  std::string m_path;
  int m_fd = -1;
  bool m_stale = false;
};

class RunFolder {
public:
  /// Makes a run that waits to be started: folder, spec.json (complete document), state.json "queued". Conflict when the folder
  /// already holds a run that was started; a queued one is taken over if its specification is the same.
  static RunFolder create(const std::string& path, const api::TrainSpec& spec);
  /// NotFound when there is no run; a damaged state.json counts as interrupted.
  static RunFolder open(const std::string& path);

  const std::string& path() const { return m_path; }
  std::string id() const; // last part of the path
  std::string file(const std::string& name) const { return m_path + "/" + name; }
  std::string checkpoints() const { return m_path + "/checkpoints"; }
  const api::TrainSpec& spec() const { return m_spec; }
  const RunStatus& status() const { return m_status; }

  /// Checks the transition table (Conflict), writes state.json. `error` and `reason` replace what was there.
  void setState(api::RunState state, const Error* error = nullptr, const std::string& reason = {});
  /// Remembers how far the run is; written with the next state, or now with `write`.
  void setStep(int64_t step, int64_t totalSteps, bool write);
  /// After a crash: what says running but has no worker becomes interrupted. Call with the lock held.
  void markInterrupted();
  /// Removes what a killed worker left half done: ".tmp-…" names in the folder and in checkpoints/.
  void removeStrayFiles();

private:
  RunFolder() = default;
  void writeStatus();
  std::string m_path;
  api::TrainSpec m_spec;
  RunStatus m_status;
};

/// Reads all whole lines of metrics.jsonl.
std::vector<api::MetricRow> readMetrics(const std::string& runFolder);
std::vector<api::RunEvent> readEvents(const std::string& runFolder);

} // namespace lathe::train
