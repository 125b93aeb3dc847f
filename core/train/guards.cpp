// SPDX-License-Identifier: Apache-2.0
#include "core/train/guards.h"

#include "core/base/files.h"
#include "core/base/text_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace lathe::train {

void NonFiniteGuard::record(int64_t step, bool skipped, const std::vector<std::string>& samples) {
  while (!m_skipped.empty() && m_skipped.front().step <= step - kWindow)
    m_skipped.pop_front();
  m_inARow = skipped ? m_inARow + 1 : 0;
  if (!skipped)
    return;
  m_skipped.push_back({step, samples});
  if (m_inARow >= kInARow)
    fail(fmt::format("{} steps in a row (the last is step {})", m_inARow, step));
  if (static_cast<int64_t>(m_skipped.size()) > kInWindow)
    fail(fmt::format("{} of the last {} steps", m_skipped.size(), std::min(step, kWindow)));
}

void NonFiniteGuard::fail(const std::string& how) const {
  constexpr size_t kShown = 6;
  std::vector<std::string> names;
  for (const Skipped& entry : m_skipped)
    for (const std::string& sample : entry.samples)
      if (std::find(names.begin(), names.end(), sample) == names.end())
        names.push_back(sample);
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  throw Exception(ErrorKind::Numeric,
                  fmt::format("The gradient was not finite in {}, so the run was stopped; the weights are those before these steps. Look at the samples {}{}, "
                              "or lower the learning rate.",
                              how, fmt::join(first, ", "), names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : ""),
                  fmt::format("{}", fmt::join(names, "\n")));
}

std::vector<int64_t> NonFiniteGuard::skippedSteps() const {
  std::vector<int64_t> out;
  for (const Skipped& entry : m_skipped)
    out.push_back(entry.step);
  return out;
}

void NonFiniteGuard::restore(const std::vector<int64_t>& skippedSteps) {
  m_skipped.clear();
  for (int64_t step : skippedSteps)
    m_skipped.push_back({step, {}});
  m_inARow = 0;
}

uint64_t requiredFreeBytes(const DiskPolicy& policy, uint64_t need, uint64_t diskBytes) {
  return need + std::max(policy.reserveBytes, static_cast<uint64_t>(policy.reserveShare * static_cast<double>(diskBytes)));
}

void checkDiskSpace(const DiskPolicy& policy, const std::string& folder, uint64_t need) {
  std::error_code code;
  const auto space = std::filesystem::space(folder, code);
  if (code)
    throw Exception(ErrorKind::Io, fmt::format("The free space of {} cannot be read: {}.", folder, code.message()));
  const uint64_t required = requiredFreeBytes(policy, need, space.capacity);
  if (space.available < required)
    throw Exception(ErrorKind::DiskFull, fmt::format("Not enough disk space for a checkpoint: it needs {} with a reserve and {} are free in {}. Free some space; the run goes on by itself.",
                                                     formatBytes(required), formatBytes(space.available), folder));
}

} // namespace lathe::train
