// SPDX-License-Identifier: Apache-2.0
// What a run writes while it trains, and what happens when the disk is full.
#include "core/train/trainer.h"

#include "core/base/log.h"
#include "core/base/version.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

namespace lathe::train {

void Trainer::withDisk(const std::string& what, const std::function<void()>& write) {
  bool paused = false;
  for (;;) {
    try {
      write();
      break;
    } catch (const Exception& problem) {
      if (problem.error().kind != ErrorKind::DiskFull)
        throw;
      {
        std::scoped_lock lock(m_mutex);
        if (m_end != EndKind::None)
          throw;
      }
      if (!paused)
        writeEvent("warning", fmt::format("The run waits: {}", problem.error().message), Json{{"waiting_for", "disk"}, {"writing", what}});
      setState(api::RunState::Paused, nullptr, problem.error().message);
      paused = true;
    }
    wait(m_options.disk.retrySeconds);
  }
  if (paused && !isPauseAsked())
    setState(api::RunState::Running, nullptr, "There is space on the disk again.");
}

void Trainer::appendMetrics(const api::MetricRow& row) {
  Json line = api::encode(row);
  if (!row.evalLoss)
    line.erase("eval_loss"); // only where one was measured
  withDisk("metrics", [&] { m_metrics->appendLine(dumpJson(line)); });
  const auto now = std::chrono::steady_clock::now();
  if (now - m_lastSync > std::chrono::seconds(1)) {
    m_lastSync = now;
    withDisk("metrics", [&] { m_metrics->sync(); });
  }
  m_observer.onMetrics(row);
}

Manifest Trainer::manifest() const {
  Manifest out;
  out.program = fmt::format("lathe {}", kVersion);
  out.torch = TORCH_VERSION;
  out.step = m_step;
  out.totalSteps = m_setup.totalSteps;
  out.created = wallClock();
  out.trainingTime = m_trainingTime;
  out.kind = m_setup.adapter.empty() ? "model" : "adapter";
  out.dtype = m_setup.model->dtype() == nn::Compute::BFloat16 ? "bfloat16" : "float32";
  out.device = m_setup.model->device().str();
  out.threads = at::get_num_threads();
  out.identity = m_setup.identity;
  out.cursor = m_cursor;
  out.metricsBytes = m_metrics->size();
  out.evalLoss = m_evalLoss;
  out.skippedSteps = m_nonFinite.skippedSteps();
  out.spec = api::trainSpecToJson(m_setup.spec);
  return out;
}

void Trainer::saveCheckpoint() {
  if (m_savedStep == m_step || m_step == 0) {
    writeEvent("saved", m_step == 0 ? "There is nothing to save before the first step." : fmt::format("Step {} is saved already.", m_step));
    return;
  }
  if (trySave())
    answerProbesNow(false);
}

bool Trainer::trySave() {
  try {
    std::string path;
    withDisk("checkpoint", [&] {
      checkDiskSpace(m_options.disk, m_folder.path(), stateBytes(m_setup));
      m_metrics->sync();
      path = m_checkpoints.save(manifest(), [&](const std::string& folder) { writeState(m_setup, *m_optimizer, folder); },
                                Retention{m_setup.spec.saveKeep});
    });
    m_savedStep = m_step;
    writeEvent("saved", fmt::format("Checkpoint of step {}.", m_step), Json{{"path", path}});
    return true;
  } catch (const Exception& problem) {
    logError("checkpoint of step {}: {} {}", m_step, problem.error().message, problem.error().detail);
    writeEvent("error", fmt::format("The checkpoint of step {} could not be written, the older ones are untouched: {}", m_step, problem.error().message),
               Json{{"kind", errorKindName(problem.error().kind)}});
    return false;
  }
}

} // namespace lathe::train
