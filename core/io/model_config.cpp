// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_config.h"

#include "core/base/files.h"
#include "core/base/limits.h"
#include "core/io/architectures.h"
#include "core/io/config_fields.h"
#include "core/io/gguf_model.h"
#include "core/io/names.h"
#include "core/io/rope_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace lathe::io {
namespace {

constexpr int64_t kHidden = 1 << 20, kIntermediate = 1 << 23, kLayers = 10'000, kHeads = 1 << 14, kHeadDim = 1 << 12, kPositions = int64_t{1} << 30;
/// Forms of quantized weights that core/quant unpacks.
constexpr std::array<std::string_view, 4> kUnpacked = {"bitsandbytes", "gptq", "awq", "compressed-tensors"};

bool isGemma(const ModelConfig& config) { return config.modelType.starts_with("gemma"); }

void readSizes(const ConfigFields& f, ModelConfig& c) {
  c.vocabSize = f.integer("vocab_size", 1, static_cast<int64_t>(limits::kVocabulary));
  c.hiddenSize = f.integer("hidden_size", 1, kHidden);
  c.intermediateSize = f.integer("intermediate_size", 1, kIntermediate);
  c.layers = f.integer("num_hidden_layers", 1, kLayers);
  c.heads = f.integer("num_attention_heads", 1, kHeads);
  const bool mistralDefault = (c.modelType == "mistral" || c.modelType == "mixtral") && !f.has("num_key_value_heads");
  c.kvHeads = f.integerOr("num_key_value_heads", mistralDefault ? 8 : c.heads, 1, kHeads);
  if (c.heads % c.kvHeads != 0)
    f.reject("_HEADS", "num_key_value_heads", fmt::format("is {}, which does not divide num_attention_heads, {}", c.kvHeads, c.heads));
  const auto headDim = f.maybeInteger("head_dim", 1, kHeadDim);
  if (!headDim && c.hiddenSize % c.heads != 0)
    f.reject("_HEADS", "num_attention_heads", fmt::format("is {}, which does not divide hidden_size, {}", c.heads, c.hiddenSize));
  c.headDim = headDim.value_or(c.hiddenSize / c.heads);
  if (c.headDim % 2 != 0)
    f.reject("_HEADS", "head_dim", fmt::format("is {}; rotary positions need an even number", c.headDim));
  if (c.headDim > kHeadDim)
    f.reject("_HEADS", "head_dim", fmt::format("is {} (hidden_size / num_attention_heads); the limit is {}", c.headDim, kHeadDim));
  c.maxPositions = f.integerOr("max_position_embeddings", c.modelType == "mistral" || c.modelType == "mixtral" ? 131072 : 2048, 1, kPositions);
  c.rmsNormEps = f.numberOr("rms_norm_eps", 1e-6, 0.0, 1.0);
  c.initializerRange = f.numberOr("initializer_range", 0.02, 0.0, 1e3);
}

void readActivation(const ConfigFields& f, ModelConfig& c) {
  const std::string name = f.textOr("hidden_activation", f.textOr("hidden_act", isGemma(c) ? "gelu_pytorch_tanh" : "silu"));
  if (name == "silu" || name == "swish")
    c.activation = Activation::Silu;
  else if (name == "gelu_pytorch_tanh" || name == "gelu_new" || name == "gelu_fast")
    c.activation = Activation::GeluTanh;
  else if (name == "gelu")
    c.activation = Activation::Gelu;
  else
    c.unsupported = fmt::format("Lathe does not know the activation {} of this model.", shownName(name));
}

void readAttention(const ConfigFields& f, ModelConfig& c) {
  c.tieEmbeddings = f.booleanOr("tie_word_embeddings", isGemma(c) || c.modelType == "smollm3");
  c.attentionBias = f.booleanOr("attention_bias", c.attentionBias);
  c.outputBias = c.attentionBias && c.outputBias;
  c.mlpBias = f.booleanOr("mlp_bias", false);
  const bool defaultWindow = (c.modelType == "mistral" || c.modelType == "ministral") && !f.has("sliding_window");
  c.slidingWindow = defaultWindow ? std::optional<int64_t>(4096) : f.maybeInteger("sliding_window", 1, kPositions);
  if (!f.booleanOr("use_sliding_window", true))
    c.slidingWindow.reset();
  c.attentionSoftcap = f.maybeNumber("attn_logit_softcapping", 1e-6, 1e9);
  c.finalSoftcap = f.maybeNumber("final_logit_softcapping", 1e-6, 1e9);
  c.queryPreAttnScalar = f.maybeNumber("query_pre_attn_scalar", 1e-6, 1e9);
  c.layerTypes = f.texts("layer_types");
  if (!c.layerTypes.empty() && static_cast<int64_t>(c.layerTypes.size()) != c.layers)
    f.reject("_VALUE", "layer_types", fmt::format("names {} layers; num_hidden_layers is {}", c.layerTypes.size(), c.layers));
  if (c.layerTypes.empty() && c.slidingWindow && c.modelType.starts_with("qwen")) // older files: the first layers see everything
    for (int64_t layer = 0, full = f.integerOr("max_window_layers", 28, 0, kLayers); layer < c.layers; ++layer)
      c.layerTypes.push_back(layer < full ? "full_attention" : "sliding_attention");
}

void readTokens(const ConfigFields& f, ModelConfig& c) {
  const auto inside = [&](const char* key, int64_t id) {
    if (id >= 0 && id < c.vocabSize)
      return true;
    c.warnings.push_back(fmt::format("config.json: \"{}\" is {}, outside the vocabulary of {}; it is not used.", key, id, c.vocabSize));
    return false;
  };
  for (const auto& [key, out] : {std::pair("bos_token_id", &c.bosId), std::pair("pad_token_id", &c.padId)})
    if (const auto ids = f.integers(key, INT64_MIN, INT64_MAX); !ids.empty() && inside(key, ids.front()))
      *out = ids.front();
  for (const int64_t id : f.integers("eos_token_id", INT64_MIN, INT64_MAX))
    if (inside("eos_token_id", id) && std::find(c.eosIds.begin(), c.eosIds.end(), id) == c.eosIds.end())
      c.eosIds.push_back(id);
}

void readDtype(const ConfigFields& f, ModelConfig& c) {
  std::string name = f.textOr("dtype", f.textOr("torch_dtype", "float32"));
  if (name.starts_with("torch."))
    name = name.substr(6);
  if (name == "float32" || name == "bfloat16" || name == "float16")
    c.dtype = name;
  else if (name != "auto")
    c.unsupported = fmt::format("Lathe does not run weights of the type {}; float32, bfloat16 and float16 are known.", shownName(name));
}

std::string quantizationOf(const ConfigFields& f) {
  const auto quantization = f.object("quantization_config");
  if (!quantization)
    return {};
  std::string method = quantization->textOr("quant_method", "");
  if (method.empty())
    method = quantization->booleanOr("load_in_4bit", false) || quantization->booleanOr("load_in_8bit", false) ? "bitsandbytes" : "unknown";
  return method;
}

/// Why a file that is in order is still not for us; the first reason found stays.
void judge(const ConfigFields& f, ModelConfig& c) {
  if (!findArchitecture(c.modelType))
    c.unsupported = fmt::format("Lathe does not run the architecture {} (model_type {}) yet; it runs {} models.", shownName(c.architecture), shownName(c.modelType), architectureTitles());
  else if (!c.architecture.empty() && !c.architecture.ends_with("ForCausalLM"))
    c.unsupported = fmt::format("This model is a {}, not a causal language model.", shownName(c.architecture));
  else if (!c.quantization.empty() && std::find(kUnpacked.begin(), kUnpacked.end(), c.quantization) == kUnpacked.end())
    c.unsupported = fmt::format("The weights are quantized with {}, which Lathe does not read; it reads bitsandbytes, GPTQ, AWQ and compressed-tensors. Use the unquantized model.", shownName(c.quantization));
  else if (c.unsupported.empty() && f.booleanOr("use_bidirectional_attention", false))
    c.unsupported = "This model lets tokens see what follows them (use_bidirectional_attention), so it does not write text from left to right.";
}

void checkRotary(const ConfigFields& f, const ModelConfig& c) {
  if (c.rotaryDim() < 2 || c.rotaryDim() % 2 != 0)
    f.reject("_ROPE", "partial_rotary_factor", fmt::format("leaves {} of {} dimensions of a head to rotary positions; it must be an even number from 2", c.rotaryDim(), c.headDim));
}

void readAll(const ConfigFields& f, ModelConfig& c) {
  const Architecture* architecture = findArchitecture(c.modelType);
  if (architecture) {
    c.norms = architecture->norms;
    c.normOffset = architecture->normOffset;
    c.headNorms = architecture->headNorms;
    c.attentionBias = architecture->attentionBias;
    c.fusedProjections = architecture->fusedProjections;
  }
  c.outputBias = !architecture || architecture->outputBias;
  readSizes(f, c);
  readActivation(f, c);
  readAttention(f, c);
  readTokens(f, c);
  readDtype(f, c);
  readRope(f, c);
  if (architecture && architecture->read)
    architecture->read(f, c);
  checkRotary(f, c);
}

} // namespace

ModelConfig describeModelConfig(const Json& json) {
  const ConfigFields top(json, "REJ:CONFIG", "config.json");
  ModelConfig config;
  config.raw = json;
  config.modelType = top.textOr("model_type", "");
  if (const auto architectures = top.texts("architectures"); !architectures.empty())
    config.architecture = architectures.front();
  if (config.modelType.empty() && config.architecture.empty())
    top.reject("_MISSING", "model_type", "is missing; this is no configuration of a language model");
  config.quantization = quantizationOf(top);
  if (top.value("auto_map"))
    config.warnings.push_back("config.json: \"auto_map\" asks for Python code from the model folder; it is ignored.");
  const auto text = top.value("hidden_size") ? std::nullopt : top.object("text_config");
  const ConfigFields& fields = text ? *text : top;
  if (findArchitecture(config.modelType)) { // described completely, so a missing field is a mistake in the file
    readAll(fields, config);
  } else {
    try {
      readAll(fields, config);
    } catch (const Exception& e) {
      config.warnings.push_back(e.error().message);
    }
  }
  judge(top, config);
  return config;
}

ModelConfig parseModelConfig(const Json& json) {
  ModelConfig config = describeModelConfig(json);
  if (!config.unsupported.empty())
    throw Exception(ErrorKind::Unsupported, config.unsupported);
  return config;
}

ModelConfig readModelConfig(const std::string& folder) {
  if (isGgufFile(folder)) {
    ModelConfig config = ggufConfig(*GgufFile::open(folder));
    if (!config.unsupported.empty())
      throw Exception(ErrorKind::Unsupported, config.unsupported);
    return config;
  }
  JsonLimits limits;
  limits.code = "REJ:CONFIG_JSON";
  limits.what = folder + "/config.json";
  return parseModelConfig(parseJsonFile(resolveInside(folder, "config.json"), limits));
}

} // namespace lathe::io
