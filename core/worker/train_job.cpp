// SPDX-License-Identifier: Apache-2.0
#include "core/worker/train_job.h"

#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/rpc/control_server.h"
#include "core/worker/device.h"
#include "core/worker/job_output.h"
#include "core/worker/job_signals.h"
#include "core/worker/train_chat.h"
#include "core/worker/train_probes.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>
#include <mutex>

#include <sys/resource.h>
#include <unistd.h>

namespace lathe::worker {
namespace {

/// Tells everyone who listens: terminal or JSON lines, and the control socket.
class JobObserver : public train::TrainObserver {
public:
  JobObserver(JobOutput& output, std::string run) : m_output(output), m_run(std::move(run)) {}
  void connect(rpc::ControlServer* server) {
    std::scoped_lock lock(m_mutex);
    m_server = server;
  }
  void onMetrics(const api::MetricRow& row) override {
    m_output.metrics(row, m_totalSteps);
    emit("metrics", Json{{"rows", Json::array({api::encode(row)})}});
  }
  void onEvent(const api::RunEvent& event) override {
    m_output.event(event);
    emit("run_event", api::encode(event));
  }
  void onStatus(const train::RunStatus& status) override {
    m_totalSteps = status.totalSteps;
    if (status.state == api::RunState::Stopping) { // told before the boundary, so that a button can say so
      api::RunEvent event;
      event.time = status.updated;
      event.step = status.step;
      event.type = "state";
      event.text = "stopping";
      event.data = Json{{"state", "stopping"}};
      emit("run_event", api::encode(event));
    }
  }
  void onProgress(const std::string& what, double share) override {
    m_output.progress(what, share);
    if (what != m_phase || share >= m_share + 0.05 || share >= 1)
      emit("progress", Json{{"what", what}, {"share", share}});
    else
      return;
    m_phase = what;
    m_share = share;
  }

private:
  void emit(const char* type, const Json& body) {
    std::scoped_lock lock(m_mutex);
    if (m_server)
      m_server->emit(type, m_run, body);
  }
  JobOutput& m_output;
  std::string m_run, m_phase;
  double m_share = 0;
  std::atomic<int64_t> m_totalSteps{0};
  std::mutex m_mutex;
  rpc::ControlServer* m_server = nullptr;
};

OutputKind outputKind(const TrainJobOptions& options) {
  if (options.json)
    return OutputKind::Json;
  if (options.managed)
    return OutputKind::None;
  return ::isatty(STDOUT_FILENO) ? OutputKind::Bar : OutputKind::Lines;
}

rpc::ControlHandler controlHandler(train::Trainer& trainer, TrainChat& chat, const std::string& model) {
  rpc::ControlHandler handler;
  handler.status = [&trainer, model] {
    const train::TrainSnapshot now = trainer.snapshot();
    return Json{{"state", api::enumName(now.state)}, {"step", now.step}, {"total_steps", now.totalSteps}, {"memory", api::encode(now.memory)}, {"model", model}};
  };
  handler.control = [&trainer](const std::string& action) { trainer.control(train::trainActionFromName(action)); };
  handler.generate = [&chat](const Json& params) { chat.accept(params); };
  handler.cancel = [&chat](const std::string& request) { chat.cancel(request); };
  return handler;
}

std::unique_ptr<rpc::ControlServer> openControl(train::Trainer& trainer, TrainChat& chat, const std::string& model, const TrainJobOptions& options) {
  try {
    return std::make_unique<rpc::ControlServer>(workerSocket(trainer.folder()), controlHandler(trainer, chat, model), homeFolder(options.home), "");
  } catch (const Exception& problem) {
    if (options.managed)
      throw;
    logWarning("no control socket: {}", problem.error().message); // a run in a terminal works without
    return nullptr;
  }
}

std::string signalSentence(int number) {
  return fmt::format("Ended by {}; everything is saved.", number == SIGINT ? "SIGINT (Ctrl+C)" : number == SIGTERM ? "SIGTERM" : "SIGHUP");
}

} // namespace

int runTrainJob(train::RunFolder folder, const TrainJobOptions& options) {
  if (options.managed && ::setpriority(PRIO_PROCESS, 0, 10) != 0)
    logWarning("nice 10: {}", std::strerror(errno));
  const std::string path = folder.path(), id = folder.id();
  const auto& model = folder.spec().model;
  const std::string modelPath = model.path.empty() ? model.config : model.path;
  JobOutput output(outputKind(options), id);
  JobObserver observer(output, id);
  train::RunOptions runOptions;
  runOptions.device = options.device == "auto" ? folder.spec().training.device : options.device;
  runOptions.cacheFolder = homeFolder(options.home) + "/cache/tokens";

  std::mutex mutex;
  train::Trainer* target = nullptr;
  JobSignals signals([&](int number) {
    std::scoped_lock lock(mutex);
    if (target)
      target->interrupt(signalSentence(number));
  });
  setThreads(options.threads);
  train::Trainer trainer(std::move(folder), observer, runOptions);
  setLogFile(path + "/log.txt");
  setLogLevel(LogLevel::Info);
  TrainChat chat(path, [&trainer] { trainer.wake(); }, [&trainer] { return trainer.isStopping(); });
  const auto server = openControl(trainer, chat, modelPath, options);
  observer.connect(server.get());
  if (server)
    trainer.setBoundaryHook([&](const train::Setup& setup) { chat.serve(setup, *server); });
  trainer.setProbeHook(probeHook([&trainer] { return trainer.isStopping(); }));
  {
    std::scoped_lock lock(mutex);
    target = &trainer;
    if (signals.received())
      trainer.interrupt(signalSentence(signals.received()));
  }
  const train::TrainOutcome outcome = trainer.run();
  {
    std::scoped_lock lock(mutex);
    target = nullptr;
  }
  output.ended(outcome, path);
  observer.connect(nullptr);
  if (outcome.state == api::RunState::Failed) {
    fmt::print(stderr, "lathe: {}{}\n", outcome.error.code.empty() ? "" : outcome.error.code + ": ", outcome.error.message);
    return exitCodeFor(outcome.error.kind);
  }
  return outcome.interrupted ? 128 + signals.received() : 0;
}

} // namespace lathe::worker
