// SPDX-License-Identifier: Apache-2.0
// A feed-forward part made of experts (Mixtral, Qwen 3 MoE): a router chooses k gated MLPs for every token and adds what they make, weighted. The rows of a batch
// are sorted by expert, so each expert computes the tokens that chose it and no others. How many those are the host must know: on a GPU it waits for the
// router once a layer, which is why such models are not recorded into graphs.
#pragma once

#include "core/nn/linear_group.h"
#include "core/ops/gated.h"

#include <vector>

namespace lathe::nn {

/// Which experts compute what. T tokens, k experts for each; a "pair" is t · k + j, the j-th choice of token t.
struct Routing {
  at::Tensor probabilities;   // float32 [T, experts]
  at::Tensor chosen;          // int64 [T, k], by falling probability
  at::Tensor weights;         // float32 [T, k]
  at::Tensor order;           // int64 [T · k]: pairs sorted by expert, then token
  at::Tensor place;           // int64 [T · k]: where in that order a pair stands
  std::vector<int64_t> begin; // [experts + 1]: expert e has begin[e] … begin[e + 1] − 1 of the order
  int64_t rowsOf(size_t expert) const { return begin[expert + 1] - begin[expert]; }
};

/// What a mixture keeps for its backward beside its input. Bytes: plan::mixtureStashBytes.
struct MixtureStash {
  Routing routing;
  std::vector<Columns> gateUp; // per expert [rows, intermediate] each; undefined without rows
  uint64_t bytes() const;
};

class Mixture {
public:
  struct Expert {
    Linear gate, up, down;
  };
  Linear router; // [experts, hidden]
  std::vector<Expert> experts;
  int64_t perToken = 2;
  bool normalized = true; // the weights of the chosen experts sum to 1
  ops::GateActivation activation = ops::GateActivation::Silu;
  at::Device device = at::kCPU; // for which its groups compute

  std::vector<Linear*> linears();
  std::vector<std::vector<Linear*>> groups();

  /// x [T, hidden] as the layer's norm made it. Fills `stash` where given.
  at::Tensor forward(const at::Tensor& x, const CallContext& call, MixtureStash* stash) const;
  /// Fills `stash` again, with the same operations.
  void recompute(const at::Tensor& x, const CallContext& call, MixtureStash& stash) const;
  /// dMade [T, hidden] in the compute type → gradient of x in the compute type. Uses the stash up.
  at::Tensor backward(const at::Tensor& dMade, const at::Tensor& x, const CallContext& call, MixtureStash& stash) const;

  /// Softmax over all experts, then the k most probable ones in the order of torch.topk.
  Routing route(const at::Tensor& x, const CallContext& call) const;

private:
  LinearGroup routerGroup(const CallContext& call) const { return {{&router}, call, device}; }
  LinearGroup gateUpOf(size_t expert, const CallContext& call) const { return {{&experts[expert].gate, &experts[expert].up}, call, device}; }
  LinearGroup downOf(size_t expert, const CallContext& call) const { return {{&experts[expert].down}, call, device}; }
  at::Tensor tokensOf(const Routing& routing) const;
  /// Σ over each token's choices of the rows made for them, times `weights` where defined; float32 [T, hidden].
  at::Tensor gather(const at::Tensor& rows, const Routing& routing, const at::Tensor& weights) const;
  /// One expert: rows and dRows of its own tokens; returns the gradient of the pairs' weights, writes that of its rows.
  at::Tensor backwardExpert(size_t expert, const at::Tensor& rows, const at::Tensor& dRows, const at::Tensor& weights, const CallContext& call, Columns& gateUp, at::Tensor dx) const;
  /// dWeights float32 [T, k] → gradient of the router's outputs, float32 [T, experts].
  at::Tensor backwardChoice(const at::Tensor& dWeights, const Routing& routing) const;
};

} // namespace lathe::nn
