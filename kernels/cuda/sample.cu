// SPDX-License-Identifier: Apache-2.0
// Next token, one block per row. A filter or the draw itself is a selection: the shortest prefix of the order (logit descending, id ascending) whose
// counts or weights reach a target. One pass fills a histogram over 2048 steps of the logit below the largest; the step where the target is
// crossed is listed in shared memory and resolved exactly. Steps with too many tokens for the list (equal logits) are narrowed first, byte by byte
// of the ordering key. Weights are integers, so sums in any order give the same bits.
#include "kernels/cuda/device/launch.cuh"
#include "kernels/cuda/device/philox.cuh"
#include "lathe/kernels/sample.h"

#include <cfloat>

namespace lathe::kernels {
namespace {

constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / kWarp;
constexpr int kBins = 2048;
constexpr int kList = 2048;
constexpr int kBatch = 4;
constexpr float kMostRange = 64; // of the histogram; its last step takes the rest
constexpr double kOne = 1099511627776.0; // 2⁴⁰, the weight of the likeliest token
constexpr uint64_t kStream = 0x73616d706c65ull;
using Count = unsigned long long;

struct Shared {
  Count bins[kBins];
  Count list[kList];
  Count warps[kWarps];
  Count answer, base, items;
  int step, listed;
  float top[kWarps], sum[kWarps], low[kWarps];
};

__device__ __forceinline__ uint32_t orderOf(float x) {
  const uint32_t bits = __float_as_uint(x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
__device__ __forceinline__ float valueOf(uint32_t order) { return __uint_as_float(order & 0x80000000u ? order & 0x7fffffffu : ~order); }
/// Larger comes first: the logit, then the smaller id.
__device__ __forceinline__ Count keyOf(float x, int64_t id) { return static_cast<Count>(orderOf(x)) << 32 | static_cast<uint32_t>(~static_cast<uint32_t>(id)); }
__device__ __forceinline__ int64_t idOf(Count key) { return static_cast<uint32_t>(~static_cast<uint32_t>(key)); }

template <class T>
struct Row {
  const T* logits;
  const uint32_t* seen; // bit per token; null without a penalty
  float penalty;
  __device__ __forceinline__ float penalised(float x, int64_t i) const {
    if (!seen || !(seen[i / 32] >> (i % 32) & 1u))
      return x;
    return x > 0 ? x / penalty : x * penalty;
  }
};

__device__ __forceinline__ Count blockMax(Count x, Shared& s) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    x = max(x, __shfl_xor_sync(0xffffffffu, x, offset));
  if (threadIdx.x % kWarp == 0)
    s.warps[threadIdx.x / kWarp] = x;
  __syncthreads();
  x = s.warps[threadIdx.x % kWarp];
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    x = max(x, __shfl_xor_sync(0xffffffffu, x, offset));
  __syncthreads();
  return x;
}

/// visit(logit after the penalty, raw logit, id) for every token; the loads of `Batch` tokens are in flight together.
template <int Batch, class T, class Visit>
__device__ __forceinline__ void forEachToken(const Row<T>& row, int64_t vocab, Visit visit) {
  for (int64_t first = threadIdx.x; first < vocab; first += kThreads * Batch) {
    float raw[Batch];
#pragma unroll
    for (int b = 0; b < Batch; ++b)
      raw[b] = first + b * kThreads < vocab ? toFloat(row.logits[first + b * kThreads]) : 0.0f;
#pragma unroll
    for (int b = 0; b < Batch; ++b) {
      const int64_t i = first + b * kThreads;
      if (i < vocab)
        visit(row.penalised(raw[b], i), raw[b], i);
    }
  }
}

struct Weigher {
  float top, inverseTemperature, low, stepsPerLogit;
  Count least; // weights below it count as nothing (min-p)
  __device__ __forceinline__ Count weight(float x) const {
    const auto w = static_cast<Count>(static_cast<double>(expf((x - top) * inverseTemperature)) * kOne + 0.5);
    return w >= least ? w : 0;
  }
  __device__ __forceinline__ int step(float x) const { return min(kBins - 1, static_cast<int>(fminf((top - x) * stepsPerLogit, kBins))); }
};

/// Finds the step of the histogram where the running sum reaches `target`; sets s.step and s.base (the sum before it). Block-wide.
__device__ __forceinline__ void findStep(Count target, Shared& s) {
  constexpr int perThread = kBins / kThreads;
  Count mine[perThread], sum = 0;
#pragma unroll
  for (int i = 0; i < perThread; ++i)
    sum += mine[i] = s.bins[threadIdx.x * perThread + i];
  Count before = sum;
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
#pragma unroll
  for (int offset = 1; offset < kWarp; offset *= 2) {
    const Count other = __shfl_up_sync(0xffffffffu, before, offset);
    before += lane >= offset ? other : 0;
  }
  if (lane == kWarp - 1)
    s.warps[warp] = before;
  __syncthreads();
  for (int w = 0; w < warp; ++w)
    before += s.warps[w];
  before -= sum;
#pragma unroll
  for (int i = 0; i < perThread; ++i) {
    if (before < target && target <= before + mine[i]) {
      s.step = threadIdx.x * perThread + i;
      s.base = before;
    }
    before += mine[i];
  }
  __syncthreads();
}

__device__ __forceinline__ Count totalOfBins(Shared& s) {
  Count sum = 0;
  for (int i = threadIdx.x; i < kBins; i += kThreads)
    sum += s.bins[i];
  sum = warpSum(sum);
  if (threadIdx.x % kWarp == 0)
    s.warps[threadIdx.x / kWarp] = sum;
  __syncthreads();
  sum = warpSum(s.warps[threadIdx.x % kWarp]);
  __syncthreads();
  return sum;
}

__device__ __forceinline__ void clearBins(Shared& s) {
  for (int i = threadIdx.x; i < kBins; i += kThreads)
    s.bins[i] = 0;
  __syncthreads();
}

/// Last key of the shortest prefix of the tokens with key ≥ cut whose measure reaches target(total). Weighted: weights; otherwise every token counts 1.
template <bool Weighted, class T, class Target>
__device__ Count selectPrefix(const Row<T>& row, int64_t vocab, const Weigher& w, Count cut, Target target, Shared& s) {
  const auto measure = [&](float x) { return Weighted ? w.weight(x) : Count{1}; };
  clearBins(s);
  forEachToken<kBatch>(row, vocab, [&](float x, float, int64_t i) {
    if (isfinite(x) && keyOf(x, i) >= cut)
      if (const Count m = measure(x))
        atomicAdd(&s.bins[w.step(x)], m);
  });
  __syncthreads();
  const Count total = totalOfBins(s);
  if (total == 0)
    return cut;
  Count goal = min(max(target(total), Count{1}), total); // in what follows: the part of the target that is left for the tokens still in question
  findStep(goal, s);
  const int step = s.step;
  goal -= s.base;
  Count mask = 0, prefix = 0; // bits of the key that are settled
  for (int shift = 56;; shift -= 8) {
    if (threadIdx.x == 0)
      s.listed = 0;
    __syncthreads();
    forEachToken<kBatch>(row, vocab, [&](float x, float, int64_t i) {
      if (!isfinite(x) || w.step(x) != step)
        return;
      const Count key = keyOf(x, i);
      if (key < cut || (key & mask) != prefix || measure(x) == 0)
        return;
      const int at = atomicAdd(&s.listed, 1);
      if (at < kList)
        s.list[at] = key;
    });
    __syncthreads();
    if (s.listed <= kList || shift < 0)
      break;
    clearBins(s);
    forEachToken<kBatch>(row, vocab, [&](float x, float, int64_t i) {
      if (!isfinite(x) || w.step(x) != step)
        return;
      const Count key = keyOf(x, i);
      if (key >= cut && (key & mask) == prefix)
        if (const Count m = measure(x))
          atomicAdd(&s.bins[255 - (key >> shift & 255)], m);
    });
    __syncthreads();
    findStep(goal, s);
    goal -= s.base;
    mask |= Count{255} << shift;
    prefix |= static_cast<Count>(255 - s.step) << shift;
    __syncthreads();
  }
  const int listed = min(s.listed, kList);
  for (int i = threadIdx.x; i < listed; i += kThreads) {
    const Count key = s.list[i], mine = measure(valueOf(static_cast<uint32_t>(key >> 32)));
    Count before = 0;
    for (int j = 0; j < listed; ++j)
      if (s.list[j] > key)
        before += measure(valueOf(static_cast<uint32_t>(s.list[j] >> 32)));
    if (before < goal && goal <= before + mine)
      s.answer = key;
  }
  __syncthreads();
  return s.answer;
}

struct Summary {
  Count best; // key of the first token in order; 0 when there is none
  float top, logSum; // of the unmodified logits: largest, log Σ exp(z − top)
};

/// Maximum and sum of the raw logits, and the best token after the penalty.
template <class T>
__device__ Summary summarise(const Row<T>& row, int64_t vocab, float& low, Shared& s) {
  float top = -FLT_MAX, sum = 0, least = FLT_MAX;
  Count best = 0;
  forEachToken<2 * kBatch>(row, vocab, [&](float x, float raw, int64_t i) {
    if (raw > top) {
      sum *= __expf(top - raw);
      top = raw;
    }
    sum += __expf(raw - top);
    if (x > -INFINITY) // no NaN either
      best = max(best, keyOf(x, i));
    if (isfinite(x))
      least = fminf(least, x);
  });
  const float warpTop = warpMax(top);
  sum = warpSum(sum * __expf(top - warpTop));
  least = -warpMax(-least);
  if (threadIdx.x % kWarp == 0) {
    s.top[threadIdx.x / kWarp] = warpTop;
    s.sum[threadIdx.x / kWarp] = sum;
    s.low[threadIdx.x / kWarp] = least;
  }
  best = blockMax(best, s); // holds the barriers
  const float blockTop = warpMax(s.top[threadIdx.x % kWarp]);
  sum = warpSum(s.sum[threadIdx.x % kWarp] * __expf(s.top[threadIdx.x % kWarp] - blockTop));
  low = -warpMax(-s.low[threadIdx.x % kWarp]);
  return {best, blockTop, logf(sum)};
}

template <class T>
__global__ void __launch_bounds__(kThreads, 1) sampleKernel(SampleRows p) {
  __shared__ Shared s;
  const int64_t index = blockIdx.x, words = (p.vocab + 127) / 128 * 4;
  const SampleParameters o = p.parameters[index];
  Row<T> row{static_cast<const T*>(p.logits) + index * p.rowStride, nullptr, o.repetitionPenalty};
  if (p.history && o.repetitionPenalty != 1.0f) {
    uint32_t* seen = static_cast<uint32_t*>(p.scratch) + index * words;
    for (int64_t i = threadIdx.x; i < words; i += kThreads)
      seen[i] = 0;
    __syncthreads();
    const int32_t* history = p.history + index * p.historyStride;
    for (int64_t i = threadIdx.x; i < p.historyLengths[index]; i += kThreads)
      if (history[i] >= 0 && history[i] < p.vocab)
        atomicOr(&seen[history[i] / 32], 1u << (history[i] % 32));
    __syncthreads();
    row.seen = seen;
  }
  float low = 0;
  const Summary summary = summarise(row, p.vocab, low, s);
  Count chosen = summary.best;
  const float top = valueOf(static_cast<uint32_t>(chosen >> 32));
  if (chosen != 0 && !o.greedy && o.temperature > 0 && isfinite(top)) {
    const float range = fminf(top - low, kMostRange);
    Weigher w{top, 1.0f / o.temperature, low, range > 0 ? (kBins - 1) / range : 0.0f, 0};
    Count cut = 0;
    if (o.topK > 0 && o.topK < p.vocab)
      cut = selectPrefix<false>(row, p.vocab, w, cut, [&](Count total) { return min(static_cast<Count>(o.topK), total); }, s);
    if (o.topP < 1)
      cut = selectPrefix<true>(row, p.vocab, w, cut, [&](Count total) { return static_cast<Count>(ceil(static_cast<double>(o.topP) * static_cast<double>(total))); }, s);
    w.least = static_cast<Count>(ceil(static_cast<double>(o.minP) * kOne));
    const uint4 bits = philox(o.seed, o.index + (p.indexAdd ? *p.indexAdd : 0), kStream);
    const double uniform = static_cast<double>((static_cast<Count>(bits.y) << 32 | bits.x) >> 11) * 0x1.0p-53;
    chosen = selectPrefix<true>(row, p.vocab, w, cut, [&](Count total) { return static_cast<Count>(uniform * static_cast<double>(total)) + 1; }, s);
  }
  if (threadIdx.x != 0)
    return;
  const int64_t id = chosen != 0 ? idOf(chosen) : -1;
  p.ids[index] = static_cast<int32_t>(id);
  if (p.logprobs)
    p.logprobs[index] = id >= 0 ? (toFloat(row.logits[id]) - summary.top) - summary.logSum : NAN;
}

} // namespace

Status launchSampleRows(const SampleRows& problem, int64_t rows, Stream stream) {
  SampleRows p = problem;
  if (p.vocab <= 0 || p.vocab >= int64_t{1} << 22 || !p.parameters || !p.ids || (p.history && (!p.scratch || !p.historyLengths)))
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.rowStride = orElse(p.rowStride, p.vocab);
  return byElement(p.element, [&](auto type) {
    sampleKernel<decltype(type)><<<static_cast<unsigned>(rows), kThreads, 0, streamOf(stream)>>>(p);
    return launched();
  });
}

} // namespace lathe::kernels
