// SPDX-License-Identifier: Apache-2.0
// The last events of this process, numbered without gaps, so that a client that lost its connection reads on where it was.
// Cursors of a later process start higher than those of an earlier one (they begin at milliseconds since 1970 × 1024, below 2^53):
// a cursor of the process before is recognised as a gap.
#pragma once

#include "core/api/values.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lathe::rpc {

class EventLog {
public:
  /// Keeps at most so many events and bytes; the oldest go first.
  explicit EventLog(size_t maxEvents = 65'536, size_t maxBytes = 64u << 20);

  /// Any thread. Returns the event's cursor.
  uint64_t append(const std::string& type, const std::string& run, const Json& body);
  uint64_t cursor() const; // of the newest event (or where numbering starts)
  uint64_t oldest() const; // of the oldest event still held; cursor() + 1 when none

  struct Slice {
    std::vector<std::shared_ptr<const std::string>> events; // encoded api::Event objects, in order
    uint64_t cursor = 0; // of the last one, or where reading goes on
    bool gap = false;    // events between the asked cursor and the first of these are gone
    bool more = false;   // there are further events
  };
  /// Events after `cursor`, at most so many bytes (but at least one event).
  Slice after(uint64_t cursor, size_t maxBytes = 1u << 20) const;

  /// Called after an append when nobody has been woken since the last slice was taken; from the appending thread.
  void setWake(std::function<void()> wake);
  /// Arms the wake-up again.
  void rearm();

private:
  mutable std::mutex m_mutex;
  std::deque<std::shared_ptr<const std::string>> m_events;
  size_t m_maxEvents, m_maxBytes, m_bytes = 0;
  uint64_t m_next; // cursor of the next event
  bool m_armed = true;
  std::function<void()> m_wake;
};

} // namespace lathe::rpc
