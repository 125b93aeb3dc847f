// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_sketches.h"

#include "core/base/random.h"
#include "core/data/parallel_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <numeric>

namespace lathe::data {
namespace {

constexpr uint32_t kMostHashes = 256, kMostBands = 40;
constexpr double kMissed = 0.01; // probability of missing a pair at the threshold
constexpr uint64_t kSketchSeed = 0x4D494E48415348ull;
constexpr uint64_t kCacheBytes = 64ull << 20;

/// The hash functions x ↦ a·x + b (mod 2³²), a odd; the same in every run.
struct MinHashes {
  std::array<uint32_t, kMostHashes> a, b;
  MinHashes() {
    for (uint32_t i = 0; i < kMostHashes; ++i) {
      const uint64_t bits = randomBits(kSketchSeed, 0, i);
      a[i] = static_cast<uint32_t>(bits) | 1u;
      b[i] = static_cast<uint32_t>(bits >> 32);
    }
  }
};

void bandKeys(const std::vector<uint64_t>& shingles, const BandShape& shape, uint32_t* out) {
  static const MinHashes functions;
  const uint32_t count = shape.bands * shape.hashes;
  std::array<uint32_t, kMostHashes> least;
  least.fill(UINT32_MAX);
  for (const uint64_t shingle : shingles) {
    const auto x = static_cast<uint32_t>(shingle >> 32) ^ static_cast<uint32_t>(shingle);
    for (uint32_t i = 0; i < count; ++i)
      least[i] = std::min(least[i], functions.a[i] * x + functions.b[i]);
  }
  for (uint32_t band = 0; band < shape.bands; ++band) {
    uint64_t key = band + 1;
    for (uint32_t i = 0; i < shape.hashes; ++i)
      key = (key ^ least[band * shape.hashes + i]) * 0x9E3779B97F4A7C15ull, key ^= key >> 29;
    out[band] = static_cast<uint32_t>(key ^ (key >> 32));
  }
}

} // namespace

BandShape BandShape::forThreshold(double threshold) {
  BandShape best{kMostBands, 1};
  for (uint32_t hashes = 1; hashes <= 32; ++hashes) {
    const double together = std::pow(threshold, hashes);
    const double bands = together >= 1 ? 1 : std::ceil(std::log(kMissed) / std::log1p(-together));
    if (bands <= kMostBands && bands * hashes <= kMostHashes)
      best = {static_cast<uint32_t>(bands), hashes};
  }
  return best;
}

RowSet RowSet::whole(std::shared_ptr<const Dataset> dataset) {
  RowSet out{std::move(dataset), {}};
  out.rows.resize(out.dataset->rows());
  std::iota(out.rows.begin(), out.rows.end(), uint64_t{0});
  return out;
}

RowSketches::RowSketches(const RowSet& rows, const DuplicateOptions& options, const Progress& progress, std::stop_token stop)
    : m_set(rows), m_options(options), m_readable(rows.rows.size()), m_hashes(rows.rows.size()) {
  if (!(options.threshold >= 0.5 && options.threshold <= 1))
    throw Exception(ErrorKind::Usage, fmt::format("The similarity of near duplicates is {}; it must lie between 0.5 and 1.", options.threshold));
  if (options.shingleWords == 0 || options.shingleWords > 100)
    throw Exception(ErrorKind::Usage, fmt::format("Near duplicates are compared by {} words at a time; use 1 to 100.", options.shingleWords));
  if (options.near)
    m_shape = BandShape::forThreshold(options.threshold);
  m_keys.resize(size() * m_shape.bands);
  forEachRow(size(), progress, stop, [this](uint64_t i) {
    try {
      const Sample sample = m_set.dataset->sample(m_set.rows[i]);
      m_hashes[i] = contentHashOf(sample);
      if (m_shape.bands > 0)
        bandKeys(shinglesOf(sample, m_options.shingleWords), m_shape, &m_keys[i * m_shape.bands]);
      m_readable[i] = 1;
    } catch (const RowException&) { // counted as unreadable
    }
  });
}

ShingleCache::Shingles ShingleCache::of(uint64_t i) {
  if (const auto known = m_sets.find(i); known != m_sets.end())
    return known->second;
  std::vector<uint64_t> made;
  try {
    made = shinglesOf(m_rows.set().dataset->sample(m_rows.set().rows[i]), m_rows.options().shingleWords);
  } catch (const RowException&) { // stays empty: like nothing
  }
  constexpr uint64_t kOverhead = 128;
  m_bytes += made.size() * 8 + kOverhead;
  for (; m_bytes > kCacheBytes && !m_order.empty(); m_order.pop_front()) {
    const auto old = m_sets.find(m_order.front());
    m_bytes -= old->second->size() * 8 + kOverhead;
    m_sets.erase(old);
  }
  m_order.push_back(i);
  return m_sets.emplace(i, std::make_shared<const std::vector<uint64_t>>(std::move(made))).first->second;
}

api::RowPlace rowPlace(const Dataset& dataset, uint64_t row) {
  api::RowPlace out;
  out.row = static_cast<int64_t>(row);
  const RowError place = dataset.place(row);
  out.place = fmt::format("{}:{}", std::filesystem::path(place.file).filename().string(), place.line);
  try {
    out.text = contentLine(dataset.sample(row));
  } catch (const RowException&) {
  }
  return out;
}

} // namespace lathe::data
