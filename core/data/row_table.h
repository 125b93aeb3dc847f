// SPDX-License-Identifier: Apache-2.0
// Where the rows of a file are, in three to five bytes a row instead of 32: a file of 100 million rows must not need gigabytes.
#pragma once

#include <cstdint>
#include <vector>

namespace lathe::data {

struct RowRange {
  uint64_t begin = 0, end = 0; // bytes in the file, without the line break
  uint64_t line = 0;           // from 1
  uint32_t column = 1;         // from 1
};

/// Rows in rising order. Differences to the row before are kept as numbers of variable length, with a mark every 32 rows to start from.
class RowTable {
public:
  void push_back(const RowRange& row);
  void pop_back();
  RowRange operator[](uint64_t row) const;
  RowRange back() const { return (*this)[m_size - 1]; }
  uint64_t size() const { return m_size; }
  bool empty() const { return m_size == 0; }
  uint64_t memoryBytes() const { return m_bytes.capacity() + m_marks.capacity() * sizeof(Mark); }

private:
  struct Mark { // what the first row of a block differs from
    uint64_t at = 0, end = 0, line = 0;
  };
  RowRange next(uint64_t& at, const Mark& before) const;
  void put(uint64_t value);
  uint64_t take(uint64_t& at) const;

  std::vector<uint8_t> m_bytes;
  std::vector<Mark> m_marks;
  Mark m_last; // after the last row; `at` unused
  uint64_t m_size = 0;
};

} // namespace lathe::data
