// SPDX-License-Identifier: Apache-2.0
// What all fuzz targets expect of a reader: it accepts the input or throws a lathe::Exception with a sentence and no internal fault.
#pragma once

#include "core/base/error.h"
#include "core/base/text_format.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {

inline void require(bool condition, const char* what) {
  if (condition)
    return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::abort();
}

/// Runs the reader; any other exception leaves and ends the process.
template <class Function>
bool accepted(Function&& function) {
  try {
    function();
    return true;
  } catch (const lathe::Exception& e) {
    const lathe::Error& error = e.error();
    require(!error.message.empty() && error.message.size() < 4096, "a refusal has a message of reasonable length");
    require(error.kind != lathe::ErrorKind::Internal, error.message.c_str());
    require(error.kind != lathe::ErrorKind::Refused || error.code.starts_with("REJ:") || error.code.starts_with("TEMPLATE:"), "a refusal has a code");
    return false;
  }
}

/// The input as a file in memory, for readers that take a path.
class MemoryFile {
public:
  MemoryFile(const uint8_t* data, size_t size) : m_fd(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(m_fd >= 0 && (size == 0 || ::write(m_fd, data, size) == static_cast<ssize_t>(size)), "memfd");
  }
  ~MemoryFile() { ::close(m_fd); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(m_fd); }

private:
  int m_fd;
};

} // namespace fuzz
