// SPDX-License-Identifier: Apache-2.0
// runs/batch: helpers that compute the batch behind a step, as processes of their own. Everything happens on a thread of its own; the loop only hands
// requests over.
#pragma once

#include "core/engine/compute_thread.h"
#include "core/rpc/message.h"

#include <deque>
#include <map>
#include <string>

namespace lathe::engine {

class Batches {
public:
  Batches(const std::string& home, std::string workerProgram);
  /// Ends the helpers that still run.
  ~Batches();

  /// {step, stop?} for the run in `folder` → api::BatchAnswer. The first call starts the helper, later ones ask how far it is; `stop` ends it. A helper
  /// that another step of the same run was asked from is ended.
  void ask(const std::string& run, const std::string& folder, const Json& params, const rpc::Reply& reply);

private:
  struct Job {
    int64_t step = 0, pid = 0;
    std::string file; // what the helper writes
  };
  struct Known {
    std::string run;
    int64_t step = 0;
    Json answer;
  };
  Json answer(const std::string& run, const std::string& folder, int64_t step, bool stop);
  Json progressOf(const std::string& run, Job& job);
  void end(Job& job);
  std::string m_home, m_folder, m_program;
  std::map<std::string, Job> m_jobs; // by run; touched on m_thread alone, as what follows
  std::deque<Known> m_known;         // the last answers
  ComputeThread m_thread;            // last: its tasks use the rest
};

} // namespace lathe::engine
