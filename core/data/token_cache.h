// SPDX-License-Identifier: Apache-2.0
// The cache file of a tokenized dataset: magic, rows (ids then labels, int32 each), footer with the index and the lengths of
// the source rows, JSON, trailer.
// Written through AtomicFile; everything is bounded and hashed again when it is opened.
#pragma once

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/json.h"

#include <algorithm>
#include <optional>

namespace lathe::data {

struct CacheRow {
  uint64_t begin = 0;  // position of ids, in int32 units from the first row; labels follow them
  uint32_t length = 0;
  uint32_t flags = 0;  // 1 truncated, 2 from a validation file, 4 nothing supervised
  uint64_t source = 0;
  uint64_t key = 0;    // hash of the whole source row's ids
};

struct CacheContent {
  std::shared_ptr<MappedFile> file;
  std::vector<CacheRow> rows;
  std::vector<uint64_t> train, validation;
  std::vector<uint32_t> lengths; // tokens of every readable source row before anything was cut
  Json meta;
  const int32_t* values = nullptr;
};

class CacheWriter {
public:
  explicit CacheWriter(const std::string& path);
  void add(std::span<const int32_t> ids, std::span<const int32_t> labels, CacheRow row);
  const std::vector<CacheRow>& rows() const { return m_rows; }
  void addLength(uint64_t tokens) { m_lengths.push_back(static_cast<uint32_t>(std::min<uint64_t>(tokens, UINT32_MAX))); }
  void commit(std::span<const uint64_t> train, std::span<const uint64_t> validation, Json meta);

private:
  void write(const void* data, size_t bytes);
  void flush();
  AtomicFile m_file;
  Hasher m_hash;
  std::vector<CacheRow> m_rows;
  std::vector<uint32_t> m_lengths;
  std::vector<std::byte> m_buffer;
  uint64_t m_values = 0;
};

/// nullopt when the file is missing, damaged, or of another key or version.
std::optional<CacheContent> readCache(const std::string& path, const std::string& fingerprint);

} // namespace lathe::data
