// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/series_pyramid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lathe::ui {

void SeriesPyramid::Range::add(double value) {
  if (!std::isfinite(value))
    return;
  lower = empty ? value : std::min(lower, value);
  upper = empty ? value : std::max(upper, value);
  empty = false;
}

void SeriesPyramid::Range::add(const Range& other) {
  if (other.empty)
    return;
  add(other.lower);
  add(other.upper);
}

void SeriesPyramid::append(XValue x, double y) {
  m_x.push_back(x);
  m_y.push_back(y);
  const size_t index = m_y.size() - 1;
  size_t block = index;
  for (size_t level = 0;; ++level) {
    block /= kFactor;
    if (level == m_levels.size()) {
      if (level > 0 && m_levels[level - 1].size() < 2)
        break;
      m_levels.emplace_back();
      if (level > 0) // the new top starts with what is below it
        for (const Block& below : std::vector<Block>(m_levels[level - 1].begin(), m_levels[level - 1].end() - 1)) {
          if (m_levels[level].empty())
            m_levels[level].push_back(below);
          m_levels[level][0] = {std::min(m_levels[level][0].lower, below.lower), std::max(m_levels[level][0].upper, below.upper)};
        }
    }
    auto& blocks = m_levels[level];
    if (block >= blocks.size())
      blocks.push_back({std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()});
    if (std::isfinite(y))
      blocks[block] = {std::min(blocks[block].lower, y), std::max(blocks[block].upper, y)};
  }
}

void SeriesPyramid::clear() {
  m_x.clear();
  m_y.clear();
  m_levels.clear();
}

size_t SeriesPyramid::lowerBound(XAxis axis, double x) const {
  const auto at = std::partition_point(m_x.begin(), m_x.end(), [&](const XValue& v) { return v.on(axis) < x; });
  return static_cast<size_t>(at - m_x.begin());
}

size_t SeriesPyramid::nearest(XAxis axis, double x) const {
  const size_t after = std::min(lowerBound(axis, x), size() - 1);
  if (after > 0 && std::fabs(this->x(after - 1, axis) - x) < std::fabs(this->x(after, axis) - x))
    return after - 1;
  return after;
}

SeriesPyramid::Range SeriesPyramid::extremes(size_t begin, size_t end) const {
  Range out;
  const auto addBlock = [&](size_t level, size_t block) {
    const Block& b = m_levels[level][block];
    if (b.lower <= b.upper) {
      out.add(b.lower);
      out.add(b.upper);
    }
  };
  while (begin < end && begin % kFactor != 0)
    out.add(m_y[begin++]);
  while (begin < end && end % kFactor != 0)
    out.add(m_y[--end]);
  size_t level = 0;
  begin /= kFactor;
  end /= kFactor;
  while (begin < end) {
    const bool top = level + 1 >= m_levels.size();
    while (begin < end && (top || begin % kFactor != 0))
      addBlock(level, begin++);
    while (begin < end && (top || end % kFactor != 0))
      addBlock(level, --end);
    begin /= kFactor;
    end /= kFactor;
    ++level;
  }
  return out;
}

void SeriesPyramid::columns(XAxis axis, double from, double to, int columns, std::vector<Column>& out) const {
  out.clear();
  if (m_y.empty() || !(to > from) || columns <= 0)
    return;
  size_t begin = lowerBound(axis, from);
  size_t end = std::min(size(), static_cast<size_t>(std::partition_point(m_x.begin(), m_x.end(), [&](const XValue& v) { return v.on(axis) <= to; }) - m_x.begin()) + 1);
  begin = begin > 0 ? begin - 1 : 0;
  if (end - begin <= static_cast<size_t>(columns) * 2 + 2) {
    for (size_t i = begin; i < end; ++i)
      out.push_back({x(i, axis), m_y[i], m_y[i], m_y[i], m_y[i]});
    return;
  }
  size_t at = begin;
  for (int c = 0; c < columns && at < end; ++c) {
    const double edge = from + (to - from) * (c + 1) / columns;
    size_t next = c + 1 == columns ? end
                                   : static_cast<size_t>(std::partition_point(m_x.begin() + static_cast<std::ptrdiff_t>(at), m_x.begin() + static_cast<std::ptrdiff_t>(end),
                                                                              [&](const XValue& v) { return v.on(axis) < edge; }) -
                                                         m_x.begin());
    if (next == at)
      continue;
    const Range range = extremes(at, next);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    out.push_back({x(at, axis), m_y[at], m_y[next - 1], range.empty ? nan : range.lower, range.empty ? nan : range.upper});
    at = next;
  }
}

} // namespace lathe::ui
