// SPDX-License-Identifier: Apache-2.0
// Sums over rows in a fixed order: partial sums of kColumnSumRows rows, then every kTotalLanes-th partial sum, then those one after another. A term
// gives eight columns of a row.
#pragma once

#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/strided.h"

namespace lathe::kernels {
namespace {

constexpr int kColumnThreads = 128;
constexpr int kTotalLanes = 8; // threads that share a column

template <bool Vec, class Term>
__global__ void __launch_bounds__(kColumnThreads) columnPartialsKernel(Term term, float* partials, int64_t rows, int64_t width) {
  const int64_t column = (static_cast<int64_t>(blockIdx.y) * kColumnThreads + threadIdx.x) * kPack;
  if (column >= width)
    return;
  const int64_t begin = static_cast<int64_t>(blockIdx.x) * kColumnSumRows, end = min(rows, begin + kColumnSumRows);
  float sum[kPack] = {};
#pragma unroll 4
  for (int64_t row = begin; row < end; ++row) {
    float v[kPack];
    term.template load<Vec>(row, column, v);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      sum[j] += v[j];
  }
  float* out = partials + static_cast<int64_t>(blockIdx.x) * width + column;
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    if (column + j < width)
      out[j] = sum[j];
}

__global__ void __launch_bounds__(kWarp* kTotalLanes) columnTotalsKernel(const float* partials, float* sum, int64_t pieces, int64_t width) {
  __shared__ float shares[kTotalLanes][kWarp];
  const int lane = threadIdx.x % kWarp, share = threadIdx.x / kWarp;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kWarp + lane;
  float total = 0;
  if (column < width) {
#pragma unroll 8
    for (int64_t i = share; i < pieces; i += kTotalLanes)
      total += partials[i * width + column];
  }
  shares[share][lane] = total;
  __syncthreads();
  if (share != 0 || column >= width)
    return;
#pragma unroll
  for (int i = 1; i < kTotalLanes; ++i)
    total += shares[i][lane];
  sum[column] += total;
}

template <bool Vec, class Term>
Status launchColumnSums(const Term& term, float* sum, float* scratch, int64_t rows, int64_t width, cudaStream_t stream) {
  const int64_t pieces = (rows + kColumnSumRows - 1) / kColumnSumRows, packs = (width + kPack - 1) / kPack;
  const int64_t columnBlocks = (packs + kColumnThreads - 1) / kColumnThreads;
  if (columnBlocks > 65535)
    return Status::Unsupported;
  columnPartialsKernel<Vec><<<dim3(static_cast<unsigned>(pieces), static_cast<unsigned>(columnBlocks)), kColumnThreads, 0, stream>>>(term, scratch, rows, width);
  columnTotalsKernel<<<static_cast<unsigned>((width + kWarp - 1) / kWarp), kWarp * kTotalLanes, 0, stream>>>(scratch, sum, pieces, width);
  return launched();
}

} // namespace
} // namespace lathe::kernels
