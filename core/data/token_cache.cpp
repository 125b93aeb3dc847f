// SPDX-License-Identifier: Apache-2.0
#include "core/data/token_cache.h"

#include "core/base/log.h"

#include <cstring>

namespace lathe::data {
namespace {

constexpr char kMagic[16] = "lathe-tokens-2\n";

struct Trailer {
  uint64_t values, rows, train, validation, lengths, jsonBytes;
  char magic[16];
};

std::span<const std::byte> bytesOf(const void* data, size_t bytes) { return {static_cast<const std::byte*>(data), bytes}; }

bool consistent(const CacheContent& cache, uint64_t values) {
  for (const CacheRow& row : cache.rows)
    if (row.begin > values || 2ull * row.length > values - row.begin)
      return false;
  for (const auto* list : {&cache.train, &cache.validation})
    for (const uint64_t index : *list)
      if (index >= cache.rows.size())
        return false;
  return true;
}

} // namespace

CacheWriter::CacheWriter(const std::string& path) : m_file(path) { m_file.write(bytesOf(kMagic, sizeof kMagic)); }

void CacheWriter::write(const void* data, size_t bytes) {
  const auto* begin = static_cast<const std::byte*>(data);
  m_buffer.insert(m_buffer.end(), begin, begin + bytes);
  if (m_buffer.size() >= (4u << 20))
    flush();
}

void CacheWriter::flush() {
  if (m_buffer.empty())
    return;
  m_hash.add(m_buffer);
  m_file.write(m_buffer);
  m_buffer.clear();
}

void CacheWriter::add(std::span<const int32_t> ids, std::span<const int32_t> labels, CacheRow row) {
  row.begin = m_values;
  row.length = static_cast<uint32_t>(ids.size());
  write(ids.data(), ids.size_bytes());
  write(labels.data(), labels.size_bytes());
  m_values += ids.size() + labels.size();
  m_rows.push_back(row);
}

void CacheWriter::commit(std::span<const uint64_t> train, std::span<const uint64_t> validation, Json meta) {
  const uint64_t values = m_values;
  if (m_values % 2 != 0)
    throw Exception(ErrorKind::Internal, "A token row has a different number of ids and labels.");
  write(m_rows.data(), m_rows.size() * sizeof(CacheRow));
  write(train.data(), train.size_bytes());
  write(validation.data(), validation.size_bytes());
  write(m_lengths.data(), m_lengths.size() * sizeof(uint32_t));
  flush();
  meta["hash"] = m_hash.hex();
  const std::string json = dumpJson(meta);
  Trailer trailer{values, m_rows.size(), train.size(), validation.size(), m_lengths.size(), json.size(), {}};
  std::memcpy(trailer.magic, kMagic, sizeof kMagic);
  m_file.write(json);
  m_file.write(bytesOf(&trailer, sizeof trailer));
  m_file.commit();
}

std::optional<CacheContent> readCache(const std::string& path, const std::string& fingerprint) {
  if (!fileExists(path))
    return std::nullopt;
  try {
    CacheContent out;
    out.file = MappedFile::open(path);
    const uint64_t size = out.file->size();
    Trailer trailer{};
    if (size < sizeof kMagic + sizeof trailer || std::memcmp(out.file->data(), kMagic, sizeof kMagic) != 0)
      return std::nullopt;
    std::memcpy(&trailer, out.file->data() + size - sizeof trailer, sizeof trailer);
    const __int128 data = static_cast<__int128>(trailer.values) * 4 + static_cast<__int128>(trailer.rows) * sizeof(CacheRow) +
                          (static_cast<__int128>(trailer.train) + trailer.validation) * 8 + static_cast<__int128>(trailer.lengths) * 4;
    if (std::memcmp(trailer.magic, kMagic, sizeof kMagic) != 0 || data + trailer.jsonBytes + sizeof kMagic + sizeof trailer != size)
      return std::nullopt;
    const std::byte* begin = out.file->data() + sizeof kMagic;
    const auto dataBytes = static_cast<size_t>(data);
    out.meta = parseJson(std::string_view(reinterpret_cast<const char*>(begin + dataBytes), trailer.jsonBytes), {.bytes = 64u << 20, .what = path});
    if (stringOr(out.meta, "fingerprint", {}) != fingerprint || stringOr(out.meta, "hash", {}) != hashBytes(std::span(begin, dataBytes)))
      return std::nullopt;
    out.values = reinterpret_cast<const int32_t*>(begin);
    const std::byte* at = begin + trailer.values * 4;
    const auto copy = [&at](auto& into, uint64_t count) {
      into.resize(count);
      std::memcpy(into.data(), at, count * sizeof into[0]);
      at += count * sizeof into[0];
    };
    copy(out.rows, trailer.rows);
    copy(out.train, trailer.train);
    copy(out.validation, trailer.validation);
    copy(out.lengths, trailer.lengths);
    if (!consistent(out, trailer.values))
      return std::nullopt;
    return out;
  } catch (const Exception& e) {
    logWarning("The token cache {} is not used: {}", path, e.what());
    return std::nullopt;
  }
}

} // namespace lathe::data
