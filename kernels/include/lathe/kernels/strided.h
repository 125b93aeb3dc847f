// SPDX-License-Identifier: Apache-2.0
// Small operations on rows with strides: scaled copies and casts (α·S into the padded columns of a concatenated GEMM operand, bf16 copies of
// float32 masters), bias, column sums.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

/// out[r][c] = scale · in[r][c], or += with `accumulate`; columns width … outWidth − 1 of out become 0. In place when in == out, types and
/// strides are equal.
struct StridedCopy {
  const void* in = nullptr; // [rows, width]
  void* out = nullptr;      // [rows, outWidth]
  int64_t width = 0;
  int64_t outWidth = 0; // 0 = width
  int64_t inStride = 0, outStride = 0;
  float scale = 1;
  bool accumulate = false;
  Element inElement = Element::Float32, outElement = Element::Float32;
};
Status launchStridedCopy(const StridedCopy& problem, int64_t rows, Stream stream);

/// y[r][c] += bias[c].
struct AddBias {
  void* y = nullptr;           // [rows, width]
  const float* bias = nullptr; // [width]
  int64_t width = 0, yStride = 0;
  Element element = Element::Float32;
};
Status launchAddBias(const AddBias& problem, int64_t rows, Stream stream);

inline constexpr int64_t kColumnSumRows = 64; // rows of one partial sum
inline constexpr int64_t columnSumScratch(int64_t rows, int64_t width) { return (rows + kColumnSumRows - 1) / kColumnSumRows * width; }

/// sum[c] += Σ_r x[r][c], groups of kColumnSumRows rows first, then the groups in order.
struct ColumnSum {
  const void* x = nullptr;  // [rows, width]
  float* sum = nullptr;     // [width]
  float* scratch = nullptr; // columnSumScratch(rows, width) floats
  int64_t width = 0, xStride = 0;
  Element element = Element::Float32;
};
Status launchColumnSum(const ColumnSum& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
