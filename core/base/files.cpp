// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"

#include "core/base/ids.h"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace lathe {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void failIo(const char* doing, const std::string& path, int code) {
  const std::string reason = std::strerror(code);
  if (code == ENOSPC || code == EDQUOT)
    throw Exception(ErrorKind::DiskFull, fmt::format("The disk is full: {} {} failed. Free some space and try again.", doing, path), reason);
  if (code == ENOENT)
    throw Exception(ErrorKind::NotFound, fmt::format("{} is not there.", path), reason);
  throw Exception(ErrorKind::Io, fmt::format("{} {} failed: {}.", doing, path, reason), reason);
}

struct FaultPlan {
  std::atomic<uint64_t> passed{0};
  uint64_t at = 0;
  bool andLater = false;
  bool kill = false;
  int code = 0;
};

FaultPlan& faultPlan() {
  static FaultPlan plan;
  return plan;
}

void parseFaultPlan(const std::string& text) {
  FaultPlan& plan = faultPlan();
  plan.at = 0;
  plan.passed = 0;
  plan.kill = plan.andLater = false;
  const size_t colon = text.find(':');
  if (colon == std::string::npos)
    return;
  plan.at = std::strtoull(text.c_str(), nullptr, 10);
  plan.andLater = colon > 0 && text[colon - 1] == '+';
  const std::string what = text.substr(colon + 1);
  plan.kill = what == "KILL";
  plan.code = what == "ENOSPC" ? ENOSPC : what == "EROFS" ? EROFS : what == "EDQUOT" ? EDQUOT : EIO;
}

struct FaultFromEnvironment {
  FaultFromEnvironment() {
    if (const char* text = std::getenv("LATHE_FAULT"))
      parseFaultPlan(text);
  }
};

int openRegular(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    failIo("Opening", path, errno);
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    refuse("REJ:NOT_A_FILE", fmt::format("{} is not a regular file.", path));
  }
  return fd;
}

uint64_t sizeOf(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

void writeAll(int fd, const std::string& path, const std::byte* data, size_t size, int64_t offset) {
  if (const int code = fault::pass(fault::Point::Write)) {
    if (size > 1) { // a real full disk writes a part first
      const ssize_t ignored = offset < 0 ? ::write(fd, data, size / 2) : ::pwrite(fd, data, size / 2, offset);
      (void)ignored;
    }
    failIo("Writing", path, code);
  }
  while (size > 0) {
    const ssize_t n = offset < 0 ? ::write(fd, data, size) : ::pwrite(fd, data, size, offset);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      failIo("Writing", path, errno);
    }
    data += n;
    size -= static_cast<size_t>(n);
    if (offset >= 0)
      offset += n;
  }
}

void syncFd(int fd, const std::string& path) {
  if (const int code = fault::pass(fault::Point::Sync))
    failIo("Saving", path, code);
  if (::fsync(fd) != 0)
    failIo("Saving", path, errno);
}

} // namespace

namespace fault {

int pass(Point) {
  static FaultFromEnvironment once;
  FaultPlan& plan = faultPlan();
  const uint64_t n = ++plan.passed;
  if (plan.at == 0 || !(n == plan.at || (plan.andLater && n > plan.at)))
    return 0;
  if (plan.kill)
    ::kill(::getpid(), SIGKILL);
  return plan.code;
}

uint64_t count() { return faultPlan().passed; }
void plan(const std::string& text) { parseFaultPlan(text); }

} // namespace fault

std::string readFile(const std::string& path, uint64_t maxBytes, const std::string& code) {
  const int fd = openRegular(path);
  const uint64_t size = sizeOf(fd);
  if (size > maxBytes) {
    ::close(fd);
    refuse(code, fmt::format("{} has {} bytes; the limit is {}.", path, size, maxBytes));
  }
  std::string out(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(fd, out.data() + got, size - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += static_cast<size_t>(n);
  }
  ::close(fd);
  if (got != size)
    throw Exception(ErrorKind::Io, fmt::format("{} changed while it was read: {} of {} bytes came.", path, got, size));
  return out;
}

AtomicFile::AtomicFile(std::string path, unsigned mode) : m_path(std::move(path)), m_temporary(m_path + ".tmp-" + randomId(8)) {
  if (const int code = fault::pass(fault::Point::Create))
    failIo("Creating", m_path, code);
  m_fd = ::open(m_temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (m_fd < 0)
    failIo("Creating", m_path, errno);
}

AtomicFile::~AtomicFile() {
  if (m_fd >= 0) {
    ::close(m_fd);
    ::unlink(m_temporary.c_str());
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  writeAll(m_fd, m_path, bytes.data(), bytes.size(), -1);
  m_size += bytes.size();
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::writeAt(uint64_t offset, std::span<const std::byte> bytes) {
  writeAll(m_fd, m_path, bytes.data(), bytes.size(), static_cast<int64_t>(offset));
  m_size = std::max<uint64_t>(m_size, offset + bytes.size());
}

void AtomicFile::readBack(uint64_t offset, std::span<std::byte> out) const {
  for (size_t got = 0; got < out.size();) {
    const ssize_t n = ::pread(m_fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      failIo("Reading back", m_path, n < 0 ? errno : EIO);
    got += static_cast<size_t>(n);
  }
}

void AtomicFile::commit() {
  syncFd(m_fd, m_path);
  ::close(std::exchange(m_fd, -1));
  try {
    renamePath(m_temporary, m_path);
  } catch (...) {
    ::unlink(m_temporary.c_str());
    throw;
  }
  syncDirectory(fs::path(m_path).parent_path().string());
}

void writeFileAtomic(const std::string& path, std::string_view content, unsigned mode) {
  AtomicFile file(path, mode);
  file.write(content);
  file.commit();
}

AppendFile::AppendFile(std::string path) : m_path(std::move(path)) {
  if (const int code = fault::pass(fault::Point::Create))
    failIo("Opening", m_path, code);
  m_fd = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (m_fd < 0)
    failIo("Opening", m_path, errno);
  m_size = sizeOf(m_fd);
  // A crash inside a write leaves a line without its newline: cut back to the last whole line.
  uint64_t keep = m_size;
  char block[4096];
  while (keep > 0) {
    const uint64_t from = keep > sizeof block ? keep - sizeof block : 0;
    const ssize_t n = ::pread(m_fd, block, keep - from, static_cast<off_t>(from));
    if (n <= 0)
      break;
    ssize_t i = n;
    while (i > 0 && block[i - 1] != '\n')
      --i;
    if (i > 0) {
      keep = from + static_cast<uint64_t>(i);
      break;
    }
    keep = from;
  }
  if (keep != m_size)
    truncate(keep);
  ::lseek(m_fd, static_cast<off_t>(m_size), SEEK_SET);
}

AppendFile::~AppendFile() {
  if (m_fd >= 0)
    ::close(m_fd);
}

void AppendFile::appendLine(std::string_view line) {
  std::string text;
  text.reserve(line.size() + 1);
  text.append(line);
  text.push_back('\n');
  try {
    writeAll(m_fd, m_path, reinterpret_cast<const std::byte*>(text.data()), text.size(), static_cast<int64_t>(m_size));
  } catch (...) {
    const int ignored = ::ftruncate(m_fd, static_cast<off_t>(m_size)); // never leave half a line behind
    (void)ignored;
    throw;
  }
  m_size += text.size();
}

void AppendFile::sync() { syncFd(m_fd, m_path); }

void AppendFile::truncate(uint64_t bytes) {
  if (::ftruncate(m_fd, static_cast<off_t>(bytes)) != 0)
    failIo("Cutting", m_path, errno);
  m_size = bytes;
  syncFd(m_fd, m_path);
}

std::shared_ptr<MappedFile> MappedFile::open(const std::string& path) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->m_path = path;
  file->m_fd = openRegular(path);
  file->m_size = sizeOf(file->m_fd);
  if (file->m_size > 0) {
    void* map = ::mmap(nullptr, file->m_size, PROT_READ, MAP_PRIVATE, file->m_fd, 0);
    if (map == MAP_FAILED)
      failIo("Mapping", path, errno);
    file->m_data = static_cast<const std::byte*>(map);
  }
  return file;
}

MappedFile::~MappedFile() {
  if (m_data)
    ::munmap(const_cast<std::byte*>(m_data), m_size);
  if (m_fd >= 0)
    ::close(m_fd);
}

void MappedFile::readAt(uint64_t offset, std::span<std::byte> out) const {
  size_t got = 0;
  while (got < out.size()) {
    const ssize_t n = ::pread(m_fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      failIo("Reading", m_path, errno);
    if (n == 0)
      throw Exception(ErrorKind::Io, fmt::format("{} became shorter while it was read: {} bytes are missing. Download it again.", m_path, out.size() - got));
    got += static_cast<size_t>(n);
  }
}

bool fileExists(const std::string& path) {
  std::error_code code;
  return fs::exists(path, code);
}

bool isDirectory(const std::string& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

uint64_t freeDiskBytes(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0)
    failIo("Asking for free space of", path, errno);
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

void makeDirectories(const std::string& path, unsigned mode) {
  std::error_code code;
  const bool existed = fs::is_directory(path, code);
  fs::create_directories(path, code);
  if (code)
    failIo("Creating", path, code.value());
  if (!existed)
    ::chmod(path.c_str(), mode);
}

void syncDirectory(const std::string& path) {
  const std::string folder = path.empty() ? "." : path;
  if (const int code = fault::pass(fault::Point::Sync))
    failIo("Saving", folder, code);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    failIo("Opening", folder, errno);
  const int status = ::fsync(fd);
  const int code = errno;
  ::close(fd);
  if (status != 0)
    failIo("Saving", folder, code);
}

void renamePath(const std::string& from, const std::string& to) {
  if (const int code = fault::pass(fault::Point::Rename))
    failIo("Renaming", from, code);
  if (::rename(from.c_str(), to.c_str()) != 0)
    failIo("Renaming", from, errno);
}

void removeTree(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code)
    failIo("Removing", path, code.value());
}

std::vector<std::string> listDirectory(const std::string& path) {
  std::error_code code;
  std::vector<std::string> names;
  for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code))
    names.push_back(it->path().filename().string());
  if (code)
    failIo("Listing", path, code.value());
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace lathe
