// SPDX-License-Identifier: Apache-2.0
// What differs between the decoders that Lathe runs, as data: one entry per model_type of config.json. A new architecture is one entry here and, where
// it has something that no other has, one small block in core/nn (docs/adding-a-model.md).
#pragma once

#include "core/io/config_fields.h"
#include "core/io/model_config.h"

#include <span>
#include <string_view>

namespace lathe::io {

struct Architecture {
  std::string_view modelType; // "llama"
  std::string_view className; // "LlamaForCausalLM"
  std::string_view title;     // for people: "Llama"
  NormPlacement norms = NormPlacement::Before;
  double normOffset = 0;      // norms multiply by offset + weight
  HeadNorms headNorms = HeadNorms::None;
  bool attentionBias = false; // of q, k and v where config.json does not say
  bool outputBias = true;     // o has a bias where q, k and v have one
  bool fusedProjections = false;
  double ropeTheta = 10000;   // where config.json does not say
  /// Reads what only this architecture keeps in config.json; the common fields are set before.
  void (*read)(const ConfigFields& fields, ModelConfig& config) = nullptr;
};

std::span<const Architecture> architectures();
/// nullptr for one that Lathe does not run.
const Architecture* findArchitecture(std::string_view modelType);
/// "Gemma 2, Gemma 3, …" for messages.
std::string architectureTitles();

} // namespace lathe::io
