// SPDX-License-Identifier: Apache-2.0
#include "core/engine/daemon.h"

#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/rpc/start_lock.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lathe::engine {
namespace {

int connectSocket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return fd;
  throw Exception(ErrorKind::Io, fmt::format("The engine does not answer: {}.", std::strerror(errno)));
}

bool writeAll(int fd, const char* data, ssize_t bytes) {
  while (bytes > 0) {
    const ssize_t n = ::write(fd, data, static_cast<size_t>(bytes));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    data += n;
    bytes -= n;
  }
  return true;
}

/// Copies until the end; each direction has its own thread, so a side that does not read blocks only its own direction.
void pump(int from, int to) {
  std::array<char, 65'536> block;
  for (;;) {
    const ssize_t n = ::read(from, block.data(), block.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || !writeAll(to, block.data(), n))
      return;
  }
}

} // namespace

bool detach(const std::string& home) {
  makeDirectories(home, 0700);
  const pid_t first = ::fork();
  if (first < 0)
    throw Exception(ErrorKind::Io, fmt::format("The engine cannot be started: {}.", std::strerror(errno)));
  if (first > 0) {
    ::waitpid(first, nullptr, 0);
    return false;
  }
  ::setsid();
  if (::fork() != 0) // the daemon is no session leader and never gets a terminal
    ::_exit(0);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2})
    ::dup2(null, fd);
  if (null > 2)
    ::close(null);
  ::signal(SIGHUP, SIG_IGN);
  setLogFile(home + "/engine.log");
  return true;
}

void ensureEngine(const std::string& home, double seconds) {
  const std::string socket = engineSocket(home);
  if (rpc::somebodyListens(socket))
    return;
  const std::string program = executableFolder() + "/lathe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {0, 1, 2})
      ::dup2(null, fd);
    ::execl(program.c_str(), program.c_str(), "engine", "--home", home.c_str(), "--detach", nullptr);
    ::_exit(127);
  }
  if (pid > 0)
    ::waitpid(pid, nullptr, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!rpc::somebodyListens(socket)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw Exception(ErrorKind::Io, fmt::format("The engine did not start within {:.0f} s. Its log is {}/engine.log.", seconds, home));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

rpc::Client connectEngine(const std::string& home, const std::string& name) {
  ensureEngine(home);
  return rpc::Client::connect(engineSocket(home), 10, name);
}

int relayStdio(const std::string& home) {
  ::signal(SIGPIPE, SIG_IGN);
  ensureEngine(home);
  const int socket = connectSocket(engineSocket(home));
  std::thread([socket] {
    pump(0, socket);
    ::shutdown(socket, SHUT_WR); // the answers that are still under way come through
  }).detach();
  pump(socket, 1);
  return 0;
}

} // namespace lathe::engine
