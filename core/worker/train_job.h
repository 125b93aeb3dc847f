// SPDX-License-Identifier: Apache-2.0
// A training run as a process: signals, control socket, progress on the terminal or as JSON lines.
#pragma once

#include "core/train/trainer.h"

#include <string>

namespace lathe::worker {

struct TrainJobOptions {
  std::string home;
  std::string device = "auto";
  int threads = 0;      // 0: every core
  bool managed = false; // started by the engine: nice 10, nothing on the terminal
  bool json = false;    // api::Event objects, one a line, on stdout
};

/// Trains (or resumes) the run in `folder` and returns the exit code: 0 finished, 130/143 interrupted by SIGINT/SIGTERM with everything
/// saved, otherwise that of the error, whose message went to stderr. A run stopped through control() ends with 0.
int runTrainJob(train::RunFolder folder, const TrainJobOptions& options);

} // namespace lathe::worker
