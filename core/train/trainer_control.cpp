// SPDX-License-Identifier: Apache-2.0
// Requests from other threads and what they do at the step boundary.
#include "core/train/trainer.h"

#include <ATen/core/TensorBody.h>
#include <fmt/format.h>

namespace lathe::train {

void Trainer::control(TrainAction action) {
  RunStatus status;
  {
    std::scoped_lock lock(m_mutex);
    const api::RunState state = m_folder.status().state;
    const bool live = state == api::RunState::Preparing || state == api::RunState::Running || state == api::RunState::Paused;
    const bool paused = state == api::RunState::Paused || m_pauseAsked;
    if (!live || m_end != EndKind::None || (action == TrainAction::Pause && paused) || (action == TrainAction::Continue && !paused))
      throw Exception(ErrorKind::Conflict, fmt::format("That is not possible while the run is {}.", m_end != EndKind::None ? "stopping" : api::enumName(state)));
    if (action == TrainAction::Pause || action == TrainAction::Continue)
      m_pauseAsked = action == TrainAction::Pause;
    else if (action != TrainAction::Stop)
      m_actions.push_back(action);
    if (action == TrainAction::Stop) {
      m_end = EndKind::Stop;
      if (!capture([&] { return m_folder.setState(api::RunState::Stopping), 0; }).ok())
        m_endReason = "";
      status = m_folder.status();
      m_stop.request_stop();
    }
    m_woken = true;
    m_wake.notify_all();
  }
  if (action == TrainAction::Stop)
    m_observer.onStatus(status);
}

void Trainer::interrupt(const std::string& reason) {
  RunStatus status;
  {
    std::scoped_lock lock(m_mutex);
    if (m_end == EndKind::Interrupt || api::isEnded(m_folder.status().state))
      return;
    m_end = EndKind::Interrupt;
    m_endReason = reason;
    if (api::mayChange(m_folder.status().state, api::RunState::Stopping))
      capture([&] { return m_folder.setState(api::RunState::Stopping), 0; }).ok();
    status = m_folder.status();
    m_stop.request_stop();
    m_woken = true;
    m_wake.notify_all();
  }
  m_observer.onStatus(status);
}

void Trainer::wake() {
  std::scoped_lock lock(m_mutex);
  m_woken = true;
  m_wake.notify_all();
}

bool Trainer::isStopping() const {
  std::scoped_lock lock(m_mutex);
  return m_end != EndKind::None;
}

bool Trainer::isPauseAsked() const {
  std::scoped_lock lock(m_mutex);
  return m_pauseAsked;
}

TrainSnapshot Trainer::snapshot() const {
  std::scoped_lock lock(m_mutex);
  const RunStatus& status = m_folder.status();
  return {status.state, status.step, status.totalSteps, m_memory};
}

bool Trainer::wait(double seconds) {
  std::unique_lock lock(m_mutex);
  const bool woken = m_wake.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return m_woken; });
  m_woken = false;
  return woken;
}

void Trainer::boundary() {
  for (;;) {
    std::optional<TrainAction> action;
    bool pause = false;
    {
      std::unique_lock lock(m_mutex);
      if (m_started && (m_end != EndKind::None || m_pauseAsked || !m_actions.empty())) {
        lock.unlock();
        finishStarted();
        m_lastStep.reset(); // what is asked for takes its own time
        continue;
      }
      if (m_end != EndKind::None)
        throw Ended();
      pause = m_pauseAsked;
      if (!m_actions.empty()) {
        action = m_actions.front();
        m_actions.pop_front();
      }
    }
    if (action == TrainAction::Save)
      saveCheckpoint();
    else if (action == TrainAction::Evaluate)
      m_evaluateAsked = true;
    else if (action == TrainAction::Sample)
      answerProbesNow(true);
    else if (pause)
      pauseUntilContinued();
    else
      break;
  }
  if (m_boundaryHook)
    runHook();
}

void Trainer::runHook() {
  m_boundaryHook(m_setup);
  activateTrained();
}

void Trainer::activateTrained() {
  if (!m_setup.adapter.empty())
    m_setup.model->setActiveAdapters({{m_setup.adapter, 1.0}});
  else
    m_setup.model->setActiveAdapters({});
}

void Trainer::pauseUntilContinued() {
  setState(api::RunState::Paused);
  capture([&] { return m_metrics->sync(), 0; }).ok();
  for (;;) {
    std::optional<TrainAction> action;
    {
      std::unique_lock lock(m_mutex);
      m_wake.wait(lock, [this] { return m_woken || !m_pauseAsked || m_end != EndKind::None || !m_actions.empty(); });
      m_woken = false;
      if (m_end != EndKind::None)
        throw Ended();
      if (!m_pauseAsked)
        break;
      if (!m_actions.empty()) {
        action = m_actions.front();
        m_actions.pop_front();
      }
    }
    if (action == TrainAction::Save)
      saveCheckpoint();
    else if (action == TrainAction::Evaluate)
      evaluate();
    else if (action == TrainAction::Sample)
      answerProbesNow(true);
    else if (m_boundaryHook)
      runHook();
  }
  setState(api::RunState::Running);
}

} // namespace lathe::train
