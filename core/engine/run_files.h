// SPDX-License-Identifier: Apache-2.0
// state.json and spec.json of a run folder as the engine sees them; the worker owns them while it lives.
#pragma once

#include "core/api/train_spec.h"
#include "core/api/values.h"

#include <string>

namespace lathe::engine {

/// state.json; the same fields as the worker writes.
struct RunStatus {
  api::RunState state = api::RunState::Queued;
  int64_t pid = 0;
  uint64_t processStart = 0;
  int64_t step = 0, totalSteps = 0;
  std::string reason, error, errorKind, errorCode, errorDetail;
  double created = 0, updated = 0, ended = 0;
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

/// A damaged file counts as interrupted.
RunStatus readStatus(const std::string& folder);
void writeStatus(const std::string& folder, const RunStatus& status);
/// Changes when state.json was replaced.
std::string statusStamp(const std::string& folder);

/// Makes <runs>/<id> with spec.json (complete document) and state.json "queued": both or nothing.
void createRunFolder(const std::string& runs, const std::string& id, const api::TrainSpec& spec);
/// Name, method, model, data, folder from spec.json; an unreadable one leaves them empty.
void describeSpec(const std::string& folder, api::RunSummary& summary);
bool hasCheckpoint(const std::string& folder);
/// Relative paths of a specification become absolute.
void makePathsAbsolute(api::TrainSpec& spec, const std::string& base);

} // namespace lathe::engine
