// SPDX-License-Identifier: Apache-2.0
#include "core/engine/compute_thread.h"

#include "core/base/error.h"
#include "core/base/log.h"

namespace lathe::engine {

ComputeThread::ComputeThread() : m_thread([this] { work(); }) {}

ComputeThread::~ComputeThread() {
  {
    std::scoped_lock lock(m_mutex);
    m_ending = true;
    m_running.request_stop();
    for (Entry& entry : m_tasks)
      entry.stop.request_stop();
  }
  m_changed.notify_all();
  m_thread.join();
}

void ComputeThread::post(const std::string& name, Task task) {
  {
    std::scoped_lock lock(m_mutex);
    if (!name.empty()) {
      for (Entry& entry : m_tasks)
        if (entry.name == name)
          entry.stop.request_stop();
      if (m_runningName == name)
        m_running.request_stop();
    }
    m_tasks.push_back({name, std::move(task), {}});
  }
  m_changed.notify_all();
}

void ComputeThread::work() {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_changed.wait(lock, [&] { return m_ending || !m_tasks.empty(); });
    if (m_tasks.empty())
      return;
    const Entry entry = std::move(m_tasks.front());
    m_tasks.pop_front();
    m_runningName = entry.name;
    m_running = entry.stop;
    lock.unlock();
    try {
      entry.task(entry.stop.get_token());
    } catch (...) {
      logError("A background task failed: {}", currentError().message);
    }
    lock.lock();
    m_runningName.clear();
  }
}

} // namespace lathe::engine
