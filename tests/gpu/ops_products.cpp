// SPDX-License-Identifier: Apache-2.0
// Products, LoRA and the optimizer on the GPU against the CPU's.
#include "core/ops/adamw.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/gemv.h"
#include "core/ops/lora.h"
#include "core/ops/matmul.h"
#include "tests/gpu/ops_support.h"

#include <fmt/format.h>

#include <limits>

namespace lathe::gpuops {

namespace {
const std::vector<at::ScalarType> kProductTypes = {at::kFloat, at::kBFloat16};
}

void checkProducts(Session& s) {
  for (const at::ScalarType type : kProductTypes)
    for (const int64_t tokens : {1, 7, 129, 1000}) {
      const std::string what = fmt::format("{} {} tokens", nameOf(type), tokens);
      const Pair dy = randomPair(s, {tokens, 96}, type), x = randomPair(s, {tokens, 200}, type), w = randomPair(s, {96, 200}, type);
      at::Tensor cpu = at::randn({96, 200}), gpu = cpu.to(s.device);
      ops::accumulateOuter(cpu, dy.cpu, x.cpu, 0.5);
      ops::accumulateOuter(gpu, inWiderBuffer(dy.gpu, 8, 8), inWiderBuffer(x.gpu, 0, 64), 0.5);
      s.report.compare("accumulateOuter", what, gpu, cpu, 1e-5); // float32 sums of products that bfloat16 operands give exactly
      at::Tensor sumCpu = at::ones({96}), sumGpu = sumCpu.to(s.device);
      ops::accumulateRows(sumCpu, dy.cpu);
      ops::accumulateRows(sumGpu, inWiderBuffer(dy.gpu, 8, 8));
      s.report.compare("accumulateRows", what, sumGpu, sumCpu, 1e-5);
      at::Tensor wide = at::empty({tokens, 96}, x.gpu.options().dtype(at::kFloat)), expected = at::empty({tokens, 96});
      ops::multiplyInto(wide, x.gpu, w.gpu);
      ops::multiplyInto(expected, x.cpu, w.cpu);
      s.report.compare("multiplyInto", what, wide, expected, 1e-5);
    }
  for (const at::ScalarType type : kProductTypes)
    for (const int64_t rows : {1, 3, 8})
      for (const int64_t columns : {64, 2048, 4100}) {
        const Pair x = randomPair(s, {rows, columns}, type), w = randomPair(s, {257, columns}, type), bias = randomPair(s, {257}, at::kFloat), add = randomPair(s, {rows, 257}, type);
        const std::string what = fmt::format("{} {}x{}", nameOf(type), rows, columns);
        if (!ops::supportsGemv(x.gpu, w.gpu)) {
          s.report.skipped("gemv", what + " is not supported by the kernel");
          continue;
        }
        at::Tensor y = at::empty({rows, 257}, x.gpu.options());
        ops::launchGemv(x.gpu, w.gpu, y, bias.gpu, add.gpu);
        const at::Tensor product = at::mm(x.cpu, w.cpu.t());
        s.report.compare("gemv", what, y, product + bias.cpu + add.cpu, rounding(type));
        at::Tensor wide = at::empty({rows, 257}, x.gpu.options().dtype(at::kFloat));
        ops::launchGemv(x.gpu, w.gpu, wide);
        s.report.compare("gemv", what + " float32 out", wide, product, 1e-5);
      }
}

void checkLora(Session& s) {
  for (const at::ScalarType type : kProductTypes)
    for (const double p : {0.0, 0.1}) {
      const int64_t tokens = 129, in = 200, out = 96, r = 16;
      const Pair x = randomPair(s, {tokens, in}, type), dy = randomPair(s, {tokens, out}, type), y = randomPair(s, {tokens, out}, type);
      const Pair a = randomPair(s, {r, in}, type, 0.1), b = randomPair(s, {out, r}, type, 0.1), dx = randomPair(s, {tokens, in}, type);
      const ops::Dropout options{p, 99, 7};
      const std::string what = fmt::format("{} dropout {}", nameOf(type), p);
      // Two products rounded to the type in a row.
      const double allowed = type == at::kFloat ? 1e-5 : 6e-3;
      at::Tensor yCpu = y.cpu.clone(), yGpu = inWiderBuffer(y.gpu, 0, 32);
      ops::loraForward(x.cpu, {a.cpu, b.cpu}, 2, options, yCpu);
      ops::loraForward(x.gpu, {a.gpu, b.gpu}, 2, options, yGpu);
      s.report.compare("loraForward", what, yGpu, yCpu, allowed);
      at::Tensor dACpu = at::zeros({r, in}), dBCpu = at::zeros({out, r}), dAGpu = dACpu.to(s.device), dBGpu = dBCpu.to(s.device), dxCpu = dx.cpu.clone(), dxGpu = dx.gpu.clone();
      ops::loraBackward(dy.cpu, x.cpu, {a.cpu, b.cpu}, 2, options, dACpu, dBCpu, dxCpu);
      ops::loraBackward(dy.gpu, x.gpu, {a.gpu, b.gpu}, 2, options, dAGpu, dBGpu, dxGpu);
      s.report.compare("loraBackward", what + " dA", dAGpu, dACpu, allowed);
      s.report.compare("loraBackward", what + " dB", dBGpu, dBCpu, allowed);
      s.report.compare("loraBackward", what + " dx", dxGpu, dxCpu, allowed);
    }
}

namespace {
ops::AdamWState stateOf(const at::Tensor& value) {
  return {value.clone(), at::zeros_like(value), at::zeros_like(value), at::zeros_like(value), at::zeros({}, value.options()), at::empty(value.sizes(), value.options().dtype(at::kBFloat16))};
}
} // namespace

void checkOptimizer(Session& s) {
  const int64_t n = 100'003;
  const at::Tensor start = at::randn({n});
  ops::AdamWState cpu = stateOf(start), gpu = stateOf(start.to(s.device));
  ops::ClippedAdamWOptions options;
  options.weightDecay = 0.1;
  options.maxGradNorm = 1.0;
  for (int step = 0; step < 6; ++step) {
    const at::Tensor grad = at::randn({n}) * (step == 1 ? 1e-4 : 1.0);
    cpu.grad.copy_(grad);
    gpu.grad.copy_(grad);
    const double loss = step == 3 ? std::numeric_limits<double>::quiet_NaN() : 2.5;
    const at::Tensor before = gpu.value.clone(), lossSum = at::full({}, loss, at::kFloat), rate = at::full({}, 1e-3, gpu.value.options());
    const at::Tensor a = ops::clippedAdamwStep(cpu, 1e-3, lossSum, options);
    const at::Tensor b = ops::clippedAdamwStep(gpu, step % 2 ? 1e-3 : 0.0, lossSum.to(s.device), options, step % 2 ? at::Tensor() : rate);
    const std::string what = fmt::format("step {}", step);
    s.report.compare("clippedAdamwStep", what + " norm and applied", b.narrow(0, 1, 2), a.narrow(0, 1, 2), 1e-6);
    s.report.compare("clippedAdamwStep", what, gpu.value - start.to(s.device), cpu.value - start, 2e-4); // of the change: differences of float32 values
    s.report.compare("clippedAdamwStep", what + " mean", gpu.mean, cpu.mean, 1e-5);
    s.report.compare("clippedAdamwStep", what + " variance", gpu.variance, cpu.variance, 1e-5);
    if (step == 3)
      s.report.identical("clippedAdamwStep", "a loss that is NaN changes nothing", gpu.value, before);
    else
      s.report.identical("clippedAdamwStep", what + " published", gpu.published, gpu.value.to(at::kBFloat16));
  }
  s.report.compare("clippedAdamwStep", "updates", gpu.updates, cpu.updates, 0);
  at::Tensor value = start.clone(), mean = at::zeros_like(value), variance = at::zeros_like(value), grad = at::randn({n});
  at::Tensor valueGpu = start.to(s.device), meanGpu = at::zeros_like(valueGpu), varianceGpu = at::zeros_like(valueGpu);
  ops::AdamWOptions plain;
  plain.gradScale = 0.5;
  for (int step = 1; step < 4; ++step) {
    ops::adamwStep(value, grad, mean, variance, plain, step);
    ops::adamwStep(valueGpu, grad.to(s.device), meanGpu, varianceGpu, plain, step);
  }
  s.report.compare("adamwStep", "three steps", valueGpu, value, 1e-6);
}

} // namespace lathe::gpuops
