// SPDX-License-Identifier: Apache-2.0
#include "core/data/gzip_file.h"

#include "core/base/text_format.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace lathe::data {
namespace {

constexpr size_t kGzipBlock = 1u << 20;
constexpr uint64_t kDiskCheckEvery = 64ull << 20;

/// An unnamed file in the temporary folder.
class ScratchFile {
public:
  ScratchFile() : m_folder(std::filesystem::temp_directory_path().string()) {
    m_fd = ::open(m_folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (m_fd < 0) {
      std::string name = m_folder + "/lathe-XXXXXX";
      m_fd = ::mkostemp(name.data(), O_CLOEXEC);
      if (m_fd >= 0)
        ::unlink(name.c_str());
    }
    if (m_fd < 0)
      throw Exception(ErrorKind::Io, fmt::format("A temporary file cannot be made in {}: {}.", m_folder, std::strerror(errno)));
  }
  ~ScratchFile() { ::close(m_fd); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  void write(const char* data, size_t bytes) {
    if (m_size / kDiskCheckEvery != (m_size + bytes) / kDiskCheckEvery && freeDiskBytes(m_folder) < kGzipDiskReserve)
      fail(ENOSPC);
    for (size_t done = 0; done < bytes;) {
      const ssize_t n = ::write(m_fd, data + done, bytes - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        fail(n < 0 ? errno : EIO);
      done += static_cast<size_t>(n);
    }
    m_size += bytes;
  }
  uint64_t size() const { return m_size; }
  std::shared_ptr<MappedFile> map() const { return MappedFile::open(fmt::format("/proc/self/fd/{}", m_fd)); }

private:
  [[noreturn]] void fail(int code) const {
    throw Exception(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::Io,
                    fmt::format("The dataset cannot be unpacked into {}: {} after {}. Free some space there, or set TMPDIR to a larger disk.", m_folder, std::strerror(code), formatBytes(m_size)));
  }
  std::string m_folder;
  int m_fd = -1;
  uint64_t m_size = 0;
};

class GzipReader {
public:
  GzipReader(const std::string& path, const MappedFile& file) : m_path(path), m_file(file), m_in(kGzipBlock), m_out(kGzipBlock) {
    if (::inflateInit2(&m_stream, 15 + 16) != Z_OK)
      throw Exception(ErrorKind::Internal, "zlib could not be started.");
  }
  ~GzipReader() { ::inflateEnd(&m_stream); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// Unpacks into `out` until the end or `maxBytes`; true at the end.
  bool run(ScratchFile& out, uint64_t maxBytes, const Progress& progress, const std::stop_token& stop) {
    uint64_t windowBegin = 0, windowFrom = 0; // unpacked and packed bytes where the last window began
    while (out.size() < maxBytes) {
      if (stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
      if (m_stream.avail_in == 0 && !fill()) {
        if (m_ended)
          return true;
        refuse("REJ:GZIP", fmt::format("{} ends in the middle of its compressed data ({}). Download it again.", m_path, formatBytes(m_file.size())));
      }
      if (m_ended && !nextMember())
        return true;
      const size_t made = inflateBlock();
      const uint64_t packed = m_at - m_stream.avail_in;
      if (out.size() + made - windowBegin > kGzipWindow) {
        if ((packed - windowFrom) * kGzipRatio < kGzipWindow || out.size() > kGzipBytes)
          refuse("REJ:GZIP_SIZE", fmt::format("{} grows too much: {} of it became {} between byte {} and {}; the limit is {} times (and {} in all). Unpack it yourself if that is what you want.", m_path,
                                              formatBytes(packed - windowFrom), formatBytes(out.size() + made - windowBegin), windowFrom, packed, kGzipRatio, formatBytes(kGzipBytes)));
        windowBegin = out.size() + made;
        windowFrom = packed;
      }
      out.write(m_out.data(), made);
      if (progress)
        progress(share());
    }
    return false;
  }

  double share() const { return static_cast<double>(m_at - m_stream.avail_in) / static_cast<double>(std::max<uint64_t>(1, m_file.size())); }

private:
  std::string m_path;
  const MappedFile& m_file;
  std::vector<char> m_in, m_out;
  z_stream m_stream{};
  uint64_t m_at = 0;
  bool m_ended = false; // the last member is complete

  bool fill() {
    const size_t n = std::min<uint64_t>(m_in.size(), m_file.size() - m_at);
    if (n == 0)
      return false;
    m_file.readAt(m_at, std::as_writable_bytes(std::span(m_in.data(), n)));
    m_at += n;
    m_stream.next_in = reinterpret_cast<Bytef*>(m_in.data());
    m_stream.avail_in = static_cast<uInt>(n);
    return true;
  }

  /// Zero bytes behind a member are padding; anything else has to be another member.
  bool nextMember() {
    while (m_stream.avail_in > 0 || fill()) {
      if (*m_stream.next_in != 0) {
        ::inflateReset(&m_stream);
        m_ended = false;
        return true;
      }
      ++m_stream.next_in;
      --m_stream.avail_in;
    }
    return false;
  }

  size_t inflateBlock() {
    m_stream.next_out = reinterpret_cast<Bytef*>(m_out.data());
    m_stream.avail_out = static_cast<uInt>(m_out.size());
    const int code = ::inflate(&m_stream, Z_NO_FLUSH);
    if (code == Z_STREAM_END)
      m_ended = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
      refuse("REJ:GZIP", fmt::format("{} is damaged at byte {} of its compressed data ({}). Download it again.", m_path, m_at - m_stream.avail_in,
                                     m_stream.msg ? m_stream.msg : "unknown reason"));
    return m_out.size() - m_stream.avail_out;
  }
};

} // namespace

bool isGzip(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  unsigned char magic[2] = {};
  const bool found = ::pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
  ::close(fd);
  return found;
}

UnpackedFile unpackGzip(const std::string& path, uint64_t maxBytes, const Progress& progress, const std::stop_token& stop) {
  const auto packed = MappedFile::open(path);
  ScratchFile scratch;
  GzipReader reader(path, *packed);
  UnpackedFile out;
  out.whole = reader.run(scratch, maxBytes, progress, stop);
  out.share = out.whole ? 1 : std::max(reader.share(), 1e-9);
  out.file = scratch.map();
  return out;
}

} // namespace lathe::data
