// SPDX-License-Identifier: Apache-2.0
// One thread's event loop: sockets, timers and posted work. Hides Boost.Asio from the headers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace lathe::rpc {

class IoLoop {
public:
  IoLoop();
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  /// Runs handlers on this thread until stop(). An exception out of a handler is logged and the loop goes on.
  void run();
  /// Any thread.
  void stop();
  /// Any thread; `work` runs on the loop's thread, in order.
  void post(std::function<void()> work);
  /// Loop thread (or before run): calls `work` once after `delay`, or again and again. Returns a handle for cancel().
  uint64_t after(std::chrono::milliseconds delay, std::function<void()> work);
  uint64_t every(std::chrono::milliseconds period, std::function<void()> work);
  void cancel(uint64_t timer);

  struct Impl;
  Impl& impl() { return *m_impl; }

private:
  std::unique_ptr<Impl> m_impl;
};

} // namespace lathe::rpc
