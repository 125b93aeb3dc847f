// SPDX-License-Identifier: Apache-2.0
#include "core/ops/lora.h"

#include "core/base/random.h"
#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/matmul.h"
#include "core/ops/parallel.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

namespace lathe::ops {

namespace {
constexpr int64_t kPerBlock = 8; // 16 random bits per element, eight elements per Philox block

void maskInto(const float* in, float* out, int64_t n, const Dropout& options) {
  const uint32_t threshold = static_cast<uint32_t>(options.probability * 65536.0 + 0.5); // dropped below
  const float keep = static_cast<float>(1 / (1 - options.probability));
  parallelFor((n + kPerBlock - 1) / kPerBlock, 1024, [&](int64_t b, int64_t e) {
    for (int64_t block = b; block < e; ++block) {
      const std::array<uint32_t, 4> bits = philox(options.key, static_cast<uint64_t>(block), options.counter);
      const int64_t first = block * kPerBlock, count = std::min(kPerBlock, n - first);
      for (int64_t i = 0; i < count; ++i) {
        const uint32_t random = (bits[static_cast<size_t>(i / 2)] >> (16 * (i % 2))) & 0xFFFF;
        out[first + i] = random < threshold ? 0.0f : in[first + i] * keep;
      }
    }
  });
}
} // namespace

at::Tensor dropout(const at::Tensor& given, const Dropout& options) {
  if (options.probability <= 0)
    return given;
  if (given.is_cuda())
    return cudaOps().dropout(given, options);
  const at::Tensor x = given.contiguous();
  elementOf(x, "dropout");
  at::Tensor out = at::empty_like(x);
  maskInto(x.data_ptr<float>(), out.data_ptr<float>(), x.numel(), options);
  return out;
}

void dropoutBackward(at::Tensor& dx, const Dropout& options) {
  if (options.probability <= 0)
    return;
  if (dx.is_cuda())
    return cudaOps().dropoutBackward(dx, options);
  elementOf(dx, "dropoutBackward");
  maskInto(dx.data_ptr<float>(), dx.data_ptr<float>(), dx.numel(), options);
}

void loraForward(const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor& y) {
  noteTokens(x.size(0));
  const at::Tensor low = at::mm(dropout(x, options), weights.a.t());
  y.addmm_(low, weights.b.t(), 1, scaling);
}

void loraBackward(const at::Tensor& dy, const at::Tensor& x, const LoraWeights& weights, double scaling, const Dropout& options, at::Tensor dA, at::Tensor dB,
                  at::Tensor dx) {
  noteTokens(x.size(0));
  const bool trains = dA.defined() || dB.defined();
  if (!trains && !dx.defined())
    return;
  const at::Tensor dLow = at::mm(dy, weights.b).mul_(scaling); // [T, r]
  if (trains) {
    const at::Tensor dropped = dropout(x, options);
    if (dB.defined())
      accumulateOuter(dB, dy, at::mm(dropped, weights.a.t()), scaling);
    if (dA.defined())
      accumulateOuter(dA, dLow, dropped);
  }
  if (!dx.defined())
    return;
  if (options.probability <= 0) {
    dx.addmm_(dLow, weights.a);
    return;
  }
  at::Tensor through = at::mm(dLow, weights.a);
  dropoutBackward(through, options);
  dx.add_(through);
}

} // namespace lathe::ops
