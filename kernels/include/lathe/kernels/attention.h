// SPDX-License-Identifier: Apache-2.0
// Causal grouped-query attention over packed sequences, keys in blocks with online softmax (Dao et al. 2022): the largest score
// matrix that ever exists is kQueryBlock × kKeyBlock. Score = softcap(scale · q·k); a window w lets position i see i − w < j ≤ i.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

inline constexpr int64_t kQueryBlock = 64;
inline constexpr int64_t kKeyBlock = 64;

struct AttentionShape {
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  float scale = 1;
  float softcap = 0;  // 0 = none, else score = softcap · tanh(score / softcap)
  int64_t window = 0; // 0 = none
  Element element = Element::Float32;
};

/// Where the keys and values of one sequence are: token j at row first + j, or in pages when `blocks` is given.
struct KeyRows {
  const void* k = nullptr; // [rows, kvHeads, headDim]
  const void* v = nullptr; // [rows, kvHeads, headDim]
  int64_t first = 0;
  const int32_t* blocks = nullptr; // page numbers of this sequence
  int64_t pageSize = 0;
};

/// One block of queries of one head of one sequence. Query i of the sequence stands at position keyCount − queryCount + i.
struct AttentionForward {
  AttentionShape shape;
  const void* q = nullptr; // [tokens, heads, headDim]
  void* out = nullptr;     // [tokens, heads, headDim]
  float* lse = nullptr;    // [tokens, heads], natural log of Σ exp(score); may be null
  KeyRows keys;
  int64_t firstQuery = 0; // row of the sequence's first query
  int64_t queryCount = 0, keyCount = 0;
  int64_t head = 0, blockBegin = 0; // queries blockBegin … blockBegin + kQueryBlock − 1 of the sequence
  float* scratch = nullptr;         // attentionForwardScratch(headDim) floats
};

/// One key-value head of one sequence, all its queries; deterministic, one owner for every gradient element.
struct AttentionBackward {
  AttentionShape shape;
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  const void* out = nullptr;
  const void* dOut = nullptr;
  const float* lse = nullptr;
  void* dq = nullptr; // written, shaped as q
  void* dk = nullptr; // written, shaped as k
  void* dv = nullptr; // written, shaped as v
  int64_t first = 0, count = 0; // rows of the sequence
  int64_t kvHead = 0;
  float* scratch = nullptr; // attentionBackwardScratch(...) floats
};

/// One new token of one sequence against its keys, for one key-value head.
struct AttentionDecode {
  AttentionShape shape;
  const void* q = nullptr; // [heads, headDim] of this token
  void* out = nullptr;     // [heads, headDim]
  KeyRows keys;
  int64_t keyCount = 0; // including the new token
  int64_t kvHead = 0;
  float* scratch = nullptr; // attentionDecodeScratch(...) floats
};

inline constexpr int64_t paddedHeadDim(int64_t headDim) { return (headDim + 15) / 16 * 16; }
inline constexpr int64_t attentionForwardScratch(int64_t headDim) {
  return 2 * kQueryBlock * paddedHeadDim(headDim) + 2 * kKeyBlock * paddedHeadDim(headDim) + kQueryBlock * kKeyBlock + 2 * kQueryBlock;
}
inline constexpr int64_t attentionBackwardScratch(int64_t headDim, int64_t group, int64_t count) {
  return (2 * kQueryBlock + 5 * kKeyBlock) * paddedHeadDim(headDim) + 2 * kQueryBlock * kKeyBlock +
         count * group * (paddedHeadDim(headDim) + 1);
}
inline constexpr int64_t attentionDecodeScratch(int64_t headDim, int64_t group) {
  return group * (2 * paddedHeadDim(headDim) + kKeyBlock + 2);
}

} // namespace lathe::kernels
