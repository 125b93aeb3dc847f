// SPDX-License-Identifier: Apache-2.0
// RMS norm. A row lives in registers between its two uses, so every tensor is read and written once: `Lanes` threads share a row, each with `Packs`
// packs of eight. Rows up to 1024 wide take a warp each, eight to a block; wider ones a block.
#include "kernels/cuda/device/column_sum.cuh"
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/rms_norm.h"

namespace lathe::kernels {
namespace {

constexpr int kSmallBlock = 256;

__device__ __forceinline__ int64_t rowOffset(int64_t row, int64_t stride, int64_t inner, int64_t width) {
  return inner == 1 ? row * stride : row / inner * stride + row % inner * width;
}

template <int Lanes>
struct RowOf {
  static constexpr int kThreads = Lanes > kSmallBlock ? Lanes : kSmallBlock;
  static constexpr int kRows = kThreads / Lanes;
};

template <int Lanes>
__device__ __forceinline__ float rowSum(float x, float* room) {
  if constexpr (Lanes == kWarp)
    return warpSum(x);
  else
    return blockSum<Lanes>(x, room);
}

template <class T, bool Vec, int Lanes, int Packs>
__global__ void __launch_bounds__(RowOf<Lanes>::kThreads) rmsNormKernel(RmsNormForward p, int64_t rows) {
  letDependentsStart();
  __shared__ float room[kWarp];
  const int lane = threadIdx.x % Lanes;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * RowOf<Lanes>::kRows + threadIdx.x / Lanes;
  if (row >= rows) // whole warps
    return;
  const T* x = static_cast<const T*>(p.x) + rowOffset(row, p.xStride, p.inner, p.width);
  const T* add = p.add ? static_cast<const T*>(p.add) + rowOffset(row, p.addStride, p.inner, p.width) : nullptr;
  float v[Packs][kPack];
#pragma unroll
  for (int i = 0; i < Packs; ++i) {
    const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
    if (c < p.width)
      loadSome<Vec>(x + c, p.width - c, v[i]);
    else
      for (float& e : v[i])
        e = 0;
  }
  if (add) {
    T* sum = static_cast<T*>(p.sum) + rowOffset(row, p.sumStride, p.inner, p.width);
#pragma unroll
    for (int i = 0; i < Packs; ++i) {
      const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
      if (c >= p.width)
        continue;
      float a[kPack];
      loadSome<Vec>(add + c, p.width - c, a);
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        v[i][j] = rounded<T>(v[i][j] + a[j]);
      storeSome<Vec>(sum + c, p.width - c, v[i]);
    }
  }
  float squares = 0;
#pragma unroll
  for (int i = 0; i < Packs; ++i)
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      squares += v[i][j] * v[i][j];
  const float rstd = 1.0f / sqrtf(rowSum<Lanes>(squares, room) / static_cast<float>(p.width) + p.eps);
  if (lane == 0 && p.rstd)
    p.rstd[row] = rstd;
  T* y = static_cast<T*>(p.y) + rowOffset(row, p.yStride, p.inner, p.width);
#pragma unroll
  for (int i = 0; i < Packs; ++i) {
    const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
    if (c >= p.width)
      continue;
    float w[kPack];
    loadSome<Vec>(p.weight + c, p.width - c, w);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[i][j] = v[i][j] * rstd * (w[j] + p.offset);
    storeSome<Vec>(y + c, p.width - c, v[i]);
  }
}

// dx = rstd · (g − x̂ · mean(g · x̂)) + residual with g = dy · (offset + w), x̂ = x · rstd.
template <class T, bool Vec, int Lanes, int Packs>
__global__ void __launch_bounds__(RowOf<Lanes>::kThreads) rmsNormBackwardKernel(RmsNormBackward p, int64_t rows) {
  __shared__ float room[kWarp];
  const int lane = threadIdx.x % Lanes;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * RowOf<Lanes>::kRows + threadIdx.x / Lanes;
  if (row >= rows)
    return;
  const T* x = static_cast<const T*>(p.x) + rowOffset(row, p.xStride, p.inner, p.width);
  const T* dy = static_cast<const T*>(p.dy) + rowOffset(row, p.dyStride, p.inner, p.width);
  const T* residual = p.residual ? static_cast<const T*>(p.residual) + rowOffset(row, p.residualStride, p.inner, p.width) : nullptr;
  T* dx = static_cast<T*>(p.dx) + rowOffset(row, p.dxStride, p.inner, p.width);
  const float rstd = p.rstd[row];
  float v[Packs][kPack], g[Packs][kPack];
#pragma unroll
  for (int i = 0; i < Packs; ++i) {
    const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
    if (c < p.width) {
      loadSome<Vec>(x + c, p.width - c, v[i]);
      loadSome<Vec>(dy + c, p.width - c, g[i]);
    } else {
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        v[i][j] = g[i][j] = 0;
    }
  }
  float dot = 0;
#pragma unroll
  for (int i = 0; i < Packs; ++i) {
    const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
    if (c >= p.width)
      continue;
    float w[kPack];
    loadSome<Vec>(p.weight + c, p.width - c, w);
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      g[i][j] *= w[j] + p.offset;
      dot += g[i][j] * v[i][j];
    }
  }
  const float k = rowSum<Lanes>(dot, room) * rstd * rstd * rstd / static_cast<float>(p.width);
#pragma unroll
  for (int i = 0; i < Packs; ++i) {
    const int64_t c = static_cast<int64_t>(i * Lanes + lane) * kPack;
    if (c >= p.width)
      continue;
    float r[kPack] = {};
    if (residual)
      loadSome<Vec>(residual + c, p.width - c, r);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[i][j] = rstd * g[i][j] - k * v[i][j] + r[j];
    storeSome<Vec>(dx + c, p.width - c, v[i]);
  }
}

template <class T>
struct WeightTerm {
  const T* dy;
  const T* x;
  const float* rstd;
  int64_t dyStride, xStride, inner, width;
  template <bool Vec>
  __device__ __forceinline__ void load(int64_t row, int64_t column, float (&v)[kPack]) const {
    float a[kPack];
    loadSome<Vec>(dy + rowOffset(row, dyStride, inner, width) + column, width - column, v);
    loadSome<Vec>(x + rowOffset(row, xStride, inner, width) + column, width - column, a);
    const float r = rstd[row];
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[j] *= a[j] * r;
  }
};

#define LATHE_ROW_KERNEL(kernel, lanes, packs)                                                                                                         \
  do {                                                                                                                                                 \
    using T = decltype(type);                                                                                                                          \
    constexpr int perBlock = RowOf<lanes>::kRows;                                                                                                      \
    kernel<T, decltype(vec)::value, lanes, packs>                                                                                                      \
        <<<static_cast<unsigned>((rows + perBlock - 1) / perBlock), RowOf<lanes>::kThreads, 0, streamOf(stream)>>>(p, rows);                            \
    return launched();                                                                                                                                 \
  } while (0)

// Odd widths and strides take the element-wise kernels, in two sizes only.
#define LATHE_ROW_DISPATCH(kernel)                                                                                                                     \
  byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) -> Status {                                                                         \
    if constexpr (decltype(vec)::value) {                                                                                                              \
      if (p.width <= 256)                                                                                                                              \
        LATHE_ROW_KERNEL(kernel, 32, 1);                                                                                                               \
      if (p.width <= 1024)                                                                                                                             \
        LATHE_ROW_KERNEL(kernel, 32, 4);                                                                                                               \
      if (p.width <= 2048)                                                                                                                             \
        LATHE_ROW_KERNEL(kernel, 256, 1);                                                                                                              \
      if (p.width <= 4096)                                                                                                                             \
        LATHE_ROW_KERNEL(kernel, 256, 2);                                                                                                              \
      if (p.width <= 8192)                                                                                                                             \
        LATHE_ROW_KERNEL(kernel, 512, 2);                                                                                                              \
    } else if (p.width <= 1024) {                                                                                                                      \
      LATHE_ROW_KERNEL(kernel, 32, 4);                                                                                                                 \
    }                                                                                                                                                  \
    LATHE_ROW_KERNEL(kernel, 512, 4);                                                                                                                  \
  })

constexpr int64_t kWidestRow = 512 * 4 * kPack;

} // namespace

Status launchRmsNormForward(const RmsNormForward& problem, int64_t rows, Stream stream) {
  RmsNormForward p = problem;
  if (p.width <= 0 || p.width > kWidestRow || p.inner < 1 || rows >= int64_t{1} << 31)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  const int64_t dense = p.width * p.inner;
  p.xStride = orElse(p.xStride, dense), p.yStride = orElse(p.yStride, dense), p.addStride = orElse(p.addStride, dense), p.sumStride = orElse(p.sumStride, dense);
  const bool vectorized = wholePacks(p.width) && aligned(p.x, p.xStride, p.element) && aligned(p.y, p.yStride, p.element) &&
                          aligned(p.weight, 0, Element::Float32) && aligned(p.add, p.addStride, p.element) && aligned(p.sum, p.sumStride, p.element);
  return LATHE_ROW_DISPATCH(rmsNormKernel);
}

Status launchRmsNormBackward(const RmsNormBackward& problem, int64_t rows, Stream stream) {
  RmsNormBackward p = problem;
  if (p.width <= 0 || p.width > kWidestRow || p.inner < 1 || rows >= int64_t{1} << 31 || (p.dWeight && !p.scratch))
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  const int64_t dense = p.width * p.inner;
  p.dyStride = orElse(p.dyStride, dense), p.xStride = orElse(p.xStride, dense), p.dxStride = orElse(p.dxStride, dense);
  p.residualStride = orElse(p.residualStride, dense);
  const bool vectorized = wholePacks(p.width) && aligned(p.x, p.xStride, p.element) && aligned(p.dy, p.dyStride, p.element) &&
                          aligned(p.dx, p.dxStride, p.element) && aligned(p.weight, 0, Element::Float32) &&
                          aligned(p.residual, p.residualStride, p.element);
  if (p.dWeight) { // first: dx may overwrite dy
    const Status status = byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
      using T = decltype(type);
      const WeightTerm<T> term{static_cast<const T*>(p.dy), static_cast<const T*>(p.x), p.rstd, p.dyStride, p.xStride, p.inner, p.width};
      return launchColumnSums<decltype(vec)::value>(term, p.dWeight, p.scratch, rows, p.width, streamOf(stream));
    });
    if (status != Status::Ok)
      return status;
  }
  return LATHE_ROW_DISPATCH(rmsNormBackwardKernel);
}

} // namespace lathe::kernels
