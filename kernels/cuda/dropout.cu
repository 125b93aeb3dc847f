// SPDX-License-Identifier: Apache-2.0
// One thread per Philox block, that is per eight elements of the flat matrix; with a width that is no multiple of eight a block spans two rows
// or more, so the element-wise kernel finds row and column of every element.
#include "kernels/cuda/device/launch.cuh"
#include "kernels/cuda/device/philox.cuh"
#include "lathe/kernels/dropout.h"

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;

template <class T, bool Vec>
__global__ void __launch_bounds__(kThreads) dropoutKernel(DropoutMask p, uint32_t threshold, float keep, uint32_t items, int64_t elements) {
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= items)
    return;
  const uint64_t counter = p.counter + (p.deviceCounter ? *p.deviceCounter : 0);
  const uint4 block = philox(p.key, item, counter);
  const uint32_t bits[4] = {block.x, block.y, block.z, block.w};
  const int64_t element = static_cast<int64_t>(item) * kPack;
  const T* in = static_cast<const T*>(p.in);
  T* out = static_cast<T*>(p.out);
  if constexpr (Vec) {
    const uint32_t packs = static_cast<uint32_t>(p.width / kPack), r = item / packs;
    const int64_t row = r, c = static_cast<int64_t>(item - r * packs) * kPack;
    float v[kPack], old[kPack] = {};
    loadPack(in + row * p.inStride + c, v);
    if (p.accumulate)
      loadPack(out + row * p.outStride + c, old);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      v[j] = old[j] + (((bits[j / 2] >> (16 * (j % 2))) & 0xffffu) < threshold ? 0.0f : v[j] * keep);
    storePack(out + row * p.outStride + c, v);
  } else {
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      if (element + j >= elements)
        return;
      const int64_t row = (element + j) / p.width, c = element + j - row * p.width;
      const float x = toFloat(in[row * p.inStride + c]);
      const float kept = ((bits[j / 2] >> (16 * (j % 2))) & 0xffffu) < threshold ? 0.0f : x * keep;
      T* at = out + row * p.outStride + c;
      *at = fromFloat<T>(p.accumulate ? toFloat(*at) + kept : kept);
    }
  }
}

} // namespace

Status launchDropout(const DropoutMask& problem, int64_t rows, Stream stream) {
  DropoutMask p = problem;
  const int64_t elements = rows * p.width, items = (elements + kPack - 1) / kPack;
  if (p.width <= 0 || !(p.probability >= 0 && p.probability < 1) || items >= (int64_t{1} << 32) - kThreads)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.inStride = orElse(p.inStride, p.width), p.outStride = orElse(p.outStride, p.width);
  const auto threshold = static_cast<uint32_t>(p.probability * 65536.0 + 0.5);
  const auto keep = static_cast<float>(1 / (1 - p.probability));
  const bool vectorized = wholePacks(p.width) && aligned(p.in, p.inStride, p.element) && aligned(p.out, p.outStride, p.element);
  const auto blocks = static_cast<unsigned>((items + kThreads - 1) / kThreads);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    dropoutKernel<decltype(type), decltype(vec)::value>
        <<<blocks, kThreads, 0, streamOf(stream)>>>(p, threshold, keep, static_cast<uint32_t>(items), elements);
    return launched();
  });
}

} // namespace lathe::kernels
