// SPDX-License-Identifier: Apache-2.0
// Training, prefill and decoding in a given shape.
#include "core/generate/device_decoder.h"
#include "core/ops/adamw.h"
#include "core/ops/memory_scope.h"
#include "core/worker/bench.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <chrono>

namespace lathe::worker {
namespace {

/// Operations of one training step: forward and the gradient of the inputs (of the weights too where all are trained), causal attention with its
/// backward of 2.5 forwards, and three products of the adapter.
double trainingFlops(const BenchOptions& options, const io::ModelConfig& c, int64_t adapterParameters) {
  const double tokens = static_cast<double>(options.sequences * options.length), supervised = static_cast<double>(options.sequences * (options.length - 1));
  const double layers = benchLinearWork(c, false), head = benchLinearWork(c) - layers;
  const double attention = 2.0 * static_cast<double>(options.length * c.heads * c.headDim * c.layers);
  const double passes = options.method == "lora" ? 4 : 6, again = options.recompute || options.offload ? 2 : 0;
  return tokens * ((passes + again) * layers + (3.5 + again / 2) * attention + 6.0 * static_cast<double>(adapterParameters)) + supervised * passes * head;
}

} // namespace

BenchTrainee benchTrainee(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  BenchTrainee out{benchModel(config, place, options.method == "lora" && !options.split ? options.rank : 0), {}, {}};
  const std::string adapter = options.method == "lora" ? "bench" : "";
  if (!adapter.empty()) {
    nn::AdapterSpec spec;
    spec.r = options.rank;
    spec.targetModules = {"all-linear"};
    out.model->addAdapter(adapter, spec, 1);
  }
  out.model->trainable(adapter);
  out.state.value = out.model->flatMaster();
  out.state.grad = out.model->flatGrad();
  const ops::MemoryScope scope(ops::MemoryCategory::Optimizer);
  out.state.mean = at::zeros_like(out.state.value);
  out.state.variance = at::zeros_like(out.state.value);
  out.state.updates = at::zeros({}, out.state.value.options());
  out.recompute.offload = options.offload;
  out.recompute.kind = options.recompute || options.offload ? nn::RecomputePolicy::Kind::All : nn::RecomputePolicy::Kind::None;
  return out;
}

at::Tensor benchStep(BenchTrainee& trainee, const nn::Batch& batch) {
  ops::ClippedAdamWOptions adam;
  adam.maxGradNorm = 1.0;
  const auto loss = trainee.model->forwardBackward(batch, 1.0 / static_cast<double>(std::max<int64_t>(1, batch.supervised)), trainee.recompute);
  const at::Tensor stats = ops::clippedAdamwStep(trainee.state, 1e-4, loss.sum, adam);
  trainee.model->publishMaster();
  trainee.state.grad.zero_();
  return stats;
}

void addBenchTraineeMemory(Json& out, const BenchTrainee& trainee, at::Device device) {
  addBenchMemory(out, device);
  if (device.is_cuda())
    return;
  Json memory = Json::object();
  for (const auto& [name, bytes] : trainee.model->memoryByCategory())
    memory[name] = bytes;
  memory["optimizer"] = trainee.state.mean.nbytes() + trainee.state.variance.nbytes();
  out["memory"] = memory;
}

Json benchTrain(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  const c10::NoGradGuard noGrad;
  const double peak = benchPeakGflops(place);
  BenchTrainee trainee = benchTrainee(options, config, place);
  const int steps = place.device.is_cuda() ? 5 : 1; // a GPU works ahead of the host: several steps between two looks at the clock
  std::vector<nn::Batch> batches;
  for (int i = 0; i < steps; ++i)
    batches.push_back(benchBatch(config, options.sequences, options.length, static_cast<uint64_t>(i), place.device));
  at::Tensor stats;
  const std::vector<double> seconds = benchRepeats(place.device, 1, options.repeats, [&] {
    for (const nn::Batch& batch : batches)
      stats = benchStep(trainee, batch);
  });
  const double tokens = static_cast<double>(options.sequences * options.length), step = benchMedian(seconds) / steps;
  const double gflops = trainingFlops(options, config, options.method == "lora" ? trainee.state.value.numel() : 0) / step / 1e9;
  Json out = benchHeader(options, config, place);
  out.update({{"method", options.method}, {"rank", options.rank}, {"sequences", options.sequences}, {"length", options.length}, {"recompute", options.recompute || options.offload}, {"offload", options.offload}, {"route", options.split || !place.device.is_cuda() ? "split" : "concat"},
              {"tokens_per_s", tokens / step}, {"step_ms", step * 1e3}, {"loss", stats.to(at::kCPU)[0].item<double>() / static_cast<double>(batches.back().supervised)},
              {"gflops", gflops}, {"peak_gflops", peak}, {"share_of_peak", gflops / peak}});
  addBenchTraineeMemory(out, trainee, place.device);
  return out;
}

Json benchPrefill(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  const c10::NoGradGuard noGrad;
  const double peak = benchPeakGflops(place);
  const auto model = benchModel(config, place);
  nn::PagedCache cache(config, place.dtype, place.device, options.prompt / 32 + 2, 32);
  const nn::Batch batch = benchBatch(config, 1, options.prompt, 1, place.device);
  at::Tensor next;
  const std::vector<double> seconds = benchRepeats(place.device, 2, options.repeats, [&] {
    const nn::SequenceId sequence = cache.open();
    cache.reserve(sequence, options.prompt);
    nn::CacheView view = cache.view(std::span(&sequence, 1));
    next = model->forwardCached(batch.tokens, batch.positions, batch.cuSeqlens, view).argmax(-1);
    cache.close(sequence);
  });
  const double tokens = static_cast<double>(options.prompt), time = benchMedian(seconds);
  const double attention = 2.0 * tokens * static_cast<double>(config.heads * config.headDim * config.layers);
  const double gflops = tokens * (2 * benchLinearWork(config, false) + attention) / time / 1e9;
  Json out = benchHeader(options, config, place);
  out.update({{"prompt", options.prompt}, {"tokens_per_s", tokens / time}, {"ms", time * 1e3}, {"gflops", gflops}, {"peak_gflops", peak}, {"share_of_peak", gflops / peak}});
  addBenchMemory(out, place.device);
  return out;
}

Json benchDecode(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  const c10::NoGradGuard noGrad;
  const auto model = benchModel(config, place);
  nn::PagedCache cache(config, place.dtype, place.device, (options.prompt + options.tokens) / 32 + 3, 32);
  const nn::Batch batch = benchBatch(config, 1, options.prompt, 1, place.device);
  const at::Tensor one = at::tensor({0, 1}, at::kInt);
  const at::Tensor positions = at::arange(options.prompt, options.prompt + options.tokens, batch.positions.options());
  std::vector<double> first;
  at::Tensor next;
  nn::SequenceId sequence{};
  const auto prefill = [&] {
    sequence = cache.open();
    cache.reserve(sequence, options.prompt);
    nn::CacheView view = cache.view(std::span(&sequence, 1));
    next = model->forwardCached(batch.tokens, batch.positions, batch.cuSeqlens, view).argmax(-1);
  };
  std::unique_ptr<generate::DeviceDecoder> decoder;
  if (model->supportsDecode())
    decoder = std::make_unique<generate::DeviceDecoder>(*model, cache, options.prompt + options.tokens + 1, false);
  api::Sampling greedy;
  greedy.greedy = true;
  const auto decode = [&] {
    std::vector<int32_t> history(static_cast<size_t>(options.prompt), 1);
    history.push_back(static_cast<int32_t>(next.item<int64_t>()));
    for (int64_t t = 0; t < options.tokens; ++t) {
      cache.reserve(sequence, 1);
      if (decoder) {
        history.push_back(decoder->next(sequence, greedy, history, static_cast<uint64_t>(t)).id);
        cache.advance(sequence, 1);
        continue;
      }
      nn::CacheView step = cache.view(std::span(&sequence, 1));
      next = model->forwardCached(next, positions.narrow(0, t, 1), one, step).argmax(-1);
    }
  };
  std::vector<double> perToken;
  for (int i = 0; i <= options.repeats; ++i) {
    const double prefillSeconds = benchRepeats(place.device, 0, 1, prefill).front();
    const double decodeSeconds = benchRepeats(place.device, 0, 1, decode).front();
    cache.close(sequence);
    if (i == 0)
      continue;
    first.push_back(prefillSeconds);
    perToken.push_back(decodeSeconds / static_cast<double>(options.tokens));
  }
  Json out = benchHeader(options, config, place);
  const double bytes = benchLinearWork(config) * (place.dtype == nn::Compute::Float32 ? 4 : 2);
  out.update({{"prompt", options.prompt}, {"tokens", options.tokens}, {"tokens_per_s", 1 / benchMedian(perToken)}, {"first_token_ms", benchMedian(first) * 1e3},
              {"recorded_graph", decoder != nullptr}, {"weights_read_gb_per_s", bytes / benchMedian(perToken) / 1e9}});
  addBenchMemory(out, place.device);
  return out;
}

} // namespace lathe::worker
