// SPDX-License-Identifier: Apache-2.0
// Scaled copies and casts between rows with strides, bias, column sums.
#include "kernels/cuda/device/column_sum.cuh"
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/strided.h"

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;

template <class In, class Out, bool Vec>
__global__ void __launch_bounds__(kThreads) stridedCopyKernel(StridedCopy p, PackGrid grid) {
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const uint32_t r = item / grid.packs;
  const int64_t row = r, c = static_cast<int64_t>(item - r * grid.packs) * kPack;
  float v[kPack] = {};
  if (c < p.width)
    loadSome<Vec>(static_cast<const In*>(p.in) + row * p.inStride + c, p.width - c, v);
  Out* out = static_cast<Out*>(p.out) + row * p.outStride + c;
  if (p.accumulate) {
    float old[kPack] = {};
    if (c < p.width) // the padding is written, never read
      loadSome<Vec>(out, p.width - c, old);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[j] = old[j] + p.scale * v[j];
  } else {
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[j] *= p.scale;
  }
  storeSome<Vec>(out, p.outWidth - c, v);
}

template <class T, bool Vec>
__global__ void __launch_bounds__(kThreads) addBiasKernel(AddBias p, PackGrid grid) {
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const uint32_t r = item / grid.packs;
  const int64_t row = r, c = static_cast<int64_t>(item - r * grid.packs) * kPack, count = p.width - c;
  T* y = static_cast<T*>(p.y) + row * p.yStride + c;
  float v[kPack], b[kPack];
  loadSome<Vec>(y, count, v);
  loadSome<Vec>(p.bias + c, count, b);
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    v[j] += b[j];
  storeSome<Vec>(y, count, v);
}

template <class T>
struct RowTerm {
  const T* x;
  int64_t stride, width;
  template <bool Vec>
  __device__ __forceinline__ void load(int64_t row, int64_t column, float (&v)[kPack]) const {
    loadSome<Vec>(x + row * stride + column, width - column, v);
  }
};

} // namespace

Status launchStridedCopy(const StridedCopy& problem, int64_t rows, Stream stream) {
  StridedCopy p = problem;
  p.outWidth = orElse(p.outWidth, p.width);
  const PackGrid grid = packGrid(rows, p.outWidth, kThreads);
  if (p.width < 0 || p.outWidth <= 0 || p.outWidth < p.width || !grid.fits)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.inStride = orElse(p.inStride, p.width), p.outStride = orElse(p.outStride, p.outWidth);
  const bool vectorized =
      wholePacks(p.width) && wholePacks(p.outWidth) && aligned(p.in, p.inStride, p.inElement) && aligned(p.out, p.outStride, p.outElement);
  return byElement(p.inElement, [&](auto in) {
    return byElementAndFlag(p.outElement, vectorized, [&](auto out, auto vec) {
      stridedCopyKernel<decltype(in), decltype(out), decltype(vec)::value><<<grid.blocks, kThreads, 0, streamOf(stream)>>>(p, grid);
      return launched();
    });
  });
}

Status launchAddBias(const AddBias& problem, int64_t rows, Stream stream) {
  AddBias p = problem;
  const PackGrid grid = packGrid(rows, p.width, kThreads);
  if (p.width <= 0 || !grid.fits)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.yStride = orElse(p.yStride, p.width);
  const bool vectorized = wholePacks(p.width) && aligned(p.y, p.yStride, p.element) && aligned(p.bias, 0, Element::Float32);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    addBiasKernel<decltype(type), decltype(vec)::value><<<grid.blocks, kThreads, 0, streamOf(stream)>>>(p, grid);
    return launched();
  });
}

Status launchColumnSum(const ColumnSum& p, int64_t rows, Stream stream) {
  if (p.width <= 0 || !p.scratch || rows >= int64_t{1} << 31)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  const int64_t stride = orElse(p.xStride, p.width);
  return byElementAndFlag(p.element, wholePacks(p.width) && aligned(p.x, stride, p.element), [&](auto type, auto vec) {
    using T = decltype(type);
    const RowTerm<T> term{static_cast<const T*>(p.x), stride, p.width};
    return launchColumnSums<decltype(vec)::value>(term, p.sum, p.scratch, rows, p.width, streamOf(stream));
  });
}

} // namespace lathe::kernels
