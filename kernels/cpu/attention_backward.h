// SPDX-License-Identifier: Apache-2.0
// Attention backward: one key-value head of one sequence. For every block of keys all queries that see it; dK and dV are finished
// there, dQ collects in a float buffer of the sequence. Included by all_kernels.h.
#pragma once

namespace lathe::kernels::LATHE_ISA {
namespace {

struct BackwardScratch {
  float *q, *dO, *kT, *k, *vT, *dK, *dV, *p, *dS, *dq, *delta;
};

LATHE_INLINE BackwardScratch splitScratch(float* base, int64_t padded, int64_t rows) {
  BackwardScratch s;
  s.q = base;
  s.dO = s.q + kQueryBlock * padded;
  s.kT = s.dO + kQueryBlock * padded;
  s.k = s.kT + kKeyBlock * padded;
  s.vT = s.k + kKeyBlock * padded;
  s.dK = s.vT + kKeyBlock * padded;
  s.dV = s.dK + kKeyBlock * padded;
  s.p = s.dV + kKeyBlock * padded;
  s.dS = s.p + kQueryBlock * kKeyBlock;
  s.dq = s.dS + kQueryBlock * kKeyBlock;
  s.delta = s.dq + rows * padded;
  return s;
}

/// delta = Σ_d dO · O per query and head of the group; dQ starts at zero.
template <class T>
LATHE_INLINE void prepareDelta(const AttentionBackward& a, const BackwardScratch& s, int64_t group, int64_t padded) {
  const int64_t dim = a.shape.headDim;
  for (int64_t g = 0; g < group; ++g)
    for (int64_t i = 0; i < a.count; ++i) {
      const int64_t offset = ((a.first + i) * a.shape.heads + a.kvHead * group + g) * dim;
      V acc = splat(0);
      for (int64_t d = 0; d < dim; d += kLanes)
        acc += loadSome(static_cast<const T*>(a.out) + offset + d, dim - d) * loadSome(static_cast<const T*>(a.dOut) + offset + d, dim - d);
      s.delta[g * a.count + i] = sumOf(acc);
    }
  for (int64_t i = 0; i < group * a.count * padded; ++i)
    s.dq[i] = 0;
}

template <class T>
LATHE_INLINE void loadKeys(const AttentionBackward& a, const BackwardScratch& s, int64_t begin, int64_t keys, int64_t padded) {
  const int64_t dim = a.shape.headDim;
  for (int64_t i = 0; i < kKeyBlock * padded; ++i)
    s.dK[i] = s.dV[i] = 0;
  for (int64_t j = 0; j < kKeyBlock; ++j) {
    if (j >= keys) {
      for (int64_t d = 0; d < padded; ++d)
        s.kT[d * kKeyBlock + j] = s.vT[d * kKeyBlock + j] = s.k[j * padded + d] = 0;
      continue;
    }
    const int64_t offset = ((a.first + begin + j) * a.shape.kvHeads + a.kvHead) * dim;
    const T* key = static_cast<const T*>(a.k) + offset;
    const T* value = static_cast<const T*>(a.v) + offset;
    copyRow(s.k + j * padded, key, dim, padded, 1.0f);
    for (int64_t d = 0; d < dim; ++d) {
      s.kT[d * kKeyBlock + j] = s.k[j * padded + d];
      s.vT[d * kKeyBlock + j] = get(value + d);
    }
  }
}

/// p holds the scores of one query row, dS its dP; p becomes the probabilities, dS the gradient of the unscaled scores.
LATHE_INLINE void backwardRow(float* p, float* dS, const AttentionShape& shape, int64_t position, int64_t begin, float lse, float delta) {
  alignas(32) float slope[kKeyBlock];
  const V one = splat(1), cap = splat(shape.softcap), inverse = splat(shape.softcap > 0 ? 1 / shape.softcap : 0);
  for (int64_t j = 0; j < kKeyBlock; j += kLanes) {
    V x = load(p + j);
    V dx = one;
    if (shape.softcap > 0) {
      const V t = tangentHyperbolic(x * inverse);
      x = cap * t;
      dx = one - t * t;
    }
    store(slope + j, dx);
    store(p + j, exponential(x - splat(lse)));
  }
  maskRow(p, position, begin, shape.window, 0.0f);
  for (int64_t j = 0; j < kKeyBlock; j += kLanes)
    store(dS + j, load(p + j) * (load(dS + j) - splat(delta)) * load(slope + j));
}

template <class T>
void attentionBackwardBlock(const AttentionBackward& a, const BackwardScratch& s, int64_t g, int64_t group, int64_t queryBegin, int64_t begin) {
  const AttentionShape& shape = a.shape;
  const int64_t dim = shape.headDim, padded = paddedHeadDim(dim), head = a.kvHead * group + g;
  const int64_t rows = a.count - queryBegin < kQueryBlock ? a.count - queryBegin : kQueryBlock;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t offset = ((a.first + queryBegin + i) * shape.heads + head) * dim;
    copyRow(s.q + i * padded, static_cast<const T*>(a.q) + offset, dim, padded, shape.scale);
    copyRow(s.dO + i * padded, static_cast<const T*>(a.dOut) + offset, dim, padded, 1.0f);
  }
  gemm(s.p, kKeyBlock, s.q, padded, 1, s.kT, kKeyBlock, rows, kKeyBlock, dim, false);
  gemm(s.dS, kKeyBlock, s.dO, padded, 1, s.vT, kKeyBlock, rows, kKeyBlock, dim, false);
  for (int64_t i = 0; i < rows; ++i)
    backwardRow(s.p + i * kKeyBlock, s.dS + i * kKeyBlock, shape, queryBegin + i, begin, a.lse[(a.first + queryBegin + i) * shape.heads + head],
                s.delta[g * a.count + queryBegin + i]);
  gemm(s.dV, padded, s.p, 1, kKeyBlock, s.dO, padded, kKeyBlock, padded, rows, true);
  gemm(s.dK, padded, s.dS, 1, kKeyBlock, s.q, padded, kKeyBlock, padded, rows, true);
  gemm(s.dq + (g * a.count + queryBegin) * padded, padded, s.dS, kKeyBlock, 1, s.k, padded, rows, padded, kKeyBlock, true);
}

template <class T>
void attentionBackwardHead(const AttentionBackward& a) {
  const AttentionShape& shape = a.shape;
  const int64_t dim = shape.headDim, padded = paddedHeadDim(dim), group = shape.heads / shape.kvHeads;
  const BackwardScratch s = splitScratch(a.scratch, padded, group * a.count);
  prepareDelta<T>(a, s, group, padded);
  for (int64_t begin = 0; begin < a.count; begin += kKeyBlock) {
    const int64_t keys = a.count - begin < kKeyBlock ? a.count - begin : kKeyBlock;
    loadKeys<T>(a, s, begin, keys, padded);
    const int64_t lastQuery = shape.window > 0 && begin + keys + shape.window - 1 < a.count ? begin + keys + shape.window - 1 : a.count;
    for (int64_t g = 0; g < group; ++g)
      for (int64_t queryBegin = begin; queryBegin < lastQuery; queryBegin += kQueryBlock)
        attentionBackwardBlock<T>(a, s, g, group, queryBegin, begin);
    for (int64_t j = 0; j < keys; ++j) {
      const int64_t offset = ((a.first + begin + j) * shape.kvHeads + a.kvHead) * dim;
      for (int64_t d = 0; d < dim; d += kLanes) {
        storeSome(static_cast<T*>(a.dk) + offset + d, load(s.dK + j * padded + d), dim - d); // q was scaled already
        storeSome(static_cast<T*>(a.dv) + offset + d, load(s.dV + j * padded + d), dim - d);
      }
    }
  }
  for (int64_t g = 0; g < group; ++g)
    for (int64_t i = 0; i < a.count; ++i)
      for (int64_t d = 0; d < dim; d += kLanes)
        storeSome(static_cast<T*>(a.dq) + ((a.first + i) * shape.heads + a.kvHead * group + g) * dim + d,
                  load(s.dq + (g * a.count + i) * padded + d) * splat(shape.scale), dim - d);
}

void attentionBackward(const AttentionBackward& a) { LATHE_BY_ELEMENT(attentionBackwardHead, a.shape.element, a); }

} // namespace
} // namespace lathe::kernels::LATHE_ISA
