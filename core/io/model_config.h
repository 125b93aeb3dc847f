// SPDX-License-Identifier: Apache-2.0
// config.json of a Hugging Face model folder as one value that describes the decoder by data. Both key styles are read:
// transformers 5 (rope_parameters, dtype) and older (rope_theta, rope_scaling, torch_dtype).
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe::io {

enum class RopeType { Default, Linear, Dynamic, Yarn, Llama3, LongRope };

struct RopeConfig {
  RopeType type = RopeType::Default;
  double theta = 10000.0;
  double factor = 1.0;
  double lowFreqFactor = 1.0;          // llama3
  double highFreqFactor = 4.0;         // llama3
  int64_t originalMaxPositions = 0;    // llama3, yarn, longrope
  double betaFast = 32.0, betaSlow = 1.0; // yarn
  double mscale = 0, mscaleAllDim = 0; // yarn; 0 = not given
  bool truncate = true;                // yarn: whole numbers bound the ramp
  std::optional<double> attentionFactor;
  std::vector<double> shortFactor, longFactor; // longrope
};

enum class Activation { Silu, GeluTanh, Gelu };
/// Where a layer has norms: before attention and MLP, before and after each, or after each only.
enum class NormPlacement { Before, Around, After };
/// Mixtures of experts: a router chooses `perToken` of `count` gated MLPs for every token.
struct ExpertConfig {
  int64_t count = 0;        // 0: no layer is a mixture
  int64_t perToken = 0;
  int64_t intermediate = 0; // of one expert
  bool normalized = true;   // the weights of the chosen ones sum to 1
  std::vector<bool> layers; // which are mixtures; empty = all
  // Names of a mixture's modules in files and adapters: <block>.gate, <block>.experts.N.<gate>, …
  std::string block = "mlp", gate = "gate_proj", up = "up_proj", down = "down_proj";
};
/// Norms of q and k before the rotation: none, one over each head, or one over the whole projection.
enum class HeadNorms { None, EachHead, WholeProjection };

struct ModelConfig {
  std::string modelType;     // "llama", "mistral", "qwen2", …
  std::string architecture;  // "LlamaForCausalLM"
  int64_t vocabSize = 0;
  int64_t hiddenSize = 0;
  int64_t intermediateSize = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kvHeads = 0;
  int64_t headDim = 0;       // explicit head_dim, else hiddenSize / heads
  int64_t maxPositions = 0;
  double rmsNormEps = 1e-6;
  RopeConfig rope;
  Activation activation = Activation::Silu;
  bool tieEmbeddings = false;
  bool attentionBias = false; // q, k, v
  bool outputBias = false;    // o
  bool mlpBias = false;
  std::optional<int64_t> slidingWindow; // position i sees j with i − w < j ≤ i
  std::string dtype = "float32"; // of the stored weights: "float32" | "bfloat16" | "float16"
  std::optional<int64_t> bosId, padId;
  std::vector<int64_t> eosIds;
  double initializerRange = 0.02;
  Json raw;                  // the whole file, for what is copied through

  // What architectures differ in (core/io/architectures.h).
  NormPlacement norms = NormPlacement::Before;
  double normOffset = 0;                      // norms multiply by offset + weight
  HeadNorms headNorms = HeadNorms::None;
  bool fusedProjections = false;              // files and adapters know qkv_proj and gate_up_proj
  double embeddingScale = 1.0;                // gemma: sqrt(hiddenSize)
  double residualScale = 1.0;                 // of what attention and MLP add
  double attentionScale = 0.0;                // of the scores; 0 = 1 / sqrt(headDim)
  double logitScale = 1.0;
  std::optional<double> attentionSoftcap, finalSoftcap;
  std::optional<double> queryPreAttnScalar;
  double partialRotaryFactor = 1.0;
  std::vector<std::string> layerTypes;        // "full_attention" | "sliding_attention"; empty = all alike
  std::vector<bool> ropeLayers;               // which layers turn q and k by position; empty = all
  std::optional<RopeConfig> localRope;        // gemma3: of the sliding layers
  ExpertConfig experts;
  std::string quantization;                   // quant_method of quantization_config; empty = plain weights
  std::string unsupported;                    // why Lathe does not run it, one sentence; empty when it does
  std::vector<std::string> warnings;          // eos out of range, remote code ignored, …

  bool hasHeadNorms() const { return headNorms != HeadNorms::None; }
  bool hasOutputBias() const { return outputBias; }
  bool turnsPositions(int64_t layer) const { return ropeLayers.empty() || ropeLayers[static_cast<size_t>(layer)]; }
  /// Dimensions of a head that are turned.
  int64_t rotaryDim() const { return static_cast<int64_t>(static_cast<double>(headDim) * partialRotaryFactor); }
  /// Sliding layers have positions of their own.
  bool usesLocalRope(int64_t layer) const { return localRope && windowOf(layer); }
  /// Of one layer; nullopt where it sees everything before it.
  std::optional<int64_t> windowOf(int64_t layer) const;
  bool isMixture(int64_t layer) const { return experts.count > 0 && (experts.layers.empty() || experts.layers[static_cast<size_t>(layer)]); }
  int64_t mixtureLayers() const;
  int64_t parameters() const; // of a model of this shape, tied weights counted once
  /// Those that one token is computed with: without the experts that were not chosen.
  int64_t activeParameters() const;
};

/// Validates everything (robustness.md §2 "model folder"); throws REJ:CONFIG_… with field, value and limit. An architecture or
/// rope type Lathe does not know is Unsupported and named.
ModelConfig parseModelConfig(const Json& json);
/// The same, but what Lathe does not run is described: `unsupported` says why instead of a throw. Broken values still throw.
ModelConfig describeModelConfig(const Json& json);
/// `folder`/config.json, or the metadata of a GGUF file.
ModelConfig readModelConfig(const std::string& folder);
/// As transformers writes it for this architecture (older key style, which every version reads).
Json modelConfigToJson(const ModelConfig& config);

} // namespace lathe::io
