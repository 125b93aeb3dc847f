// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP as calls on a thread of their own: the first asks, the second ends the process at once.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace lathe::worker {

class JobSignals {
public:
  /// Blocks the signals for this thread and those it starts later; make it before anything that starts threads. `onSignal` gets the
  /// number of the first signal.
  explicit JobSignals(std::function<void(int signal)> onSignal);
  ~JobSignals();
  JobSignals(const JobSignals&) = delete;
  JobSignals& operator=(const JobSignals&) = delete;
  /// The first signal that came; 0 = none.
  int received() const { return m_received; }

private:
  std::atomic<int> m_received{0};
  std::jthread m_thread;
};

} // namespace lathe::worker
