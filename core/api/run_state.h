// SPDX-License-Identifier: Apache-2.0
// The life of a run as one enum with one transition table (ARCHITECTURE.md §5).
#pragma once

#include "core/api/codec.h"

#include <array>

namespace lathe::api {

enum class RunState { Queued, Preparing, Running, Paused, Stopping, Finished, Stopped, Failed, Interrupted };

template <>
struct EnumNames<RunState> {
  static constexpr std::array<const char*, 9> names = {"queued",   "preparing", "running", "paused",     "stopping",
                                                       "finished", "stopped",   "failed",  "interrupted"};
};

/// Whether `from` → `to` may happen. A state never changes to itself.
bool mayChange(RunState from, RunState to);
/// Finished, Stopped, Failed or Interrupted: no process works on it.
bool isEnded(RunState state);
/// Ended without having reached its last step: can be resumed when a checkpoint exists.
bool isResumable(RunState state);

} // namespace lathe::api
