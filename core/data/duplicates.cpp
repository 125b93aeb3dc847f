// SPDX-License-Identifier: Apache-2.0
#include "core/data/duplicates.h"

#include "core/data/row_sketches.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace lathe::data {
namespace {

constexpr size_t kGroupsShown = 200, kRowsShown = 20;
constexpr size_t kHeads = 8;         // rows of a crowd that others are compared with
constexpr uint8_t kMostMisses = 48;  // comparisons of one row that found nothing

/// Which rows belong together: disjoint sets whose root is their first row.
class Together {
public:
  explicit Together(uint64_t count) : m_parent(count) { std::iota(m_parent.begin(), m_parent.end(), uint64_t{0}); }
  uint64_t root(uint64_t i) {
    while (m_parent[i] != i)
      i = m_parent[i] = m_parent[m_parent[i]];
    return i;
  }
  void join(uint64_t a, uint64_t b) {
    a = root(a);
    b = root(b);
    m_parent[std::max(a, b)] = std::min(a, b);
  }

private:
  std::vector<uint64_t> m_parent;
};

class DuplicateFinder {
public:
  explicit DuplicateFinder(const RowSketches& rows) : m_rows(rows), m_together(rows.size()), m_similarity(rows.size(), 1.0f), m_misses(rows.size()), m_cache(rows) {}

  /// Equal rows; what is left in m_first are the first ones of their kind.
  void exact() {
    std::vector<uint64_t> order;
    for (uint64_t i = 0; i < m_rows.size(); ++i)
      if (m_rows.readable(i))
        order.push_back(i);
    m_out.rows = order.size();
    m_out.unreadable = m_rows.size() - order.size();
    std::sort(order.begin(), order.end(), [this](uint64_t a, uint64_t b) { return std::tie(m_rows.hash(a), a) < std::tie(m_rows.hash(b), b); });
    for (size_t i = 0; i < order.size(); ++i) {
      if (i == 0 || m_rows.hash(order[i]) != m_rows.hash(order[i - 1])) {
        m_first.push_back(order[i]);
        continue;
      }
      m_together.join(m_first.back(), order[i]);
      ++m_out.exactRows;
    }
    std::sort(m_first.begin(), m_first.end());
  }

  void near(const Progress& progress, const std::stop_token& stop) {
    std::vector<std::pair<uint32_t, uint64_t>> keys(m_first.size());
    for (uint32_t band = 0; band < m_rows.bands(); ++band) {
      for (size_t i = 0; i < m_first.size(); ++i)
        keys[i] = {m_rows.band(m_first[i], band), m_first[i]};
      std::sort(keys.begin(), keys.end());
      for (size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
        while (end < keys.size() && keys[end].first == keys[begin].first)
          ++end;
        if (end - begin > 1)
          crowd(std::span(keys).subspan(begin, end - begin), stop);
      }
      if (progress)
        progress(static_cast<double>(band + 1) / m_rows.bands());
    }
  }

  Duplicates result() {
    std::map<uint64_t, std::vector<uint64_t>> groups; // by their first row
    for (uint64_t i = 0; i < m_rows.size(); ++i)
      if (const uint64_t root = m_together.root(i); root != i)
        groups[root].push_back(i);
    for (auto& [first, others] : groups) {
      RowGroup& group = m_out.groups.emplace_back();
      group.rows = {first};
      group.rows.insert(group.rows.end(), others.begin(), others.end());
      group.exact = std::all_of(others.begin(), others.end(), [&](uint64_t i) { return m_rows.hash(i) == m_rows.hash(first); });
      for (const uint64_t i : group.rows)
        group.similarity.push_back(m_similarity[i]);
      m_out.nearRows += others.size();
    }
    m_out.nearRows -= m_out.exactRows;
    return std::move(m_out);
  }

private:
  /// Rows with the same band: each is compared with a few of those before it that are not in its group yet.
  void crowd(std::span<const std::pair<uint32_t, uint64_t>> rows, const std::stop_token& stop) {
    std::vector<uint64_t> heads;
    for (const auto& [key, row] : rows) {
      if (stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "Comparing the rows was stopped.");
      const bool joined = std::any_of(heads.begin(), heads.end(), [&](uint64_t head) { return m_together.root(head) == m_together.root(row); }) ||
                          std::any_of(heads.begin(), heads.end(), [&](uint64_t head) { return compare(head, row); });
      if (!joined && heads.size() < kHeads)
        heads.push_back(row);
    }
  }

  bool compare(uint64_t head, uint64_t row) {
    if (m_misses[row] >= kMostMisses)
      return false;
    const double similarity = jaccard(*m_cache.of(head), *m_cache.of(row));
    if (similarity < m_rows.options().threshold) {
      ++m_misses[row];
      return false;
    }
    // The root that stops being one is the row that is brought in.
    const uint64_t brought = std::max(m_together.root(head), m_together.root(row));
    m_similarity[brought] = std::min(m_similarity[brought], static_cast<float>(similarity));
    m_together.join(head, row);
    return true;
  }

  const RowSketches& m_rows;
  Together m_together;
  std::vector<float> m_similarity;
  std::vector<uint8_t> m_misses;
  ShingleCache m_cache;
  std::vector<uint64_t> m_first;
  Duplicates m_out;
};

Progress shareOf(const Progress& progress, double from, double to) {
  return progress ? Progress([&progress, from, to](double share) { progress(from + share * (to - from)); }) : Progress();
}

} // namespace

std::vector<uint64_t> Duplicates::removable() const {
  std::vector<uint64_t> out;
  for (const RowGroup& group : groups)
    out.insert(out.end(), group.rows.begin() + 1, group.rows.end());
  std::sort(out.begin(), out.end());
  return out;
}

Duplicates findDuplicates(const RowSketches& rows, const Progress& progress, std::stop_token stop) {
  DuplicateFinder finder(rows);
  finder.exact();
  finder.near(progress, stop);
  return finder.result();
}

Duplicates findDuplicates(const Dataset& dataset, const DuplicateOptions& options, const Progress& progress, std::stop_token stop) {
  const RowSet all = RowSet::whole(std::shared_ptr<const Dataset>(std::shared_ptr<void>(), &dataset)); // does not own it
  const RowSketches rows(all, options, shareOf(progress, 0, 0.8), stop);
  return findDuplicates(rows, shareOf(progress, 0.8, 1), stop);
}

api::DuplicateReport duplicateReport(const Dataset& dataset, const Duplicates& found, const DuplicateOptions& options) {
  api::DuplicateReport out;
  out.rows = static_cast<int64_t>(found.rows);
  out.unreadable = static_cast<int64_t>(found.unreadable);
  out.threshold = options.threshold;
  out.nearChecked = options.near;
  out.exactRows = static_cast<int64_t>(found.exactRows);
  out.nearRows = static_cast<int64_t>(found.nearRows);
  out.groupCount = static_cast<int64_t>(found.groups.size());
  std::vector<const RowGroup*> largest;
  for (const RowGroup& group : found.groups)
    largest.push_back(&group);
  std::stable_sort(largest.begin(), largest.end(), [](const RowGroup* a, const RowGroup* b) { return a->rows.size() > b->rows.size(); });
  largest.resize(std::min(largest.size(), kGroupsShown));
  for (const RowGroup* group : largest) {
    api::DuplicateGroup& shown = out.groups.emplace_back();
    shown.exact = group->exact;
    shown.similarity = *std::min_element(group->similarity.begin(), group->similarity.end());
    shown.size = static_cast<int64_t>(group->rows.size());
    for (size_t i = 0; i < std::min(group->rows.size(), kRowsShown); ++i)
      shown.rows.push_back(rowPlace(dataset, group->rows[i]));
  }
  return out;
}

} // namespace lathe::data
