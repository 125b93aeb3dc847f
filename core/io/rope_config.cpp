// SPDX-License-Identifier: Apache-2.0
#include "core/io/rope_config.h"

#include "core/io/architectures.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <array>

namespace lathe::io {
namespace {

constexpr double kLargest = 1e12;
constexpr double kSmallest = 1e-6;
constexpr int64_t kRopePositions = int64_t{1} << 30;
constexpr std::array<const char*, 6> kNames = {"default", "linear", "dynamic", "yarn", "llama3", "longrope"};

std::optional<RopeType> typeFromName(const std::string& name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i])
      return static_cast<RopeType>(i);
  if (name == "su") // first name of longrope
    return RopeType::LongRope;
  return std::nullopt;
}

void readLongRope(const ConfigFields& rope, ModelConfig& config, RopeConfig& out) {
  out.shortFactor = rope.numbers("short_factor", kSmallest, kLargest);
  out.longFactor = rope.numbers("long_factor", kSmallest, kLargest);
  const auto wanted = static_cast<size_t>(static_cast<double>(config.headDim) * config.partialRotaryFactor) / 2;
  for (const auto& [name, list] : {std::pair("short_factor", &out.shortFactor), std::pair("long_factor", &out.longFactor)})
    if (list->size() != wanted)
      rope.reject("_ROPE", name, fmt::format("has {} numbers; a head of {} dimensions needs {}", list->size(), config.headDim, wanted));
  if (out.originalMaxPositions == 0)
    rope.reject("_ROPE", "original_max_position_embeddings", "is missing; longrope needs it");
  if (rope.value("factor"))
    return;
  out.factor = static_cast<double>(config.maxPositions) / static_cast<double>(out.originalMaxPositions);
  if (out.factor < kSmallest || out.factor > kLargest)
    rope.reject("_ROPE", "original_max_position_embeddings",
                fmt::format("is {}, which gives a factor of {:.3g} to the {} positions of this model; it must be from {} to {}", out.originalMaxPositions,
                            out.factor, config.maxPositions, kSmallest, kLargest));
}

/// One set of rope values; `top` holds what older files keep beside rope_scaling.
RopeConfig readOne(const ConfigFields& rope, const ConfigFields& top, ModelConfig& config, const char* thetaKey) {
  RopeConfig out;
  const std::string name = rope.textOr("rope_type", rope.textOr("type", "default"));
  const Architecture* architecture = findArchitecture(config.modelType);
  const double standard = architecture && thetaKey == std::string_view("rope_theta") ? architecture->ropeTheta : 10000.0;
  out.theta = rope.numberOr("rope_theta", top.numberOr(thetaKey, standard, kSmallest, kLargest), kSmallest, kLargest);
  const auto type = config.modelType == "phi3" && name == "yarn" ? RopeType::LongRope : typeFromName(name); // the first Phi 3 files
  if (!type) {
    config.unsupported = fmt::format("Lathe does not know the rotary position type {} of this model.", shownName(name));
    return out;
  }
  out.type = *type;
  if (*type == RopeType::Default)
    return out;
  out.factor = rope.numberOr("factor", 1.0, kSmallest, kLargest);
  out.attentionFactor = rope.maybeNumber("attention_factor", kSmallest, kLargest);
  out.originalMaxPositions = rope.integerOr("original_max_position_embeddings", top.integerOr("original_max_position_embeddings", 0, 1, kRopePositions), 1, kRopePositions);
  const bool needsFactor = *type != RopeType::LongRope;
  if (needsFactor && !rope.value("factor"))
    rope.reject("_ROPE", "factor", fmt::format("is missing; the rope type {} needs it", name));
  if (*type == RopeType::Llama3) {
    out.lowFreqFactor = rope.numberOr("low_freq_factor", 1.0, kSmallest, kLargest);
    out.highFreqFactor = rope.numberOr("high_freq_factor", 4.0, kSmallest, kLargest);
    if (out.highFreqFactor <= out.lowFreqFactor)
      rope.reject("_ROPE", "high_freq_factor", fmt::format("is {}; it must be greater than low_freq_factor, {}", out.highFreqFactor, out.lowFreqFactor));
    if (out.originalMaxPositions == 0)
      rope.reject("_ROPE", "original_max_position_embeddings", "is missing; the rope type llama3 needs it");
  }
  if (*type == RopeType::Yarn) {
    out.betaFast = rope.numberOr("beta_fast", 32.0, kSmallest, kLargest);
    out.betaSlow = rope.numberOr("beta_slow", 1.0, kSmallest, kLargest);
    if (out.originalMaxPositions == 0)
      out.originalMaxPositions = config.maxPositions;
    out.mscale = rope.numberOr("mscale", 0.0, 0.0, kLargest);
    out.mscaleAllDim = rope.numberOr("mscale_all_dim", 0.0, 0.0, kLargest);
    out.truncate = rope.booleanOr("truncate", true);
  }
  if (*type == RopeType::LongRope)
    readLongRope(rope, config, out);
  return out;
}

} // namespace

const char* ropeTypeName(RopeType type) { return kNames[static_cast<size_t>(type)]; }

void readRope(const ConfigFields& fields, ModelConfig& config) {
  static const Json kEmpty = Json::object();
  const ConfigFields none(kEmpty, "REJ:CONFIG", "config.json");
  const auto current = fields.object("rope_parameters");
  const auto older = fields.object("rope_scaling");
  config.partialRotaryFactor = fields.numberOr("partial_rotary_factor", 1.0, kSmallest, 1.0);
  if (current)
    config.partialRotaryFactor = current->numberOr("partial_rotary_factor", config.partialRotaryFactor, kSmallest, 1.0);
  // One set per kind of layer (gemma3): rope_parameters.full_attention beside .sliding_attention.
  const auto full = current ? current->object("full_attention") : std::nullopt;
  if (full) {
    config.rope = readOne(*full, fields, config, "rope_theta");
    if (const auto sliding = current->object("sliding_attention"))
      config.localRope = readOne(*sliding, fields, config, "rope_local_base_freq");
    return;
  }
  config.rope = readOne(current ? *current : older ? *older : none, fields, config, "rope_theta");
  if (fields.value("rope_local_base_freq"))
    config.localRope = readOne(none, fields, config, "rope_local_base_freq");
}

} // namespace lathe::io
