// SPDX-License-Identifier: Apache-2.0
// Attention forward: one block of queries of one head against the sequence's keys, block by block. Included by all_kernels.h.
#pragma once

namespace lathe::kernels::LATHE_ISA {
namespace {

/// C[m][n] (+)= Σ_k A(m, k) · B[k][n] with A(m, k) at a[m·am + k·ak]; N is a multiple of 16. MR rows × 16 columns stay in registers.
template <int MR>
LATHE_INLINE void gemmTile(float* c, int64_t ldc, const float* a, int64_t am, int64_t ak, const float* b, int64_t ldb, int64_t K, bool add) {
  V acc[MR][2];
  for (int m = 0; m < MR; ++m)
    for (int j = 0; j < 2; ++j)
      acc[m][j] = add ? load(c + m * ldc + 8 * j) : splat(0);
  for (int64_t k = 0; k < K; ++k) {
    const V b0 = load(b + k * ldb), b1 = load(b + k * ldb + 8);
    for (int m = 0; m < MR; ++m) {
      const V x = splat(a[m * am + k * ak]);
      acc[m][0] += x * b0;
      acc[m][1] += x * b1;
    }
  }
  for (int m = 0; m < MR; ++m)
    for (int j = 0; j < 2; ++j)
      store(c + m * ldc + 8 * j, acc[m][j]);
}

void gemm(float* c, int64_t ldc, const float* a, int64_t am, int64_t ak, const float* b, int64_t ldb, int64_t M, int64_t N, int64_t K, bool add) {
  for (int64_t n = 0; n < N; n += 16) {
    int64_t m = 0;
    for (; m + 6 <= M; m += 6)
      gemmTile<6>(c + m * ldc + n, ldc, a + m * am, am, ak, b + n, ldb, K, add);
    for (; m + 2 <= M; m += 2)
      gemmTile<2>(c + m * ldc + n, ldc, a + m * am, am, ak, b + n, ldb, K, add);
    for (; m < M; ++m)
      gemmTile<1>(c + m * ldc + n, ldc, a + m * am, am, ak, b + n, ldb, K, add);
  }
}

/// Copies a row of `dim` elements as float, times `scale`; zero up to `padded`.
template <class T>
LATHE_INLINE void copyRow(float* out, const T* in, int64_t dim, int64_t padded, float scale) {
  int64_t i = 0;
  for (; i + kLanes <= dim; i += kLanes)
    store(out + i, load(in + i) * splat(scale));
  for (; i < dim; ++i)
    out[i] = get(in + i) * scale;
  for (; i < padded; ++i)
    out[i] = 0;
}

LATHE_INLINE int64_t keyRow(const KeyRows& keys, int64_t j) {
  return keys.blocks ? keys.blocks[j / keys.pageSize] * keys.pageSize + j % keys.pageSize : keys.first + j;
}

struct KeySpan {
  int64_t begin, end;
};
/// Keys that queries at positions first … last may see.
LATHE_INLINE KeySpan visibleKeys(int64_t first, int64_t last, int64_t window) {
  const int64_t begin = window > 0 && first - window + 1 > 0 ? first - window + 1 : 0;
  return {begin, last + 1};
}

/// Scores of one query row → soft-capped, masked in place: column j is key begin + j.
LATHE_INLINE void capRow(float* s, float softcap) {
  if (softcap <= 0)
    return;
  for (int64_t j = 0; j < kKeyBlock; j += kLanes)
    store(s + j, splat(softcap) * tangentHyperbolic(load(s + j) * splat(1 / softcap)));
}
LATHE_INLINE void maskRow(float* s, int64_t position, int64_t keyBegin, int64_t window, float value) {
  const int64_t visible = position - keyBegin + 1; // keys 0 … visible − 1 of the block
  for (int64_t j = visible < 0 ? 0 : visible; j < kKeyBlock; ++j)
    s[j] = value;
  if (window > 0) {
    const int64_t hidden = position - window + 1 - keyBegin;
    for (int64_t j = 0; j < hidden && j < kKeyBlock; ++j)
      s[j] = value;
  }
}

constexpr float kNever = -1e30f; // finite: a row whose first block is fully masked stays free of NaN

/// Online softmax of one row: s becomes exp(s − max), the running maximum and sum are updated, the factor for earlier sums returned.
LATHE_INLINE float softmaxStep(float* s, float& runningMax, float& runningSum) {
  V m = load(s);
  for (int64_t j = kLanes; j < kKeyBlock; j += kLanes)
    m = maxOf(m, load(s + j));
  const float blockMax = largestOf(m);
  const float newMax = blockMax > runningMax ? blockMax : runningMax;
  const float factor = runningMax <= kNever ? 0.0f : std::exp(runningMax - newMax);
  V sum = splat(0);
  for (int64_t j = 0; j < kKeyBlock; j += kLanes) {
    const V x = load(s + j);
    V e = exponential(x - splat(newMax));
    e = x <= splat(kNever) ? splat(0) : e;
    sum += e;
    store(s + j, e);
  }
  runningSum = runningSum * factor + sumOf(sum);
  runningMax = newMax;
  return factor;
}

template <class T>
void attentionForwardBlock(const AttentionForward& p) {
  const AttentionShape& shape = p.shape;
  const int64_t dim = shape.headDim, padded = paddedHeadDim(dim), kvHead = p.head / (shape.heads / shape.kvHeads);
  const int64_t rows = p.queryCount - p.blockBegin < kQueryBlock ? p.queryCount - p.blockBegin : kQueryBlock;
  float* q = p.scratch;
  float* o = q + kQueryBlock * padded;
  float* kT = o + kQueryBlock * padded;
  float* v = kT + kKeyBlock * padded;
  float* s = v + kKeyBlock * padded;
  float* maxima = s + kQueryBlock * kKeyBlock;
  float* sums = maxima + kQueryBlock;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = p.firstQuery + p.blockBegin + i;
    copyRow(q + i * padded, static_cast<const T*>(p.q) + (row * shape.heads + p.head) * dim, dim, padded, shape.scale);
    maxima[i] = kNever;
    sums[i] = 0;
  }
  for (int64_t i = 0; i < rows * padded; ++i)
    o[i] = 0;
  const int64_t firstPosition = p.keyCount - p.queryCount + p.blockBegin;
  const KeySpan span = visibleKeys(firstPosition, firstPosition + rows - 1, shape.window);
  for (int64_t begin = span.begin; begin < span.end; begin += kKeyBlock) {
    const int64_t keys = span.end - begin < kKeyBlock ? span.end - begin : kKeyBlock;
    for (int64_t j = 0; j < kKeyBlock; ++j) {
      if (j >= keys) {
        for (int64_t d = 0; d < dim; ++d)
          kT[d * kKeyBlock + j] = 0;
        for (int64_t d = 0; d < padded; ++d)
          v[j * padded + d] = 0;
        continue;
      }
      const int64_t offset = (keyRow(p.keys, begin + j) * shape.kvHeads + kvHead) * dim;
      const T* key = static_cast<const T*>(p.keys.k) + offset;
      for (int64_t d = 0; d < dim; ++d)
        kT[d * kKeyBlock + j] = get(key + d);
      copyRow(v + j * padded, static_cast<const T*>(p.keys.v) + offset, dim, padded, 1.0f);
    }
    gemm(s, kKeyBlock, q, padded, 1, kT, kKeyBlock, rows, kKeyBlock, dim, false);
    for (int64_t i = 0; i < rows; ++i) {
      capRow(s + i * kKeyBlock, shape.softcap);
      maskRow(s + i * kKeyBlock, firstPosition + i, begin, shape.window, kNever);
      const float factor = softmaxStep(s + i * kKeyBlock, maxima[i], sums[i]);
      if (factor != 1.0f)
        for (int64_t d = 0; d < padded; d += kLanes)
          store(o + i * padded + d, load(o + i * padded + d) * splat(factor));
    }
    gemm(o, padded, s, kKeyBlock, 1, v, padded, rows, padded, keys, true);
  }
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = p.firstQuery + p.blockBegin + i;
    const float inverse = 1.0f / sums[i];
    T* out = static_cast<T*>(p.out) + (row * shape.heads + p.head) * dim;
    for (int64_t d = 0; d < dim; d += kLanes)
      storeSome(out + d, load(o + i * padded + d) * splat(inverse), dim - d);
    if (p.lse)
      p.lse[row * shape.heads + p.head] = maxima[i] + std::log(sums[i]);
  }
}

template <class T>
LATHE_INLINE float dotRow(const float* a, const T* b, int64_t dim) {
  V acc = splat(0);
  int64_t d = 0;
  for (; d + kLanes <= dim; d += kLanes)
    acc += load(a + d) * load(b + d);
  float sum = sumOf(acc);
  for (; d < dim; ++d)
    sum += a[d] * get(b + d);
  return sum;
}

template <class T>
void attentionDecodeHead(const AttentionDecode& p) {
  const AttentionShape& shape = p.shape;
  const int64_t dim = shape.headDim, padded = paddedHeadDim(dim), group = shape.heads / shape.kvHeads;
  float* q = p.scratch;
  float* o = q + group * padded;
  float* s = o + group * padded;
  float* maxima = s + group * kKeyBlock;
  float* sums = maxima + group;
  for (int64_t g = 0; g < group; ++g) {
    copyRow(q + g * padded, static_cast<const T*>(p.q) + (p.kvHead * group + g) * dim, dim, padded, shape.scale);
    maxima[g] = kNever;
    sums[g] = 0;
  }
  for (int64_t i = 0; i < group * padded; ++i)
    o[i] = 0;
  const KeySpan span = visibleKeys(p.keyCount - 1, p.keyCount - 1, shape.window);
  for (int64_t begin = span.begin; begin < span.end; begin += kKeyBlock) {
    const int64_t keys = span.end - begin < kKeyBlock ? span.end - begin : kKeyBlock;
    for (int64_t j = 0; j < kKeyBlock; ++j) {
      const T* key = j < keys ? static_cast<const T*>(p.keys.k) + (keyRow(p.keys, begin + j) * shape.kvHeads + p.kvHead) * dim : nullptr;
      for (int64_t g = 0; g < group; ++g)
        s[g * kKeyBlock + j] = key ? dotRow(q + g * padded, key, dim) : kNever;
    }
    for (int64_t g = 0; g < group; ++g) {
      if (shape.softcap > 0) {
        capRow(s + g * kKeyBlock, shape.softcap);
        for (int64_t j = keys; j < kKeyBlock; ++j)
          s[g * kKeyBlock + j] = kNever;
      }
      const float factor = softmaxStep(s + g * kKeyBlock, maxima[g], sums[g]);
      for (int64_t d = 0; d < padded; d += kLanes)
        store(o + g * padded + d, load(o + g * padded + d) * splat(factor));
    }
    for (int64_t j = 0; j < keys; ++j) {
      const T* value = static_cast<const T*>(p.keys.v) + (keyRow(p.keys, begin + j) * shape.kvHeads + p.kvHead) * dim;
      for (int64_t g = 0; g < group; ++g) {
        const V weight = splat(s[g * kKeyBlock + j]);
        for (int64_t d = 0; d < dim; d += kLanes)
          store(o + g * padded + d, load(o + g * padded + d) + weight * loadSome(value + d, dim - d));
      }
    }
  }
  for (int64_t g = 0; g < group; ++g)
    for (int64_t d = 0; d < dim; d += kLanes)
      storeSome(static_cast<T*>(p.out) + (p.kvHead * group + g) * dim + d, load(o + g * padded + d) * splat(1.0f / sums[g]), dim - d);
}

void attentionForward(const AttentionForward& p) { LATHE_BY_ELEMENT(attentionForwardBlock, p.shape.element, p); }
void attentionDecode(const AttentionDecode& p) { LATHE_BY_ELEMENT(attentionDecodeHead, p.shape.element, p); }

} // namespace
} // namespace lathe::kernels::LATHE_ISA
