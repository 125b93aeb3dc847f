// SPDX-License-Identifier: Apache-2.0
#include "tests/io/io_test_support.h"

#include "core/base/files.h"
#include "core/io/safetensors.h"

#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace iotest {
namespace fs = std::filesystem;
using lathe::Json;
using lathe::io::TensorView;

std::string withLength(uint64_t length, const std::string& rest) {
  std::string out;
  for (int k = 0; k < 8; ++k)
    out.push_back(static_cast<char>(length >> (8 * k)));
  return out + rest;
}

std::string safetensorsBytes(const std::string& header, size_t dataBytes) { return withLength(header.size(), header + std::string(dataBytes, '\0')); }

void writeBytes(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush())
    throw std::runtime_error("test file could not be written: " + path);
}

std::string readBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void writeSparse(const std::string& path, const std::string& head, uint64_t bytes) {
  writeBytes(path, head);
  fs::resize_file(path, bytes);
}

TensorView tensorOf(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
  auto owner = std::make_shared<std::vector<float>>(values);
  TensorView view;
  view.name = name;
  view.shape = shape;
  view.data = reinterpret_cast<const std::byte*>(owner->data());
  view.bytes = values.size() * sizeof(float);
  view.owner = owner;
  return view;
}

Json smallLlamaConfig() {
  return {{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"vocab_size", 32}, {"hidden_size", 16}, {"intermediate_size", 24},
          {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}, {"max_position_embeddings", 64}, {"rms_norm_eps", 1e-5},
          {"rope_theta", 10000.0}, {"hidden_act", "silu"}, {"tie_word_embeddings", false}, {"torch_dtype", "float32"}, {"bos_token_id", 1}, {"eos_token_id", 2}};
}

std::vector<TensorView> smallLlamaTensors() {
  std::vector<TensorView> out;
  const auto add = [&](const std::string& name, const std::vector<int64_t>& shape) {
    size_t n = 1;
    for (const int64_t d : shape)
      n *= static_cast<size_t>(d);
    std::vector<float> values(n);
    for (size_t i = 0; i < n; ++i)
      values[i] = static_cast<float>(out.size()) + static_cast<float>(i) / 1024.0f;
    out.push_back(tensorOf(name, shape, values));
  };
  add("model.embed_tokens.weight", {32, 16});
  add("model.norm.weight", {16});
  add("lm_head.weight", {32, 16});
  for (int i = 0; i < 2; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    add(layer + "input_layernorm.weight", {16});
    add(layer + "post_attention_layernorm.weight", {16});
    add(layer + "self_attn.q_proj.weight", {16, 16});
    add(layer + "self_attn.k_proj.weight", {8, 16});
    add(layer + "self_attn.v_proj.weight", {8, 16});
    add(layer + "self_attn.o_proj.weight", {16, 16});
    add(layer + "mlp.gate_proj.weight", {24, 16});
    add(layer + "mlp.up_proj.weight", {24, 16});
    add(layer + "mlp.down_proj.weight", {16, 24});
  }
  return out;
}

void writeSmallLlama(const std::string& folder) {
  fs::create_directories(folder);
  writeBytes(folder + "/config.json", lathe::dumpJson(smallLlamaConfig(), 2));
  lathe::io::writeSafetensors(folder + "/model.safetensors", smallLlamaTensors());
}

Outcome outcomeOf(const std::function<void()>& function) {
  Outcome out;
  const auto processor = [] {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  const double processorStart = processor();
  const auto start = std::chrono::steady_clock::now();
  try {
    function();
  } catch (const lathe::Exception& e) {
    out.threw = true;
    out.error = e.error();
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  out.processorSeconds = processor() - processorStart;
  return out;
}

std::vector<std::string> treeOf(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> tinyModels(const std::string& sharedData) {
  std::vector<std::string> out;
  std::error_code code;
  for (fs::directory_iterator it(sharedData + "/tiny-models", code), end; !code && it != end; it.increment(code))
    if (it->is_directory())
      out.push_back(it->path().string());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace iotest
