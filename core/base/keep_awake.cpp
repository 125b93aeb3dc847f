// SPDX-License-Identifier: Apache-2.0
#include "core/base/keep_awake.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lathe {
namespace {

/// In the child: a session of its own (Ctrl+C is not meant for it), then the holder, which ends with its standard input.
[[noreturn]] void becomeInhibitor(int input, int report, const std::string& why) {
  ::setsid();
  ::signal(SIGPIPE, SIG_DFL);
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(input, 0);
  ::dup2(null, 1);
  const std::string reason = "--why=" + why;
  ::execlp("systemd-inhibit", "systemd-inhibit", "--what=sleep:idle", "--who=Lathe", reason.c_str(), "--mode=block", "cat", nullptr);
  const int code = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &code, sizeof code);
  ::_exit(127);
}

} // namespace

KeepAwake::KeepAwake(const std::string& why) {
  int input[2] = {-1, -1}, report[2] = {-1, -1};
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(report, O_CLOEXEC) != 0) {
    m_problem = std::string("The machine cannot be kept awake: ") + std::strerror(errno) + ".";
    return;
  }
  m_pid = ::fork();
  if (m_pid == 0)
    becomeInhibitor(input[0], report[1], why);
  ::close(input[0]);
  ::close(report[1]);
  int code = m_pid < 0 ? errno : 0;
  const bool failed = m_pid < 0 || ::read(report[0], &code, sizeof code) == sizeof code;
  ::close(report[0]);
  m_pipe = input[1];
  if (!failed)
    return;
  ::close(std::exchange(m_pipe, -1));
  m_problem = std::string("The machine may fall asleep: systemd-inhibit could not be started (") + std::strerror(code) + ").";
}

KeepAwake::~KeepAwake() {
  if (m_pipe >= 0)
    ::close(m_pipe);
  if (m_pid > 0)
    ::waitpid(m_pid, nullptr, 0);
}

} // namespace lathe
