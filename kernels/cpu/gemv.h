// SPDX-License-Identifier: Apache-2.0
// Matrix times a few vectors: four rows of the matrix at once, eight sums in flight. Included by all_kernels.h.
#pragma once

namespace lathe::kernels::LATHE_ISA {
namespace {

template <class T, int ROWS>
LATHE_INLINE void dotRows(const T* w, int64_t columns, const float* x, float* y) {
  V even[ROWS], odd[ROWS];
  for (int r = 0; r < ROWS; ++r)
    even[r] = odd[r] = splat(0);
  int64_t k = 0;
  for (; k + 2 * kLanes <= columns; k += 2 * kLanes) {
    const V a = load(x + k), b = load(x + k + kLanes);
    for (int r = 0; r < ROWS; ++r) {
      even[r] += load(w + r * columns + k) * a;
      odd[r] += load(w + r * columns + k + kLanes) * b;
    }
  }
  for (int r = 0; r < ROWS; ++r) {
    float sum = sumOf(even[r] + odd[r]);
    for (int64_t i = k; i < columns; ++i)
      sum += get(w + r * columns + i) * x[i];
    y[r] = sum;
  }
}

template <class T>
void gemvBlocks(const Gemv& p, Range blocks) {
  for (int64_t block = blocks.begin; block < blocks.end; ++block) {
    const int64_t first = block * kGemvRows;
    const T* w = static_cast<const T*>(p.w) + first * p.columns;
    for (int64_t b = 0; b < p.batch; ++b) {
      const float* x = p.x + b * p.columns;
      float* y = p.y + b * p.rows + first;
      if (first + kGemvRows <= p.rows) {
        dotRows<T, kGemvRows>(w, p.columns, x, y);
        continue;
      }
      for (int64_t r = 0; first + r < p.rows; ++r)
        dotRows<T, 1>(w + r * p.columns, p.columns, x, y + r);
    }
  }
}

void gemv(const Gemv& p, Range blocks) { LATHE_BY_ELEMENT(gemvBlocks, p.element, p, blocks); }

} // namespace
} // namespace lathe::kernels::LATHE_ISA
