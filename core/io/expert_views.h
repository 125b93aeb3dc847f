// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: mixtures of experts that a file keeps as one tensor for all experts of a layer, seen as one matrix for each expert under the names that
// most files have (model.layers.N.<block>.experts.E.<gate | up | down>.weight).
#pragma once

#include "core/io/model_config.h"
#include "core/io/tensor_view.h"

#include <vector>

namespace lathe::io {

/// One expert's matrix inside the tensor of all.
struct ExpertSlice {
  std::string name;
  std::vector<int64_t> shape;
  uint64_t offset = 0, bytes = 0;
};

/// As transformers 5 keeps them: …mlp.experts.gate_up_proj [experts, 2 · intermediate, hidden] and …mlp.experts.down_proj [experts, hidden, intermediate]; a router
/// under mlp.gate where the model's name for it is another. Empty for every other tensor. REJ:MODEL_SHAPE where a shape is not the configuration's.
std::vector<ExpertSlice> expertSlices(const TensorView& tensor, const ModelConfig& config);
/// Of one tensor [experts, rows, columns] that holds the gate, up or down of all experts (as GGUF files do); `name`: of the module, "model.layers.0.mlp.experts.gate_proj".
std::vector<ExpertSlice> stackedSlices(const TensorView& tensor, const std::string& name, const ModelConfig& config);

} // namespace lathe::io
