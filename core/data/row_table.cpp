// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_table.h"

namespace lathe::data {
namespace {

constexpr uint64_t kRowsPerMark = 32;

} // namespace

void RowTable::put(uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    m_bytes.push_back(static_cast<uint8_t>(value | 0x80));
  m_bytes.push_back(static_cast<uint8_t>(value));
}

uint64_t RowTable::take(uint64_t& at) const {
  uint64_t out = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = m_bytes[at++];
    out |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (!(byte & 0x80))
      return out;
  }
}

void RowTable::push_back(const RowRange& row) {
  if (m_size % kRowsPerMark == 0)
    m_marks.push_back({m_bytes.size(), m_last.end, m_last.line});
  const bool nextLine = row.line == m_last.line + 1, firstColumn = row.column == 1;
  put((row.begin - m_last.end) << 2 | (nextLine ? 0u : 2u) | (firstColumn ? 0u : 1u));
  put(row.end - row.begin);
  if (!nextLine)
    put(row.line - m_last.line);
  if (!firstColumn)
    put(row.column);
  m_last.end = row.end;
  m_last.line = row.line;
  ++m_size;
}

RowRange RowTable::next(uint64_t& at, const Mark& before) const {
  RowRange out;
  const uint64_t head = take(at);
  out.begin = before.end + (head >> 2);
  out.end = out.begin + take(at);
  out.line = before.line + (head & 2 ? take(at) : 1);
  out.column = head & 1 ? static_cast<uint32_t>(take(at)) : 1;
  return out;
}

RowRange RowTable::operator[](uint64_t row) const {
  Mark before = m_marks[row / kRowsPerMark];
  uint64_t at = before.at;
  RowRange out;
  for (uint64_t i = row / kRowsPerMark * kRowsPerMark; i <= row; ++i) {
    out = next(at, before);
    before.end = out.end;
    before.line = out.line;
  }
  return out;
}

void RowTable::pop_back() {
  const uint64_t last = m_size - 1;
  Mark before = m_marks[last / kRowsPerMark];
  uint64_t at = before.at;
  for (uint64_t i = last / kRowsPerMark * kRowsPerMark; i < last; ++i) {
    const RowRange row = next(at, before);
    before.end = row.end;
    before.line = row.line;
  }
  m_bytes.resize(at);
  m_last.end = before.end;
  m_last.line = before.line;
  if (last % kRowsPerMark == 0)
    m_marks.pop_back();
  m_size = last;
}

} // namespace lathe::data
