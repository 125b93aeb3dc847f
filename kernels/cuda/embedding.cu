// SPDX-License-Identifier: Apache-2.0
// Embedding rows and their gradient. For the gradient a block owns one (token, 2048 columns): it ends at once unless its token is the first of its
// kind, and otherwise lists the later ones in order and adds their rows in registers. T² comparisons of integers (8192 tokens: some 10 µs) buy a sum
// in fixed order without sorting and without scratch memory.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/embedding.h"

#include <algorithm>

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kListed = kThreads; // tokens looked at per round

template <class T, bool Vec>
__global__ void __launch_bounds__(kThreads) embeddingKernel(Embedding p, PackGrid grid) {
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const uint32_t r = item / grid.packs;
  const int64_t row = r, c = static_cast<int64_t>(item - r * grid.packs) * kPack, count = p.width - c, id = p.ids[row];
  float v[kPack] = {};
  if (id >= 0 && id < p.vocab)
    loadSome<Vec>(static_cast<const T*>(p.table) + id * p.tableStride + c, count, v);
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    v[j] *= p.scale;
  storeSome<Vec>(static_cast<T*>(p.out) + row * p.outStride + c, count, v);
}

template <class T, bool Vec>
__global__ void __launch_bounds__(kThreads) embeddingGradientKernel(EmbeddingGradient p, int64_t tokens) {
  __shared__ int32_t list[kListed];
  __shared__ int counts[kWarps];
  const int64_t token = blockIdx.x, id = p.ids[token];
  if (id < 0 || id >= p.vocab)
    return;
  bool earlier = false;
  for (int64_t t = threadIdx.x; t < token && !earlier; t += kThreads)
    earlier = p.ids[t] == id;
  if (__syncthreads_or(earlier))
    return;
  const int64_t column = (static_cast<int64_t>(blockIdx.y) * kThreads + threadIdx.x) * kPack, count = p.width - column;
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  float sum[kPack] = {};
  for (int64_t begin = token; begin < tokens; begin += kListed) {
    const int64_t t = begin + threadIdx.x;
    const bool same = t < tokens && p.ids[t] == id;
    const unsigned mask = __ballot_sync(0xffffffffu, same);
    if (lane == 0)
      counts[warp] = __popc(mask);
    __syncthreads();
    int at = __popc(mask & ((1u << lane) - 1)), found = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      at += w < warp ? counts[w] : 0;
      found += counts[w];
    }
    if (same)
      list[at] = static_cast<int32_t>(t);
    __syncthreads();
    if (count > 0) {
#pragma unroll 4
      for (int i = 0; i < found; ++i) {
        float v[kPack];
        loadSome<Vec>(static_cast<const T*>(p.dOut) + list[i] * p.dOutStride + column, count, v);
#pragma unroll
        for (int j = 0; j < kPack; ++j)
          sum[j] += v[j];
      }
    }
    __syncthreads();
  }
  if (count <= 0)
    return;
  float* grad = p.grad + id * p.width + column;
  float old[kPack];
  loadSome<Vec>(grad, count, old);
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    old[j] += p.scale * sum[j];
  storeSome<Vec>(grad, count, old);
}

} // namespace

Status launchEmbedding(const Embedding& problem, int64_t tokens, Stream stream) {
  Embedding p = problem;
  const PackGrid grid = packGrid(tokens, p.width, kThreads);
  if (p.width <= 0 || !grid.fits)
    return Status::Unsupported;
  if (tokens <= 0)
    return Status::Ok;
  p.tableStride = orElse(p.tableStride, p.width), p.outStride = orElse(p.outStride, p.width);
  const bool vectorized = wholePacks(p.width) && aligned(p.table, p.tableStride, p.element) && aligned(p.out, p.outStride, p.element);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    embeddingKernel<decltype(type), decltype(vec)::value><<<grid.blocks, kThreads, 0, streamOf(stream)>>>(p, grid);
    return launched();
  });
}

Status launchEmbeddingGradient(const EmbeddingGradient& problem, int64_t tokens, Stream stream) {
  EmbeddingGradient p = problem;
  const int64_t columnBlocks = (p.width + kThreads * kPack - 1) / (kThreads * kPack);
  if (p.width <= 0 || columnBlocks > 65535 || tokens >= int64_t{1} << 31)
    return Status::Unsupported;
  if (tokens <= 0)
    return Status::Ok;
  p.dOutStride = orElse(p.dOutStride, p.width);
  const bool vectorized = wholePacks(p.width) && aligned(p.dOut, p.dOutStride, p.element) && aligned(p.grad, 0, Element::Float32);
  const dim3 grid(static_cast<unsigned>(tokens), static_cast<unsigned>(columnBlocks));
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    embeddingGradientKernel<decltype(type), decltype(vec)::value><<<grid, kThreads, 0, streamOf(stream)>>>(p, tokens);
    return launched();
  });
}

} // namespace lathe::kernels
