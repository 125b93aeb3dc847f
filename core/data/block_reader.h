// SPDX-License-Identifier: Apache-2.0
// A file of any size through one block of memory, with pread: a file that is cut meanwhile is an error and not a signal.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace lathe::data {

inline constexpr uint64_t kReadBlock = 1u << 20;

class BlockReader {
public:
  BlockReader(const MappedFile& file, Progress progress, std::stop_token stop) : m_file(file), m_progress(std::move(progress)), m_stop(std::move(stop)) {}
  uint64_t size() const { return m_file.size(); }
  /// The bytes from `offset` to the end of the block they are in; empty at the end of the file. Valid until the next call. Throws Cancelled when stopped.
  std::string_view view(uint64_t offset) {
    if (offset >= m_file.size())
      return {};
    if (offset < m_begin || offset >= m_begin + m_block.size())
      load(offset);
    return std::string_view(m_block).substr(offset - m_begin);
  }
  char at(uint64_t offset) { return view(offset).front(); }

private:
  const MappedFile& m_file;
  Progress m_progress;
  std::stop_token m_stop;
  std::string m_block;
  uint64_t m_begin = 0;

  void load(uint64_t offset) {
    if (m_stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
    m_begin = offset;
    m_block.resize(std::min<uint64_t>(kReadBlock, m_file.size() - offset));
    m_file.readAt(offset, std::as_writable_bytes(std::span(m_block.data(), m_block.size())));
    if (m_progress)
      m_progress(static_cast<double>(offset) / static_cast<double>(m_file.size()));
  }
};

inline bool isJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace lathe::data
