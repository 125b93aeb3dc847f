// SPDX-License-Identifier: Apache-2.0
#include "core/worker/job_signals.h"

#include <csignal>
#include <ctime>

#include <unistd.h>

namespace lathe::worker {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, number);
  return set;
}

} // namespace

JobSignals::JobSignals(std::function<void(int signal)> onSignal) {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  m_thread = std::jthread([this, set, onSignal = std::move(onSignal)](std::stop_token stop) {
    while (!stop.stop_requested()) {
      const timespec patience{0, 100'000'000};
      const int number = sigtimedwait(&set, nullptr, &patience);
      if (number <= 0)
        continue;
      if (m_received != 0)
        ::_exit(128 + number); // everything on disk is consistent at any instant
      m_received = number;
      onSignal(number);
    }
  });
}

JobSignals::~JobSignals() {
  m_thread.request_stop();
  m_thread.join();
  const sigset_t set = watched();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace lathe::worker
