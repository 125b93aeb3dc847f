// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/io_loop_impl.h"

#include "core/base/error.h"
#include "core/base/log.h"

#include <boost/asio/post.hpp>

namespace lathe::rpc {
namespace {

void arm(IoLoop::Impl& impl, uint64_t id, std::chrono::milliseconds delay, bool again, const std::shared_ptr<std::function<void()>>& work) {
  const auto it = impl.timers.find(id);
  if (it == impl.timers.end())
    return;
  it->second->expires_after(delay);
  it->second->async_wait([&impl, id, delay, again, work](const boost::system::error_code& code) {
    if (code || !impl.timers.contains(id))
      return;
    if (again)
      arm(impl, id, delay, again, work);
    else
      impl.timers.erase(id);
    (*work)();
  });
}

uint64_t start(IoLoop::Impl& impl, std::chrono::milliseconds delay, bool again, std::function<void()> work) {
  const uint64_t id = impl.nextTimer++;
  impl.timers.emplace(id, std::make_unique<boost::asio::steady_timer>(impl.context));
  arm(impl, id, delay, again, std::make_shared<std::function<void()>>(std::move(work)));
  return id;
}

} // namespace

IoLoop::IoLoop() : m_impl(std::make_unique<Impl>()) {}
IoLoop::~IoLoop() = default;

void IoLoop::run() {
  while (!m_impl->context.stopped()) {
    try {
      m_impl->context.run();
    } catch (...) {
      const Error error = currentError();
      logError("A handler failed: {} {}", error.message, error.detail);
    }
  }
}

void IoLoop::stop() { m_impl->context.stop(); }
void IoLoop::post(std::function<void()> work) { boost::asio::post(m_impl->context, std::move(work)); }
uint64_t IoLoop::after(std::chrono::milliseconds delay, std::function<void()> work) { return start(*m_impl, delay, false, std::move(work)); }
uint64_t IoLoop::every(std::chrono::milliseconds period, std::function<void()> work) { return start(*m_impl, period, true, std::move(work)); }
void IoLoop::cancel(uint64_t timer) { m_impl->timers.erase(timer); }

} // namespace lathe::rpc
