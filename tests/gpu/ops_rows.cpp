// SPDX-License-Identifier: Apache-2.0
// Norms, rotation, gated product, cross-entropy, dropout and embedding on the GPU against the CPU's.
#include "core/ops/cross_entropy.h"
#include "core/ops/embedding.h"
#include "core/ops/gated.h"
#include "core/ops/lora.h"
#include "core/ops/matmul.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"
#include "tests/gpu/ops_support.h"

#include <fmt/format.h>

namespace lathe::gpuops {

namespace {
const std::vector<at::ScalarType> kTypes = {at::kFloat, at::kBFloat16};
const std::vector<int64_t> kRows = {1, 7, 129, 1000};
} // namespace

void checkNorm(Session& s) {
  for (const at::ScalarType type : kTypes)
    for (const int64_t rows : kRows)
      for (const int64_t width : {20, 64, 2048, 4096}) {
        const std::string what = fmt::format("{} {}x{}", nameOf(type), rows, width);
        const Pair x = randomPair(s, {rows, width}, type), r = randomPair(s, {rows, width}, type), dy = randomPair(s, {rows, width}, type), w = randomPair(s, {width}, at::kFloat);
        const ops::NormOptions options{1e-5, 1.0};
        const ops::Normed cpu = ops::rmsNorm(x.cpu, w.cpu, options, true), gpu = ops::rmsNorm(inWiderBuffer(x.gpu, 8, 16), w.gpu, options, true);
        s.report.compare("rmsNorm", what, gpu.y, cpu.y, rounding(type));
        s.report.compare("rmsNorm", what + " rstd", gpu.rstd, cpu.rstd, 3e-6);
        const at::Tensor out = inWiderBuffer(at::zeros({rows, width}, x.gpu.options()), 0, 64);
        ops::rmsNorm(x.gpu, w.gpu, options, false, out);
        s.report.identical("rmsNorm", what + " strided out", out, gpu.y);
        at::Tensor sum = x.gpu.clone();
        const ops::SummedNorm fused = ops::addRmsNorm(sum, r.gpu, w.gpu, options, true);
        s.report.compare("addRmsNorm", what + " sum", fused.sum, x.cpu + r.cpu, rounding(type));
        const ops::Normed after = ops::rmsNorm(fused.sum.to(at::kCPU).to(at::kFloat), w.cpu, options, true);
        s.report.compare("addRmsNorm", what, fused.y, after.y, rounding(type));
        at::Tensor dWeightCpu = at::ones({width}), dWeightGpu = dWeightCpu.to(s.device);
        const at::Tensor dxCpu = ops::rmsNormBackward(dy.cpu, x.cpu, w.cpu, cpu.rstd, options, r.cpu, dWeightCpu);
        s.report.compare("rmsNormBackward", what, ops::rmsNormBackward(dy.gpu, x.gpu, w.gpu, gpu.rstd, options, r.gpu, dWeightGpu), dxCpu, rounding(type));
        s.report.compare("rmsNormBackward", what + " dWeight", dWeightGpu, dWeightCpu, 1e-5);
      }
}

void checkRotary(Session& s) {
  for (const at::ScalarType type : kTypes)
    for (const int64_t headDim : {16, 64, 128, 256})
      for (const bool inverse : {false, true}) {
        const int64_t tokens = 129, heads = 5;
        const Pair x = randomPair(s, {tokens, heads, headDim}, type);
        const at::Tensor positions = at::randint(0, 5000, {tokens}, at::kLong), frequencies = ops::rotaryFrequencies({headDim}, at::kCPU);
        const ops::RotaryAngles cpu = ops::rotaryAngles({headDim}, frequencies, positions), gpu{cpu.cosine.to(s.device), cpu.sine.to(s.device)};
        at::Tensor expected = x.cpu.clone(), got = inWiderBuffer(x.gpu, headDim, 2 * headDim);
        ops::applyRotary(expected, cpu, inverse);
        ops::applyRotary(got, gpu, inverse);
        s.report.compare("applyRotary", fmt::format("{} headDim {}{}", nameOf(type), headDim, inverse ? " inverse" : ""), got, expected, rounding(type));
      }
}

void checkGated(Session& s) {
  for (const at::ScalarType type : kTypes)
    for (const int64_t rows : kRows)
      for (const ops::GateActivation activation : {ops::GateActivation::Silu, ops::GateActivation::GeluTanh, ops::GateActivation::Gelu}) {
        const int64_t width = 200;
        const std::string what = fmt::format("{} {} rows, activation {}", nameOf(type), rows, static_cast<int>(activation));
        const Pair gate = randomPair(s, {rows, width}, type, 2), up = randomPair(s, {rows, width}, type), dh = randomPair(s, {rows, width}, type);
        const at::Tensor fused = at::cat({gate.gpu, up.gpu}, 1);
        at::Tensor g = fused.narrow(1, 0, width), u = fused.narrow(1, width, width);
        s.report.compare("gated", what, ops::gated(g, u, activation), ops::gated(gate.cpu, up.cpu, activation), rounding(type));
        at::Tensor dhGpu = dh.gpu.clone(), dhCpu = dh.cpu.clone(), gCpu = gate.cpu.clone(), uCpu = up.cpu.clone();
        ops::gatedBackward(dhGpu, g, u, activation);
        ops::gatedBackward(dhCpu, gCpu, uCpu, activation);
        s.report.compare("gatedBackward", what + " h", dhGpu, dhCpu, rounding(type));
        s.report.compare("gatedBackward", what + " dGate", g, gCpu, rounding(type));
        s.report.compare("gatedBackward", what + " dUp", u, uCpu, rounding(type));
      }
}

namespace {
struct LossResult {
  at::Tensor loss, dx, dWeight;
};
LossResult lossOf(const at::Tensor& x, const at::Tensor& w, const at::Tensor& targets) {
  LossResult out{{}, at::empty_like(x), at::zeros(w.sizes(), w.options().dtype(at::kFloat))};
  ops::Head head;
  head.vocab = w.size(0);
  head.forward = [&](const at::Tensor& part, at::Tensor& logits) { ops::multiplyInto(logits, part, w); };
  head.backwardInput = [&](const at::Tensor& dLogits, at::Tensor& dx) { at::mm_out(dx, dLogits, w); };
  head.backwardWeight = [&](const at::Tensor& dLogits, const at::Tensor& part) { ops::accumulateOuter(out.dWeight, dLogits, part); };
  out.loss = ops::chunkedLinearCrossEntropy(x, targets, head, 0.01, out.dx);
  return out;
}
} // namespace

void checkCrossEntropy(Session& s) {
  struct Case {
    int64_t rows, vocab;
    double lossAllowed, gradientAllowed;
  };
  // The larger vocabulary gets bfloat16 logits in a bfloat16 model: the loss carries their rounding.
  const std::vector<Case> cases = {{1, 50, 2e-3, 8e-3}, {129, 1000, 2e-3, 8e-3}, {5000, 333, 2e-3, 8e-3}, {300, 40001, 3e-3, 1.2e-2}};
  for (const at::ScalarType type : kTypes)
    for (const Case& c : cases) {
      const Pair x = randomPair(s, {c.rows, 96}, type), w = randomPair(s, {c.vocab, 96}, type, 0.2);
      const at::Tensor targets = at::randint(0, c.vocab, {c.rows}, at::kLong);
      const LossResult cpu = lossOf(x.cpu, w.cpu, targets), gpu = lossOf(x.gpu, w.gpu, targets.to(s.device));
      const std::string what = fmt::format("{} {} rows, vocabulary {}", nameOf(type), c.rows, c.vocab);
      const bool exact = type == at::kFloat;
      s.report.compare("crossEntropy", what + " loss", gpu.loss, cpu.loss, exact ? 1e-5 : c.lossAllowed);
      s.report.compare("crossEntropy", what + " dx", gpu.dx, cpu.dx, exact ? 1e-5 : c.gradientAllowed);
      s.report.compare("crossEntropy", what + " dWeight", gpu.dWeight, cpu.dWeight, exact ? 1e-5 : c.gradientAllowed);
    }
}

void checkDropout(Session& s) {
  for (const at::ScalarType type : kTypes)
    for (const double p : {0.05, 0.5}) {
      const Pair x = randomPair(s, {129, 77}, type);
      const ops::Dropout options{p, 0x1234567890abcdefULL, 42};
      const at::Tensor cpu = ops::dropout(x.cpu, options), gpu = ops::dropout(inWiderBuffer(x.gpu, 3, 5), options);
      const std::string what = fmt::format("{} p {}", nameOf(type), p);
      s.report.identical("dropout", what + " mask", gpu.eq(0), cpu.eq(0));
      s.report.compare("dropout", what, gpu, cpu, rounding(type));
      at::Tensor gradient = x.gpu.clone();
      ops::dropoutBackward(gradient, options);
      s.report.identical("dropout", what + " backward", gradient, gpu);
    }
}

void checkEmbedding(Session& s) {
  for (const at::ScalarType type : kTypes) {
    const int64_t vocab = 50, tokens = 1000, width = 72;
    const Pair dx = randomPair(s, {tokens, width}, type), table = randomPair(s, {vocab, width}, type);
    const at::Tensor ids = at::randint(0, vocab, {tokens}, at::kLong);
    at::Tensor cpu = at::ones({vocab, width}), gpu = cpu.to(s.device);
    ops::accumulateEmbedding(cpu, ids, dx.cpu);
    ops::accumulateEmbedding(gpu, ids.to(s.device), dx.gpu);
    s.report.compare("accumulateEmbedding", nameOf(type), gpu, cpu, 1e-5);
    s.report.compare("embeddingRows", nameOf(type), ops::embeddingRows(table.gpu, ids.to(s.device)), ops::embeddingRows(table.cpu, ids), 0);
  }
}

} // namespace lathe::gpuops
