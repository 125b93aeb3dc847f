// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

namespace lathe {

/// Blocking queue with a capacity between two threads; a stop request or close() wakes both sides.
template <class T>
class BoundedQueue {
public:
  explicit BoundedQueue(size_t capacity) : m_capacity(capacity) {}

  /// False when the queue was closed or the stop came first.
  bool push(T value, std::stop_token stop = {}) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [&] { return m_closed || m_items.size() < m_capacity; });
    if (m_closed || m_items.size() >= m_capacity)
      return false;
    m_items.push_back(std::move(value));
    m_changed.notify_all();
    return true;
  }

  /// nullopt when the queue is closed and empty, or the stop came first.
  std::optional<T> pop(std::stop_token stop = {}) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [&] { return m_closed || !m_items.empty(); });
    if (m_items.empty())
      return std::nullopt;
    std::optional<T> value(std::move(m_items.front()));
    m_items.pop_front();
    m_changed.notify_all();
    return value;
  }

  void close() {
    std::scoped_lock lock(m_mutex);
    m_closed = true;
    m_changed.notify_all();
  }

private:
  size_t m_capacity;
  bool m_closed = false;
  std::deque<T> m_items;
  std::mutex m_mutex;
  std::condition_variable_any m_changed;
};

} // namespace lathe
