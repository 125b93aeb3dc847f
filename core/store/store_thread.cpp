// SPDX-License-Identifier: Apache-2.0
#include "core/store/store_thread.h"

#include "core/base/log.h"

namespace lathe::store {

StoreThread::StoreThread(const std::string& path) : m_store(std::make_unique<Store>(path)), m_notice(m_store->notice()) {
  m_thread = std::thread([this] { work(); });
}

StoreThread::~StoreThread() {
  {
    std::scoped_lock lock(m_mutex);
    m_ending = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void StoreThread::post(std::function<void(Store&)> work) {
  {
    std::scoped_lock lock(m_mutex);
    m_work.push_back(std::move(work));
  }
  m_changed.notify_all();
}

void StoreThread::work() {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_changed.wait(lock, [&] { return m_ending || !m_work.empty(); });
    if (m_work.empty())
      return;
    const auto next = std::move(m_work.front());
    m_work.pop_front();
    lock.unlock();
    try {
      next(*m_store);
    } catch (...) {
      logError("The database failed: {}", currentError().message);
    }
    lock.lock();
  }
}

} // namespace lathe::store
