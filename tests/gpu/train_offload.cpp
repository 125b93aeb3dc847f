// SPDX-License-Identifier: Apache-2.0
// Layer inputs that wait in the host's memory: the same gradients bit for bit, less memory, nothing that waits.
#include "core/ops/cuda_ops.h"
#include "tests/gpu/train_support.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace lathe::gputrain {

namespace {

using nn::RecomputePolicy;

io::ModelConfig deepConfig() {
  io::ModelConfig c;
  c.modelType = "llama";
  c.architecture = "LlamaForCausalLM";
  c.vocabSize = 256;
  c.hiddenSize = 512;
  c.intermediateSize = 768;
  c.layers = 16;
  c.heads = 8;
  c.kvHeads = 2;
  c.headDim = 64;
  c.maxPositions = 4096;
  c.rmsNormEps = 1e-5;
  c.initializerRange = 0.04;
  return c;
}

nn::Batch batchOf(const io::ModelConfig& c, const std::vector<int64_t>& lengths, at::Device device) {
  std::vector<std::vector<int64_t>> sequences;
  for (const int64_t length : lengths) {
    sequences.emplace_back();
    for (int64_t i = 0; i < length; ++i)
      sequences.back().push_back((i * 31 + length * 7 + i * i) % c.vocabSize);
  }
  return nn::packBatch(sequences, {}, device);
}

struct Measured {
  at::Tensor gradient, loss;
  uint64_t peak = 0; // bytes above what was allocated before
};

Measured measure(Session& s, nn::Model& model, const nn::Batch& batch, const RecomputePolicy& policy) {
  at::Tensor grad = model.flatGrad();
  grad.zero_();
  ops::cudaOps().synchronize(s.device);
  const uint64_t before = ops::cudaOps().memory(s.device, false).allocated;
  ops::cudaOps().resetPeakMemory(s.device);
  Measured out;
  out.loss = model.forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), policy).sum;
  ops::cudaOps().synchronize(s.device);
  out.peak = ops::cudaOps().memory(s.device, false).peakAllocated - before;
  out.gradient = grad.clone();
  return out;
}

void checkModel(Session& s, nn::Compute dtype, bool lora, int64_t lowest) {
  const std::string name = fmt::format("offload, {} {}{}", dtype == nn::Compute::BFloat16 ? "bfloat16" : "float32", lora ? "lora" : "full", lowest > 0 ? " of the upper layers" : "");
  const io::ModelConfig c = deepConfig();
  const auto model = nn::Model::random(c, 3, dtype, s.device);
  if (lora) {
    nn::AdapterSpec spec;
    spec.r = 8;
    spec.targetModules = {"all-linear"};
    for (int64_t i = lowest; lowest > 0 && i < c.layers; ++i)
      spec.layersToTransform.push_back(i);
    model->addAdapter("a", spec, 5);
  }
  for (const nn::Parameter& p : model->trainable(lora ? "a" : ""))
    if (lora)
      at::Tensor(p.master).add_(0.01);
  model->publishMaster();
  const RecomputePolicy all{RecomputePolicy::Kind::All}, offload{RecomputePolicy::Kind::All, 2, true}, everySecond{RecomputePolicy::Kind::EveryN, 2, true};
  for (const auto& lengths : {std::vector<int64_t>{700, 300, 24}, {64}, {2048, 1900}}) { // the host's memory grows, too
    const nn::Batch batch = batchOf(c, lengths, s.device);
    const Measured want = measure(s, *model, batch, all);
    for (int round = 0; round < 3; ++round) {
      const Measured got = measure(s, *model, batch, offload);
      s.report.same(fmt::format("{}: gradient, longest sequence {}, round {}", name, lengths[0], round), got.gradient, want.gradient);
      s.report.same(fmt::format("{}: loss", name), got.loss, want.loss);
      if (lengths[0] == 2048 && lowest == 0) {
        const double input = static_cast<double>(batch.tokens.numel() * c.hiddenSize * (dtype == nn::Compute::BFloat16 ? 2 : 4));
        s.report.atMost(name + ": peak, against all inputs on the device less 10 of 16", static_cast<double>(got.peak), static_cast<double>(want.peak) - 10 * input);
      }
    }
    s.report.same(name + ": gradient with every second layer", measure(s, *model, batch, everySecond).gradient, want.gradient);
  }
}

void checkNothingWaits(Session& s) {
  const io::ModelConfig c = deepConfig();
  const auto model = nn::Model::random(c, 3, nn::Compute::BFloat16, s.device);
  nn::AdapterSpec spec;
  spec.targetModules = {"all-linear"};
  model->addAdapter("a", spec, 5);
  model->trainable("a");
  const nn::Batch batch = batchOf(c, {700, 300}, s.device);
  const RecomputePolicy offload{RecomputePolicy::Kind::All, 2, true};
  ops::setDeterministic(false);
  model->forwardBackward(batch, 1, offload);
  ops::cudaOps().setSyncDebug(2);
  std::string problem;
  try {
    for (int i = 0; i < 3; ++i)
      model->forwardBackward(batch, 1, offload);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  ops::cudaOps().setSyncDebug(0);
  ops::setDeterministic(true);
  s.report.line("offload: no operation waits for the device", problem);
}

} // namespace

void checkOffload(Session& session) {
  session.report.guarded("offload", [&] {
    checkModel(session, nn::Compute::BFloat16, true, 0);
    checkModel(session, nn::Compute::BFloat16, true, 5);
    checkModel(session, nn::Compute::Float32, false, 0);
    checkNothingWaits(session);
  });
}

} // namespace lathe::gputrain
