// SPDX-License-Identifier: Apache-2.0
// Things every listening process needs: a private folder, an exclusive lock, the peer's identity.
#pragma once

#include <optional>
#include <string>

namespace lathe::rpc {

/// flock on a file; the kernel releases it with the process, so it is never stale.
class StartLock {
public:
  /// nullopt when another process holds it. Throws Io when the file cannot be made.
  static std::optional<StartLock> tryTake(const std::string& path);
  StartLock(StartLock&& other) noexcept;
  StartLock& operator=(StartLock&& other) noexcept;
  ~StartLock();

private:
  explicit StartLock(int fd) : m_fd(fd) {}
  int m_fd = -1;
};

/// Makes the folder 0700; refuses one that belongs to another user or that others can enter.
void preparePrivateFolder(const std::string& path);
/// True when a process accepts connections there.
bool somebodyListens(const std::string& socketPath);

} // namespace lathe::rpc
