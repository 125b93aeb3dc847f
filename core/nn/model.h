// SPDX-License-Identifier: Apache-2.0
// A Llama-family decoder with explicit forward and backward (no autograd), LoRA adapters and a paged cache.
#pragma once

#include "core/io/model_config.h"
#include "core/nn/adapter_spec.h"
#include "core/nn/batch.h"
#include "core/nn/cache.h"

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::nn {

/// Which layers keep only their input and run their forward again inside the backward. Gradients do not depend on it.
struct RecomputePolicy {
  enum class Kind { None, All, EveryN };
  Kind kind = Kind::None;
  int every = 2; // EveryN: layers 0, N, 2N, … recompute
  bool offload = false; // on a GPU their inputs wait in the host's memory (input_offload.h)
  bool recomputes(int64_t layer) const;
};

struct LoadOptions {
  Compute dtype = Compute::Float32;
  at::Device device = at::kCPU;
  /// On a GPU: weights are laid out with room for one adapter of at most this rank on every layer, so that training it without dropout needs no passes of its
  /// own over activations (64 to 192 columns a matrix). 0: none.
  int64_t adapterRank = 0;
  std::function<void(uint64_t done, uint64_t total)> progress; // bytes of the files
  std::stop_token stop;                                        // Cancelled when it comes
};

struct Parameter {
  std::string name;  // PEFT tensor name for adapters, Hugging Face state-dict name for full training
  at::Tensor value;  // what forward uses, in the model's type on a GPU; shares memory with `master` where both are float32
  at::Tensor master; // float32, a view of Model::flatMaster()
  at::Tensor grad;   // float32, a view of Model::flatGrad()
  bool decay = true; // false for norms and biases, by convention; the optimizer decides
};

struct ActiveAdapter {
  std::string name;
  double strength = 1.0; // times the adapter's own scaling
};

class Model {
public:
  /// Reads a Hugging Face model folder. Refuses missing tensors and wrong shapes (REJ:MODEL_…).
  static std::shared_ptr<Model> load(const std::string& folder, const LoadOptions& options);
  /// Matrices and embeddings normal(0, initializer_range), norms 1, biases 0; a function of the seed only.
  static std::shared_ptr<Model> random(const io::ModelConfig& config, uint64_t seed, Compute dtype, at::Device device);
  /// The same distributions made where the model lives, for benchmarks: billions of numbers in a moment, others than random() makes.
  static std::shared_ptr<Model> randomOnDevice(const io::ModelConfig& config, uint64_t seed, Compute dtype, at::Device device, int64_t adapterRank = 0);
  ~Model();

  const io::ModelConfig& config() const;
  Compute dtype() const;
  at::Device device() const;

  /// A Kaiming-uniform (a = √5) as PEFT, B zero. Does not activate it. Throws when no module matches.
  void addAdapter(const std::string& name, const AdapterSpec& spec, uint64_t seed);
  /// PEFT files; refuses wrong shapes, adapters without a matching module, NaN. Returns the file's spec through adapterSpec().
  void loadAdapter(const std::string& name, const std::string& folder);
  /// adapter_config.json and adapter_model.safetensors with PEFT's names, float32.
  void saveAdapter(const std::string& name, const std::string& folder, const std::string& baseModel = {}) const;
  void removeAdapter(const std::string& name);
  std::vector<std::string> adapters() const;
  const AdapterSpec& adapterSpec(const std::string& name) const;
  /// Which adapters take part in every following call; cheap, nothing is copied.
  void setActiveAdapters(std::vector<ActiveAdapter> active);
  /// W += strength 1 · scaling · B·A, computed in float32, rounded once; the adapter is removed.
  void mergeAdapter(const std::string& name);
  /// model.safetensors (or shards of ≤ 5 GB and an index) and config.json, Hugging Face names.
  void saveModel(const std::string& folder) const;

  /// Chooses what forwardBackward differentiates: an adapter (activated at strength 1 if it is not active), or everything ("").
  /// Allocates one flat float32 gradient buffer, zeroed, and one flat master buffer. Asking again for the same set keeps both.
  std::vector<Parameter> trainable(const std::string& adapterName);
  const at::Tensor& flatMaster() const; // float32 [n]
  const at::Tensor& flatGrad() const;   // float32 [n]; zero it between steps
  /// Call after changing the master values: rounds them into the values where those are bfloat16. Nobody waits for a device.
  void publishMaster();

  struct Loss {
    at::Tensor sum;         // [] float32: Σ cross-entropy over supervised targets, natural logarithm
    int64_t supervised = 0; // number of terms
    at::Tensor perSequence; // [n] float32 mean per sequence, NaN without targets; only on request
    at::Tensor perToken;    // [supervised] float32: of each term, in the order of Batch::supervisedRows; from evaluate() alone
  };
  /// Adds gradScale · d(Σ cross-entropy) to Parameter::grad. Call trainable() first. Dropout is on.
  Loss forwardBackward(const Batch& batch, double gradScale, const RecomputePolicy& policy);
  /// Gives back what a forwardBackward() that threw has left on the device.
  void dropStash();
  /// Dropout is off.
  Loss evaluate(const Batch& batch, bool perSequence = false);

  struct Outputs {
    at::Tensor logits;              // [T, vocab] float32
    std::vector<at::Tensor> hidden; // [T, hidden] each: 0 = embeddings, i = after layer i, last = after the final norm
  };
  Outputs logits(const Batch& batch, bool hidden);

  /// Runs the new tokens of every sequence (cuSeqlens int32 [n + 1], CPU) against the cache, appends their keys and values, advances the
  /// cache and returns logits [n, vocab] float32 of each sequence's last new token. Room must have been reserved.
  at::Tensor forwardCached(const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor& cuSeqlens, CacheView& view);

  /// Whether the angles of a token depend on its sequence's whole length (longrope, dynamic): a prompt is then processed in one piece, as the reference does.
  bool positionsDependOnLength() const;
  /// Whether keys cached while a sequence had `before` tokens are wrong once it has `after` (longrope has other factors from there on).
  bool outgrowsCache(int64_t before, int64_t after) const;

  /// State of n sequences that get one token each, in device memory, so that a recorded graph can serve every step.
  struct DecodeState {
    at::Tensor tokens;     // int64 [n]
    at::Tensor lengths;    // int32 [n]: tokens in the cache, which is the new one's position
    at::Tensor blockTable; // int32 [n, most pages]
    int64_t mostKeys = 0;  // longest length that must be served well
  };
  /// Whether decode() has kernels for this model where it lives. Not for mixtures of experts: the host must learn how many tokens each expert has.
  bool supportsDecode() const;
  /// Whether forwardBackward() reads nothing of a batch on the host but its shape, so that it can be recorded (ops/graph.h).
  bool supportsRecording() const;
  /// Appends the tokens' keys and values and returns logits [n, vocab] float32. Room must have been reserved; lengths and PagedCache::advance are
  /// the caller's. Nobody waits for the device.
  at::Tensor decode(PagedCache& cache, const DecodeState& state);

  /// "weights", "adapters", "gradients", "masters" (where apart from the weights), and of the last forwardBackward "stash" (peak) and
  /// "workspace" (logits chunk and hidden rows of the head).
  std::map<std::string, uint64_t> memoryByCategory() const;

private:
  Model();
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace lathe::nn
