// SPDX-License-Identifier: Apache-2.0
// Private to core/engine: one run as the engine follows it.
#pragma once

#include "core/engine/runs.h"

#include <deque>

namespace lathe::engine {

/// At most 64 averages over equally many losses each.
class Spark {
public:
  void restore(const std::vector<double>& values, int64_t steps);
  void add(double loss);
  void clear() { *this = {}; }
  const std::vector<double>& values() const { return m_values; }

private:
  std::vector<double> m_values;
  int64_t m_stride = 1, m_count = 0;
  double m_sum = 0;
};

struct Runs::Run {
  api::RunSummary summary;
  RunStatus status;
  std::string stamp; // of state.json
  FileFollower metrics, events;
  store::RunRows pending;
  double pendingSince = 0;
  int64_t quietStep = 0, quietEvents = 0, eventLines = 0; // up to here clients have been told already
  Spark spark;
  api::RunWatch watch;
  int64_t watchRevision = 0; // of the alerts in `summary`
  double stepMs = 0; // smoothed
  std::deque<double> speeds; // tokens per second of the last steps
  bool changed = false, fresh = true;
  double announced = 0;
  int64_t child = 0; // pid, when this engine started it
  double launched = 0;
  std::unique_ptr<rpc::AsyncClient> worker;
  double workerTried = 0;
  std::map<std::string, int64_t> memory;
  double counted = 0; // when its folder was last measured
  bool recount = true; // it has changed since, or may have while no engine ran
  bool active() const { return !api::isEnded(status.state) && !(status.state == api::RunState::Queued && child == 0 && status.pid == 0); }
};

} // namespace lathe::engine
