// SPDX-License-Identifier: Apache-2.0
#include "core/base/user_input.h"

#include "core/base/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lathe {

std::string readUserInput(const std::string& path, uint64_t maxBytes) {
  const bool standardInput = path == "-";
  struct stat info {};
  if (!standardInput && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode))
    return readFile(path, maxBytes);
  const int fd = standardInput ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    throw Exception(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Io, fmt::format("{} cannot be read: {}.", path, std::strerror(errno)));
  std::string out;
  const char* problem = nullptr;
  if (!standardInput && (::fstat(fd, &info) != 0 || (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))))
    problem = "it is neither a file nor a pipe";
  for (char block[65'536]; !problem;) {
    const ssize_t n = ::read(fd, block, sizeof block);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      problem = std::strerror(errno);
    if (n <= 0)
      break;
    out.append(block, static_cast<size_t>(n));
    if (out.size() > maxBytes)
      break;
  }
  if (!standardInput)
    ::close(fd);
  if (problem)
    refuse("REJ:NOT_A_FILE", fmt::format("{} cannot be read: {}.", path, problem));
  if (out.size() > maxBytes)
    refuse("REJ:FILE_SIZE", fmt::format("{} holds more than {} bytes, the limit.", standardInput ? "Standard input" : path, maxBytes));
  return out;
}

Json readUserJson(const std::string& path, JsonLimits limits) {
  if (limits.what == JsonLimits{}.what)
    limits.what = path == "-" ? "standard input" : path;
  return parseJson(readUserInput(path, limits.bytes), limits);
}

} // namespace lathe
