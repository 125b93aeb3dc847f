// SPDX-License-Identifier: Apache-2.0
#include "core/worker/bench.h"

#include "core/base/files.h"
#include "core/base/random.h"
#include "core/nn/model.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/device_memory.h"
#include "core/worker/bench_data.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace lathe::worker {
namespace {

io::ModelConfig llamaShape(int64_t layers, int64_t hidden, int64_t mlp, int64_t heads, int64_t kv, int64_t vocab, bool tied) {
  return io::parseModelConfig(Json{{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"hidden_size", hidden}, {"intermediate_size", mlp},
                                   {"num_hidden_layers", layers}, {"num_attention_heads", heads}, {"num_key_value_heads", kv}, {"vocab_size", vocab},
                                   {"max_position_embeddings", 8192}, {"rms_norm_eps", 1e-5}, {"rope_theta", 500000.0}, {"tie_word_embeddings", tied},
                                   {"hidden_act", "silu"}, {"torch_dtype", "float32"}});
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
    const double begin = benchNow();
    config = nn::Model::load(options.shape, load)->config();
    benchWait(device);
    if (i > 0)
      seconds.push_back(benchNow() - begin);
  }
  Json out = benchHeader(options, config, {device, computeFor(options.dtype, "", device)});
  out.update({{"bytes", bytes}, {"ms", benchMedian(seconds) * 1e3}, {"gb_per_s", static_cast<double>(bytes) / benchMedian(seconds) / 1e9}});
  return out;
}

} // namespace

double benchNow() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void benchWait(at::Device device) {
  if (device.is_cuda())
    ops::cudaOps().synchronize(device);
}

nn::Batch benchBatch(const io::ModelConfig& config, int64_t sequences, int64_t length, uint64_t seed, at::Device device) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(sequences));
  for (size_t i = 0; i < rows.size(); ++i)
    for (int64_t t = 0; t < length; ++t)
      rows[i].push_back(static_cast<int64_t>(randomBits(seed, i, static_cast<uint64_t>(t)) % static_cast<uint64_t>(config.vocabSize)));
  return nn::packBatch(rows, {}, device);
}

std::shared_ptr<nn::Model> benchModel(const io::ModelConfig& config, const BenchPlace& place, int64_t adapterRank) {
  return place.device.is_cuda() ? nn::Model::randomOnDevice(config, 1, place.dtype, place.device, adapterRank) : nn::Model::random(config, 1, place.dtype, place.device);
}

double benchMedian(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<double> benchRepeats(at::Device device, int warmups, int repeats, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < warmups + repeats; ++i) {
    benchWait(device);
    if (i == warmups && device.is_cuda())
      ops::cudaOps().resetPeakMemory(device);
    const double begin = benchNow();
    work();
    benchWait(device);
    if (i >= warmups)
      seconds.push_back(benchNow() - begin);
  }
  return seconds;
}

double benchPeakGflops(const BenchPlace& place) {
  const auto options = at::TensorOptions().device(place.device).dtype(place.device.is_cuda() && place.dtype == nn::Compute::BFloat16 ? at::kBFloat16 : at::kFloat);
  const int64_t n = place.device.is_cuda() ? 8192 : 1024;
  const at::Tensor a = at::randn({n, n}, options), b = at::randn({n, n}, options); // never zeros: they draw less power
  at::Tensor c = at::empty({n, n}, options);
  const int batch = place.device.is_cuda() ? 10 : 1;
  const std::vector<double> seconds = benchRepeats(place.device, 2, 5, [&] {
    for (int i = 0; i < batch; ++i)
      at::mm_out(c, a, b);
  });
  return 2.0 * static_cast<double>(n * n * n) * batch / *std::min_element(seconds.begin(), seconds.end()) / 1e9;
}

Json benchHeader(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  return {{"what", options.what},
          {"shape", options.shape},
          {"parameters", config.parameters()},
          {"device", place.device.is_cpu() ? "CPU" : ops::cudaOps().describe(place.device).name},
          {"threads", at::get_num_threads()},
          {"dtype", place.dtype == nn::Compute::BFloat16 ? "bfloat16" : "float32"},
          {"repeats", options.repeats}};
}

void addBenchMemory(Json& out, at::Device device) {
  if (!device.is_cuda())
    return;
  const ops::CudaMemory memory = ops::cudaOps().memory(device, false);
  const auto parts = ops::deviceMemoryByCategory(device, ops::MemoryMoment::Peak, true);
  const ops::DriverMemory driver = ops::cudaOps().driverMemory(device);
  const auto other = parts.find(ops::memoryCategoryName(ops::MemoryCategory::Other));
  out["memory_allocated"] = memory.peakAllocated;
  out["memory_reserved"] = memory.peakReserved;
  out["memory"] = parts;
  out["driver_used"] = driver.own;
  out["driver_used_by_others"] = driver.others;
  out["unattributed_share"] = static_cast<double>(other == parts.end() ? 0 : other->second) / static_cast<double>(std::max<uint64_t>(driver.own, 1));
}

double benchLinearWork(const io::ModelConfig& c, bool head) {
  const double block = static_cast<double>(c.hiddenSize) * static_cast<double>(c.headDim * (2 * c.heads + 2 * c.kvHeads) + 3 * c.intermediateSize);
  return static_cast<double>(c.layers) * block + (head ? static_cast<double>(c.hiddenSize) * static_cast<double>(c.vocabSize) : 0);
}

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
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace); // batches and products; what a model keeps says so itself
  if (options.what == "load")
    return benchLoad(options);
  if (options.what == "data")
    return benchRows(options);
  if (options.what == "packing")
    return benchPacking(options);
  if (options.what == "tokenizer")
    return benchTokenizer(options);
  const at::Device device = deviceFor(options.device);
  const BenchPlace place{device, computeFor(options.dtype, "", device)};
  if (options.what == "gemm")
    return {{"what", "gemm"}, {"device", device.str()}, {"name", benchHeader(options, {}, place)["device"]}, {"threads", at::get_num_threads()}, {"gflops", benchPeakGflops(place)}};
  const io::ModelConfig config = benchShape(options.shape);
  if (options.what == "train")
    return options.data.empty() ? benchTrain(options, config, place) : benchTrainPacked(options, config, place);
  if (options.what == "attention")
    return benchAttention(options, config, place);
  if (options.what == "decode")
    return benchDecode(options, config, place);
  if (options.what == "prefill")
    return benchPrefill(options, config, place);
  throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no benchmark: use train, attention, packing, decode, prefill, load, gemm or tokenizer.", options.what));
}

} // namespace lathe::worker
