// SPDX-License-Identifier: Apache-2.0
// Metadata of a GGUF file as the config.json of the same model, which the one reader of configurations then validates.
#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/io/gguf_model.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace lathe::io {
namespace {

struct GgufArchitecture {
  const char* name; // general.architecture
  const char* modelType;
  const char* architecture;
};

constexpr std::array<GgufArchitecture, 11> kGgufArchitectures = {{
    {"llama", "llama", "LlamaForCausalLM"},
    {"qwen2", "qwen2", "Qwen2ForCausalLM"},
    {"qwen3", "qwen3", "Qwen3ForCausalLM"},
    {"qwen3moe", "qwen3_moe", "Qwen3MoeForCausalLM"},
    {"gemma", "gemma", "GemmaForCausalLM"},
    {"gemma2", "gemma2", "Gemma2ForCausalLM"},
    {"gemma3", "gemma3_text", "Gemma3ForCausalLM"},
    {"phi3", "phi3", "Phi3ForCausalLM"},
    {"granite", "granite", "GraniteForCausalLM"},
    {"olmo2", "olmo2", "Olmo2ForCausalLM"},
    {"smollm3", "smollm3", "SmolLM3ForCausalLM"},
}};

/// One divisor per frequency, as Llama 3 scales them (the formula of transformers' modeling_rope_utils, in double).
std::vector<double> llama3Divisors(size_t count, double theta, double factor, double original) {
  constexpr double kPi = 3.14159265358979323846, kLow = 1, kHigh = 4;
  std::vector<double> out(count);
  for (size_t i = 0; i < count; ++i) {
    const double wave = 2 * kPi * std::pow(theta, static_cast<double>(i) / static_cast<double>(count));
    const double smooth = (original / wave - kLow) / (kHigh - kLow);
    out[i] = wave < original / kHigh ? 1 : wave > original / kLow ? factor : 1 / ((1 - smooth) / factor + smooth);
  }
  return out;
}

constexpr uint64_t kSmallTensor = 64 << 10;

std::vector<float> smallTensor(const GgufFile& file, const char* name) {
  const GgufTensor* tensor = file.header().findTensor(name);
  if (!tensor)
    return {};
  if (tensor->type != GgufType::F32 || tensor->bytes > kSmallTensor || tensor->bytes == 0)
    refuse("REJ:GGUF_ROPE", fmt::format("{} has {} in {} with {} bytes; a few float32 numbers are needed there.", file.path(), name, ggufTypeInfo(tensor->type).name, tensor->bytes));
  std::vector<float> out(tensor->bytes / sizeof(float));
  file.read(*tensor, 0, std::as_writable_bytes(std::span(out)));
  for (const float value : out)
    if (!std::isfinite(value) || value <= 0)
      refuse("REJ:GGUF_ROPE", fmt::format("{} has the number {} in {}; divisors of frequencies are positive.", file.path(), value, name));
  return out;
}

class GgufConfigReader {
public:
  explicit GgufConfigReader(const GgufFile& file) : m_file(file), m_header(file.header()), m_what(file.path()) {}

  ModelConfig read() {
    const auto arch = m_header.text("general.architecture");
    if (!arch)
      refuse("REJ:GGUF_KEY", fmt::format("{} has no general.architecture; it is no model. Download it again.", m_what));
    m_arch = std::string(*arch);
    const auto known = std::find_if(kGgufArchitectures.begin(), kGgufArchitectures.end(), [&](const GgufArchitecture& a) { return m_arch == a.name; });
    m_json["model_type"] = known != kGgufArchitectures.end() ? known->modelType : m_arch;
    m_json["architectures"] = {known != kGgufArchitectures.end() ? known->architecture : m_arch};
    sizes();
    attention();
    rope();
    tokens();
    m_json["torch_dtype"] = storedType();
    return described();
  }

private:
  std::string key(const char* rest) const { return m_arch + "." + rest; }

  /// Copies a key; absent ones stay absent.
  void integer(const char* from, const char* to) {
    if (const auto value = m_header.integer(key(from)))
      m_json[to] = *value;
  }
  void number(const char* from, const char* to) {
    if (const auto value = m_header.number(key(from)))
      m_json[to] = shortest(*value);
  }

  /// The decimal number that was meant: 1e-5 as float32 is 9.99999974738e-06.
  static double shortest(double value) {
    const auto single = static_cast<float>(value);
    return static_cast<double>(single) == value ? std::strtod(fmt::format("{}", single).c_str(), nullptr) : value;
  }

  int64_t columnsOf(const char* tensor, size_t dimension) const {
    const GgufTensor* found = m_header.findTensor(tensor);
    return found && found->shape.size() == 2 ? found->shape[dimension] : 0;
  }

  void sizes() {
    integer("block_count", "num_hidden_layers");
    integer("context_length", "max_position_embeddings");
    integer("embedding_length", "hidden_size");
    integer("feed_forward_length", "intermediate_size");
    number("attention.layer_norm_rms_epsilon", "rms_norm_eps");
    const GgufValue* pieces = m_header.find("tokenizer.ggml.tokens");
    const int64_t rows = columnsOf("token_embd.weight", 0);
    if (rows > 0)
      m_json["vocab_size"] = rows;
    else if (const auto vocabulary = m_header.integer(key("vocab_size")))
      m_json["vocab_size"] = *vocabulary;
    else if (pieces)
      m_json["vocab_size"] = pieces->count;
    if (rows > 0 && pieces && pieces->count != static_cast<uint64_t>(rows))
      refuse("REJ:GGUF_VOCAB", fmt::format("{} has {} tokens and an embedding of {} rows. It is damaged or was converted wrongly; get another file.", m_what, pieces->count, rows));
    m_json["tie_word_embeddings"] = m_header.findTensor("output.weight") == nullptr;
  }

  void attention() {
    integer("attention.head_count", "num_attention_heads");
    integer("attention.head_count_kv", "num_key_value_heads");
    integer("attention.key_length", "head_dim");
    const auto keyLength = m_header.integer(key("attention.key_length")), valueLength = m_header.integer(key("attention.value_length"));
    if (keyLength && valueLength && *keyLength != *valueLength)
      m_unsupported = fmt::format("The heads of this model have keys of {} and values of {} numbers; Lathe wants them alike.", *keyLength, *valueLength);
    const bool bias = m_header.findTensor("blk.0.attn_q.bias") != nullptr;
    if (bias != (m_arch == "qwen2"))
      m_json["attention_bias"] = bias;
    if (m_header.integer(key("attention.sliding_window")).value_or(0) > 0)
      integer("attention.sliding_window", "sliding_window");
    gemmaScale();
    number("attn_logit_softcapping", "attn_logit_softcapping");
    number("final_logit_softcapping", "final_logit_softcapping");
    number("embedding_scale", "embedding_multiplier");
    number("residual_scale", "residual_multiplier");
    number("attention.scale", "attention_multiplier");
    number("logit_scale", "logits_scaling");
    experts();
  }

  void experts() {
    if (m_header.integer(key("expert_count")).value_or(0) == 0)
      return;
    if (m_arch == "llama") {
      m_json["model_type"] = "mixtral";
      m_json["architectures"] = {"MixtralForCausalLM"};
    } else if (m_arch != "qwen3moe") {
      m_unsupported = fmt::format("Lathe does not run the mixture of experts {} from GGUF files; it runs Mixtral and Qwen 3.", shownName(m_arch));
    }
    if (m_header.findTensor("blk.0.ffn_gate.0.weight"))
      m_unsupported = "This GGUF file keeps every expert in a tensor of its own, as files before 2024 did. Convert the model again.";
    integer("expert_count", m_arch == "llama" ? "num_local_experts" : "num_experts");
    integer("expert_used_count", "num_experts_per_tok");
    integer("expert_feed_forward_length", "moe_intermediate_size");
    m_json["norm_topk_prob"] = true; // as llama.cpp computes them
  }

  /// The converter leaves Gemma's scale of the scores to llama.cpp, which knows it from the number of layers.
  void gemmaScale() {
    if (m_arch != "gemma2" && m_arch != "gemma3")
      return;
    const int64_t layers = m_header.integer(key("block_count")).value_or(0), heads = m_header.integer(key("attention.head_count")).value_or(0);
    const bool largest = layers == (m_arch == "gemma2" ? 46 : 62) && heads > 0;
    const int64_t scalar = largest ? m_header.integer(key("embedding_length")).value_or(0) / heads : headDim();
    if (scalar > 0)
      m_json["query_pre_attn_scalar"] = scalar;
  }

  int64_t headDim() const {
    const auto explicitDim = m_header.integer(key("attention.key_length"));
    const int64_t hidden = m_header.integer(key("embedding_length")).value_or(0), heads = m_header.integer(key("attention.head_count")).value_or(0);
    return explicitDim ? *explicitDim : heads > 0 ? hidden / heads : 0;
  }

  void rope() {
    const double theta = shortest(m_header.number(key("rope.freq_base")).value_or(10000.0));
    m_json["rope_theta"] = theta;
    number("rope.freq_base_swa", "rope_local_base_freq");
    const int64_t rotated = m_header.integer(key("rope.dimension_count")).value_or(0);
    if (rotated > 0 && headDim() > 0 && rotated != headDim())
      m_json["partial_rotary_factor"] = static_cast<double>(rotated) / static_cast<double>(headDim());
    const std::string type(m_header.text(key("rope.scaling.type")).value_or("none"));
    Json scaling = Json::object();
    const bool factors = m_header.findTensor("rope_factors_short.weight") != nullptr;
    if (factors || (type != "none" && !type.empty())) {
      scaling["rope_type"] = factors ? "longrope" : type;
      if (const auto factor = m_header.number(key("rope.scaling.factor")))
        scaling["factor"] = shortest(*factor);
      if (const auto original = m_header.integer(key("rope.scaling.original_context_length")))
        scaling["original_max_position_embeddings"] = *original;
      const auto attention = m_header.number(key("rope.scaling.attn_factor"));
      if (attention && type == "yarn")
        scaling["attention_factor"] = *attention * (1 + 0.1 * std::log(m_header.number(key("rope.scaling.factor")).value_or(1)));
      else if (attention)
        scaling["attention_factor"] = shortest(*attention);
    }
    divisors(theta, scaling);
    if (!scaling.empty())
      m_json["rope_scaling"] = scaling;
  }

  std::vector<double> tensorNumbers(const char* name) const {
    std::vector<double> out;
    for (const float value : smallTensor(m_file, name))
      out.push_back(shortest(static_cast<double>(value)));
    return out;
  }

  /// Divisors of the frequencies stand in a tensor; those of Llama 3 follow from three numbers, which are found again here.
  void divisors(double theta, Json& scaling) {
    const std::vector<double> found = tensorNumbers("rope_freqs.weight");
    if (m_header.findTensor("rope_factors_short.weight")) {
      scaling["rope_type"] = "longrope";
      scaling["short_factor"] = tensorNumbers("rope_factors_short.weight");
      scaling["long_factor"] = tensorNumbers("rope_factors_long.weight");
      return;
    }
    if (found.empty())
      return;
    const double factor = *std::max_element(found.begin(), found.end());
    for (int64_t original = 1; original <= (int64_t{1} << 22); original *= 2) {
      const std::vector<double> expected = llama3Divisors(found.size(), theta, factor, static_cast<double>(original));
      const bool same = std::equal(found.begin(), found.end(), expected.begin(), [](double a, double b) { return std::fabs(a - b) <= 1e-5 * b; });
      if (!same)
        continue;
      scaling = {{"rope_type", "llama3"}, {"factor", factor}, {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0}, {"original_max_position_embeddings", original}};
      return;
    }
    const int64_t context = m_header.integer(key("context_length")).value_or(2048);
    scaling = {{"rope_type", "longrope"}, {"short_factor", found}, {"long_factor", found}, {"attention_factor", 1.0}, {"original_max_position_embeddings", context}};
  }

  void tokens() {
    if (const auto id = m_header.integer("tokenizer.ggml.bos_token_id"))
      m_json["bos_token_id"] = *id;
    if (const auto id = m_header.integer("tokenizer.ggml.padding_token_id"))
      m_json["pad_token_id"] = *id;
    Json ends = Json::array();
    for (const char* name : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"})
      if (const auto id = m_header.integer(name); id && std::find(ends.begin(), ends.end(), Json(*id)) == ends.end())
        ends.push_back(*id);
    if (!ends.empty())
      m_json["eos_token_id"] = ends;
  }

  /// Of the numbers the model computes with: packed weights are multiplied as float32 where the device is a CPU.
  std::string storedType() const {
    uint64_t brain = 0, all = 0;
    for (const GgufTensor& tensor : m_header.tensors()) {
      brain += tensor.type == GgufType::BF16 ? tensor.bytes : 0;
      all += tensor.bytes;
    }
    return brain > all / 2 ? "bfloat16" : "float32";
  }

  ModelConfig described() {
    try {
      ModelConfig config = describeModelConfig(m_json);
      if (config.unsupported.empty())
        config.unsupported = m_unsupported;
      for (std::string& warning : config.warnings)
        warning = renamed(warning);
      return config;
    } catch (const Exception& e) {
      Error error = e.error();
      error.message = renamed(error.message);
      throw Exception(error);
    }
  }

  /// The reader speaks of a config.json that is not there.
  std::string renamed(std::string message) const {
    if (const size_t at = message.find("config.json"); at != std::string::npos)
      message.replace(at, std::strlen("config.json"), m_what + " (in the words of config.json)");
    return message;
  }

  const GgufFile& m_file;
  const GgufHeader& m_header;
  const std::string& m_what;
  std::string m_arch, m_unsupported;
  Json m_json = Json::object();
};

} // namespace

ModelConfig ggufConfig(const GgufFile& file) { return GgufConfigReader(file).read(); }

} // namespace lathe::io
