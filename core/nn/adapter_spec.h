// SPDX-License-Identifier: Apache-2.0
// Which modules a LoRA adapter covers and how: PEFT's LoraConfig without its regular expressions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lathe::nn {

struct AdapterSpec {
  int64_t r = 16;
  double alpha = 32;
  double dropout = 0;  // on the adapter's input, while training
  bool rslora = false; // scaling alpha / √r instead of alpha / r
  bool dora = false;   // Unsupported for now
  std::vector<std::string> targetModules;  // "all-linear", or names that equal a module's path or its last parts ("q_proj")
  std::vector<int64_t> layersToTransform;  // empty = all
  std::vector<std::string> excludeModules; // matched like targetModules
  std::map<std::string, int64_t> rankPattern; // matched like targetModules
  std::map<std::string, double> alphaPattern;
  std::vector<std::string> modulesToSave; // Unsupported for now when not empty

  /// Whether PEFT would put an adapter on the module "model.layers.N.….q_proj" of layer N.
  bool covers(const std::string& module, int64_t layer) const;
  int64_t rankOf(const std::string& module) const;
  double scalingOf(const std::string& module) const;
};

/// Throws Usage naming every problem (rank, dropout range, unsupported options).
void validate(const AdapterSpec& spec);

} // namespace lathe::nn
