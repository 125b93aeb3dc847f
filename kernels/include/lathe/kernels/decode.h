// SPDX-License-Identifier: Apache-2.0
// One new token per sequence against a paged cache: storing its key and value, and attention with the keys split among blocks (flash decoding,
// Dao et al. 2023). Lengths and block tables are read from device memory, so that a captured graph serves every step.
#pragma once

#include "lathe/kernels/attention.h"

namespace lathe::kernels {

/// Token t goes to position p = positions[t] of sequence s = sequences[t] (null: s = t), that is to row p % pageSize of page
/// blockTable[s][p / pageSize]. A negative page leaves the token out.
struct KvAppend {
  const void* k = nullptr; // [tokens, kvHeads, headDim]
  const void* v = nullptr; // [tokens, kvHeads, headDim]
  void* keys = nullptr;    // [pages, pageSize, kvHeads, headDim]
  void* values = nullptr;  // [pages, pageSize, kvHeads, headDim]
  const int32_t* positions = nullptr;  // [tokens]
  const int32_t* sequences = nullptr;  // [tokens]; may be null
  const int32_t* blockTable = nullptr; // [sequences, blockStride]
  int64_t blockStride = 0, pageSize = 0;
  int64_t kvHeads = 0, headDim = 0;
  int64_t kStride = 0, vStride = 0; // of a token
  Element element = Element::Float32;
};
Status launchKvAppend(const KvAppend& problem, int64_t tokens, Stream stream);

/// out[s] = attention of q[s] over keys 0 … lengths[s] + lengthAdd − 1 of sequence s; the query stands at the last of them. A sequence without
/// keys gives zeros. Head dims 64, 96, 128, 256; at most 16 query heads per key-value head.
struct PagedDecode {
  AttentionShape shape;
  const void* q = nullptr;            // [sequences, heads, headDim]
  void* out = nullptr;                // [sequences, heads, headDim]
  const void* keys = nullptr;         // [pages, pageSize, kvHeads, headDim]
  const void* values = nullptr;       // [pages, pageSize, kvHeads, headDim]
  const int32_t* lengths = nullptr;   // [sequences]
  const int32_t* blockTable = nullptr; // [sequences, blockStride]
  int64_t blockStride = 0, pageSize = 0;
  int32_t lengthAdd = 0;            // 1 when `lengths` does not count the new token
  int64_t qStride = 0, outStride = 0; // of a token
  int64_t splits = 1;               // pagedDecodeSplits(...)
  float* scratch = nullptr;         // pagedDecodeScratch(...) floats
};
/// Blocks that share one sequence's keys; `mostKeys` is the longest length the launch (or the graph) must serve well. Any number from 1 to 256 gives the right result.
int64_t pagedDecodeSplits(int64_t sequences, int64_t kvHeads, int64_t mostKeys, int multiprocessors);
inline constexpr int64_t pagedDecodeScratch(int64_t sequences, int64_t heads, int64_t headDim, int64_t splits) {
  return sequences * heads * splits * (headDim + 2);
}
bool supportsPagedDecode(const PagedDecode& problem);
Status launchPagedDecode(const PagedDecode& problem, int64_t sequences, Stream stream);

} // namespace lathe::kernels
