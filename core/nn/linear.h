// SPDX-License-Identifier: Apache-2.0
// A linear layer: a weight storage, a bias where the model has one, and the adapters that are active on it. "Compute type": float32 on
// the CPU whatever the storage, the model's own type on a GPU (core/ops/checks.h).
#pragma once

#include "core/nn/weight_storage.h"
#include "core/ops/lora.h"

#include <string>
#include <vector>

namespace lathe::nn {

/// LoRA of one adapter on one linear layer.
struct LoraModule {
  at::Tensor a, b;           // float32 [r, in] and [out, r]: what is trained, saved and merged; views of Adapter::masters
  ops::LoraWeights weights;  // the same in the compute type; the same memory where that is float32
  at::Tensor gradA, gradB;   // float32; defined while this adapter is trained
  double scaling = 1, dropout = 0;
  uint64_t key = 0; // of its dropout masks
};

/// What holds for one call.
struct CallContext {
  bool training = false; // dropout on
  uint64_t dropoutCounter = 0;
  at::Tensor dropoutCounterDevice = {}; // as Batch's
};

/// The input of a layer in the model's type and in the compute type (one tensor where those are equal).
struct LinearInput {
  at::Tensor x, compute;
  explicit LinearInput(const at::Tensor& input);
};

/// Weights of a group of layers with room for one adapter's matrices beside and below them, so that one GEMM computes both (a GPU only).
struct ConcatWeights {
  at::Tensor all; // [ΣN + R, K + R]: W at [0:ΣN, 0:K], scale · B of every member as blocks at [0:ΣN, K:], A at [ΣN:, 0:K], zeros elsewhere
  int64_t outputs = 0, inputs = 0, room = 0; // ΣN, K, R
  struct Held {
    const LoraModule* module;
    int64_t firstOutput; // of its layer
    double scale;
  };
  std::vector<Held> held; // whose matrices are there, in order of their columns

  /// Takes these modules in where they fit (their Σr ≤ R and no dropout), else holds none.
  void hold(std::vector<Held> modules);
  /// Copies what it holds from the modules' masters. Nobody waits for a device.
  void publish();
};

class Linear {
public:
  std::string path; // "model.layers.0.self_attn.q_proj"
  std::shared_ptr<WeightStorage> storage;
  std::shared_ptr<ConcatWeights> concat; // of its group, where it was made with room for an adapter
  at::Tensor bias;                 // float32 [out]; undefined without
  at::Tensor gradWeight, gradBias; // float32; defined while the layer itself is trained

  struct Use {
    LoraModule* module;
    double strength;
    double scale() const { return module->scaling * strength; }
  };
  std::vector<Use> active;

  static ops::Dropout dropoutOf(const LoraModule& module, const CallContext& context);
  bool trains() const;
  bool trainsAdapter() const;
  /// [T, out] in the type of x.
  at::Tensor forward(const LinearInput& in, const CallContext& context) const;
  /// dy in the compute type. Accumulates into the gradients; dx (compute type [T, in]) is overwritten or added to where it is defined.
  void backward(const at::Tensor& dy, const LinearInput& in, const CallContext& context, at::Tensor dx, bool accumulate) const;
  /// Gradients of weight and bias only.
  void backwardOwn(const at::Tensor& dy, const at::Tensor& x) const;
};

} // namespace lathe::nn
