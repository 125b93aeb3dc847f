// SPDX-License-Identifier: Apache-2.0
#include "core/io/hub_lock.h"

#include "core/base/error.h"
#include "core/base/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace lathe::io {

HubLock::HubLock(const std::string& path, const std::stop_token& stop) {
  makeDirectories(std::filesystem::path(path).parent_path().string());
  m_fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (m_fd < 0)
    throw Exception(ErrorKind::Io, fmt::format("The lock file {} cannot be opened: {}.", path, std::strerror(errno)));
  while (::flock(m_fd, LOCK_EX | LOCK_NB) != 0) {
    const int problem = errno;
    const bool waits = problem == EWOULDBLOCK || problem == EINTR;
    if (waits && !stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    ::close(m_fd);
    if (waits)
      throw Exception(ErrorKind::Cancelled, "The download was stopped while another program was loading the same file.");
    if (problem != ENOLCK && problem != ENOSYS && problem != EOPNOTSUPP)
      throw Exception(ErrorKind::Io, fmt::format("The lock file {} cannot be locked: {}.", path, std::strerror(problem)));
    m_fd = -1; // a file system without locks: as before there were any
    return;
  }
}

HubLock::~HubLock() {
  if (m_fd >= 0)
    ::close(m_fd);
}

} // namespace lathe::io
