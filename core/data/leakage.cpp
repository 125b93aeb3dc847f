// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_sketches.h"

#include <algorithm>
#include <optional>

namespace lathe::data {
namespace {

constexpr size_t kPairsShown = 200;
constexpr size_t kTrainRowsCompared = 8; // of one band, with one validation row

struct Seen {
  uint64_t train = 0;
  double similarity = 0; // 1 with `exact`: equal
  bool exact = false;
};

class LeakFinder {
public:
  LeakFinder(const RowSketches& train, const RowSketches& validation) : m_train(train), m_validation(validation), m_seen(validation.size()), m_trainCache(train), m_validationCache(validation) {}

  void exact() {
    std::vector<uint64_t> order;
    for (uint64_t i = 0; i < m_train.size(); ++i)
      if (m_train.readable(i))
        order.push_back(i);
    std::sort(order.begin(), order.end(), [this](uint64_t a, uint64_t b) { return std::tie(m_train.hash(a), a) < std::tie(m_train.hash(b), b); });
    for (uint64_t i = 0; i < m_validation.size(); ++i) {
      if (!m_validation.readable(i))
        continue;
      const auto it = std::lower_bound(order.begin(), order.end(), m_validation.hash(i), [this](uint64_t row, const ContentHash& hash) { return m_train.hash(row) < hash; });
      if (it != order.end() && m_train.hash(*it) == m_validation.hash(i))
        m_seen[i] = Seen{*it, 1, true};
    }
  }

  void near(const Progress& progress, const std::stop_token& stop) {
    std::vector<std::pair<uint32_t, uint64_t>> keys;
    for (uint32_t band = 0; band < m_train.bands(); ++band) {
      keys.clear();
      for (uint64_t i = 0; i < m_train.size(); ++i)
        if (m_train.readable(i))
          keys.emplace_back(m_train.band(i, band), i);
      std::sort(keys.begin(), keys.end());
      for (uint64_t i = 0; i < m_validation.size(); ++i) {
        if (stop.stop_requested())
          throw Exception(ErrorKind::Cancelled, "Comparing training and validation rows was stopped.");
        if (!m_seen[i] && m_validation.readable(i))
          compare(i, keys, m_validation.band(i, band));
      }
      if (progress)
        progress(static_cast<double>(band + 1) / m_train.bands());
    }
  }

  api::LeakageReport report() const {
    api::LeakageReport out;
    out.trainRows = static_cast<int64_t>(m_train.size());
    out.validationRows = static_cast<int64_t>(m_validation.size());
    out.threshold = m_train.options().threshold;
    std::vector<uint64_t> found;
    for (uint64_t i = 0; i < m_seen.size(); ++i) {
      if (!m_seen[i])
        continue;
      found.push_back(i);
      ++(m_seen[i]->exact ? out.exactRows : out.nearRows);
    }
    std::stable_sort(found.begin(), found.end(), [this](uint64_t a, uint64_t b) {
      return std::pair(m_seen[a]->exact, m_seen[a]->similarity) > std::pair(m_seen[b]->exact, m_seen[b]->similarity);
    });
    found.resize(std::min(found.size(), kPairsShown));
    for (const uint64_t i : found) {
      const Seen& seen = *m_seen[i];
      out.pairs.push_back({rowPlace(*m_validation.set().dataset, m_validation.set().rows[i]), rowPlace(*m_train.set().dataset, m_train.set().rows[seen.train]), seen.exact, seen.similarity});
    }
    return out;
  }

private:
  void compare(uint64_t i, const std::vector<std::pair<uint32_t, uint64_t>>& keys, uint32_t key) {
    auto it = std::lower_bound(keys.begin(), keys.end(), std::pair<uint32_t, uint64_t>(key, 0));
    for (size_t n = 0; n < kTrainRowsCompared && it != keys.end() && it->first == key; ++n, ++it) {
      const double similarity = jaccard(*m_trainCache.of(it->second), *m_validationCache.of(i));
      if (similarity >= m_train.options().threshold && (!m_seen[i] || similarity > m_seen[i]->similarity))
        m_seen[i] = Seen{it->second, similarity, false};
    }
  }

  const RowSketches& m_train;
  const RowSketches& m_validation;
  std::vector<std::optional<Seen>> m_seen; // by validation row
  ShingleCache m_trainCache, m_validationCache;
};

} // namespace

api::LeakageReport findLeakage(const RowSketches& train, const RowSketches& validation, const std::string& between, const Progress& progress, std::stop_token stop) {
  LeakFinder finder(train, validation);
  finder.exact();
  finder.near(progress, stop);
  api::LeakageReport out = finder.report();
  out.between = between;
  return out;
}

api::LeakageReport findLeakage(const RowSet& train, const RowSet& validation, const std::string& between, const DuplicateOptions& options, const Progress& progress, std::stop_token stop) {
  const RowSketches left(train, options, progress ? Progress([&](double share) { progress(0.7 * share); }) : Progress(), stop);
  const RowSketches right(validation, options, progress ? Progress([&](double share) { progress(0.7 + 0.1 * share); }) : Progress(), stop);
  return findLeakage(left, right, between, progress ? Progress([&](double share) { progress(0.8 + 0.2 * share); }) : Progress(), stop);
}

} // namespace lathe::data
