// SPDX-License-Identifier: Apache-2.0
// Chat with a model while it is trained: requests wait for the next step boundary and are answered there with the weights of that moment,
// all waiting ones side by side. Training goes on when they are done.
#pragma once

#include "core/rpc/control_server.h"
#include "core/train/setup.h"

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace lathe::worker {

class TrainChat {
public:
  /// `run`: folder of the run; an adapter below it means the one in training.
  TrainChat(std::string run, std::function<void()> wake, std::function<bool()> stopping)
      : m_run(std::move(run)), m_wake(std::move(wake)), m_stopping(std::move(stopping)) {}
  void accept(const Json& params);           // any thread
  void cancel(const std::string& request);   // any thread
  /// Job thread, at a step boundary. Cheap when nothing waits.
  void serve(const train::Setup& setup, rpc::ControlServer& control);

private:
  bool isCancelled(const std::string& request);
  std::string m_run;
  std::function<void()> m_wake;
  std::function<bool()> m_stopping;
  std::mutex m_mutex;
  std::deque<Json> m_waiting;
  std::set<std::string> m_cancelled;
};

} // namespace lathe::worker
