// SPDX-License-Identifier: Apache-2.0
// Files that are either old or new, never half; and the fault injection that the tests use on them.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// Whole regular file (FIFOs, devices and folders are refused). Refused with `code` above `maxBytes`.
std::string readFile(const std::string& path, uint64_t maxBytes, const std::string& code = "REJ:FILE_SIZE");

/// Writes beside (`path` + ".tmp-…"), flushes, renames, syncs the folder. Throws Io or DiskFull; the old file stays then.
void writeFileAtomic(const std::string& path, std::string_view content, unsigned mode = 0644);

/// A file that is written in pieces and gets its final name only in commit(). Destroyed without commit(): removed.
/// Every write, sync and rename passes through the fault points below.
class AtomicFile {
public:
  explicit AtomicFile(std::string path, unsigned mode = 0644);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void writeAt(uint64_t offset, std::span<const std::byte> bytes);
  /// Reads what was written, for comparing before commit(); Io when bytes are missing.
  void readBack(uint64_t offset, std::span<std::byte> out) const;
  uint64_t size() const { return m_size; }
  /// fsync, rename to the final name, fsync of the folder.
  void commit();

private:
  std::string m_path, m_temporary;
  int m_fd = -1;
  uint64_t m_size = 0;
};

/// A file that only grows, line by line (metrics.jsonl, events.jsonl). A torn last line is cut off when it is opened.
class AppendFile {
public:
  explicit AppendFile(std::string path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  void appendLine(std::string_view line); // one write() call, newline added
  void sync();                            // fdatasync
  /// Keeps the first `bytes` bytes and syncs.
  void truncate(uint64_t bytes);
  uint64_t size() const { return m_size; }

private:
  std::string m_path;
  int m_fd = -1;
  uint64_t m_size = 0;
};

/// Read-only memory map of a regular file. Reading past a truncation after opening would raise SIGBUS, so readers that
/// must survive it use readAt() (pread) instead of data().
class MappedFile {
public:
  static std::shared_ptr<MappedFile> open(const std::string& path);
  ~MappedFile();
  const std::byte* data() const { return m_data; }
  uint64_t size() const { return m_size; }
  const std::string& path() const { return m_path; }
  /// pread of exactly `out.size()` bytes; Io error naming the missing bytes otherwise.
  void readAt(uint64_t offset, std::span<std::byte> out) const;

private:
  MappedFile() = default;
  std::string m_path;
  int m_fd = -1;
  const std::byte* m_data = nullptr;
  uint64_t m_size = 0;
};

bool fileExists(const std::string& path);
bool isDirectory(const std::string& path);
uint64_t freeDiskBytes(const std::string& path);
void makeDirectories(const std::string& path, unsigned mode = 0755);
void syncDirectory(const std::string& path);
/// rename(2) that fails as an error value with both names; passes a fault point.
void renamePath(const std::string& from, const std::string& to);
/// Removes a file or a folder with everything in it; never follows symbolic links.
void removeTree(const std::string& path);
/// Names in a folder, sorted, without "." and "..".
std::vector<std::string> listDirectory(const std::string& path);

namespace fault {
/// Tests set LATHE_FAULT="N:ENOSPC" (or EIO, EROFS, EDQUOT, SHORT, KILL): the N-th fault point of this process fails like that.
/// "N+:ENOSPC" fails it and all later ones. Fault points are every write, sync, rename and create of AtomicFile and AppendFile.
enum class Point { Create, Write, Sync, Rename };
/// 0 when the operation may go on, else the errno to report; does not return for KILL.
int pass(Point point);
/// Number of points passed so far (to enumerate them).
uint64_t count();
/// Sets the plan from inside a test process; empty clears it and resets the counter.
void plan(const std::string& plan);
} // namespace fault

} // namespace lathe
