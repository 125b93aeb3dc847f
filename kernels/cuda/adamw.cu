// SPDX-License-Identifier: Apache-2.0
// AdamW over a flat buffer, and the norm that decides its clipping. Everything that differs between steps is read from device memory.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/adamw.h"

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kVector = 4;
constexpr int kNormUnroll = 4;

template <bool Vec>
__device__ __forceinline__ void loadFour(const float* p, int64_t count, float (&v)[kVector]) {
  if constexpr (Vec) {
    const float4 a = *reinterpret_cast<const float4*>(p);
    v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w;
  } else {
#pragma unroll
    for (int i = 0; i < kVector; ++i)
      v[i] = i < count ? p[i] : 0;
  }
}
template <bool Vec>
__device__ __forceinline__ void storeFour(float* p, int64_t count, const float (&v)[kVector]) {
  if constexpr (Vec) {
    *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
  } else {
#pragma unroll
    for (int i = 0; i < kVector; ++i)
      if (i < count)
        p[i] = v[i];
  }
}
template <bool Vec>
__device__ __forceinline__ void publish(BFloat16* p, int64_t count, const float (&v)[kVector]) {
  if constexpr (Vec) {
    *reinterpret_cast<uint2*>(p) = make_uint2(packBFloat16(v[0], v[1]), packBFloat16(v[2], v[3]));
  } else {
#pragma unroll
    for (int i = 0; i < kVector; ++i)
      if (i < count)
        p[i] = fromFloat<BFloat16>(v[i]);
  }
}

struct Betas {
  float fresh1, keep2, fresh2; // 1 − beta1, beta2, 1 − beta2
};

template <bool Vec>
__global__ void __launch_bounds__(kThreads) adamWKernel(AdamWFlat p, Betas betas, int64_t elements) {
  const int64_t at = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kVector, count = elements - at;
  if (count <= 0)
    return;
  float scale = 1;
  if (p.clip) {
    if (p.clip->nonFinite)
      return;
    scale = p.clip->scale;
  }
  const AdamWStep step = *p.step;
  const float keep = 1.0f - step.lr * p.weightDecay, rate = step.lr / step.correction1;
  float g[kVector], m[kVector], v[kVector], w[kVector];
  loadFour<Vec>(p.grad + at, count, g);
  loadFour<Vec>(p.mean + at, count, m);
  loadFour<Vec>(p.variance + at, count, v);
  loadFour<Vec>(p.value + at, count, w);
#pragma unroll
  for (int i = 0; i < kVector; ++i) {
    const float gi = g[i] * scale;
    m[i] += betas.fresh1 * (gi - m[i]);
    v[i] = v[i] * betas.keep2 + betas.fresh2 * gi * gi;
    w[i] = w[i] * keep - rate * (m[i] / (sqrtf(v[i]) / step.correction2Sqrt + p.eps));
  }
  storeFour<Vec>(p.mean + at, count, m);
  storeFour<Vec>(p.variance + at, count, v);
  storeFour<Vec>(p.value + at, count, w);
  if (p.published)
    publish<Vec>(p.published + at, count, w);
}

// Partial sums do not depend on the device: kGradNormPartials blocks, block b takes every kGradNormPartials-th tile.
template <bool Vec>
__global__ void __launch_bounds__(kThreads) squaresKernel(const float* grad, double* partials, int64_t elements) {
  __shared__ double room[kWarp];
  constexpr int64_t tile = static_cast<int64_t>(kThreads) * kVector;
  double sum = 0;
#pragma unroll kNormUnroll
  for (int64_t at = (blockIdx.x * static_cast<int64_t>(kThreads) + threadIdx.x) * kVector; at < elements; at += tile * kGradNormPartials) {
    float g[kVector];
    loadFour<Vec>(grad + at, elements - at, g);
#pragma unroll
    for (int i = 0; i < kVector; ++i)
      sum += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  }
  sum = blockSum<kThreads>(sum, room);
  if (threadIdx.x == 0)
    partials[blockIdx.x] = sum;
}

__global__ void __launch_bounds__(kThreads) clipKernel(GradNorm p) {
  __shared__ double room[kWarp];
  double sum = 0;
  for (int i = threadIdx.x; i < kGradNormPartials; i += kThreads)
    sum += p.partials[i];
  sum = blockSum<kThreads>(sum, room);
  if (threadIdx.x != 0)
    return;
  const double norm = sqrt(sum) * static_cast<double>(p.gradScale), loss = p.lossSum ? *p.lossSum : 0.0;
  const bool finite = isfinite(norm) && isfinite(loss);
  const double clip = p.maxNorm > 0 ? fmin(1.0, static_cast<double>(p.maxNorm) / (norm + 1e-6)) : 1.0;
  *p.state = {static_cast<float>(norm), finite ? static_cast<float>(clip * p.gradScale) : 0.0f, finite ? 0 : 1};
  if (p.report) {
    p.report[0] = loss;
    p.report[1] = norm;
    p.report[2] = finite ? 1.0 : 0.0;
  }
  if (!p.step)
    return;
  if (finite)
    *p.updates += 1.0f;
  const double count = fmax(1.0, static_cast<double>(*p.updates));
  *p.step = {p.rate ? *p.rate : p.lr, static_cast<float>(1.0 - pow(p.beta1, count)), static_cast<float>(sqrt(1.0 - pow(p.beta2, count)))};
}

} // namespace

Status launchAdamW(const AdamWFlat& p, int64_t elements, Stream stream) {
  if (!p.step)
    return Status::Unsupported;
  if (elements <= 0)
    return Status::Ok;
  const auto blocks = [](int64_t n) { return static_cast<unsigned>((n + kThreads * kVector - 1) / (kThreads * kVector)); };
  const bool vectorized = aligned(p.value, 0, Element::Float32) && aligned(p.grad, 0, Element::Float32) && aligned(p.mean, 0, Element::Float32) &&
                          aligned(p.variance, 0, Element::Float32) && reinterpret_cast<uintptr_t>(p.published) % 8 == 0;
  const Betas betas{static_cast<float>(1 - p.beta1), static_cast<float>(p.beta2), static_cast<float>(1 - p.beta2)};
  const int64_t whole = vectorized ? elements / kVector * kVector : 0;
  if (whole > 0)
    adamWKernel<true><<<blocks(whole), kThreads, 0, streamOf(stream)>>>(p, betas, whole);
  if (whole < elements) {
    AdamWFlat rest = p;
    rest.value += whole, rest.grad += whole, rest.mean += whole, rest.variance += whole;
    if (rest.published)
      rest.published += whole;
    adamWKernel<false><<<blocks(elements - whole), kThreads, 0, streamOf(stream)>>>(rest, betas, elements - whole);
  }
  return launched();
}

Status launchGradNorm(const GradNorm& p, int64_t elements, Stream stream) {
  if (!p.partials || !p.state || (p.step && !p.updates))
    return Status::Unsupported;
  const bool vectorized = aligned(p.grad, 0, Element::Float32) && elements % kVector == 0;
  (void)byFlag(vectorized, [&](auto vec) {
    squaresKernel<decltype(vec)::value><<<kGradNormPartials, kThreads, 0, streamOf(stream)>>>(p.grad, p.partials, elements);
    return Status::Ok;
  });
  clipKernel<<<1, kThreads, 0, streamOf(stream)>>>(p);
  return launched();
}

} // namespace lathe::kernels
