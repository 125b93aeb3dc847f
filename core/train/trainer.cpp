// SPDX-License-Identifier: Apache-2.0
#include "core/train/trainer.h"

#include "core/base/log.h"
#include "core/ops/cuda_ops.h"
#include "core/train/batch_stager.h"
#include "core/train/out_of_memory.h"
#include "core/train/step_graphs.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lathe::train {
namespace {

Error errorOfRun(const Setup& setup, int halvings) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    const std::string detail = error.what_without_backtrace();
    return {ErrorKind::OutOfMemory, outOfMemoryMessage(setup, halvings), detail, {}};
  } catch (const c10::Error& error) {
    return {ErrorKind::Internal, fmt::format("The computation failed: {}", error.what_without_backtrace()), error.what(), {}};
  } catch (...) {
    return currentError();
  }
}

} // namespace

TrainAction trainActionFromName(const std::string& name) {
  if (name == "pause")
    return TrainAction::Pause;
  if (name == "continue")
    return TrainAction::Continue;
  if (name == "stop")
    return TrainAction::Stop;
  if (name == "save")
    return TrainAction::Save;
  if (name == "evaluate")
    return TrainAction::Evaluate;
  if (name == "sample")
    return TrainAction::Sample;
  throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no action of a run; use pause, continue, stop, save, evaluate or sample.", name));
}

Trainer::Trainer(RunFolder folder, TrainObserver& observer, RunOptions options)
    : m_folder(std::move(folder)), m_lock(m_folder.path()), m_observer(observer), m_options(std::move(options)),
      m_checkpoints(m_folder.checkpoints()) {
  m_folder.markInterrupted();
}

Trainer::~Trainer() = default;

TrainOutcome Trainer::run(std::stop_token stop) {
  const std::stop_callback forward(stop, [this] { capture([this] { return control(TrainAction::Stop), 0; }).ok(); });
  try {
    prepareRun(m_stop.get_token());
    answerProbesAsBase();
    while (m_step < m_setup.totalSteps) {
      boundary();
      trainStep();
    }
    return finish();
  } catch (const Ended&) {
    return endedBy(nullptr);
  } catch (...) {
    const Error error = errorOfRun(m_setup, m_halvings);
    return endedBy(&error);
  }
}

void Trainer::prepareRun(std::stop_token stop) {
  if (!api::mayChange(m_folder.status().state, api::RunState::Preparing))
    throw Exception(ErrorKind::Conflict, fmt::format("The run {} is {}; there is nothing to resume.", m_folder.id(), api::enumName(m_folder.status().state)));
  setState(api::RunState::Preparing);
  m_folder.removeStrayFiles();
  m_metrics = std::make_unique<AppendFile>(m_folder.file("metrics.jsonl"));
  m_events = std::make_unique<AppendFile>(m_folder.file("events.jsonl"));
  std::vector<std::string> damaged;
  const auto manifest = m_checkpoints.newestVerified(&damaged);
  for (const std::string& sentence : damaged)
    writeEvent("warning", sentence);
  if (!manifest && !damaged.empty())
    refuse("REJ:CHECKPOINT_NONE", fmt::format("None of the {} checkpoints of this run can be read. Start it again as a new run. {}", damaged.size(), damaged.front()));
  resolveDevice(m_options.device); // the GPU's libraries must be there before any tensor is
  ops::setDeterministic(m_folder.spec().training.deterministic);
  const auto progress = [this](const std::string& what, double share) { m_observer.onProgress(what, share); };
  m_setup.spec = m_folder.spec(); // for advice where preparing fails
  m_setup = prepare(m_folder.spec(), m_options, manifest ? m_checkpoints.pathOf(manifest->step) : "", progress, stop);
  const auto& training = m_setup.spec.training;
  m_optimizer = std::make_unique<AdamW>(m_setup.model->flatMaster(), m_setup.model->flatGrad(),
                                        AdamWOptions{training.beta1, training.beta2, training.eps, training.weightDecay, training.maxGradNorm});
  chooseGraphs();
  m_cursor.seed = training.seed;
  manifest ? resumeFrom(*manifest) : startFresh();
  restartPrefetcher();
  {
    std::scoped_lock lock(m_mutex);
    m_folder.setStep(m_step, m_setup.totalSteps, false);
    if (m_end != EndKind::None)
      throw Ended();
  }
  setState(api::RunState::Running);
}

void Trainer::resumeFrom(const Manifest& manifest) {
  auto differences = manifest.identity.differences(m_setup.identity);
  for (auto& sentence : specDifferences(manifest.spec, api::trainSpecToJson(m_setup.spec)))
    differences.push_back(std::move(sentence));
  if (!differences.empty())
    refuse("REJ:RESUME_MISMATCH", fmt::format("The run cannot go on from step {}: {} Restore what was there, or start a new run.", manifest.step,
                                              fmt::join(differences, " ")));
  if (m_setup.spec.training.deterministic && manifest.threads != at::get_num_threads())
    writeEvent("warning", fmt::format("The run computed with {} threads and goes on with {}: it will not be bit-identical. Use --threads {}.", manifest.threads,
                                      at::get_num_threads(), manifest.threads));
  restoreState(m_setup, *m_optimizer, m_checkpoints.pathOf(manifest.step));
  m_step = m_savedStep = manifest.step;
  m_cursor = manifest.cursor;
  m_trainingTime = manifest.trainingTime;
  m_nonFinite.restore(manifest.skippedSteps);
  if (m_metrics->size() > manifest.metricsBytes)
    m_metrics->truncate(manifest.metricsBytes);
  else if (m_metrics->size() < manifest.metricsBytes)
    writeEvent("warning", fmt::format("metrics.jsonl is {} bytes shorter than at the checkpoint: some of its lines were removed.", manifest.metricsBytes - m_metrics->size()));
  writeEvent("resumed", fmt::format("Resumed from the checkpoint of step {}.", manifest.step), Json{{"step", manifest.step}});
}

void Trainer::startFresh() {
  if (m_metrics->size() > 0) {
    m_metrics->truncate(0);
    writeEvent("resumed", "Started again from the first step: the run had ended before its first checkpoint.", Json{{"step", 0}});
  }
  const data::DatasetStats& stats = m_setup.data.rows->stats();
  if (stats.longerRows == 0)
    return;
  const std::string sentence = stats.longRowsText();
  logInfo("{}", sentence);
  if (stats.droppedTokens > 0)
    writeEvent("warning", sentence, Json{{"longer_rows", stats.longerRows}, {"truncated_rows", stats.truncatedRows}, {"split_rows", stats.splitSources}, {"split_pieces", stats.splitPieces},
                                         {"dropped_pieces", stats.droppedPieces}, {"dropped_rows", stats.droppedRows}, {"dropped_tokens", stats.droppedTokens}});
}

TrainOutcome Trainer::finish() {
  if (m_savedStep != m_step)
    trySave();
  TrainOutcome outcome;
  withDisk("result", [&] {
    checkDiskSpace(m_options.disk, m_folder.path(), stateBytes(m_setup));
    outcome.result = writeResult(m_setup, m_folder.path());
  });
  writeEvent("saved", fmt::format("The result is in {}.", outcome.result), Json{{"path", outcome.result}, {"result", true}});
  m_metrics->sync();
  answerProbesNow(false);
  setState(api::RunState::Finished);
  return outcome;
}

TrainOutcome Trainer::endedBy(const Error* error) {
  TrainOutcome outcome;
  Error saveError;
  if (error && m_started) // its row belongs to the run, whatever happened after it
    capture([this] { return finishStarted(), 0; }).ok();
  if (!error && m_optimizer && m_step > 0 && m_savedStep != m_step && !trySave()) {
    saveError = {ErrorKind::Io, fmt::format("The run was stopped at step {} but could not be saved; the last checkpoint is of step {}.", m_step, std::max<int64_t>(0, m_savedStep)), {}, {}};
    error = &saveError;
  }
  m_stager.reset();
  EndKind end;
  std::string reason;
  {
    std::scoped_lock lock(m_mutex);
    end = m_end;
    reason = m_endReason;
  }
  if (error && error->kind == ErrorKind::Cancelled && end != EndKind::None)
    error = nullptr;
  outcome.interrupted = end == EndKind::Interrupt;
  if (error) {
    outcome.state = api::RunState::Failed;
    outcome.error = *error;
    logError("{} {}", error->message, error->detail);
    if (m_events)
      writeEvent("error", error->message, Json{{"kind", errorKindName(error->kind)}, {"code", error->code}});
  } else {
    outcome.state = end == EndKind::Interrupt ? api::RunState::Interrupted : api::RunState::Stopped;
  }
  setState(outcome.state, error, reason);
  return outcome;
}

void Trainer::setState(api::RunState state, const Error* error, const std::string& reason) {
  RunStatus status;
  {
    std::scoped_lock lock(m_mutex);
    if (m_folder.status().state == state || !api::mayChange(m_folder.status().state, state))
      return; // a stop request came in between; it wins
    if (const auto written = capture([&] { return m_folder.setState(state, error, reason), 0; }); !written.ok())
      logWarning("state.json: {}", written.error().message);
    status = m_folder.status();
  }
  logInfo("state {} at step {}", api::enumName(state), status.step);
  if (m_events)
    writeEvent("state", reason.empty() ? std::string(api::enumName(state)) : reason, Json{{"state", api::enumName(state)}});
  m_observer.onStatus(status);
}

void Trainer::writeEvent(const std::string& type, const std::string& text, Json data) {
  api::RunEvent event;
  event.time = wallClock();
  event.step = m_step;
  event.type = type;
  event.text = text;
  event.data = std::move(data);
  try {
    m_events->appendLine(dumpJson(api::encode(event)));
  } catch (const Exception& problem) {
    logWarning("events.jsonl: {} ({})", problem.error().message, text);
  }
  m_observer.onEvent(event);
}

} // namespace lathe::train
