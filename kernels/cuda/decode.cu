// SPDX-License-Identifier: Apache-2.0
// Decode attention: a block takes one (sequence, key-value head, split of the keys) and up to eight of the head's queries. Lanes of a key hold eight
// dimensions each, so a key is one 16-byte load per lane and consecutive lanes read consecutive bytes; several keys' loads are in flight before the
// first use. Running maximum and sum per warp; warps are merged through shared memory, splits by a second kernel.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/decode.h"

#include <algorithm>
#include <cfloat>

namespace lathe::kernels {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kSteps = 4;       // keys, and their values, in flight per lane
constexpr int kFewQueries = 4, kMostQueries = 8; // per block
constexpr int kAppendThreads = 256;
constexpr int kMergeThreads = 256, kMostSplits = kMergeThreads;

template <class T, bool Vec>
__global__ void __launch_bounds__(kAppendThreads) kvAppendKernel(KvAppend p, PackGrid grid) {
  const uint32_t item = blockIdx.x * kAppendThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const int64_t token = item / grid.packs, width = p.kvHeads * p.headDim, c = (item - token * grid.packs) * kPack;
  const int64_t sequence = p.sequences ? p.sequences[token] : token, position = p.positions[token];
  if (position < 0 || sequence < 0)
    return;
  const int64_t page = p.blockTable[sequence * p.blockStride + position / p.pageSize];
  if (page < 0)
    return;
  const int64_t row = (page * p.pageSize + position % p.pageSize) * width + c;
  float v[kPack];
  loadSome<Vec>(static_cast<const T*>(p.k) + token * p.kStride + c, width - c, v);
  storeSome<Vec>(static_cast<T*>(p.keys) + row, width - c, v);
  loadSome<Vec>(static_cast<const T*>(p.v) + token * p.vStride + c, width - c, v);
  storeSome<Vec>(static_cast<T*>(p.values) + row, width - c, v);
}

/// Eight elements as they lie in memory.
template <class T>
struct Raw;
template <>
struct Raw<BFloat16> {
  uint4 bits;
};
template <>
struct Raw<float> {
  float4 low, high;
};
__device__ __forceinline__ Raw<BFloat16> loadRaw(const BFloat16* p) { return {*reinterpret_cast<const uint4*>(p)}; }
__device__ __forceinline__ Raw<float> loadRaw(const float* p) { return {*reinterpret_cast<const float4*>(p), *reinterpret_cast<const float4*>(p + 4)}; }
__device__ __forceinline__ void unpackRaw(const Raw<BFloat16>& raw, float (&v)[kPack]) { unpack(raw.bits, v); }
__device__ __forceinline__ void unpackRaw(const Raw<float>& raw, float (&v)[kPack]) {
  v[0] = raw.low.x, v[1] = raw.low.y, v[2] = raw.low.z, v[3] = raw.low.w;
  v[4] = raw.high.x, v[5] = raw.high.y, v[6] = raw.high.z, v[7] = raw.high.w;
}

struct Span {
  int64_t begin, end;
};

__device__ __forceinline__ Span keysOfSplit(const PagedDecode& p, int64_t sequence, int64_t split) {
  const int64_t length = p.lengths[sequence] + p.lengthAdd;
  const int64_t begin = p.shape.window > 0 ? max(int64_t{0}, length - p.shape.window) : 0;
  const int64_t share = (max(int64_t{0}, length - begin) + p.splits - 1) / p.splits;
  const int64_t first = begin + split * share;
  return {min(first, length), min(first + share, length)};
}

// Scratch: for every (sequence, head, split) headDim floats Σ exp(s − m) · v, then m, then Σ exp(s − m).
__device__ __forceinline__ float* partOf(const PagedDecode& p, int64_t sequence, int64_t head, int64_t split) {
  return p.scratch + ((sequence * p.shape.heads + head) * p.splits + split) * (p.shape.headDim + 2);
}

template <class T, int HeadDim, int Queries>
__global__ void __launch_bounds__(kThreads) pagedDecodeKernel(PagedDecode p, int pageShift) {
  letDependentsStart();
  constexpr int lanesPerKey = HeadDim <= 64 ? 8 : HeadDim <= 128 ? 16 : 32;
  constexpr int keysPerStep = kWarp / lanesPerKey;
  __shared__ float sums[kWarps][Queries][HeadDim];
  __shared__ float maxima[kWarps][Queries], totals[kWarps][Queries];
  const int64_t kvHead = blockIdx.x % p.shape.kvHeads, chunk = blockIdx.x / p.shape.kvHeads, split = blockIdx.y, sequence = blockIdx.z;
  const int64_t group = p.shape.heads / p.shape.kvHeads, firstHead = kvHead * group + chunk * Queries;
  const int queries = static_cast<int>(min(static_cast<int64_t>(Queries), group - chunk * Queries));
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, part = lane % lanesPerKey, keyOfLane = lane / lanesPerKey;
  const bool holds = part * kPack < HeadDim;
  float q[Queries][kPack], o[Queries][kPack] = {}, largest[Queries], total[Queries] = {};
#pragma unroll
  for (int i = 0; i < Queries; ++i) {
    largest[i] = -FLT_MAX;
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      q[i][j] = 0;
    if (i < queries && holds)
      loadPack(static_cast<const T*>(p.q) + sequence * p.qStride + (firstHead + i) * HeadDim + part * kPack, q[i]);
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      q[i][j] *= p.shape.scale;
  }
  const Span keys = keysOfSplit(p, sequence, split);
  const int32_t* table = p.blockTable + sequence * p.blockStride;
  const int64_t rowWidth = p.shape.kvHeads * HeadDim, column = kvHead * HeadDim + part * kPack;
  constexpr int64_t perRound = kSteps * keysPerStep;
  for (int64_t base = keys.begin + warp * perRound; base < keys.end; base += kWarps * perRound) {
    int64_t at[kSteps];
    float s[kSteps][Queries];
#pragma unroll
    for (int u = 0; u < kSteps; ++u) {
      const int64_t key = base + u * keysPerStep + keyOfLane;
      at[u] = -1;
      if (key < keys.end) {
        const int64_t page = pageShift >= 0 ? key >> pageShift : key / p.pageSize;
        at[u] = (table[page] * p.pageSize + (key - page * p.pageSize)) * rowWidth + column;
      }
    }
    Raw<T> rawK[kSteps], rawV[kSteps]; // all in flight at once, unpacked where they are used
#pragma unroll
    for (int u = 0; u < kSteps; ++u) {
      rawK[u] = at[u] >= 0 && holds ? loadRaw(static_cast<const T*>(p.keys) + at[u]) : Raw<T>{};
      rawV[u] = at[u] >= 0 && holds ? loadRaw(static_cast<const T*>(p.values) + at[u]) : Raw<T>{};
    }
#pragma unroll
    for (int u = 0; u < kSteps; ++u) {
      float k[kPack];
      unpackRaw(rawK[u], k);
#pragma unroll
      for (int i = 0; i < Queries; ++i) {
        float dot = 0;
#pragma unroll
        for (int j = 0; j < kPack; ++j)
          dot += q[i][j] * k[j];
        s[u][i] = dot;
      }
    }
#pragma unroll
    for (int i = 0; i < Queries; ++i) {
      float top = largest[i];
#pragma unroll
      for (int u = 0; u < kSteps; ++u) {
#pragma unroll
        for (int offset = lanesPerKey / 2; offset > 0; offset /= 2)
          s[u][i] += __shfl_xor_sync(0xffffffffu, s[u][i], offset);
        if (p.shape.softcap > 0)
          s[u][i] = p.shape.softcap * tanhf(s[u][i] / p.shape.softcap);
        if (at[u] < 0)
          s[u][i] = -FLT_MAX;
        top = fmaxf(top, s[u][i]);
      }
      const float shrink = __expf(largest[i] - top);
      largest[i] = top;
      total[i] *= shrink;
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        o[i][j] *= shrink;
#pragma unroll
      for (int u = 0; u < kSteps; ++u) {
        s[u][i] = at[u] < 0 ? 0.0f : __expf(s[u][i] - top);
        total[i] += s[u][i];
      }
    }
#pragma unroll
    for (int u = 0; u < kSteps; ++u) {
      float v[kPack];
      unpackRaw(rawV[u], v);
#pragma unroll
      for (int i = 0; i < Queries; ++i)
#pragma unroll
        for (int j = 0; j < kPack; ++j)
          o[i][j] += s[u][i] * v[j];
    }
  }
  // Keys of one warp first (lanes with the same dimensions), then the warps.
#pragma unroll
  for (int i = 0; i < Queries; ++i) {
    float top = largest[i];
#pragma unroll
    for (int offset = lanesPerKey; offset < kWarp; offset *= 2)
      top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, offset));
    const float shrink = __expf(largest[i] - top);
    total[i] *= shrink;
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      o[i][j] *= shrink;
#pragma unroll
    for (int offset = lanesPerKey; offset < kWarp; offset *= 2) {
      total[i] += __shfl_xor_sync(0xffffffffu, total[i], offset);
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        o[i][j] += __shfl_xor_sync(0xffffffffu, o[i][j], offset);
    }
    if (keyOfLane == 0 && holds) {
#pragma unroll
      for (int j = 0; j < kPack; ++j)
        sums[warp][i][part * kPack + j] = o[i][j];
    }
    if (lane == 0) {
      maxima[warp][i] = top;
      totals[warp][i] = total[i];
    }
  }
  __syncthreads();
  for (int item = threadIdx.x; item < queries * HeadDim; item += kThreads) {
    const int i = item / HeadDim, d = item % HeadDim;
    float top = -FLT_MAX, sum = 0, all = 0;
    for (int w = 0; w < kWarps; ++w)
      top = fmaxf(top, maxima[w][i]);
    for (int w = 0; w < kWarps; ++w) {
      const float shrink = __expf(maxima[w][i] - top);
      sum += sums[w][i][d] * shrink;
      all += totals[w][i] * shrink;
    }
    if (p.splits == 1) {
      static_cast<T*>(p.out)[sequence * p.outStride + (firstHead + i) * HeadDim + d] = fromFloat<T>(all > 0 ? sum / all : 0.0f);
    } else {
      float* out = partOf(p, sequence, firstHead + i, split);
      out[d] = sum;
      if (d == 0) {
        out[HeadDim] = top;
        out[HeadDim + 1] = all;
      }
    }
  }
}

// Threads in groups of headDim; of g groups, one adds every g-th split.
template <class T, int HeadDim>
__global__ void __launch_bounds__(kMergeThreads) mergeSplitsKernel(PagedDecode p) {
  letDependentsStart();
  constexpr int groups = kMergeThreads / HeadDim;
  __shared__ float weights[kMostSplits], shares[groups][HeadDim], room[kWarp], maxima[kMergeThreads / kWarp];
  const int64_t head = blockIdx.x, sequence = blockIdx.y;
  const float* parts = partOf(p, sequence, head, 0);
  const int thread = threadIdx.x, splits = static_cast<int>(p.splits);
  const float mine = thread < splits ? parts[thread * (HeadDim + 2) + HeadDim] : -FLT_MAX;
  float top = warpMax(mine);
  if (thread % kWarp == 0)
    maxima[thread / kWarp] = top;
  __syncthreads();
  top = maxima[0];
#pragma unroll
  for (int w = 1; w < kMergeThreads / kWarp; ++w)
    top = fmaxf(top, maxima[w]);
  float total = 0;
  if (thread < splits) {
    weights[thread] = __expf(mine - top);
    total = weights[thread] * parts[thread * (HeadDim + 2) + HeadDim + 1];
  }
  total = blockSum<kMergeThreads>(total, room); // a barrier for the weights, too
  const int group = thread / HeadDim, d = thread % HeadDim;
  float sum = 0;
  if (group < groups) {
#pragma unroll 8
    for (int s = group; s < splits; s += groups)
      sum += weights[s] * parts[static_cast<int64_t>(s) * (HeadDim + 2) + d];
    shares[group][d] = sum;
  }
  __syncthreads();
  if (group != 0)
    return;
#pragma unroll
  for (int i = 1; i < groups; ++i)
    sum += shares[i][d];
  static_cast<T*>(p.out)[sequence * p.outStride + head * HeadDim + d] = fromFloat<T>(total > 0 ? sum / total : 0.0f);
}

template <class T, int HeadDim, int Queries>
Status launchQueries(const PagedDecode& p, int64_t sequences, int pageShift, cudaStream_t stream) {
  const int64_t chunks = (p.shape.heads / p.shape.kvHeads + Queries - 1) / Queries;
  const dim3 grid(static_cast<unsigned>(p.shape.kvHeads * chunks), static_cast<unsigned>(p.splits), static_cast<unsigned>(sequences));
  pagedDecodeKernel<T, HeadDim, Queries><<<grid, kThreads, 0, stream>>>(p, pageShift);
  if (p.splits > 1)
    mergeSplitsKernel<T, HeadDim><<<dim3(static_cast<unsigned>(p.shape.heads), static_cast<unsigned>(sequences)), kMergeThreads, 0, stream>>>(p);
  return launched();
}

template <class T, int HeadDim>
Status launchHeadDim(const PagedDecode& p, int64_t sequences, int pageShift, cudaStream_t stream) {
  if constexpr (sizeof(T) == 2) // wide groups read the keys once; float32 is not worth the code
    if (p.shape.heads / p.shape.kvHeads > kFewQueries)
      return launchQueries<T, HeadDim, kMostQueries>(p, sequences, pageShift, stream);
  return launchQueries<T, HeadDim, kFewQueries>(p, sequences, pageShift, stream);
}

} // namespace

Status launchKvAppend(const KvAppend& problem, int64_t tokens, Stream stream) {
  KvAppend p = problem;
  const int64_t width = p.kvHeads * p.headDim;
  const PackGrid grid = packGrid(tokens, width, kAppendThreads);
  if (width <= 0 || p.pageSize <= 0 || !grid.fits)
    return Status::Unsupported;
  if (tokens <= 0)
    return Status::Ok;
  p.kStride = orElse(p.kStride, width), p.vStride = orElse(p.vStride, width);
  const bool vectorized = wholePacks(width) && aligned(p.k, p.kStride, p.element) && aligned(p.v, p.vStride, p.element) && aligned(p.keys, 0, p.element) &&
                          aligned(p.values, 0, p.element);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    kvAppendKernel<decltype(type), decltype(vec)::value><<<grid.blocks, kAppendThreads, 0, streamOf(stream)>>>(p, grid);
    return launched();
  });
}

int64_t pagedDecodeSplits(int64_t sequences, int64_t kvHeads, int64_t mostKeys, int multiprocessors) {
  constexpr int64_t blocksPerMultiprocessor = 3, fewestKeys = 64, most = 128;
  const int64_t wanted = blocksPerMultiprocessor * multiprocessors / std::max<int64_t>(1, sequences * kvHeads);
  return std::clamp<int64_t>(std::min(wanted, (mostKeys + fewestKeys - 1) / fewestKeys), 1, most);
}

bool supportsPagedDecode(const PagedDecode& p) {
  const int64_t d = p.shape.headDim;
  return (d == 64 || d == 96 || d == 128 || d == 256) && p.shape.kvHeads > 0 && p.shape.heads > 0 && p.shape.heads % p.shape.kvHeads == 0 &&
         p.shape.heads / p.shape.kvHeads <= 16 && p.pageSize > 0 && p.splits >= 1 && p.splits <= kMostSplits && (p.splits == 1 || p.scratch) &&
         aligned(p.q, orElse(p.qStride, p.shape.heads * d), p.shape.element) && aligned(p.keys, 0, p.shape.element) && aligned(p.values, 0, p.shape.element);
}

Status launchPagedDecode(const PagedDecode& problem, int64_t sequences, Stream stream) {
  PagedDecode p = problem;
  if (!supportsPagedDecode(p) || sequences > 65535)
    return Status::Unsupported;
  if (sequences <= 0)
    return Status::Ok;
  p.qStride = orElse(p.qStride, p.shape.heads * p.shape.headDim), p.outStride = orElse(p.outStride, p.shape.heads * p.shape.headDim);
  int pageShift = -1;
  if ((p.pageSize & (p.pageSize - 1)) == 0)
    for (pageShift = 0; (int64_t{1} << pageShift) < p.pageSize;)
      ++pageShift;
  return byElement(p.shape.element, [&](auto type) {
    using T = decltype(type);
    switch (p.shape.headDim) {
    case 64:
      return launchHeadDim<T, 64>(p, sequences, pageShift, streamOf(stream));
    case 96:
      return launchHeadDim<T, 96>(p, sequences, pageShift, streamOf(stream));
    case 128:
      return launchHeadDim<T, 128>(p, sequences, pageShift, streamOf(stream));
    default:
      return launchHeadDim<T, 256>(p, sequences, pageShift, streamOf(stream));
    }
  });
}

} // namespace lathe::kernels
