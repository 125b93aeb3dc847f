// SPDX-License-Identifier: Apache-2.0
// Parses rows to find the bad ones, with several threads.
#include "core/data/dataset.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

namespace lathe::data {
namespace {

constexpr uint64_t kCheckedAtOnce = 256;

class RowChecker {
public:
  RowChecker(const Dataset& set, size_t limit, uint64_t maxRows) : m_set(set), m_limit(limit) {
    uint64_t first = 0;
    for (const Dataset::File& file : set.files()) {
      const uint64_t rows = std::min(file.rows, maxRows);
      for (uint64_t at = 0; at < rows; at += kCheckedAtOnce)
        m_tasks.push_back({m_out.bad.size(), first + at, std::min(kCheckedAtOnce, rows - at)});
      m_out.checked.push_back(0);
      m_out.bad.push_back(0);
      first += file.rows;
    }
  }

  Dataset::Check run(unsigned threads, const Progress& progress, const std::stop_token& stop) {
    const unsigned most = threads > 0 ? threads : std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
    const size_t helpers = std::min<size_t>(most, std::max<size_t>(1, m_tasks.size())) - 1;
    {
      std::vector<std::jthread> pool;
      for (size_t i = 0; i < helpers; ++i)
        pool.emplace_back([this, &stop] { work(stop, {}); });
      work(stop, progress);
    }
    if (m_failure)
      std::rethrow_exception(m_failure);
    std::sort(m_errors.begin(), m_errors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < std::min(m_limit, m_errors.size()); ++i)
      m_out.errors.push_back(std::move(m_errors[i].second));
    return std::move(m_out);
  }

private:
  struct Task {
    size_t file;
    uint64_t first, rows;
  };
  const Dataset& m_set;
  size_t m_limit;
  std::vector<Task> m_tasks;
  Dataset::Check m_out;
  std::atomic<size_t> m_next{0};
  std::mutex m_mutex; // for what follows and m_out
  std::vector<std::pair<uint64_t, RowError>> m_errors;
  std::exception_ptr m_failure;

  void work(const std::stop_token& stop, const Progress& progress) {
    try {
      for (size_t i; (i = m_next++) < m_tasks.size() && !stop.stop_requested();) {
        check(m_tasks[i]);
        if (progress)
          progress(static_cast<double>(i) / static_cast<double>(m_tasks.size()));
      }
    } catch (...) {
      std::scoped_lock lock(m_mutex);
      m_failure = std::current_exception();
      m_next = m_tasks.size();
    }
  }

  void check(const Task& task) {
    uint64_t bad = 0;
    std::vector<std::pair<uint64_t, RowError>> errors;
    for (uint64_t row = task.first; row < task.first + task.rows; ++row) {
      try {
        m_set.sample(row);
      } catch (const RowException& e) {
        ++bad;
        if (errors.size() < m_limit)
          errors.emplace_back(row, e.row());
      }
    }
    std::scoped_lock lock(m_mutex);
    m_out.checked[task.file] += task.rows;
    m_out.bad[task.file] += bad;
    // Tasks end out of order: the first errors are found again among at most twice the limit.
    m_errors.insert(m_errors.end(), std::make_move_iterator(errors.begin()), std::make_move_iterator(errors.end()));
    if (m_errors.size() > 2 * m_limit + kCheckedAtOnce) {
      std::sort(m_errors.begin(), m_errors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      m_errors.resize(m_limit);
    }
  }
};

} // namespace

uint64_t Dataset::Check::totalBad() const { return std::accumulate(bad.begin(), bad.end(), uint64_t{0}); }

Dataset::Check Dataset::check(size_t limit, uint64_t maxRows, unsigned threads, const Progress& progress, std::stop_token stop) const {
  Check out = RowChecker(*this, limit, maxRows).run(threads, progress, stop);
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "Checking the dataset was stopped.");
  return out;
}

std::vector<RowError> Dataset::errors(size_t limit, uint64_t* total, std::stop_token stop) const {
  Check out = RowChecker(*this, limit, UINT64_MAX).run(0, {}, stop);
  if (total)
    *total = out.totalBad();
  return std::move(out.errors);
}

} // namespace lathe::data
