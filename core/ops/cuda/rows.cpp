// SPDX-License-Identifier: Apache-2.0
// Norms, rotation, gated product, cross-entropy, dropout, embedding gradient: one launch each.
#include "core/ops/cuda/table.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops::gpu {

namespace {
at::Tensor outputFor(const at::Tensor& like, const at::Tensor& out) { return out.defined() ? out : at::empty(like.sizes(), like.options()); }
at::Tensor asMatrix(const at::Tensor& x) { return x.dim() == 2 ? x : x.reshape({-1, x.size(-1)}); }

SummedNorm normOf(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out) {
  const OnDevice device(x);
  // Rows of more than two dimensions that lie in a wider buffer are copied; two dimensions never are.
  const at::Tensor rows = asMatrix(x);
  const bool direct = !out.defined() || out.dim() == 2 || out.is_contiguous();
  if (residual.defined() && !x.is_contiguous() && x.dim() != 2)
    throw Exception(ErrorKind::Internal, "addRmsNorm was given a sum that is not contiguous.");
  SummedNorm result{x, outputFor(x, direct ? out : at::Tensor()), withRstd ? at::empty({rows.size(0)}, x.options().dtype(at::kFloat)) : at::Tensor()};
  kernels::RmsNormForward p;
  p.x = rows.data_ptr();
  p.weight = weight.data_ptr<float>();
  p.y = result.y.data_ptr();
  p.rstd = withRstd ? result.rstd.data_ptr<float>() : nullptr;
  p.width = rows.size(1);
  p.eps = static_cast<float>(options.eps);
  p.offset = static_cast<float>(options.weightOffset);
  p.element = elementOf(x, "rmsNorm");
  p.xStride = strideOf(rows, "rmsNorm");
  p.yStride = strideOf(asMatrix(result.y), "rmsNorm");
  at::Tensor added;
  if (residual.defined()) {
    added = asMatrix(residual);
    p.add = added.data_ptr();
    p.addStride = strideOf(added, "rmsNorm");
    p.sum = rows.data_ptr();
    p.sumStride = p.xStride;
  }
  require(kernels::launchRmsNormForward(p, rows.size(0), device.stream()), "rmsNorm");
  if (!direct)
    result.y = at::Tensor(out).copy_(result.y);
  return result;
}
} // namespace

Normed rmsNorm(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out) {
  const SummedNorm result = normOf(x, {}, weight, options, withRstd, out);
  return {result.y, result.rstd};
}

SummedNorm addRmsNorm(at::Tensor x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out) {
  return normOf(x, residual, weight, options, withRstd, out);
}

at::Tensor rmsNormBackward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd, const NormOptions& options,
                           const at::Tensor& residual, const at::Tensor& dWeight) {
  const OnDevice device(x);
  const at::Tensor dyRows = asMatrix(dy), xRows = asMatrix(x);
  const int64_t rows = xRows.size(0), width = xRows.size(1);
  at::Tensor dx = at::empty(x.sizes(), x.options()), residualRows, scratch;
  kernels::RmsNormBackward p;
  p.dy = dyRows.data_ptr();
  p.x = xRows.data_ptr();
  p.weight = weight.data_ptr<float>();
  p.rstd = rstd.data_ptr<float>();
  p.dx = dx.data_ptr();
  p.width = width;
  p.offset = static_cast<float>(options.weightOffset);
  p.element = elementOf(x, "rmsNormBackward");
  p.dyStride = strideOf(dyRows, "rmsNormBackward");
  p.xStride = strideOf(xRows, "rmsNormBackward");
  if (residual.defined()) {
    residualRows = asMatrix(residual);
    p.residual = residualRows.data_ptr();
    p.residualStride = strideOf(residualRows, "rmsNormBackward");
  }
  if (dWeight.defined()) {
    scratch = at::empty({kernels::columnSumScratch(rows, width)}, x.options().dtype(at::kFloat));
    p.dWeight = dWeight.data_ptr<float>();
    p.scratch = scratch.data_ptr<float>();
  }
  require(kernels::launchRmsNormBackward(p, rows, device.stream()), "rmsNormBackward");
  return dx;
}

void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse) {
  const OnDevice device(x);
  kernels::Rotary p;
  p.x = x.data_ptr();
  p.cosine = angles.cosine.data_ptr<float>();
  p.sine = angles.sine.data_ptr<float>();
  p.heads = x.size(1);
  p.headDim = x.size(2);
  p.inverse = inverse;
  p.element = elementOf(x, "applyRotary");
  p.tokenStride = strideOf(x, "applyRotary");
  require(kernels::launchRotary(p, x.size(0), device.stream()), "applyRotary");
}

at::Tensor gated(const at::Tensor& gate, const at::Tensor& up, GateActivation activation, const at::Tensor& out) {
  const OnDevice device(gate);
  at::Tensor result = outputFor(gate, out);
  kernels::GatedForward p;
  p.gate = gate.data_ptr();
  p.up = up.data_ptr();
  p.out = result.data_ptr();
  p.activation = activation;
  p.element = elementOf(gate, "gated");
  p.width = gate.size(1);
  p.gateStride = strideOf(gate, "gated");
  p.upStride = strideOf(up, "gated");
  p.outStride = strideOf(result, "gated");
  require(kernels::launchGatedForward(p, gate.size(0), device.stream()), "gated");
  return result;
}

void gatedBackward(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation) {
  const OnDevice device(gate);
  kernels::GatedBackward p;
  p.dh = dh.data_ptr();
  p.gate = gate.data_ptr();
  p.up = up.data_ptr();
  p.activation = activation;
  p.element = elementOf(gate, "gatedBackward");
  p.width = gate.size(1);
  p.dhStride = strideOf(dh, "gatedBackward");
  p.gateStride = strideOf(gate, "gatedBackward");
  p.upStride = strideOf(up, "gatedBackward");
  require(kernels::launchGatedBackward(p, gate.size(0), device.stream()), "gatedBackward");
}

void crossEntropyRows(at::Tensor& logits, const at::Tensor& targets, at::Tensor& loss, double scale, bool gradient, const at::Tensor& deviceScale) {
  const OnDevice device(logits);
  kernels::CrossEntropyRows p;
  p.logits = static_cast<decltype(p.logits)>(logits.data_ptr());
  p.targets = targets.data_ptr<int64_t>();
  p.loss = loss.data_ptr<float>();
  p.vocab = logits.size(1);
  p.scale = static_cast<float>(scale);
  p.gradient = gradient;
  p.element = elementOf(logits, "crossEntropyRows");
  p.deviceScale = deviceScale.defined() ? deviceScale.data_ptr<float>() : nullptr;
  p.rowStride = strideOf(logits, "crossEntropyRows");
  require(kernels::launchCrossEntropyRows(p, logits.size(0), device.stream()), "crossEntropyRows");
}

namespace {
void launchMask(const at::Tensor& in, at::Tensor& out, const Dropout& options) {
  const OnDevice device(in);
  kernels::DropoutMask p;
  p.in = in.data_ptr();
  p.out = out.data_ptr();
  p.width = in.numel() / std::max<int64_t>(in.size(0), 1);
  p.inStride = strideOf(in, "dropout");
  p.outStride = strideOf(out, "dropout");
  p.probability = options.probability;
  p.key = options.key;
  p.counter = options.counter;
  p.deviceCounter = options.deviceCounter.defined() ? reinterpret_cast<const uint64_t*>(options.deviceCounter.data_ptr<int64_t>()) : nullptr;
  p.element = elementOf(in, "dropout");
  require(kernels::launchDropout(p, in.size(0), device.stream()), "dropout");
}
} // namespace

at::Tensor dropout(const at::Tensor& x, const Dropout& options) {
  at::Tensor out = at::empty(x.sizes(), x.options());
  launchMask(x, out, options);
  return out;
}

void dropoutBackward(at::Tensor& dx, const Dropout& options) { launchMask(dx, dx, options); }

void accumulateEmbedding(at::Tensor& grad, const at::Tensor& tokens, const at::Tensor& dx) {
  const OnDevice device(dx);
  kernels::EmbeddingGradient p;
  p.dOut = dx.data_ptr();
  p.ids = tokens.data_ptr<int64_t>();
  p.grad = grad.data_ptr<float>();
  p.vocab = grad.size(0);
  p.width = grad.size(1);
  p.dOutStride = strideOf(dx, "accumulateEmbedding");
  p.element = elementOf(dx, "accumulateEmbedding");
  require(kernels::launchEmbeddingGradient(p, tokens.size(0), device.stream()), "accumulateEmbedding");
}

} // namespace lathe::ops::gpu
