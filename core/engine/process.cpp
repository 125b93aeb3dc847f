// SPDX-License-Identifier: Apache-2.0
#include "core/engine/process.h"

#include "core/base/error.h"
#include "core/base/processes.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lathe::engine {
namespace {

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void becomeWorker(char* const* arguments, int log, int status) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  for (int fd = 3; fd < 1024; ++fd)
    if (fd != status)
      ::close(fd);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::execv(arguments[0], arguments);
  const int code = errno;
  const ssize_t ignored = ::write(status, &code, sizeof code);
  (void)ignored;
  ::_exit(127);
}

} // namespace

int64_t spawnWorker(const std::vector<std::string>& command, const std::string& logFile) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int log = ::open(logFile.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int status[2];
  if (log < 0 || ::pipe2(status, O_CLOEXEC) != 0)
    throw Exception(ErrorKind::Io, fmt::format("{} cannot be started: {} cannot be written: {}.", command[0], logFile, std::strerror(errno)));
  const pid_t pid = ::fork();
  if (pid == 0)
    becomeWorker(arguments.data(), log, status[1]);
  const int forkError = errno;
  ::close(log);
  ::close(status[1]);
  int code = 0;
  const bool failed = pid < 0 || ::read(status[0], &code, sizeof code) == sizeof code; // the pipe closes at exec
  ::close(status[0]);
  if (pid > 0 && failed)
    ::waitpid(pid, nullptr, 0);
  if (failed)
    throw Exception(ErrorKind::Io, fmt::format("{} cannot be started: {}. Build it with ./dev.sh build.", command[0], std::strerror(pid < 0 ? forkError : code)));
  return pid;
}

bool isAlive(int64_t pid, uint64_t start) {
  if (pid <= 1)
    return false;
  const uint64_t now = processStartTime(pid);
  return now != 0 && (start == 0 || start == now);
}

std::optional<int> reap(int64_t pid) {
  int status = 0;
  if (pid <= 1 || ::waitpid(static_cast<pid_t>(pid), &status, WNOHANG) != pid)
    return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace lathe::engine
