// SPDX-License-Identifier: Apache-2.0
// PEFT adapter folders (adapter_config.json, adapter_model.safetensors), readable and writable both ways (PEFT 0.21).
#pragma once

#include "core/base/json.h"
#include "core/io/safetensors.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lathe::io {

struct AdapterConfig {
  std::string peftType = "LORA"; // "LORA" | "ADALORA"
  std::string taskType = "CAUSAL_LM";
  std::string baseModel; // base_model_name_or_path
  int64_t r = 8;
  double alpha = 8.0; // lora_alpha
  double dropout = 0.0;
  bool allLinear = false;                 // target_modules: "all-linear"
  std::vector<std::string> targetModules; // suffixes; empty with allLinear
  std::vector<std::string> excludeModules;
  std::vector<std::string> modulesToSave;
  std::map<std::string, int64_t> rankPattern;
  std::map<std::string, double> alphaPattern;
  std::vector<int64_t> layersToTransform; // empty = all
  std::vector<std::string> layersPattern; // names before the layer number; empty = "layers" of the model
  bool useRslora = false;
  bool useDora = false;
  std::string bias = "none"; // "none" | "all" | "lora_only"
  std::string initLoraWeights = "true"; // "true", "false", "gaussian", "pissa", "pissa_niter_4", …
  bool fanInFanOut = false;
  bool inferenceMode = true;
  // ADALORA
  int64_t targetR = 8, initR = 12, tinit = 0, tfinal = 0, deltaT = 1;
  double beta1 = 0.85, beta2 = 0.85, orthRegWeight = 0.5;
  std::optional<int64_t> totalStep;
  /// AdaLoRA's saved rank_pattern: module → which of the initR rows are alive.
  std::map<std::string, std::vector<bool>> adaloraRankPattern;
  Json raw; // the file as read; null when made by Lathe. Unknown keys are written back.

  /// alpha / r, or alpha / sqrt(r) with rsLoRA, for a module of this rank and alpha.
  double scaling(int64_t rank, double moduleAlpha) const;
};

/// Validates everything; REJ:ADAPTER_… with field, value and limit. Other methods (IA3, prompt tuning, …) are Unsupported, named.
AdapterConfig parseAdapterConfig(const Json& json);
AdapterConfig readAdapterConfig(const std::string& folder);
/// As PEFT writes it.
Json adapterConfigToJson(const AdapterConfig& config);

struct AdapterFiles {
  std::string folder;
  AdapterConfig config;
  std::shared_ptr<SafetensorsFile> tensors; // names as PEFT writes them: "base_model.model.….lora_A.weight"
  std::vector<std::string> warnings;

  /// Reads the configuration and the header of adapter_model.safetensors. REJ:PICKLE when only adapter_model.bin is there.
  static AdapterFiles open(const std::string& folder);
};

/// Writes adapter_model.safetensors and adapter_config.json (last) into `folder`, which is made when absent.
void writeAdapter(const std::string& folder, const AdapterConfig& config, const std::vector<TensorView>& tensors);

} // namespace lathe::io
