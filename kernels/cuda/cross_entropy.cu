// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of logits in place, one block per row. The first pass keeps a running maximum and sum; the second, only for the gradient, walks the
// row backwards, because its end is what the L2 cache still holds.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/cross_entropy.h"

#include <cfloat>

namespace lathe::kernels {
namespace {

constexpr int kBatch = 3;

struct Running {
  float largest, sum; // Σ exp(z − largest)
};

__device__ __forceinline__ Running merged(Running a, Running b) {
  const float largest = fmaxf(a.largest, b.largest);
  return {largest, a.sum * __expf(a.largest - largest) + b.sum * __expf(b.largest - largest)};
}

template <int Threads>
__device__ __forceinline__ Running blockMerge(Running r, Running* room) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    r = merged(r, {__shfl_xor_sync(0xffffffffu, r.largest, offset), __shfl_xor_sync(0xffffffffu, r.sum, offset)});
  if (threadIdx.x % kWarp == 0)
    room[threadIdx.x / kWarp] = r;
  __syncthreads();
  r = threadIdx.x % kWarp < Threads / kWarp ? room[threadIdx.x % kWarp] : Running{-FLT_MAX, 0};
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    r = merged(r, {__shfl_xor_sync(0xffffffffu, r.largest, offset), __shfl_xor_sync(0xffffffffu, r.sum, offset)});
  return r;
}

template <bool Vec, class T>
__device__ __forceinline__ void zeroRow(T* z, int64_t vocab, int threads) {
  const float zero[kPack] = {};
  for (int64_t c = static_cast<int64_t>(threadIdx.x) * kPack; c < vocab; c += static_cast<int64_t>(threads) * kPack)
    storeSome<Vec>(z + c, vocab - c, zero);
}

/// kBatch packs, `step` elements apart, their loads in flight together; −∞ past the end.
template <bool Vec, class T>
__device__ __forceinline__ void loadBatch(const T* z, int64_t first, int64_t step, int64_t vocab, float (&v)[kBatch][kPack]) {
#pragma unroll
  for (int k = 0; k < kBatch; ++k) {
    const int64_t c = first + k * step;
    if (c < vocab) {
      loadSome<Vec>(z + c, vocab - c, v[k], -INFINITY);
    } else {
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        v[k][j] = -INFINITY;
    }
  }
}

template <class T, bool Vec, int Threads>
__global__ void __launch_bounds__(Threads) crossEntropyKernel(CrossEntropyRows p) {
  __shared__ Running room[kWarp];
  const int64_t row = blockIdx.x, vocab = p.vocab, target = p.targets[row];
  T* z = static_cast<T*>(p.logits) + row * p.rowStride;
  if (target < 0) {
    if (threadIdx.x == 0)
      p.loss[row] = 0;
    if (p.gradient)
      zeroRow<Vec>(z, vocab, Threads);
    return;
  }
  constexpr int64_t step = static_cast<int64_t>(Threads) * kPack;
  const int64_t begin = static_cast<int64_t>(threadIdx.x) * kPack;
  const int64_t batches = (vocab + step * kBatch - 1) / (step * kBatch);
  Running r{-FLT_MAX, 0};
  for (int64_t batch = 0; batch < batches; ++batch) {
    float v[kBatch][kPack];
    loadBatch<Vec>(z, begin + batch * step * kBatch, step, vocab, v);
    float largest = r.largest;
#pragma unroll
    for (int k = 0; k < kBatch; ++k)
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        largest = fmaxf(largest, v[k][j]);
    float sum = 0;
#pragma unroll
    for (int k = 0; k < kBatch; ++k)
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        sum += __expf(v[k][j] - largest);
    r.sum = r.sum * __expf(r.largest - largest) + sum;
    r.largest = largest;
  }
  const float atTarget = target < vocab ? toFloat(z[target]) : NAN; // read before the barrier, written after it
  r = blockMerge<Threads>(r, room);
  if (threadIdx.x == 0)
    p.loss[row] = logf(r.sum) + (r.largest - atTarget);
  if (!p.gradient)
    return;
  const float scale = p.deviceScale ? p.scale * *p.deviceScale : p.scale, factor = scale / r.sum;
  for (int64_t batch = batches - 1; batch >= 0; --batch) {
    float v[kBatch][kPack];
    loadBatch<Vec>(z, begin + batch * step * kBatch, step, vocab, v);
#pragma unroll
    for (int k = 0; k < kBatch; ++k) {
      const int64_t c = begin + (batch * kBatch + k) * step;
      if (c >= vocab)
        continue;
#pragma unroll
      for (int j = 0; j < kPack; ++j) {
        v[k][j] = __expf(v[k][j] - r.largest) * factor;
        if (c + j == target)
          v[k][j] -= scale;
      }
      storeSome<Vec>(z + c, vocab - c, v[k]);
    }
  }
}

} // namespace

Status launchCrossEntropyRows(const CrossEntropyRows& problem, int64_t rows, Stream stream) {
  CrossEntropyRows p = problem;
  if (p.vocab <= 0 || rows >= int64_t{1} << 31)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.rowStride = orElse(p.rowStride, p.vocab);
  const bool vectorized = wholePacks(p.vocab) && aligned(p.logits, p.rowStride, p.element);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    using T = decltype(type);
    if (p.vocab <= 8192)
      crossEntropyKernel<T, decltype(vec)::value, 256><<<static_cast<unsigned>(rows), 256, 0, streamOf(stream)>>>(p);
    else // more than one block fits a multiprocessor: one reads while another waits at its barrier
      crossEntropyKernel<T, decltype(vec)::value, 512><<<static_cast<unsigned>(rows), 512, 0, streamOf(stream)>>>(p);
    return launched();
  });
}

} // namespace lathe::kernels
