// SPDX-License-Identifier: Apache-2.0
#include "core/ops/rotary.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace lathe::ops {

namespace {
/// Llama 3.1: long wavelengths divided by the factor, short ones kept, a linear blend between.
at::Tensor llama3Frequencies(const at::Tensor& base, const RotaryOptions& o) {
  const double original = static_cast<double>(o.originalMaxPositions);
  const double lowWavelength = original / o.lowFreqFactor, highWavelength = original / o.highFreqFactor;
  const at::Tensor wavelength = 2 * std::numbers::pi / base;
  const at::Tensor slow = at::where(wavelength > lowWavelength, base / o.factor, base);
  const at::Tensor smooth = (original / wavelength - o.lowFreqFactor) / (o.highFreqFactor - o.lowFreqFactor);
  const at::Tensor blended = (1 - smooth) * slow / o.factor + smooth * slow;
  const at::Tensor between = at::logical_and(wavelength >= highWavelength, wavelength <= lowWavelength);
  return at::where(between, blended, slow);
}
} // namespace

at::Tensor rotaryFrequencies(const RotaryOptions& o, at::Device device) {
  const at::Tensor exponent = at::arange(0, o.headDim, 2, at::kLong).to(at::kFloat) / static_cast<double>(o.headDim);
  at::Tensor base = 1.0 / at::pow(o.theta, exponent);
  switch (o.scaling) {
  case RotaryScaling::None:
    break;
  case RotaryScaling::Linear:
    base = base / o.factor;
    break;
  case RotaryScaling::Llama3:
    base = llama3Frequencies(base, o);
    break;
  }
  return base.to(device);
}

RotaryAngles rotaryAngles(const at::Tensor& frequencies, const at::Tensor& positions, double attentionFactor) {
  const at::Tensor angle = positions.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  RotaryAngles out{angle.cos(), angle.sin()};
  if (attentionFactor != 1) {
    out.cosine.mul_(attentionFactor);
    out.sine.mul_(attentionFactor);
  }
  return out;
}

void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse) {
  noteTokens(x.size(0));
  if (x.is_cuda())
    return cudaOps().applyRotary(x, angles, inverse);
  at::Tensor dense = x.contiguous();
  kernels::Rotary problem;
  problem.x = dense.data_ptr();
  problem.cosine = angles.cosine.data_ptr<float>();
  problem.sine = angles.sine.data_ptr<float>();
  problem.heads = x.size(1);
  problem.headDim = x.size(2);
  problem.inverse = inverse;
  problem.element = elementOf(dense, "applyRotary");
  const auto& table = kernels::cpuKernels();
  parallelFor(x.size(0), 32, [&](int64_t b, int64_t e) { table.rotary(problem, {b, e}); });
  if (dense.data_ptr() != x.data_ptr())
    x.copy_(dense);
}

} // namespace lathe::ops
