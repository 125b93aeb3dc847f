// SPDX-License-Identifier: Apache-2.0
// One decoder layer: x + O(attention(norm(x))), then that + down(act(gate(norm)) · up(norm)), with an explicit backward. What architectures differ in is data
// (core/io/architectures.h): which norms exist, before or after a part, of q and k; whether q·k·v and gate·up are one matrix each; scales, windows, positions;
// whether the second part is one MLP or a mixture of experts.
#pragma once

#include "core/nn/mixture.h"
#include "core/ops/attention.h"
#include "core/ops/gated.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"

#include <array>
#include <optional>
#include <vector>

namespace lathe::nn {

struct Norm {
  std::string path;
  at::Tensor weight; // float32 [hidden]
  at::Tensor grad;   // float32; defined while trained
};

struct LayerContext {
  std::array<ops::RotaryAngles, 2> angles; // of the model's positions, and of its sliding layers' where those have their own
  ops::Sequences sequences;
  CallContext call;
};

/// The residual stream between two layers, with the next layer's norm already taken where one pass did both.
struct Flow {
  at::Tensor x;      // [T, hidden]
  at::Tensor normed; // undefined: the layer norms x itself
};

/// What a layer keeps for its backward. Norm outputs and the gated product are computed again. Bytes: plan::layerStashBytes (and on a GPU the
/// adapters' low-rank activations).
struct LayerStash {
  at::Tensor input;  // [T, hidden]
  Columns qkv;       // [T, heads · headDim] …; q and k after rotation, but as projected where heads are normed
  ops::AttentionResult attended; // out [T, heads, headDim], lse float32
  at::Tensor middle; // [T, hidden] after the attention's residual
  Columns gateUp;    // [T, intermediate]
  at::Tensor attentionOut, mlpOut; // [T, hidden] what O and down made, where it is normed
  MixtureStash mixture;          // instead of gateUp
  std::array<at::Tensor, 3> low; // x · Aᵀ of q·k·v, o, gate·up
  uint64_t bytes() const;
};

class DecoderLayer {
public:
  // Undefined weights: no such norm.
  Norm inputNorm, postNorm;          // of what attention and MLP read
  Norm attentionOutNorm, mlpOutNorm; // of what they make
  Norm qNorm, kNorm;                 // [headDim], or the whole projection's width
  Linear q, k, v, o, gate, up, down;
  Linear qkv, gateUp; // instead of q, k, v and gate, up where `fused`
  bool fused = false;
  std::unique_ptr<Mixture> mixture; // instead of gate, up, down where defined
  ops::AttentionOptions attention;
  ops::NormOptions norm;
  ops::GateActivation activation = ops::GateActivation::Silu;
  std::optional<size_t> positions = 0; // which of LayerContext::angles turns q and k; none: they are not turned
  double residualScale = 1;            // of what attention and MLP add

  std::vector<Linear*> linears();
  std::vector<const Linear*> linears() const;
  /// Those outside a mixture.
  std::vector<Linear*> dense();
  /// Layers that read the same input: q·k·v, o, gate·up, down; of a mixture the router, then gate·up and down of each expert.
  std::vector<std::vector<Linear*>> groups();
  /// The norms that exist.
  std::vector<Norm*> norms();
  bool trains() const;

  /// Fills `stash` where given. `next`: the layer that follows; its norm is taken with the last addition.
  Flow forward(const Flow& in, const LayerContext& context, LayerStash* stash, const DecoderLayer* next) const;
  /// Fills everything but `input` again, with the same operations as forward().
  void recompute(LayerStash& stash, const LayerContext& context) const;
  /// Gradient of the input (undefined unless `needInput`). Uses the stash up: its gate and up are overwritten.
  at::Tensor backward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash, bool needInput) const;
  /// The same layer against a cache: stores the new keys and values at `slots` (int64 [T]) of the pools, or, where that is undefined, each sequence's one
  /// token behind cache.kvLengthsDevice; then attends.
  Flow forwardCached(const Flow& in, const LayerContext& context, ops::PagedKeys& cache, const at::Tensor& slots, const DecoderLayer* next) const;

private:
  struct Heads {
    at::Tensor q, k, v; // [T, heads, headDim], as attention wants them
  };
  Heads headsOf(const Columns& qkv) const;
  Columns qkvColumns(const Columns& whole) const;
  Columns gateUpColumns(const Columns& whole) const;
  /// Columns as the group's members.
  Columns asMembers(const Columns& columns) const;
  /// x + what a part made, and the following norm of it.
  Flow join(at::Tensor made, const Norm& own, const at::Tensor& x, const Norm* following, const at::Tensor& place, at::Tensor* kept) const;
  /// Gradient of what a part made; `made`: that, where it is normed.
  at::Tensor backwardJoin(const at::Tensor& dy, const Norm& own, const at::Tensor& made) const;
  /// What the experts make of the tokens; `stash` where a backward follows.
  at::Tensor mixed(const Flow& middle, const LayerContext& context, LayerStash* stash) const;
  at::Tensor contract(const Columns& gateUp, const Flow& middle, const LayerContext& context) const;
  at::Tensor headNorm(const at::Tensor& heads, const Norm& own) const;
  void rotate(Heads& heads, const LayerContext& context, bool inverse) const;
  /// q and k for attention: rotated in place, or normed copies that are rotated.
  Heads prepared(const Columns& qkv, const LayerContext& context) const;
  /// The projections of norm(x), kept in `stash` where given.
  Heads project(const Flow& in, const LayerContext& context, LayerStash* stash) const;
  ops::AttentionResult attended(const Heads& heads, const LayerContext& context, bool kept) const;
  /// x + O(attended), and its norm for the feed-forward part.
  Flow attend(const at::Tensor& x, const at::Tensor& attended, const LayerContext& context, LayerStash* stash) const;
  Columns expand(const Flow& middle, const LayerContext& context, at::Tensor* low) const;
  Flow feedForward(const Flow& middle, const LayerContext& context, LayerStash* stash, const DecoderLayer* next) const;
  /// dMade: gradient of what the part made, in the compute type; returns that of its normed input.
  at::Tensor backwardMlp(const Columns& dMade, const at::Tensor& normed, const LayerContext& context, LayerStash& stash) const;
  at::Tensor backwardFeedForward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash) const;
  at::Tensor backwardAttention(const at::Tensor& dMiddle, const LayerContext& context, LayerStash& stash, bool needInput) const;
  /// dOut [T, heads · headDim] → gradients of the projections' outputs.
  Columns backwardHeads(const at::Tensor& dOut, const LayerContext& context, LayerStash& stash, const LinearGroup& group) const;
  LinearGroup qkvGroup(const LayerContext& context, const at::Tensor& x) const { return fused ? LinearGroup({&qkv}, context.call, x.device()) : LinearGroup({&q, &k, &v}, context.call, x.device()); }
  LinearGroup outGroup(const LayerContext& context, const at::Tensor& x) const { return {{&o}, context.call, x.device()}; }
  LinearGroup gateUpGroup(const LayerContext& context, const at::Tensor& x) const { return fused ? LinearGroup({&gateUp}, context.call, x.device()) : LinearGroup({&gate, &up}, context.call, x.device()); }
  LinearGroup downGroup(const LayerContext& context, const at::Tensor& x) const { return {{&down}, context.call, x.device()}; }
};

} // namespace lathe::nn
