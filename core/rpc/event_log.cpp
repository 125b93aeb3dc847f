// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/event_log.h"

#include <algorithm>
#include <chrono>

namespace lathe::rpc {
namespace {

uint64_t firstCursor() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) * 1024 + 1;
}

} // namespace

EventLog::EventLog(size_t maxEvents, size_t maxBytes) : m_maxEvents(maxEvents), m_maxBytes(maxBytes), m_next(firstCursor()) {}

uint64_t EventLog::append(const std::string& type, const std::string& run, const Json& body) {
  const std::string bodyText = dumpJson(body);
  std::function<void()> wake;
  uint64_t cursor = 0;
  {
    std::scoped_lock lock(m_mutex);
    cursor = m_next++;
    auto text = std::make_shared<std::string>("{\"cursor\":" + std::to_string(cursor) + ",\"type\":" + dumpJson(type) +
                                              ",\"run\":" + dumpJson(run) + ",\"body\":" + bodyText + "}");
    m_bytes += text->size();
    m_events.push_back(std::move(text));
    while (m_events.size() > m_maxEvents || (m_bytes > m_maxBytes && m_events.size() > 1)) {
      m_bytes -= m_events.front()->size();
      m_events.pop_front();
    }
    if (m_armed && m_wake) {
      m_armed = false;
      wake = m_wake;
    }
  }
  if (wake)
    wake();
  return cursor;
}

uint64_t EventLog::cursor() const {
  std::scoped_lock lock(m_mutex);
  return m_next - 1;
}

uint64_t EventLog::oldest() const {
  std::scoped_lock lock(m_mutex);
  return m_next - m_events.size();
}

EventLog::Slice EventLog::after(uint64_t cursor, size_t maxBytes) const {
  std::scoped_lock lock(m_mutex);
  Slice slice;
  const uint64_t oldest = m_next - m_events.size();
  uint64_t next = cursor + 1;
  if (cursor >= m_next || next < oldest) { // of another process, or too long ago
    slice.gap = true;
    next = oldest;
  }
  size_t bytes = 0;
  for (; next < m_next; ++next) {
    const auto& event = m_events[static_cast<size_t>(next - oldest)];
    if (!slice.events.empty() && bytes + event->size() > maxBytes)
      break;
    bytes += event->size();
    slice.events.push_back(event);
  }
  slice.cursor = next - 1;
  slice.more = next < m_next;
  return slice;
}

void EventLog::setWake(std::function<void()> wake) {
  std::scoped_lock lock(m_mutex);
  m_wake = std::move(wake);
  m_armed = true;
}

void EventLog::rearm() {
  std::scoped_lock lock(m_mutex);
  m_armed = true;
}

} // namespace lathe::rpc
