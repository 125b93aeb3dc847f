// SPDX-License-Identifier: Apache-2.0
#include "core/data/scratch_file.h"

#include "core/base/text_format.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace lathe::data {
namespace {

constexpr uint64_t kDiskCheckEvery = 64ull << 20;

} // namespace

ScratchFile::ScratchFile() : m_folder(std::filesystem::temp_directory_path().string()) {
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

ScratchFile::~ScratchFile() { ::close(m_fd); }

void ScratchFile::write(std::string_view bytes) {
  if (m_size / kDiskCheckEvery != (m_size + bytes.size()) / kDiskCheckEvery && freeDiskBytes(m_folder) < kDiskReserve)
    fail(ENOSPC);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(m_fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      fail(n < 0 ? errno : EIO);
    done += static_cast<size_t>(n);
  }
  m_size += bytes.size();
}

std::shared_ptr<MappedFile> ScratchFile::map() const { return MappedFile::open(fmt::format("/proc/self/fd/{}", m_fd)); }

void ScratchFile::fail(int code) const {
  throw Exception(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::Io,
                  fmt::format("The dataset cannot be unpacked into {}: {} after {}. Free some space there, or set TMPDIR to a larger disk.", m_folder, std::strerror(code), formatBytes(m_size)));
}

} // namespace lathe::data
