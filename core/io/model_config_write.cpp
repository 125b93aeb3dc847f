// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_config.h"
#include "core/io/architectures.h"
#include "core/io/rope_config.h"

#include <algorithm>
#include <array>

namespace lathe::io {
namespace {

const char* activationName(Activation activation) {
  switch (activation) {
  case Activation::Silu:
    return "silu";
  case Activation::GeluTanh:
    return "gelu_pytorch_tanh";
  case Activation::Gelu:
    return "gelu";
  }
  return "silu";
}

Json ropeScaling(const RopeConfig& rope) {
  if (rope.type == RopeType::Default)
    return nullptr;
  Json out = {{"rope_type", ropeTypeName(rope.type)}, {"factor", rope.factor}};
  if (rope.type == RopeType::Llama3) {
    out["low_freq_factor"] = rope.lowFreqFactor;
    out["high_freq_factor"] = rope.highFreqFactor;
  }
  if (rope.type == RopeType::Yarn) {
    out["beta_fast"] = rope.betaFast;
    out["beta_slow"] = rope.betaSlow;
    if (rope.mscale > 0)
      out["mscale"] = rope.mscale;
    if (rope.mscaleAllDim > 0)
      out["mscale_all_dim"] = rope.mscaleAllDim;
    if (!rope.truncate)
      out["truncate"] = false;
  }
  if (rope.type == RopeType::LongRope) {
    out["short_factor"] = rope.shortFactor;
    out["long_factor"] = rope.longFactor;
  }
  if (rope.originalMaxPositions > 0)
    out["original_max_position_embeddings"] = rope.originalMaxPositions;
  if (rope.attentionFactor)
    out["attention_factor"] = *rope.attentionFactor;
  return out;
}

template <class T>
Json orNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

} // namespace

std::optional<int64_t> ModelConfig::windowOf(int64_t layer) const {
  const bool full = layer < static_cast<int64_t>(layerTypes.size()) && layerTypes[static_cast<size_t>(layer)] == "full_attention";
  return full ? std::nullopt : slidingWindow;
}

int64_t ModelConfig::mixtureLayers() const {
  return experts.count == 0 ? 0 : experts.layers.empty() ? layers : std::count(experts.layers.begin(), experts.layers.end(), true);
}

int64_t ModelConfig::activeParameters() const {
  return parameters() - mixtureLayers() * (experts.count - experts.perToken) * 3 * hiddenSize * experts.intermediate;
}

int64_t ModelConfig::parameters() const {
  const int64_t q = heads * headDim, kv = kvHeads * headDim;
  int64_t attention = 2 * hiddenSize * q + 2 * hiddenSize * kv;
  if (attentionBias)
    attention += q + 2 * kv + (hasOutputBias() ? hiddenSize : 0);
  int64_t mlp = 3 * hiddenSize * intermediateSize;
  if (mlpBias)
    mlp += 2 * intermediateSize + hiddenSize;
  int64_t normWeights = (norms == NormPlacement::Around ? 4 : 2) * hiddenSize;
  if (headNorms == HeadNorms::EachHead)
    normWeights += 2 * headDim;
  if (headNorms == HeadNorms::WholeProjection)
    normWeights += q + kv;
  const int64_t mixtures = mixtureLayers(), mixture = experts.count * (3 * hiddenSize * experts.intermediate + hiddenSize);
  return layers * (attention + normWeights) + (layers - mixtures) * mlp + mixtures * mixture + hiddenSize + vocabSize * hiddenSize * (tieEmbeddings ? 1 : 2);
}

Json modelConfigToJson(const ModelConfig& c) {
  // What we know comes from the fields, so that changes count; everything else of the original file is kept.
  static constexpr std::array<const char*, 4> kReplaced = {"rope_parameters", "dtype", "auto_map", "hidden_activation"};
  Json out = c.raw.is_object() ? c.raw : Json::object();
  const bool hiddenActivation = find(out, "hidden_activation") != nullptr;
  for (const char* key : kReplaced)
    out.erase(key);
  out["architectures"] = Json::array({c.architecture.empty() && findArchitecture(c.modelType) ? std::string(findArchitecture(c.modelType)->className) : c.architecture});
  out["model_type"] = c.modelType;
  out["vocab_size"] = c.vocabSize;
  out["hidden_size"] = c.hiddenSize;
  out["intermediate_size"] = c.intermediateSize;
  out["num_hidden_layers"] = c.layers;
  out["num_attention_heads"] = c.heads;
  out["num_key_value_heads"] = c.kvHeads;
  out["head_dim"] = c.headDim;
  out["max_position_embeddings"] = c.maxPositions;
  out["rms_norm_eps"] = c.rmsNormEps;
  out[hiddenActivation ? "hidden_activation" : "hidden_act"] = activationName(c.activation);
  out["rope_theta"] = c.rope.theta;
  out["rope_scaling"] = ropeScaling(c.rope);
  if (c.localRope)
    out["rope_local_base_freq"] = c.localRope->theta;
  if (c.partialRotaryFactor != 1.0)
    out["partial_rotary_factor"] = c.partialRotaryFactor;
  out["tie_word_embeddings"] = c.tieEmbeddings;
  out["attention_bias"] = c.attentionBias;
  out["mlp_bias"] = c.mlpBias;
  if (c.slidingWindow || find(out, "sliding_window") || c.modelType == "mistral")
    out["sliding_window"] = orNull(c.slidingWindow);
  out["torch_dtype"] = c.dtype;
  out["bos_token_id"] = orNull(c.bosId);
  out["eos_token_id"] = c.eosIds.empty() ? Json(nullptr) : c.eosIds.size() == 1 ? Json(c.eosIds.front()) : Json(c.eosIds);
  out["pad_token_id"] = orNull(c.padId);
  out["initializer_range"] = c.initializerRange;
  return out;
}

} // namespace lathe::io
