// SPDX-License-Identifier: Apache-2.0
// What a Model holds; shared by the units that implement it.
#pragma once

#include "core/io/model_folder.h"
#include "core/nn/decoder_layer.h"
#include "core/nn/input_offload.h"
#include "core/nn/model.h"
#include "core/ops/checks.h"
#include "core/ops/cross_entropy.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <optional>

namespace lathe::nn {

struct Step;

struct Adapter {
  AdapterSpec spec;
  std::map<std::string, std::unique_ptr<LoraModule>> modules; // by module path
  /// Every matrix, float32 [n]: layer by layer, of q·k·v, o, gate·up and down first all A, then all B, so that a group's matrices lie together.
  at::Tensor masters;
  at::Tensor values; // the same in the compute type; the same memory where that is float32
};

struct Model::State {
  io::ModelConfig config;
  Compute dtype = Compute::Float32;
  at::Device device = at::kCPU;

  std::shared_ptr<WeightStorage> embedding; // [vocab, hidden]
  at::Tensor gradEmbedding;                 // also the head's where they are tied
  std::vector<DecoderLayer> layers;
  Norm finalNorm;
  Linear head;
  /// Positions of all layers, and of the sliding ones where those have their own.
  struct Rotary {
    ops::RotaryOptions options;
    at::Tensor frequencies;
  };
  std::vector<Rotary> rotary;
  double embeddingScale = 1; // the configuration's, rounded to the model's type as the reference does

  std::map<std::string, Adapter> adapters;
  std::vector<ActiveAdapter> active;

  std::optional<std::string> trained; // adapter name, "" = everything
  std::vector<Parameter> parameters;
  at::Tensor flatMaster, flatGrad;
  uint64_t stashPeak = 0, workspacePeak = 0;
  std::unique_ptr<InputOffload> offload; // made when a policy asks for it

  at::ScalarType scalarType() const { return dtype == Compute::Float32 ? at::kFloat : at::kBFloat16; }
  /// Every linear layer with its layer number (−1 for the head is not among them).
  void forEachLinear(const std::function<void(Linear&, int64_t layer)>& visit);
  std::map<std::string, std::pair<Linear*, int64_t>, std::less<>> linearsByPath; // filled by findLinear
  Linear* findLinear(const std::string& path, int64_t* layer = nullptr);

  /// Layers, norms and paths without weights.
  void build(const io::ModelConfig& modelConfig, Compute compute, at::Device where);
  void buildLayer(DecoderLayer& layer, int64_t index);
  void buildMixture(DecoderLayer& layer, const std::string& prefix);
  /// Memory for every weight, not initialized; the weights of a group as rows of one matrix, on a GPU with room for an adapter of this rank on every
  /// layer (0: none). Weights whose storage is there already (packed ones) are left alone.
  void allocate(int64_t adapterRank = 0);
  /// Of the weights, room included.
  uint64_t weightBytes(int64_t adapterRank);
  at::Tensor allocateGroup(const std::vector<Linear*>& members, const std::vector<int64_t>& rows, int64_t columns, int64_t adapterRank);
  /// Every weight by its Hugging Face name and shape; `set` is given the tensor in the model's type (norms and biases float32).
  struct Slot {
    std::string name;
    std::vector<int64_t> shape;
    at::ScalarType type;
    std::function<void(at::Tensor)> set;
    std::function<at::Tensor()> get;
    std::function<void(at::Tensor)> setGrad;
    bool decay;
    std::shared_ptr<WeightStorage>* storage = nullptr; // of a matrix
    /// The matrix stays packed: get() is undefined.
    bool isPacked() const { return storage && *storage && !(*storage)->dense().defined(); }
  };
  std::vector<Slot> slots();
  static void readPackedSlots(const io::ModelFolder& folder, const std::vector<Slot>& slots, const std::function<void(uint64_t bytes)>& advance);

  at::ScalarType computeType() const { return ops::computeType(scalarType(), device); }
  /// `before` (int32 [n], the model's device): tokens of each sequence in the cache.
  LayerContext context(const Batch& batch, bool training, const at::Tensor& before = {}) const;
  std::array<ops::RotaryAngles, 2> anglesOf(const at::Tensor& positions, const at::Tensor& lengths) const;
  bool positionsDependOnLength() const;
  at::Tensor embed(const at::Tensor& tokens) const;
  ops::NormOptions normOptions() const { return {config.rmsNormEps, config.normOffset}; }
  ops::Head headFunctions(bool training);
  /// Hidden state before the final norm.
  at::Tensor runLayers(const Batch& batch, const LayerContext& context, std::vector<at::Tensor>* hidden) const;
  at::Tensor forwardStashed(const Batch& batch, Step& step);
  at::Tensor backwardHead(const at::Tensor& x, const Batch& batch, double gradScale, at::Tensor& lossSum);
  at::Tensor backwardStashed(at::Tensor dx, Step& step);
  bool offloads(const Step& step, size_t layer) const;
  at::Tensor logitsOf(const at::Tensor& normed) const;
  void applyActive();
  /// Puts an adapter's matrices into its flat buffers.
  void layOut(Adapter& adapter);
  std::vector<LoraModule*> modulesInOrder(Adapter& adapter, std::vector<std::string>* paths = nullptr);
  const DecoderLayer* layerAfter(size_t layer) const { return layer + 1 < layers.size() ? &layers[layer + 1] : nullptr; }
  /// The trained adapter's matrices beside the weights where there is room; none for an empty name.
  void holdAdapter(const std::string& name);
  void trainAdapter(const std::string& name);
  void trainEverything();
  void stopTraining();
};

} // namespace lathe::nn
