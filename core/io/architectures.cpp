// SPDX-License-Identifier: Apache-2.0
#include "core/io/architectures.h"

#include <fmt/format.h>

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
