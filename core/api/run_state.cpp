// SPDX-License-Identifier: Apache-2.0
#include "core/api/run_state.h"

namespace lathe::api {

bool isEnded(RunState state) {
  switch (state) {
  case RunState::Finished:
  case RunState::Stopped:
  case RunState::Failed:
  case RunState::Interrupted:
    return true;
  case RunState::Queued:
  case RunState::Preparing:
  case RunState::Running:
  case RunState::Paused:
  case RunState::Stopping:
    return false;
  }
  return false;
}

bool isResumable(RunState state) { return state == RunState::Stopped || state == RunState::Failed || state == RunState::Interrupted; }

bool mayChange(RunState from, RunState to) {
  if (from == to)
    return false;
  if (to == RunState::Failed || to == RunState::Interrupted)
    return !isEnded(from);
  switch (from) {
  case RunState::Queued:
    return to == RunState::Preparing || to == RunState::Stopped;
  case RunState::Preparing:
    return to == RunState::Running || to == RunState::Stopping || to == RunState::Stopped;
  case RunState::Running:
    return to == RunState::Paused || to == RunState::Stopping || to == RunState::Finished;
  case RunState::Paused:
    return to == RunState::Running || to == RunState::Stopping;
  case RunState::Stopping:
    return to == RunState::Stopped || to == RunState::Finished;
  case RunState::Stopped:
  case RunState::Failed:
  case RunState::Interrupted:
    return to == RunState::Queued || to == RunState::Preparing;
  case RunState::Finished:
    return false;
  }
  return false;
}

} // namespace lathe::api
