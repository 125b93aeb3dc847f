// SPDX-License-Identifier: Apache-2.0
#include "core/worker/bench.h"

#include "core/base/files.h"
#include "core/base/random.h"
#include "core/nn/model.h"
#include "core/ops/adamw.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace lathe::worker {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

io::ModelConfig llamaShape(int64_t layers, int64_t hidden, int64_t mlp, int64_t heads, int64_t kv, int64_t vocab, bool tied) {
  return io::parseModelConfig(Json{{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"hidden_size", hidden}, {"intermediate_size", mlp},
                                   {"num_hidden_layers", layers}, {"num_attention_heads", heads}, {"num_key_value_heads", kv}, {"vocab_size", vocab},
                                   {"max_position_embeddings", 8192}, {"rms_norm_eps", 1e-5}, {"rope_theta", 500000.0}, {"tie_word_embeddings", tied},
                                   {"hidden_act", "silu"}, {"torch_dtype", "float32"}});
}

/// Tokens from a counter-based generator: never zeros, the same on every machine.
nn::Batch randomBatch(const io::ModelConfig& config, int64_t sequences, int64_t length, uint64_t seed, at::Device device) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(sequences));
  for (size_t i = 0; i < rows.size(); ++i)
    for (int64_t t = 0; t < length; ++t)
      rows[i].push_back(static_cast<int64_t>(randomBits(seed, i, static_cast<uint64_t>(t)) % static_cast<uint64_t>(config.vocabSize)));
  return nn::packBatch(rows, {}, device);
}

/// float32 GEMM rate of this device with 1024³, the ceiling that shares are given of.
double measuredGflops(at::Device device, nn::Compute dtype) {
  const auto options = at::TensorOptions().device(device).dtype(dtype == nn::Compute::BFloat16 ? at::kBFloat16 : at::kFloat);
  const int64_t n = 1024;
  const at::Tensor a = at::randn({n, n}, options), b = at::randn({n, n}, options);
  at::Tensor c = at::mm(a, b);
  std::vector<double> rates;
  for (int i = 0; i < 5; ++i) {
    const double begin = now();
    at::mm_out(c, a, b);
    rates.push_back(2.0 * static_cast<double>(n * n * n) / (now() - begin) / 1e9);
  }
  return *std::max_element(rates.begin(), rates.end());
}

Json header(const BenchOptions& options, const io::ModelConfig& config, at::Device device, nn::Compute dtype) {
  return {{"what", options.what},   {"shape", options.shape}, {"parameters", config.parameters()},
          {"device", device.is_cpu() ? "CPU" : device.str()}, {"threads", at::get_num_threads()}, {"dtype", dtype == nn::Compute::BFloat16 ? "bfloat16" : "float32"}};
}

/// Multiply-adds of the linear layers of one token, forward.
double linearParameters(const io::ModelConfig& c) {
  const double block = static_cast<double>(c.hiddenSize) * static_cast<double>(c.headDim * (2 * c.heads + 2 * c.kvHeads) + 3 * c.intermediateSize);
  return static_cast<double>(c.layers) * block + static_cast<double>(c.hiddenSize) * static_cast<double>(c.vocabSize);
}

Json benchTrain(const BenchOptions& options, const io::ModelConfig& config, at::Device device, nn::Compute dtype) {
  const auto model = nn::Model::random(config, 1, dtype, device);
  std::string adapter;
  if (options.method == "lora") {
    nn::AdapterSpec spec;
    spec.r = options.rank;
    spec.targetModules = {"all-linear"};
    adapter = "bench";
    model->addAdapter(adapter, spec, 1);
  }
  model->trainable(adapter);
  at::Tensor master = model->flatMaster(), first = at::zeros_like(master), second = at::zeros_like(master);
  nn::RecomputePolicy policy;
  policy.kind = options.recompute ? nn::RecomputePolicy::Kind::All : nn::RecomputePolicy::Kind::None;
  ops::AdamWOptions adam;
  adam.lr = 1e-4;
  std::vector<double> seconds;
  double loss = 0;
  for (int i = 0; i <= options.repeats; ++i) {
    const nn::Batch batch = randomBatch(config, options.sequences, options.length, static_cast<uint64_t>(i), device);
    const double begin = now();
    model->flatGrad().zero_();
    const auto result = model->forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), policy);
    ops::adamwStep(master, model->flatGrad(), first, second, adam, i + 1);
    model->publishMaster();
    loss = result.sum.item<double>() / static_cast<double>(result.supervised);
    if (i > 0)
      seconds.push_back(now() - begin);
  }
  const double tokens = static_cast<double>(options.sequences * options.length), step = median(seconds);
  // Frozen base: forward and the gradient of the inputs; full training adds the gradient of the weights.
  const double flops = (options.method == "lora" ? 4.0 : 6.0) * linearParameters(config) * tokens + (options.recompute ? 2.0 * linearParameters(config) * tokens : 0);
  Json out = header(options, config, device, dtype);
  const double peak = measuredGflops(device, dtype);
  out.update({{"method", options.method}, {"rank", options.rank}, {"sequences", options.sequences}, {"length", options.length}, {"recompute", options.recompute},
              {"tokens_per_s", tokens / step}, {"step_ms", step * 1e3}, {"loss", loss}, {"gflops", flops / step / 1e9}, {"peak_gflops", peak},
              {"share_of_peak", flops / step / 1e9 / peak}});
  Json memory = Json::object();
  for (const auto& [name, bytes] : model->memoryByCategory())
    memory[name] = bytes;
  out["memory"] = memory;
  return out;
}

Json benchDecode(const BenchOptions& options, const io::ModelConfig& config, at::Device device, nn::Compute dtype) {
  const std::shared_ptr<nn::Model> model = nn::Model::random(config, 1, dtype, device);
  nn::PagedCache cache(config, dtype, device, (options.prompt + options.tokens) / 32 + 2, 32);
  std::vector<double> perToken, first;
  for (int i = 0; i <= options.repeats; ++i) {
    const nn::SequenceId sequence = cache.open();
    nn::Batch batch = randomBatch(config, 1, options.prompt, static_cast<uint64_t>(i), device);
    cache.reserve(sequence, options.prompt);
    nn::CacheView view = cache.view(std::span(&sequence, 1));
    double begin = now();
    at::Tensor next = model->forwardCached(batch.tokens, batch.positions, batch.cuSeqlens, view).argmax(-1);
    const double prefill = now() - begin;
    const at::Tensor one = at::tensor({0, 1}, at::kInt);
    begin = now();
    for (int64_t t = 0; t < options.tokens; ++t) {
      cache.reserve(sequence, 1);
      nn::CacheView step = cache.view(std::span(&sequence, 1));
      next = model->forwardCached(next, at::full({1}, options.prompt + t, batch.positions.options()), one, step).argmax(-1);
    }
    if (i > 0) {
      perToken.push_back((now() - begin) / static_cast<double>(options.tokens));
      first.push_back(prefill);
    }
    cache.close(sequence);
  }
  Json out = header(options, config, device, dtype);
  const double bytes = linearParameters(config) * (dtype == nn::Compute::Float32 ? 4 : 2);
  out.update({{"prompt", options.prompt}, {"tokens", options.tokens}, {"tokens_per_s", 1 / median(perToken)}, {"first_token_ms", median(first) * 1e3},
              {"weights_read_gb_per_s", bytes / median(perToken) / 1e9}});
  return out;
}

Json benchLoad(const BenchOptions& options) {
  const at::Device device = deviceFor(options.device);
  std::vector<double> seconds;
  uint64_t bytes = 0;
  io::ModelConfig config;
  for (int i = 0; i <= options.repeats; ++i) { // the first pass fills the file cache
    nn::LoadOptions load;
    load.device = device;
    load.dtype = computeFor(options.dtype, "", device);
    load.progress = [&](uint64_t, uint64_t total) { bytes = total; };
    const double begin = now();
    config = nn::Model::load(options.shape, load)->config();
    if (i > 0)
      seconds.push_back(now() - begin);
  }
  Json out = header(options, config, device, computeFor(options.dtype, "", device));
  out.update({{"bytes", bytes}, {"ms", median(seconds) * 1e3}, {"gb_per_s", static_cast<double>(bytes) / median(seconds) / 1e9}});
  return out;
}

} // namespace

io::ModelConfig benchShape(const std::string& shape) {
  if (shape == "8b")
    return llamaShape(32, 4096, 14336, 32, 8, 128256, false);
  if (shape == "1b")
    return llamaShape(16, 2048, 8192, 32, 8, 128256, true);
  if (shape == "7m")
    return llamaShape(6, 288, 768, 6, 6, 4096, true);
  if (shape == "1m")
    return llamaShape(4, 128, 344, 4, 2, 1024, true);
  if (isDirectory(shape))
    return io::readModelConfig(shape);
  if (fileExists(shape))
    return io::parseModelConfig(parseJsonFile(shape));
  throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no shape: use 8b, 1b, 7m, 1m, a model folder or a config.json.", shape));
}

Json runBench(const BenchOptions& options) {
  if (options.what == "load")
    return benchLoad(options);
  const at::Device device = deviceFor(options.device);
  const nn::Compute dtype = computeFor(options.dtype, "", device);
  if (options.what == "gemm")
    return {{"what", "gemm"}, {"device", device.str()}, {"threads", at::get_num_threads()}, {"gflops", measuredGflops(device, dtype)}};
  const io::ModelConfig config = benchShape(options.shape);
  if (options.what == "train")
    return benchTrain(options, config, device, dtype);
  if (options.what == "decode")
    return benchDecode(options, config, device, dtype);
  throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no benchmark: use train, decode, load or gemm.", options.what));
}

} // namespace lathe::worker
