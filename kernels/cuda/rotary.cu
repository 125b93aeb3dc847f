// SPDX-License-Identifier: Apache-2.0
// Rotary embedding in place, one block per token, one thread per eight pairs of both tensors.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/rotary.h"

#include <algorithm>

namespace lathe::kernels {
namespace {

constexpr int kMostThreads = 512;

template <class T, bool Vec>
__global__ void __launch_bounds__(kMostThreads) rotaryKernel(Rotary p, int64_t packs) {
  const int64_t token = blockIdx.x;
  const int64_t half = p.headDim / 2, angleRow = p.positions ? p.positions[token] : token;
  const float* cosine = p.cosine + angleRow * half;
  const float* sine = p.sine + angleRow * half;
  const float sign = p.inverse ? -1.0f : 1.0f;
  const int first = static_cast<int>(p.heads * packs), items = static_cast<int>((p.heads + (p.second ? p.secondHeads : 0)) * packs);
  const int perHead = static_cast<int>(packs);
  for (int item = threadIdx.x; item < items; item += blockDim.x) {
    const bool inSecond = item >= first;
    const int local = inSecond ? item - first : item, head = local / perHead, c = (local - head * perHead) * kPack;
    T* a = static_cast<T*>(inSecond ? p.second : p.x) + token * (inSecond ? p.secondStride : p.tokenStride) + head * p.headDim + c;
    T* b = a + half;
    const int64_t count = half - c;
    float av[kPack], bv[kPack], cv[kPack], sv[kPack];
    loadSome<Vec>(a, count, av);
    loadSome<Vec>(b, count, bv);
    loadSome<Vec>(cosine + c, count, cv);
    loadSome<Vec>(sine + c, count, sv);
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      const float s = sv[j] * sign, x = av[j], y = bv[j];
      av[j] = x * cv[j] - y * s;
      bv[j] = y * cv[j] + x * s;
    }
    storeSome<Vec>(a, count, av);
    storeSome<Vec>(b, count, bv);
  }
}

} // namespace

Status launchRotary(const Rotary& problem, int64_t tokens, Stream stream) {
  Rotary p = problem;
  if (p.headDim <= 0 || p.headDim % 2 != 0 || p.heads < 0 || tokens >= int64_t{1} << 31)
    return Status::Unsupported;
  if (tokens <= 0)
    return Status::Ok;
  p.tokenStride = orElse(p.tokenStride, p.heads * p.headDim);
  p.secondStride = orElse(p.secondStride, p.secondHeads * p.headDim);
  const int64_t half = p.headDim / 2, packs = (half + kPack - 1) / kPack, items = (p.heads + (p.second ? p.secondHeads : 0)) * packs;
  if (items == 0)
    return Status::Ok;
  if (items > 1 << 20)
    return Status::Unsupported;
  const bool vectorized = wholePacks(half) && aligned(p.x, p.tokenStride, p.element) && aligned(p.second, p.secondStride, p.element) &&
                          aligned(p.cosine, 0, Element::Float32) && aligned(p.sine, 0, Element::Float32);
  const int64_t rounds = (items + kMostThreads - 1) / kMostThreads;
  const auto threads = static_cast<unsigned>(((items + rounds - 1) / rounds + kWarp - 1) / kWarp * kWarp);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    rotaryKernel<decltype(type), decltype(vec)::value><<<static_cast<unsigned>(tokens), threads, 0, streamOf(stream)>>>(p, packs);
    return launched();
  });
}

} // namespace lathe::kernels
