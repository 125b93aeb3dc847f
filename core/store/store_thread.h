// SPDX-License-Identifier: Apache-2.0
// The one thread that touches the database.
#pragma once

#include "core/store/store.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace lathe::store {

class StoreThread {
public:
  /// Opens the store on the calling thread (throws what Store throws), then works on its own.
  explicit StoreThread(const std::string& path);
  /// Finishes everything posted, then closes the database.
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  /// Runs in order on the store's thread; an exception is logged.
  void post(std::function<void(Store&)> work);
  const std::string& notice() const { return m_notice; }

private:
  void work();
  std::unique_ptr<Store> m_store;
  std::string m_notice;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::deque<std::function<void(Store&)>> m_work;
  bool m_ending = false;
  std::thread m_thread;
};

} // namespace lathe::store
