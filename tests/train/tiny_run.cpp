// SPDX-License-Identifier: Apache-2.0
#include "tests/train/tiny_run.h"

#include "core/base/random.h"
#include "core/io/safetensors.h"

namespace lathe::testing {

Json tinyConfig() {
  return parseJson(R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 48,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 96, "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu", "initializer_range": 0.1,
    "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float32"})");
}

void writeTokenData(const std::string& path, int64_t count, int64_t vocab) {
  std::vector<int64_t> ids;
  std::vector<int32_t> bounds = {0};
  for (int64_t row = 0; row < count; ++row) {
    const int64_t length = 5 + static_cast<int64_t>(randomBits(7, 1, static_cast<uint64_t>(row)) % 15);
    int64_t id = 3 + static_cast<int64_t>(randomBits(7, 2, static_cast<uint64_t>(row)) % 80);
    for (int64_t i = 0; i < length; ++i) {
      ids.push_back(id);
      id = 3 + (id * 5 + i) % (vocab - 3);
    }
    bounds.push_back(static_cast<int32_t>(ids.size()));
  }
  io::TensorView a, b;
  a.name = "input_ids";
  a.dtype = io::DType::I64;
  a.shape = {static_cast<int64_t>(ids.size())};
  a.data = reinterpret_cast<const std::byte*>(ids.data());
  a.bytes = ids.size() * sizeof(int64_t);
  b.name = "cu_seqlens";
  b.dtype = io::DType::I32;
  b.shape = {static_cast<int64_t>(bounds.size())};
  b.data = reinterpret_cast<const std::byte*>(bounds.data());
  b.bytes = bounds.size() * sizeof(int32_t);
  io::writeSafetensors(path, {a, b});
}

TinyRun::TinyRun(const std::string& base) : modelFolder(base + "/model"), dataFile(base + "/data.safetensors"), folder(base) {
  nn::Model::random(io::parseModelConfig(tinyConfig()), 3, nn::Compute::Float32, at::kCPU)->saveModel(modelFolder);
  writeTokenData(dataFile, rows, 96);
}

api::TrainSpec TinyRun::spec(const std::string& method) const {
  api::TrainSpec spec;
  spec.model.path = modelFolder;
  spec.model.dtype = "float32";
  spec.method.type = method;
  spec.method.r = 4;
  spec.method.alpha = 8;
  spec.method.dropout = method == "lora" ? 0.1 : 0;
  api::DatasetEntry entry;
  entry.path = dataFile;
  entry.format = "tokens";
  spec.data.train = {entry};
  spec.data.maxSeqLen = 64;
  spec.training.steps = 12;
  spec.training.tokensPerMicrobatch = 32; // several microbatches a step
  spec.training.sequencesPerStep = 6;
  spec.training.learningRate = 1e-2;
  spec.training.deterministic = true;
  spec.training.recompute = "none";
  spec.saveEverySteps = 3;
  spec.evalEverySteps = 0;
  return spec;
}

train::RunOptions cpuOptions() {
  train::RunOptions options;
  options.device = "cpu";
  options.disk = {0, 0, 0.02}; // no reserve: the tests must run on a nearly full disk too
  return options;
}

} // namespace lathe::testing
