// SPDX-License-Identifier: Apache-2.0
// h = act(gate) · up and its in-place backward, one thread per eight elements.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/gated.h"

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;

struct Activated {
  float value, slope;
};

template <GateActivation Kind>
__device__ __forceinline__ Activated activate(float x) {
  if constexpr (Kind == GateActivation::Silu) {
    const float s = __fdividef(1.0f, 1.0f + __expf(-x));
    return {x * s, s * (1.0f + x * (1.0f - s))};
  } else if constexpr (Kind == GateActivation::GeluTanh) {
    constexpr float k = 0.7978845608028654f, c = 0.044715f;
    const float phi = __fdividef(1.0f, 1.0f + __expf(-2.0f * k * (x + c * x * x * x))); // (1 + tanh) / 2 without its cancellation
    return {x * phi, phi + 2.0f * x * phi * (1.0f - phi) * k * (1.0f + 3.0f * c * x * x)};
  } else {
    const float phi = 0.5f * erfcf(-x * 0.7071067811865476f); // erfc keeps the digits of the left tail
    return {x * phi, phi + x * 0.3989422804014327f * __expf(-0.5f * x * x)};
  }
}

template <class T, bool Vec, GateActivation Kind>
__global__ void __launch_bounds__(kThreads) gatedKernel(GatedForward p, PackGrid grid) {
  letDependentsStart();
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const uint32_t r = item / grid.packs;
  const int64_t row = r, c = static_cast<int64_t>(item - r * grid.packs) * kPack, count = p.width - c;
  float g[kPack], u[kPack];
  loadSome<Vec>(static_cast<const T*>(p.gate) + row * p.gateStride + c, count, g);
  loadSome<Vec>(static_cast<const T*>(p.up) + row * p.upStride + c, count, u);
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    g[j] = activate<Kind>(g[j]).value * u[j];
  storeSome<Vec>(static_cast<T*>(p.out) + row * p.outStride + c, count, g);
}

template <class T, bool Vec, GateActivation Kind>
__global__ void __launch_bounds__(kThreads) gatedBackwardKernel(GatedBackward p, PackGrid grid) {
  const uint32_t item = blockIdx.x * kThreads + threadIdx.x;
  if (item >= grid.items)
    return;
  const uint32_t r = item / grid.packs;
  const int64_t row = r, c = static_cast<int64_t>(item - r * grid.packs) * kPack, count = p.width - c;
  T* dhAt = static_cast<T*>(p.dh) + row * p.dhStride + c;
  T* gateAt = static_cast<T*>(p.gate) + row * p.gateStride + c;
  T* upAt = static_cast<T*>(p.up) + row * p.upStride + c;
  float d[kPack], g[kPack], u[kPack];
  loadSome<Vec>(dhAt, count, d);
  loadSome<Vec>(gateAt, count, g);
  loadSome<Vec>(upAt, count, u);
#pragma unroll
  for (int j = 0; j < kPack; ++j) {
    const Activated a = activate<Kind>(g[j]);
    const float dh = d[j];
    d[j] = a.value * u[j];
    g[j] = dh * u[j] * a.slope;
    u[j] = dh * a.value;
  }
  storeSome<Vec>(dhAt, count, d);
  storeSome<Vec>(gateAt, count, g);
  storeSome<Vec>(upAt, count, u);
}

template <class F>
Status byActivation(GateActivation kind, F&& f) {
  switch (kind) {
  case GateActivation::Silu:
    return f(std::integral_constant<GateActivation, GateActivation::Silu>{});
  case GateActivation::GeluTanh:
    return f(std::integral_constant<GateActivation, GateActivation::GeluTanh>{});
  case GateActivation::Gelu:
    return f(std::integral_constant<GateActivation, GateActivation::Gelu>{});
  }
  return Status::Unsupported;
}

} // namespace

Status launchGatedForward(const GatedForward& problem, int64_t rows, Stream stream) {
  GatedForward p = problem;
  const PackGrid grid = packGrid(rows, p.width, kThreads);
  if (p.width <= 0 || !grid.fits)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.gateStride = orElse(p.gateStride, p.width), p.upStride = orElse(p.upStride, p.width), p.outStride = orElse(p.outStride, p.width);
  const bool vectorized =
      wholePacks(p.width) && aligned(p.gate, p.gateStride, p.element) && aligned(p.up, p.upStride, p.element) && aligned(p.out, p.outStride, p.element);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    return byActivation(p.activation, [&](auto kind) {
      gatedKernel<decltype(type), decltype(vec)::value, decltype(kind)::value><<<grid.blocks, kThreads, 0, streamOf(stream)>>>(p, grid);
      return launched();
    });
  });
}

Status launchGatedBackward(const GatedBackward& problem, int64_t rows, Stream stream) {
  GatedBackward p = problem;
  const PackGrid grid = packGrid(rows, p.width, kThreads);
  if (p.width <= 0 || !grid.fits)
    return Status::Unsupported;
  if (rows <= 0)
    return Status::Ok;
  p.gateStride = orElse(p.gateStride, p.width), p.upStride = orElse(p.upStride, p.width), p.dhStride = orElse(p.dhStride, p.width);
  const bool vectorized =
      wholePacks(p.width) && aligned(p.gate, p.gateStride, p.element) && aligned(p.up, p.upStride, p.element) && aligned(p.dh, p.dhStride, p.element);
  return byElementAndFlag(p.element, vectorized, [&](auto type, auto vec) {
    return byActivation(p.activation, [&](auto kind) {
      gatedBackwardKernel<decltype(type), decltype(vec)::value, decltype(kind)::value><<<grid.blocks, kThreads, 0, streamOf(stream)>>>(p, grid);
      return launched();
    });
  });
}

} // namespace lathe::kernels
