// SPDX-License-Identifier: Apache-2.0
// A worker that answers: requests arrive on the control socket, one model thread serves them in turns of one token each, so that panes
// stream side by side. The model is loaded with the first request that names it.
#pragma once

#include <chrono>
#include <string>

namespace lathe::worker {

struct ServeOptions {
  std::string socket;
  std::string home;
  std::string device = "auto";
  std::string dtype = "auto";
  std::chrono::seconds idleExit{300}; // no request for so long: the process ends and its memory is free
};

/// Serves until idle, SIGTERM or SIGINT. Returns the exit code.
int serveModel(const ServeOptions& options);

} // namespace lathe::worker
