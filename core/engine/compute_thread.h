// SPDX-License-Identifier: Apache-2.0
// Work that reads files or counts tokens, off the loop's thread. A newer task of the same name stops and replaces an older one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace lathe::engine {

class ComputeThread {
public:
  using Task = std::function<void(std::stop_token stop)>;
  ComputeThread();
  /// Stops the task that runs, forgets the others.
  ~ComputeThread();
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;
  /// Any thread. An empty name replaces nothing. A replaced task that has not begun runs with a stop that is already requested, so that it can answer.
  void post(const std::string& name, Task task);

private:
  struct Entry {
    std::string name;
    Task task;
    std::stop_source stop;
  };
  void work();
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::deque<Entry> m_tasks;
  std::string m_runningName;
  std::stop_source m_running;
  bool m_ending = false;
  std::thread m_thread;
};

} // namespace lathe::engine
