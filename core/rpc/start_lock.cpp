// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/start_lock.h"

#include "core/base/error.h"
#include "core/base/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace lathe::rpc {

std::optional<StartLock> StartLock::tryTake(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    throw Exception(ErrorKind::Io, fmt::format("The lock file {} cannot be opened: {}.", path, std::strerror(errno)));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return std::nullopt;
  }
  return StartLock(fd);
}

StartLock::StartLock(StartLock&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}

StartLock& StartLock::operator=(StartLock&& other) noexcept {
  std::swap(m_fd, other.m_fd);
  return *this;
}

StartLock::~StartLock() {
  if (m_fd >= 0)
    ::close(m_fd);
}

void preparePrivateFolder(const std::string& path) {
  makeDirectories(path, 0700);
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    throw Exception(ErrorKind::Io, fmt::format("The folder {} cannot be read: {}.", path, std::strerror(errno)));
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid())
    throw Exception(ErrorKind::Io, fmt::format("{} is not a folder of yours, so no socket is put there. Remove it or set XDG_RUNTIME_DIR to a folder of your own.", path));
  if ((info.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0)
    throw Exception(ErrorKind::Io, fmt::format("Others can enter the folder {} and that cannot be changed: {}.", path, std::strerror(errno)));
}

bool somebodyListens(const std::string& socketPath) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socketPath.size() >= sizeof address.sun_path)
    return false;
  std::memcpy(address.sun_path, socketPath.c_str(), socketPath.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  const int status = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int code = errno;
  ::close(fd);
  return status == 0 || code == EAGAIN; // EAGAIN: its backlog is full, so it lives
}

} // namespace lathe::rpc
