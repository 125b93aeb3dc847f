// SPDX-License-Identifier: Apache-2.0
#include "core/engine/file_follower.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lathe::engine {
namespace {

constexpr int64_t kTailBytes = 64;
constexpr size_t kLongestLine = 64u << 20;

std::string readAt(int fd, int64_t offset, size_t bytes) {
  std::string out(bytes, '\0');
  size_t got = 0;
  while (got < bytes) {
    const ssize_t n = ::pread(fd, out.data() + got, bytes - got, offset + static_cast<int64_t>(got));
    if (n <= 0)
      break;
    got += static_cast<size_t>(n);
  }
  out.resize(got);
  return out;
}

} // namespace

FileFollower::Piece FileFollower::read(size_t maxBytes) {
  Piece piece;
  const int fd = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    if (fd >= 0)
      ::close(fd);
    return piece;
  }
  const auto tailBytes = static_cast<int64_t>(m_position.tail.size());
  if (info.st_size < m_position.offset || readAt(fd, m_position.offset - tailBytes, m_position.tail.size()) != m_position.tail) {
    piece.restarted = m_position.offset > 0;
    m_position = {};
    m_lines = 0;
  }
  std::string text = readAt(fd, m_position.offset, std::min<size_t>(maxBytes, static_cast<size_t>(info.st_size - m_position.offset)));
  while (text.size() == maxBytes && text.find('\n') == std::string::npos && maxBytes < kLongestLine) {
    maxBytes *= 2;
    text = readAt(fd, m_position.offset, maxBytes);
  }
  ::close(fd);
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1); // a line still being written waits
  piece.firstLine = m_lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    piece.lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  m_lines += static_cast<int64_t>(piece.lines.size());
  m_position.offset += static_cast<int64_t>(text.size());
  const std::string known = m_position.tail + (text.size() > static_cast<size_t>(kTailBytes) ? text.substr(text.size() - kTailBytes) : text);
  m_position.tail = known.substr(known.size() - std::min<size_t>(known.size(), kTailBytes));
  piece.more = !text.empty() && m_position.offset < info.st_size;
  return piece;
}

} // namespace lathe::engine
