// SPDX-License-Identifier: Apache-2.0
// A linear layer: a weight storage, a bias where the model has one, and the adapters that are active on it.
#pragma once

#include "core/nn/weight_storage.h"
#include "core/ops/lora.h"

#include <string>
#include <vector>

namespace lathe::nn {

/// LoRA of one adapter on one linear layer.
struct LoraModule {
  ops::LoraWeights weights;
  at::Tensor gradA, gradB; // defined while this adapter is trained
  double scaling = 1, dropout = 0;
  uint64_t key = 0; // of its dropout masks
};

/// What holds for one call.
struct CallContext {
  bool training = false; // dropout on
  uint64_t dropoutCounter = 0;
};

/// The input of a layer in the model's type and in float32 (one tensor in float32 models).
struct LinearInput {
  at::Tensor x, x32;
  explicit LinearInput(const at::Tensor& input);
};

class Linear {
public:
  std::string path; // "model.layers.0.self_attn.q_proj"
  std::shared_ptr<WeightStorage> storage;
  at::Tensor bias;                 // float32 [out]; undefined without
  at::Tensor gradWeight, gradBias; // float32; defined while the layer itself is trained

  struct Use {
    LoraModule* module;
    double strength;
  };
  std::vector<Use> active;

  static ops::Dropout dropoutOf(const LoraModule& module, const CallContext& context);
  bool trains() const;
  bool trainsAdapter() const;
  /// [T, out] in the type of x.
  at::Tensor forward(const LinearInput& in, const CallContext& context) const;
  /// Accumulates into the gradients; dx32 (float32 [T, in]) is overwritten or added to where it is defined.
  void backward(const at::Tensor& dy32, const LinearInput& in, const CallContext& context, at::Tensor dx32, bool accumulate);
};

} // namespace lathe::nn
