// SPDX-License-Identifier: Apache-2.0
// A training run from its folder to its result. One job thread calls run(); any thread may call control() and snapshot().
//
// The loss and the gradient of a step are Σ cross-entropy / supervised tokens of the whole step, however it is packed into microbatches.
#pragma once

#include "core/train/run_folder.h"
#include "core/train/run_state_files.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace lathe::train {

class BatchStager;
class StepGraphs;

/// Told on the job thread, after the fact is in the run folder; "stopping" is told on the thread that asked for it.
class TrainObserver {
public:
  virtual ~TrainObserver() = default;
  virtual void onMetrics(const api::MetricRow&) {}
  virtual void onEvent(const api::RunEvent&) {}
  virtual void onStatus(const RunStatus&) {}
  /// While preparing: "Loading the model", 0…1.
  virtual void onProgress(const std::string& /*what*/, double /*share*/) {}
};

enum class TrainAction { Pause, Continue, Stop, Save, Evaluate, Sample };
/// "pause", "continue", "stop", "save", "evaluate", "sample"; Usage otherwise.
TrainAction trainActionFromName(const std::string& name);

struct TrainSnapshot {
  api::RunState state = api::RunState::Queued;
  int64_t step = 0, totalSteps = 0;
  std::map<std::string, uint64_t> memory; // bytes by category
};

struct TrainOutcome {
  api::RunState state = api::RunState::Finished;
  bool interrupted = false; // ended because of interrupt()
  Error error;              // when failed
  std::string result;       // folder of adapter or model, when finished
};

/// What a probe prompt was answered.
struct ProbeAnswer {
  int64_t index = 0; // in TrainSpec::probes
  std::string prompt, text;
  int64_t tokens = 0;
};
/// Answers the prompts of these indices greedily and tells each answer when it is whole; `base`: without the adapter in training. May leave other adapters
/// active; comes back early when the run stops. A failure is told as a warning and ends nothing.
using ProbeHook = std::function<void(const Setup& setup, const std::vector<int64_t>& indices, bool base, const std::function<void(const ProbeAnswer&)>& answered)>;

class Trainer {
public:
  /// Takes the run's lock (Conflict). The folder is new (queued) or ended and resumable.
  Trainer(RunFolder folder, TrainObserver& observer, RunOptions options);
  ~Trainer();

  /// Prepares (or resumes from the newest checkpoint that verifies), trains, writes the result. Never throws; a stop request counts as
  /// control(Stop).
  TrainOutcome run(std::stop_token stop = {});

  /// Queued to the next step boundary; Stop changes the state at once. Conflict when the state does not allow it.
  void control(TrainAction action);
  /// A signal came: save at the next step boundary and end as interrupted. Async-signal-safe callers go through a thread.
  void interrupt(const std::string& reason);
  TrainSnapshot snapshot() const;
  const std::string& folder() const { return m_folder.path(); }

  /// Called on the job thread at every step boundary and, while paused, after every wake(): may use the model and its adapters as
  /// long as it changes no weights (chat while training).
  void setBoundaryHook(std::function<void(const Setup& setup)> hook) { m_boundaryHook = std::move(hook); }
  /// Called on the job thread where the probe prompts are due: before the first step (the base's answers), after every checkpoint, at the end, and when a
  /// sample is asked for. Changes no weights. Without a hook nothing is answered.
  void setProbeHook(ProbeHook hook) { m_probeHook = std::move(hook); }
  /// Whether the run was asked to stop: a hook that takes long should come back.
  bool isStopping() const;
  /// Wakes a paused run so that the hook is called.
  void wake();

private:
  struct Ended {}; // thrown to leave the loop when a stop was asked for
  enum class EndKind { None, Stop, Interrupt };

  // trainer.cpp: life
  TrainOutcome finish();
  void prepareRun(std::stop_token stop);
  void resumeFrom(const Manifest& manifest);
  void startFresh();
  void setState(api::RunState state, const Error* error = nullptr, const std::string& reason = {});
  void writeEvent(const std::string& type, const std::string& text, Json data = nullptr);
  TrainOutcome endedBy(const Error* error);

  // trainer_control.cpp: requests
  void boundary();
  void pauseUntilContinued();
  void runHook();
  void activateTrained(); // after a hook that used other adapters
  bool isPauseAsked() const;
  bool wait(double seconds);

  // trainer_step.cpp: computing
  // A GPU works a step ahead of the host: a step is started, and what it computed is read when the next one has been started, or at once
  // where something waits for it (evaluation, checkpoint, the end, a request).
  struct StartedStep;
  void trainStep();
  bool runMicrobatches(StartedStep& step, at::Tensor& lossSum);
  void advance(StartedStep& step);
  void finishStarted();
  bool isOnGpu() const;
  bool isEvaluationDue(int64_t step) const;
  bool isSaveDue(int64_t step) const;
  bool isWaitedFor(int64_t step) const;
  void chooseGraphs();
  at::Tensor updateWeights(double rate, const at::Tensor& lossSum);
  bool dropGraphs();
  void halveMicrobatch(const std::string& why);
  void restartPrefetcher();
  double evaluate();
  double evaluateOnce();
  void finishRow(api::MetricRow& row, const std::vector<uint64_t>& rows);
  void noteMemory(api::MetricRow& row, bool askDriver);
  void tellMemory(const api::MetricRow& row);
  std::vector<std::string> sampleNames(const std::vector<uint64_t>& rows) const;

  // trainer_probes.cpp
  void answerProbesAsBase();
  void answerProbesNow(bool asked);
  void answerProbes(const std::vector<int64_t>& indices, bool base);

  // trainer_save.cpp: files
  void appendMetrics(const api::MetricRow& row);
  void saveCheckpoint();
  bool trySave();
  void withDisk(const std::string& what, const std::function<void()>& write);
  Manifest manifest() const;

  RunFolder m_folder;
  RunLock m_lock;
  TrainObserver& m_observer;
  RunOptions m_options;
  CheckpointStore m_checkpoints;
  std::unique_ptr<AppendFile> m_metrics, m_events;
  std::function<void(const Setup&)> m_boundaryHook;
  ProbeHook m_probeHook;

  Setup m_setup;
  std::unique_ptr<AdamW> m_optimizer;
  std::unique_ptr<BatchStager> m_stager;
  std::unique_ptr<StepGraphs> m_graphs;   // null: operation by operation
  std::shared_ptr<StartedStep> m_started; // its row is not written yet
  std::chrono::steady_clock::time_point m_lastDone{}; // when the last step's result was there
  std::shared_ptr<StartedStep> m_lastStep;            // that step, while nothing but steps follows it on the device
  NonFiniteGuard m_nonFinite;
  Cursor m_cursor;
  int64_t m_step = 0;                 // optimizer steps, the started one included
  int64_t m_savedStep = -1, m_sampledStep = -1;
  double m_trainingTime = 0;          // seconds, pauses excluded
  std::optional<double> m_evalLoss;   // measured at m_step
  int m_halvings = 0;
  bool m_evaluateAsked = false;
  std::chrono::steady_clock::time_point m_lastSync{};

  mutable std::mutex m_mutex;         // guards what follows, and the status of m_folder
  std::condition_variable_any m_wake;
  std::deque<TrainAction> m_actions;
  bool m_pauseAsked = false, m_woken = false;
  EndKind m_end = EndKind::None;
  std::string m_endReason;
  std::stop_source m_stop;            // wakes the prefetcher and the loader
  std::map<std::string, uint64_t> m_memory;
};

} // namespace lathe::train
