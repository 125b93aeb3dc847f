// SPDX-License-Identifier: Apache-2.0
#include "core/ops/rotary.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>
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

/// YaRN (Peng et al. 2023): divided by the factor below a dimension, kept above another, a ramp between.
at::Tensor yarnFrequencies(const at::Tensor& base, const RotaryOptions& o) {
  const double dim = static_cast<double>(o.rotaryDim);
  const auto bound = [&](double rotations) {
    return dim * std::log(static_cast<double>(o.originalMaxPositions) / (rotations * 2 * std::numbers::pi)) / (2 * std::log(o.theta));
  };
  double low = bound(o.betaFast), high = bound(o.betaSlow);
  if (o.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high)
    high += 0.001;
  const at::Tensor ramp = at::clamp((at::arange(o.rotaryDim / 2, at::kFloat) - low) / (high - low), 0, 1);
  return base / o.factor * ramp + base * (1 - ramp);
}

at::Tensor longRopeFrequencies(const at::Tensor& base, const RotaryOptions& o) {
  const auto divided = [&](const std::vector<double>& factors) { return base / at::tensor(factors, at::kDouble).to(at::kFloat); };
  return at::stack({divided(o.shortFactor), divided(o.longFactor)});
}

/// NTK scaling that grows with the sequence: [tokens, rotaryDim / 2].
at::Tensor dynamicFrequencies(const RotaryOptions& o, const at::Tensor& lengths) {
  const double dim = static_cast<double>(o.rotaryDim), most = static_cast<double>(o.maxPositions);
  const at::Tensor length = lengths.to(at::kDouble).clamp_min(most).unsqueeze(1);
  const at::Tensor theta = o.theta * at::pow(o.factor * length / most - (o.factor - 1), dim / (dim - 2));
  const at::Tensor exponent = at::arange(0, o.rotaryDim, 2, lengths.options().dtype(at::kDouble)) / dim;
  return (1 / at::pow(theta, exponent.unsqueeze(0))).to(at::kFloat);
}
} // namespace

bool dependsOnLength(const RotaryOptions& o) { return o.scaling == RotaryScaling::LongRope || o.scaling == RotaryScaling::Dynamic; }

at::Tensor rotaryFrequencies(const RotaryOptions& o, at::Device device) {
  const at::Tensor exponent = at::arange(0, o.rotaryDim, 2, at::kLong).to(at::kFloat) / static_cast<double>(o.rotaryDim);
  at::Tensor base = 1.0 / at::pow(o.theta, exponent);
  switch (o.scaling) {
  case RotaryScaling::None:
  case RotaryScaling::Dynamic:
    break;
  case RotaryScaling::Linear:
    base = base / o.factor;
    break;
  case RotaryScaling::Llama3:
    base = llama3Frequencies(base, o);
    break;
  case RotaryScaling::Yarn:
    base = yarnFrequencies(base, o);
    break;
  case RotaryScaling::LongRope:
    base = longRopeFrequencies(base, o);
    break;
  }
  return base.to(device);
}

RotaryAngles rotaryAngles(const RotaryOptions& o, const at::Tensor& frequencies, const at::Tensor& positions, const at::Tensor& lengths) {
  const at::Tensor position = positions.to(at::kFloat).unsqueeze(1);
  at::Tensor angle;
  if (o.scaling == RotaryScaling::LongRope)
    angle = position * frequencies.index_select(0, (lengths > o.originalMaxPositions).to(at::kLong));
  else if (o.scaling == RotaryScaling::Dynamic)
    angle = position * dynamicFrequencies(o, lengths);
  else
    angle = position * frequencies.unsqueeze(0);
  RotaryAngles out{angle.cos(), angle.sin()};
  if (o.attentionFactor != 1) {
    out.cosine.mul_(o.attentionFactor);
    out.sine.mul_(o.attentionFactor);
  }
  return out;
}

void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse) {
  noteTokens(x.size(0));
  if (const int64_t turned = 2 * angles.cosine.size(1); turned < x.size(2)) {
    at::Tensor first = x.narrow(2, 0, turned), dense = first.contiguous();
    applyRotary(dense, angles, inverse);
    first.copy_(dense);
    return;
  }
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
