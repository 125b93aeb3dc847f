// SPDX-License-Identifier: Apache-2.0
// Host side of the launches: alignment questions, grids, error text, dispatch on types.
#pragma once

#include "kernels/cuda/device/common.cuh"

#include <type_traits>

namespace lathe::kernels {

/// Keeps the text for lastCudaError().
Status noteLaunch(cudaError_t error);
inline Status launched() { return noteLaunch(cudaGetLastError()); }

inline cudaStream_t streamOf(Stream stream) { return static_cast<cudaStream_t>(stream); }
inline int64_t orElse(int64_t stride, int64_t width) { return stride != 0 ? stride : width; }
inline int64_t bytesOf(Element element) { return element == Element::Float32 ? 4 : 2; }

/// Rows that begin on 16 bytes; null counts as aligned.
inline bool aligned(const void* p, int64_t stride, Element element) {
  return reinterpret_cast<uintptr_t>(p) % 16 == 0 && stride * bytesOf(element) % 16 == 0;
}
inline bool wholePacks(int64_t width) { return width % kPack == 0; }

/// One thread per pack of a [rows, width] matrix, rows and packs from a 32-bit index.
struct PackGrid {
  uint32_t items = 0, packs = 0, blocks = 0;
  bool fits = false;
};
inline PackGrid packGrid(int64_t rows, int64_t width, int threads) {
  const int64_t packs = (width + kPack - 1) / kPack, items = rows * packs;
  PackGrid g;
  g.fits = items < (int64_t{1} << 32) - threads;
  if (g.fits) {
    g.items = static_cast<uint32_t>(items);
    g.packs = static_cast<uint32_t>(packs);
    g.blocks = static_cast<uint32_t>((items + threads - 1) / threads);
  }
  return g;
}

template <class F>
Status byElement(Element element, F&& f) {
  return element == Element::Float32 ? f(float{}) : f(BFloat16{});
}
template <class F>
Status byFlag(bool flag, F&& f) {
  return flag ? f(std::true_type{}) : f(std::false_type{});
}
template <class F>
Status byElementAndFlag(Element element, bool flag, F&& f) {
  return byElement(element, [&](auto type) { return byFlag(flag, [&](auto vec) { return f(type, vec); }); });
}

} // namespace lathe::kernels
