// SPDX-License-Identifier: Apache-2.0
// Eight floats at a time through the compiler's vector extension: one instruction with AVX2, two with SSE.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace lathe::kernels::LATHE_ISA {
namespace {

#define LATHE_INLINE inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(32)));
typedef int32_t VI __attribute__((vector_size(32)));
typedef uint16_t VH __attribute__((vector_size(16)));
constexpr int64_t kLanes = 8;

LATHE_INLINE V splat(float x) { return V{x, x, x, x, x, x, x, x}; }
LATHE_INLINE V load(const float* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
LATHE_INLINE V load(const BFloat16* p) {
  VH h;
  std::memcpy(&h, p, sizeof h);
  return reinterpret_cast<V>(__builtin_convertvector(h, VI) << 16);
}
LATHE_INLINE void store(float* p, V v) { std::memcpy(p, &v, sizeof v); }
LATHE_INLINE void store(BFloat16* p, V v) {
  const VI bits = reinterpret_cast<VI>(v);
  const VI rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16; // to nearest, ties to even
  const VI quiet = (bits >> 16) | 0x40;
  const VI isNan = reinterpret_cast<VI>(v != v);
  const VH h = __builtin_convertvector((rounded & ~isNan) | (quiet & isNan), VH);
  std::memcpy(p, &h, sizeof h);
}
LATHE_INLINE float get(const float* p) { return *p; }
LATHE_INLINE float get(const BFloat16* p) {
  const uint32_t bits = static_cast<uint32_t>(p->bits) << 16;
  float f;
  std::memcpy(&f, &bits, sizeof f);
  return f;
}
LATHE_INLINE void put(float* p, float x) { *p = x; }
LATHE_INLINE void put(BFloat16* p, float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (x != x)
    p->bits = static_cast<uint16_t>((bits >> 16) | 0x40);
  else
    p->bits = static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}
LATHE_INLINE V maxOf(V a, V b) { return a > b ? a : b; }
LATHE_INLINE V minOf(V a, V b) { return a < b ? a : b; }
LATHE_INLINE float sumOf(V v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }
LATHE_INLINE float largestOf(V v) {
  float m = v[0];
  for (int i = 1; i < 8; ++i)
    m = v[i] > m ? v[i] : m;
  return m;
}

/// e^x, relative error ≤ 2e-7 (Cephes' polynomial); 0 below −87.3, clamped above 88.3.
LATHE_INLINE V exponential(V x) {
  const V low = splat(-87.33654f);
  const VI under = reinterpret_cast<VI>(x < low);
  x = minOf(maxOf(x, low), splat(88.3f));
  const V magic = splat(12582912.0f); // 1.5 · 2^23: the sum's low bits are the rounded integer
  const V shifted = x * splat(1.44269504088896341f) + magic;
  const V n = shifted - magic;
  V r = x - n * splat(0.693359375f);
  r = r - n * splat(-2.12194440e-4f);
  V p = splat(1.9875691500e-4f);
  p = p * r + splat(1.3981999507e-3f);
  p = p * r + splat(8.3334519073e-3f);
  p = p * r + splat(4.1665795894e-2f);
  p = p * r + splat(1.6666665459e-1f);
  p = p * r + splat(5.0000001201e-1f);
  p = p * (r * r) + r + splat(1.0f);
  const VI exponent = (reinterpret_cast<VI>(shifted) - reinterpret_cast<VI>(magic)) << 23;
  const VI bits = reinterpret_cast<VI>(p) + exponent;
  return reinterpret_cast<V>(bits & ~under);
}
LATHE_INLINE V sigmoid(V x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }
LATHE_INLINE V tangentHyperbolic(V x) {
  // Near zero 1 − 2 / (e^2x + 1) cancels; the odd series is exact to float there.
  const V t = splat(1.0f) - splat(2.0f) / (exponential(x + x) + splat(1.0f));
  const V s = x * x;
  const V series = x + x * s * (splat(-0.333333333f) + s * (splat(0.133333333f) + s * splat(-0.0539682540f)));
  return s < splat(0.01f) ? series : t;
}
LATHE_INLINE V errorFunction(V x) {
  V out;
  for (int i = 0; i < 8; ++i)
    out[i] = std::erf(x[i]);
  return out;
}

} // namespace
} // namespace lathe::kernels::LATHE_ISA
