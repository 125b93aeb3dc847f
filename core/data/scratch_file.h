// SPDX-License-Identifier: Apache-2.0
// An unnamed file in the temporary folder, for what does not fit into memory; it is gone when nobody holds it, whatever happens.
#pragma once

#include "core/base/files.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lathe::data {

inline constexpr uint64_t kDiskReserve = 1ull << 30; // bytes that stay free on the disk of the temporary folder

class ScratchFile {
public:
  ScratchFile();
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  /// DiskFull or Io when the temporary folder cannot hold it.
  void write(std::string_view bytes);
  uint64_t size() const { return m_size; }
  std::shared_ptr<MappedFile> map() const;

private:
  [[noreturn]] void fail(int code) const;
  std::string m_folder;
  int m_fd = -1;
  uint64_t m_size = 0;
};

} // namespace lathe::data
