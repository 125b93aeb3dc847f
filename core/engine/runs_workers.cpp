// SPDX-License-Identifier: Apache-2.0
// Training workers: started one at a time, watched, found again after a restart of the engine.
#include "core/engine/process.h"
#include "core/engine/runs_internal.h"

#include "core/api/protocol.h"
#include "core/base/log.h"
#include "core/base/paths.h"

#include <algorithm>

namespace lathe::engine {
namespace {

constexpr double kTakeOverSeconds = 60; // a worker that was started takes its run over within this time
constexpr double kConnectAgainSeconds = 1;

bool isWaiting(const RunStatus& status, int64_t child) { return status.state == api::RunState::Queued && status.pid == 0 && child == 0; }

} // namespace

void Runs::startNext() {
  RunPointer next;
  for (const auto& [id, run] : m_runs) {
    if (run->summary.deleted)
      continue;
    if (run->active())
      return; // one at a time
    if (isWaiting(run->status, run->child) && (!next || run->status.created < next->status.created))
      next = run;
  }
  if (next)
    launch(next);
}

void Runs::launch(const RunPointer& run) {
  try {
    run->child = spawnWorker({m_context.workerProgram, "job", run->summary.folder, "--managed", "--home", m_context.home}, run->summary.folder + "/log.txt");
    run->launched = wallClock();
    logInfo("Run {} was started as process {}", run->summary.id, run->child);
  } catch (...) {
    endRun(run, api::RunState::Failed, currentError().message);
  }
}

void Runs::endRun(const RunPointer& run, api::RunState state, const std::string& error) {
  RunStatus status = api::readRunStatus(run->summary.folder);
  if (!api::isEnded(status.state)) {
    status.state = state;
    status.error = error;
    status.pid = 0;
    status.processStart = 0;
    status.updated = status.ended = wallClock();
    try {
      api::writeRunStatus(run->summary.folder, status);
    } catch (...) {
      logError("The end of run {} could not be written: {}", run->summary.id, currentError().message);
      run->status = status; // shown as it is; written at the next start
      run->summary.state = state;
      run->summary.error = error;
    }
  }
  follow(run);
}

void Runs::checkWorker(const RunPointer& run) {
  if (run->child > 0) {
    if (const auto code = reap(run->child)) {
      run->child = 0;
      readStatusOf(run);
      if (!api::isEnded(run->status.state)) {
        const bool begun = run->status.state != api::RunState::Queued;
        endRun(run, begun ? api::RunState::Interrupted : api::RunState::Failed,
               *code > 128 ? fmt::format("The worker was ended by signal {}. Its log is {}/log.txt.", *code - 128, run->summary.folder)
                           : fmt::format("The worker ended with code {}. Its log is {}/log.txt.", *code, run->summary.folder));
      }
      return;
    }
    if (run->status.state == api::RunState::Queued && run->status.pid == 0 && wallClock() - run->launched > kTakeOverSeconds)
      logWarning("Run {} was started {} s ago and has not begun", run->summary.id, kTakeOverSeconds);
  } else if (!api::isEnded(run->status.state) && run->status.pid > 0 && !isAlive(run->status.pid, run->status.processStart)) {
    endRun(run, api::RunState::Interrupted, "The worker is gone; it was killed or the machine was restarted. The run can be resumed from its last checkpoint.");
    return;
  } else if (!api::isEnded(run->status.state) && run->status.pid == 0 && run->status.state != api::RunState::Queued) {
    endRun(run, api::RunState::Interrupted, "No worker works on this run. It can be resumed from its last checkpoint.");
    return;
  }
  if (run->active() && run->status.pid > 0 && !run->worker && wallClock() - run->workerTried > kConnectAgainSeconds)
    connectWorker(run);
}

void Runs::connectWorker(const RunPointer& run) {
  run->workerTried = wallClock();
  rpc::AsyncClient::Handlers handlers;
  const std::weak_ptr<Run> weak = run;
  const auto prepares = [](const Run& of) { return of.status.state == api::RunState::Queued || of.status.state == api::RunState::Preparing; };
  if (prepares(*run)) { // files tell everything else; how far the preparing is, only the worker says
    handlers.connected = [weak](const Json&) {
      if (const auto target = weak.lock(); target && target->worker)
        target->worker->subscribe(0);
    };
    handlers.event = [this, weak, prepares](const api::Event& event) {
      const auto target = weak.lock();
      if (target && event.type == "progress" && prepares(*target))
        m_context.events.append("progress", target->summary.id, event.body);
    };
  }
  handlers.closed = [weak, &loop = m_context.loop](const Error&) {
    loop.post([weak] { // not inside the client's own call
      if (const auto target = weak.lock())
        target->worker.reset();
    });
  };
  run->worker = std::make_unique<rpc::AsyncClient>(m_context.loop, workerSocket(run->summary.folder), std::move(handlers));
  run->worker->waitForListener(5, std::chrono::milliseconds(50));
}

void Runs::pollWorkers() {
  for (const auto& [id, run] : m_runs) {
    if (!run->worker || !run->worker->isConnected())
      continue;
    const std::weak_ptr<Run> weak = run;
    run->worker->call(api::method::kWorkerStatus, Json::object(), [weak](const Result<Json>& result) {
      const auto target = weak.lock();
      const Json* memory = target && result.ok() ? lathe::find(*result, "memory") : nullptr;
      if (!memory || !memory->is_object())
        return;
      target->memory.clear();
      for (const auto& [category, bytes] : memory->items())
        if (bytes.is_number_integer())
          target->memory[category] = bytes.get<int64_t>();
    }, 5);
  }
}

} // namespace lathe::engine
