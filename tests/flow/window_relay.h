// SPDX-License-Identifier: Apache-2.0
// Stands between a window and its engine: passes every byte on and notes what the window was told.
#pragma once

#include "core/base/json.h"

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace flow {

class WindowRelay {
public:
  /// Listens where a window with another runtime folder looks for the engine; `engine` is the real socket.
  WindowRelay(const std::string& listenPath, std::string engine);
  ~WindowRelay();
  WindowRelay(const WindowRelay&) = delete;
  WindowRelay& operator=(const WindowRelay&) = delete;

  void forget();
  int connections() const { return m_connections; }
  bool knowsRun(const std::string& id) const;
  /// Last step up to which the window has every one, from 1.
  int64_t wholeUpTo() const;
  int64_t lastStep() const;

private:
  void listen();
  void pump(int window);
  void note(const lathe::Json& message);
  void noteRows(const lathe::Json& rows);

  std::string m_engine;
  int m_listener = -1;
  std::atomic<bool> m_ending{false};
  std::atomic<int> m_connections{0};
  mutable std::mutex m_mutex;
  std::set<std::string> m_runs;
  std::set<int64_t> m_steps;
  std::thread m_thread;
};

} // namespace flow
