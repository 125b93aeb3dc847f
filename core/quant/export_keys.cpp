// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"
#include "core/quant/export_parts.h"

#include <fmt/format.h>

#include <cmath>

namespace lathe::quant {
namespace {

/// llama.cpp's numbers of its file types.
uint32_t fileType(GgufMix mix) {
  switch (mix) {
  case GgufMix::F32:
    return 0;
  case GgufMix::F16:
    return 1;
  case GgufMix::BF16:
    return 32;
  case GgufMix::Q8_0:
    return 7;
  case GgufMix::Q4_0:
    return 2;
  case GgufMix::Q4_K_M:
    return 15;
  case GgufMix::Q5_K_M:
    return 17;
  case GgufMix::Q5_K:
    return 16;
  case GgufMix::Q6_K:
    return 18;
  }
  return 0;
}

void writeRopeKeys(io::GgufWriter& writer, const io::ModelConfig& c, const std::string& arch) {
  writer.setNumber(arch + ".rope.freq_base", static_cast<float>(c.rope.theta));
  writer.setInteger(arch + ".rope.dimension_count", static_cast<uint32_t>(c.rotaryDim()));
  const std::string scaling = arch + ".rope.scaling.";
  if (c.rope.type == io::RopeType::Linear || c.rope.type == io::RopeType::Yarn) {
    writer.setText(scaling + "type", c.rope.type == io::RopeType::Linear ? "linear" : "yarn");
    writer.setNumber(scaling + "factor", static_cast<float>(c.rope.factor));
  }
  if (c.localRope)
    writer.setNumber(arch + ".rope.freq_base_swa", static_cast<float>(c.localRope->theta));
  if (c.rope.type == io::RopeType::Yarn || c.rope.type == io::RopeType::LongRope || arch == "phi3")
    writer.setInteger(scaling + "original_context_length", static_cast<uint32_t>(c.rope.originalMaxPositions > 0 ? c.rope.originalMaxPositions : c.maxPositions));
  if (c.rope.type == io::RopeType::Yarn && c.rope.attentionFactor) // llama.cpp multiplies by what it infers itself
    writer.setNumber(scaling + "attn_factor", static_cast<float>(*c.rope.attentionFactor / (1 + 0.1 * std::log(c.rope.factor))));
  if (c.rope.type == io::RopeType::LongRope) {
    const double ratio = c.rope.factor;
    const double inferred = ratio <= 1 ? 1 : std::sqrt(1 + std::log(ratio) / std::log(static_cast<double>(c.rope.originalMaxPositions)));
    writer.setNumber(scaling + "attn_factor", static_cast<float>(c.rope.attentionFactor.value_or(inferred)));
  }
}

} // namespace

void writeModelKeys(io::GgufWriter& writer, const io::ModelConfig& c, const std::string& arch, const GgufExport& options) {
  const auto number = [&](const char* key, int64_t value) { writer.setInteger(arch + "." + key, static_cast<uint32_t>(value)); };
  writer.setText("general.architecture", arch);
  writer.setText("general.type", "model");
  if (!options.name.empty())
    writer.setText("general.name", options.name);
  writer.setInteger("general.file_type", fileType(options.mix));
  writer.setInteger("general.quantization_version", 2);
  number("block_count", c.layers);
  number("context_length", c.maxPositions);
  number("embedding_length", c.hiddenSize);
  number("feed_forward_length", c.intermediateSize);
  number("attention.head_count", c.heads);
  number("attention.head_count_kv", c.kvHeads);
  number("attention.key_length", c.headDim);
  number("attention.value_length", c.headDim);
  number("vocab_size", c.vocabSize);
  writer.setNumber(arch + ".attention.layer_norm_rms_epsilon", static_cast<float>(c.rmsNormEps));
  if (c.experts.count > 0) {
    number("expert_count", c.experts.count);
    number("expert_used_count", c.experts.perToken);
  }
  if (arch == "qwen3moe")
    number("expert_feed_forward_length", c.experts.intermediate);
  if (arch == "phi3" || ((arch == "gemma2" || arch == "gemma3") && c.slidingWindow))
    number("attention.sliding_window", c.slidingWindow.value_or(0));
  const auto real = [&](const char* key, double value) { writer.setNumber(arch + "." + key, static_cast<float>(value)); };
  if (c.attentionSoftcap)
    real("attn_logit_softcapping", *c.attentionSoftcap);
  if (c.finalSoftcap)
    real("final_logit_softcapping", *c.finalSoftcap);
  if (arch == "granite") {
    real("attention.scale", c.attentionScale);
    real("embedding_scale", c.embeddingScale);
    real("residual_scale", c.residualScale);
    real("logit_scale", 1 / c.logitScale);
  }
  writeRopeKeys(writer, c, arch);
}

void writeVocabularyKeys(io::GgufWriter& writer, const io::GgufVocabulary& v, const io::ModelConfig& config) {
  io::GgufVocabulary padded = v; // an embedding may have more rows than there are tokens
  for (int64_t id = static_cast<int64_t>(v.tokens.size()); id < config.vocabSize; ++id) {
    padded.tokens.push_back(fmt::format("[PAD{}]", id));
    padded.types.push_back(5);
    if (!padded.scores.empty())
      padded.scores.push_back(-1000.f);
  }
  if (static_cast<int64_t>(padded.tokens.size()) > config.vocabSize)
    refuse("REJ:GGUF_VOCAB", fmt::format("The tokenizer has {} tokens and the model {} rows of embedding. Use the tokenizer of this model.", v.tokens.size(), config.vocabSize));
  const std::string prefix = "tokenizer.ggml.";
  writer.setText(prefix + "model", v.model);
  if (!v.pre.empty())
    writer.setText(prefix + "pre", v.pre);
  writer.setTexts(prefix + "tokens", padded.tokens);
  if (!padded.scores.empty())
    writer.setNumbers(prefix + "scores", padded.scores);
  writer.setIntegers(prefix + "token_type", padded.types);
  if (!v.merges.empty())
    writer.setTexts(prefix + "merges", v.merges);
  const auto id = [&](const char* key, const std::optional<int32_t>& value) {
    if (value && *value >= 0)
      writer.setInteger(prefix + key, static_cast<uint32_t>(*value));
  };
  id("bos_token_id", v.bos);
  id("eos_token_id", v.eos);
  id("padding_token_id", v.pad);
  id("unknown_token_id", v.unk);
  const auto flag = [&](const char* key, const std::optional<bool>& value) {
    if (value)
      writer.setBoolean(prefix + key, *value);
  };
  flag("add_bos_token", v.addBos);
  flag("add_eos_token", v.addEos);
  flag("add_space_prefix", v.addSpacePrefix);
}

} // namespace lathe::quant
