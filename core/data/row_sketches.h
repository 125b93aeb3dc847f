// SPDX-License-Identifier: Apache-2.0
// A fixed number of bytes for every row, from which equal rows are found and similar ones suspected (MinHash cut into bands).
#pragma once

#include "core/data/duplicates.h"
#include "core/data/row_content.h"

#include <deque>
#include <unordered_map>

namespace lathe::data {

/// Bands of a MinHash signature for a threshold: rows hashes each, so many of them.
struct BandShape {
  uint32_t bands = 0, hashes = 0; // hashes per band
  /// The most selective bands that find a pair at the threshold with a probability of at least 99 %: (1 − tʰ)ᵇ ≤ 0.01, at most 256 hashes in all.
  static BandShape forThreshold(double threshold);
};

class RowSketches {
public:
  /// Reads every row of `rows` once. Usage for a threshold outside 0.5…1.
  RowSketches(const RowSet& rows, const DuplicateOptions& options, const Progress& progress, std::stop_token stop);
  uint64_t size() const { return m_set.rows.size(); }
  const RowSet& set() const { return m_set; }
  bool readable(uint64_t i) const { return m_readable[i] != 0; }
  const ContentHash& hash(uint64_t i) const { return m_hashes[i]; }
  uint32_t bands() const { return m_shape.bands; } // 0 when near duplicates are not wanted
  uint32_t band(uint64_t i, uint32_t band) const { return m_keys[i * m_shape.bands + band]; }
  const DuplicateOptions& options() const { return m_options; }

private:
  RowSet m_set;
  DuplicateOptions m_options;
  BandShape m_shape;
  std::vector<uint8_t> m_readable;
  std::vector<ContentHash> m_hashes;
  std::vector<uint32_t> m_keys;
};

/// Shingles of rows, the last 64 MiB kept.
class ShingleCache {
public:
  explicit ShingleCache(const RowSketches& rows) : m_rows(rows) {}
  using Shingles = std::shared_ptr<const std::vector<uint64_t>>;
  /// Empty for a row that cannot be read any more.
  Shingles of(uint64_t i);

private:
  const RowSketches& m_rows;
  std::unordered_map<uint64_t, Shingles> m_sets;
  std::deque<uint64_t> m_order; // oldest first
  uint64_t m_bytes = 0;
};

Duplicates findDuplicates(const RowSketches& rows, const Progress& progress, std::stop_token stop);
api::LeakageReport findLeakage(const RowSketches& train, const RowSketches& validation, const std::string& between, const Progress& progress, std::stop_token stop);

/// Place and beginning of a row for a report.
api::RowPlace rowPlace(const Dataset& dataset, uint64_t row);

} // namespace lathe::data
