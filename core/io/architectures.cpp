// SPDX-License-Identifier: Apache-2.0
#include "core/io/architectures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace lathe::io {
namespace {

constexpr double kLeastMultiplier = 1e-9, kMostMultiplier = 1e9;

/// Layer types by a rule over layer numbers, where config.json does not list them.
void slideWhere(ModelConfig& c, auto slides) {
  if (c.layerTypes.empty() && c.slidingWindow)
    for (int64_t layer = 0; layer < c.layers; ++layer)
      c.layerTypes.push_back(slides(layer) ? "sliding_attention" : "full_attention");
}

void readExperts(const ConfigFields& f, ModelConfig& c, int64_t count, int64_t perToken) {
  constexpr int64_t kMostExperts = 1 << 12, kMostInAll = 1 << 16;
  c.experts.count = f.integerOr("num_local_experts", f.integerOr("num_experts", count, 1, kMostExperts), 1, kMostExperts);
  c.experts.perToken = f.integerOr("num_experts_per_tok", perToken, 1, kMostExperts);
  if (c.experts.perToken > c.experts.count)
    f.reject("_VALUE", "num_experts_per_tok", fmt::format("is {}; the model has {} experts", c.experts.perToken, c.experts.count));
  if (c.experts.count * c.layers > kMostInAll)
    f.reject("_VALUE", "num_experts", fmt::format("is {} in {} layers; the limit is {} experts in all", c.experts.count, c.layers, kMostInAll));
  if (f.booleanOr("output_router_logits", false))
    c.warnings.push_back("config.json asks for a loss that balances the experts (\"output_router_logits\"); Lathe trains on the text alone.");
}

void readGemma(const ConfigFields&, ModelConfig& c) {
  c.embeddingScale = std::sqrt(static_cast<double>(c.hiddenSize));
  if (c.activation == Activation::Gelu) // the first files say gelu and mean its tanh form
    c.activation = Activation::GeluTanh;
}

void readGemma2(const ConfigFields& f, ModelConfig& c) {
  readGemma(f, c);
  c.attentionSoftcap = f.has("attn_logit_softcapping") ? c.attentionSoftcap : 50.0;
  c.finalSoftcap = f.has("final_logit_softcapping") ? c.finalSoftcap : 30.0;
  c.attentionScale = 1 / std::sqrt(c.queryPreAttnScalar.value_or(256));
  if (!f.has("sliding_window"))
    c.slidingWindow = 4096;
  slideWhere(c, [](int64_t layer) { return layer % 2 == 0; });
}

void readGemma3(const ConfigFields& f, ModelConfig& c) {
  readGemma(f, c);
  c.attentionScale = 1 / std::sqrt(c.queryPreAttnScalar.value_or(256));
  if (!f.has("sliding_window"))
    c.slidingWindow = 4096;
  const int64_t pattern = f.integerOr("sliding_window_pattern", f.integerOr("_sliding_window_pattern", 6, 1, 1 << 20), 1, 1 << 20);
  slideWhere(c, [pattern](int64_t layer) { return (layer + 1) % pattern != 0; });
  if (!c.localRope) {
    c.localRope = RopeConfig{};
    c.localRope->theta = 10000;
  }
}

void readSmolLm3(const ConfigFields& f, ModelConfig& c) {
  const std::vector<int64_t> listed = f.integers("no_rope_layers", 0, 1);
  const int64_t interval = f.integerOr("no_rope_layer_interval", 4, 1, 1 << 20);
  if (!listed.empty() && static_cast<int64_t>(listed.size()) < c.layers)
    f.reject("_VALUE", "no_rope_layers", fmt::format("has {} entries; num_hidden_layers is {}", listed.size(), c.layers));
  for (int64_t layer = 0; layer < c.layers; ++layer)
    c.ropeLayers.push_back(listed.empty() ? (layer + 1) % interval != 0 : listed[static_cast<size_t>(layer)] == 1);
  if (!f.booleanOr("use_sliding_window", false))
    c.slidingWindow.reset();
  slideWhere(c, [&c](int64_t layer) { return !c.ropeLayers[static_cast<size_t>(layer)]; });
}

void readMixtral(const ConfigFields& f, ModelConfig& c) {
  readExperts(f, c, 8, 2);
  c.experts.intermediate = c.intermediateSize;
  c.experts.block = "block_sparse_moe";
  c.experts.gate = "w1";
  c.experts.up = "w3";
  c.experts.down = "w2";
  if (f.numberOr("router_jitter_noise", 0.0, 0.0, 1.0) > 0)
    c.warnings.push_back("config.json: \"router_jitter_noise\" is not 0; Lathe trains without noise before the router.");
}

void readQwen3Moe(const ConfigFields& f, ModelConfig& c) {
  readExperts(f, c, 128, 8);
  c.experts.intermediate = f.integerOr("moe_intermediate_size", 768, 1, 1 << 23);
  c.experts.normalized = f.booleanOr("norm_topk_prob", false);
  const std::vector<int64_t> dense = f.integers("mlp_only_layers", 0, 1 << 20);
  const int64_t step = f.integerOr("decoder_sparse_step", 1, 1, 1 << 20);
  for (int64_t layer = 0; layer < c.layers; ++layer)
    c.experts.layers.push_back(std::find(dense.begin(), dense.end(), layer) == dense.end() && (layer + 1) % step == 0);
  c.layerTypes.clear(); // a window is every layer's
  if (!f.booleanOr("use_sliding_window", false))
    c.slidingWindow.reset();
}

void readGranite(const ConfigFields& f, ModelConfig& c) {
  const auto number = [&](const char* key) { return f.numberOr(key, 1.0, kLeastMultiplier, kMostMultiplier); };
  c.embeddingScale = number("embedding_multiplier");
  c.residualScale = number("residual_multiplier");
  c.attentionScale = number("attention_multiplier");
  c.logitScale = 1 / number("logits_scaling");
}

const auto& table() {
  using enum NormPlacement;
  static const std::array entries = {
      Architecture{.modelType = "llama", .className = "LlamaForCausalLM", .title = "Llama"},
      Architecture{.modelType = "mistral", .className = "MistralForCausalLM", .title = "Mistral"},
      Architecture{.modelType = "ministral", .className = "MinistralForCausalLM", .title = "Ministral"},
      Architecture{.modelType = "qwen2", .className = "Qwen2ForCausalLM", .title = "Qwen 2", .attentionBias = true, .outputBias = false},
      Architecture{.modelType = "qwen3", .className = "Qwen3ForCausalLM", .title = "Qwen 3", .headNorms = HeadNorms::EachHead},
      Architecture{.modelType = "mixtral", .className = "MixtralForCausalLM", .title = "Mixtral", .ropeTheta = 1e6, .read = readMixtral},
      Architecture{.modelType = "qwen3_moe", .className = "Qwen3MoeForCausalLM", .title = "Qwen 3 MoE", .headNorms = HeadNorms::EachHead, .read = readQwen3Moe},
      Architecture{.modelType = "gemma", .className = "GemmaForCausalLM", .title = "Gemma", .normOffset = 1, .read = readGemma},
      Architecture{.modelType = "gemma2", .className = "Gemma2ForCausalLM", .title = "Gemma 2", .norms = Around, .normOffset = 1, .read = readGemma2},
      Architecture{.modelType = "gemma3_text", .className = "Gemma3ForCausalLM", .title = "Gemma 3", .norms = Around, .normOffset = 1, .headNorms = HeadNorms::EachHead, .ropeTheta = 1e6, .read = readGemma3},
      Architecture{.modelType = "phi3", .className = "Phi3ForCausalLM", .title = "Phi 3", .fusedProjections = true},
      Architecture{.modelType = "smollm3", .className = "SmolLM3ForCausalLM", .title = "SmolLM 3", .ropeTheta = 2e6, .read = readSmolLm3},
      Architecture{.modelType = "granite", .className = "GraniteForCausalLM", .title = "Granite", .read = readGranite},
      Architecture{.modelType = "olmo2", .className = "Olmo2ForCausalLM", .title = "OLMo 2", .norms = After, .headNorms = HeadNorms::WholeProjection},
  };
  return entries;
}

} // namespace

std::span<const Architecture> architectures() { return table(); }

const Architecture* findArchitecture(std::string_view modelType) {
  for (const Architecture& entry : table())
    if (entry.modelType == modelType)
      return &entry;
  return nullptr;
}

std::string architectureTitles() {
  std::string out;
  for (const Architecture& entry : table())
    out += (out.empty() ? "" : &entry == &table().back() ? " and " : ", ") + std::string(entry.title);
  return out;
}

} // namespace lathe::io
