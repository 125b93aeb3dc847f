// SPDX-License-Identifier: Apache-2.0
// state.json of a run folder: written by the worker while it lives, by the engine otherwise, read by both.
#pragma once

#include "core/api/run_state.h"

#include <string>

namespace lathe::api {

struct RunStatus {
  RunState state = RunState::Queued;
  int64_t pid = 0;           // of the worker; 0 = none
  uint64_t processStart = 0; // start time of that process, so that a reused pid is not mistaken for it
  int64_t step = 0, totalSteps = 0; // as of `updated`; metrics.jsonl is newer
  std::string reason;        // why it is paused or stopped, one sentence; empty when the person asked
  std::string error;         // one sentence when failed
  std::string errorKind, errorCode, errorDetail;
  double created = 0, updated = 0, ended = 0; // seconds since 1970
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("state", s.state);
    field("pid", s.pid);
    field("process_start", s.processStart);
    field("step", s.step);
    field("total_steps", s.totalSteps);
    field("reason", s.reason);
    field("error", s.error);
    field("error_kind", s.errorKind);
    field("error_code", s.errorCode);
    field("error_detail", s.errorDetail);
    field("created", s.created);
    field("updated", s.updated);
    field("ended", s.ended);
  }
};

/// A damaged file counts as interrupted, with the reason in `error` and `created` 0.
RunStatus readRunStatus(const std::string& folder);
/// Written beside and renamed, so a reader sees the old or the new one.
void writeRunStatus(const std::string& folder, const RunStatus& status);

} // namespace lathe::api
