// SPDX-License-Identifier: GPL-3.0-or-later
// Append-only points with a min/max pyramid: any range is drawn from at most a few blocks per pixel column, and the extreme of every
// point stays visible at every zoom.
#pragma once

#include <cstddef>
#include <vector>

namespace lathe::ui {

enum class XAxis { Step, Tokens, Time };

/// Where a point lies on each of the three x axes. All three never decrease along a series.
struct XValue {
  double step = 0, tokens = 0, time = 0; // time in seconds
  double on(XAxis axis) const { return axis == XAxis::Step ? step : axis == XAxis::Tokens ? tokens : time; }
};

class SeriesPyramid {
 public:
  static constexpr size_t kFactor = 8; // points per block of the lowest level, blocks per block above

  struct Range {
    double lower = 0, upper = 0;
    bool empty = true;
    void add(double value);
    void add(const Range& other);
  };
  /// What one pixel column shows: first, last, smallest and largest y of the points in it.
  struct Column {
    double x = 0; // of its first point
    double first = 0, last = 0, lower = 0, upper = 0;
  };

  void append(XValue x, double y); // NaN: a gap
  void clear();
  size_t size() const { return m_y.size(); }
  double x(size_t index, XAxis axis) const { return m_x[index].on(axis); }
  XValue xValue(size_t index) const { return m_x[index]; }
  double y(size_t index) const { return m_y[index]; }
  /// First index whose x is not below `x`; size() when there is none.
  size_t lowerBound(XAxis axis, double x) const;
  size_t nearest(XAxis axis, double x) const; // size() must not be 0
  /// Exact extremes of indices [begin, end): O(log n).
  Range extremes(size_t begin, size_t end) const;
  /// What is to be drawn for x in [from, to] on `columns` pixel columns, in order of x: every point (with one beyond each end) while
  /// there are at most 2 per column, otherwise one Column per pixel column that has points. NaN lower: a gap.
  void columns(XAxis axis, double from, double to, int columns, std::vector<Column>& out) const;

 private:
  struct Block {
    double lower, upper; // of finite values; lower > upper when there are none
  };
  std::vector<XValue> m_x;
  std::vector<double> m_y;
  std::vector<std::vector<Block>> m_levels;
};

} // namespace lathe::ui
