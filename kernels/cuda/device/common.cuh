// SPDX-License-Identifier: Apache-2.0
// Packs of eight elements (16 bytes of bf16, 32 of float32), conversions and reductions. Kernels take `Vec`: true when every row begins on 16 bytes
// and holds whole packs, false for element-wise accesses with bounds.
#pragma once

#include "lathe/kernels/element.h"

#include <cuda_runtime.h>

namespace lathe::kernels {

inline constexpr int kPack = 8;
inline constexpr int kWarp = 32;

__device__ __forceinline__ float toFloat(float x) { return x; }
__device__ __forceinline__ float toFloat(BFloat16 x) { return __uint_as_float(static_cast<uint32_t>(x.bits) << 16); }

/// Two floats to bf16, round to nearest even: `low` in the lower half.
__device__ __forceinline__ uint32_t packBFloat16(float low, float high) {
  uint32_t out;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
  return out;
}
__device__ __forceinline__ float lowOf(uint32_t pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float highOf(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

template <class T>
__device__ __forceinline__ T fromFloat(float x);
template <>
__device__ __forceinline__ float fromFloat<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ BFloat16 fromFloat<BFloat16>(float x) {
  return BFloat16{static_cast<uint16_t>(packBFloat16(x, 0.0f) & 0xffffu)};
}
/// x as it reads back after being stored as T.
template <class T>
__device__ __forceinline__ float rounded(float x) {
  return toFloat(fromFloat<T>(x));
}

__device__ __forceinline__ void unpack(const uint4& raw, float (&v)[kPack]) {
  v[0] = lowOf(raw.x), v[1] = highOf(raw.x), v[2] = lowOf(raw.y), v[3] = highOf(raw.y);
  v[4] = lowOf(raw.z), v[5] = highOf(raw.z), v[6] = lowOf(raw.w), v[7] = highOf(raw.w);
}
__device__ __forceinline__ void loadPack(const BFloat16* p, float (&v)[kPack]) { unpack(*reinterpret_cast<const uint4*>(p), v); }
__device__ __forceinline__ void loadPack(const float* p, float (&v)[kPack]) {
  const float4 a = *reinterpret_cast<const float4*>(p), b = *reinterpret_cast<const float4*>(p + 4);
  v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
}
__device__ __forceinline__ void storePack(BFloat16* p, const float (&v)[kPack]) {
  *reinterpret_cast<uint4*>(p) = make_uint4(packBFloat16(v[0], v[1]), packBFloat16(v[2], v[3]), packBFloat16(v[4], v[5]), packBFloat16(v[6], v[7]));
}
__device__ __forceinline__ void storePack(float* p, const float (&v)[kPack]) {
  *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
  *reinterpret_cast<float4*>(p + 4) = make_float4(v[4], v[5], v[6], v[7]);
}

/// Up to eight elements; those from `count` on are `fill`.
template <bool Vec, class T>
__device__ __forceinline__ void loadSome(const T* p, int64_t count, float (&v)[kPack], float fill = 0) {
  if constexpr (Vec) {
    loadPack(p, v);
  } else {
#pragma unroll
    for (int i = 0; i < kPack; ++i)
      v[i] = i < count ? toFloat(p[i]) : fill;
  }
}
template <bool Vec, class T>
__device__ __forceinline__ void storeSome(T* p, int64_t count, const float (&v)[kPack]) {
  if constexpr (Vec) {
    storePack(p, v);
  } else {
#pragma unroll
    for (int i = 0; i < kPack; ++i)
      if (i < count)
        p[i] = fromFloat<T>(v[i]);
  }
}

/// A kernel launched programmatically after this one (gemv.cu) may begin; it waits for this one's results by itself. Others are not touched by it.
__device__ __forceinline__ void letDependentsStart() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}
__device__ __forceinline__ void waitForTheKernelBefore() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

template <class V>
__device__ __forceinline__ V warpSum(V x) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    x += __shfl_xor_sync(0xffffffffu, x, offset);
  return x;
}
__device__ __forceinline__ float warpMax(float x) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, offset));
  return x;
}

/// Sum over a block of Threads, the same in every thread. `room` holds Threads / 32 values; two calls in a row need two rooms.
template <int Threads, class V>
__device__ __forceinline__ V blockSum(V x, V* room) {
  x = warpSum(x);
  if constexpr (Threads > kWarp) {
    if (threadIdx.x % kWarp == 0)
      room[threadIdx.x / kWarp] = x;
    __syncthreads();
    x = threadIdx.x % kWarp < Threads / kWarp ? room[threadIdx.x % kWarp] : V(0);
    x = warpSum(x);
  }
  return x;
}

} // namespace lathe::kernels
