// SPDX-License-Identifier: Apache-2.0
// One Llama decoder layer: x + O(attention(norm(x))), then that + down(act(gate(norm)) · up(norm)), with an explicit backward.
#pragma once

#include "core/nn/linear.h"
#include "core/ops/attention.h"
#include "core/ops/gated.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"

#include <array>

namespace lathe::nn {

struct Norm {
  std::string path;
  at::Tensor weight; // float32 [hidden]
  at::Tensor grad;   // float32; defined while trained
};

struct LayerContext {
  ops::RotaryAngles angles;
  at::Tensor cuSeqlens; // int32, CPU
  CallContext call;
};

/// What a layer keeps for its backward. Norm outputs and the gated product are computed again. Bytes: plan::layerStashBytes.
struct LayerStash {
  at::Tensor input;           // [T, hidden]
  at::Tensor q, k, v;         // [T, heads, headDim] after rotation; [T, kvHeads, headDim]
  ops::AttentionResult attended; // out [T, heads, headDim], lse float32 [T, heads]
  at::Tensor middle;          // [T, hidden] after the attention's residual
  at::Tensor gate, up;        // [T, intermediate]
  uint64_t bytes() const;
};

class DecoderLayer {
public:
  Norm inputNorm, postNorm;
  Linear q, k, v, o, gate, up, down;
  ops::AttentionOptions attention;
  ops::NormOptions norm;
  ops::GateActivation activation = ops::GateActivation::Silu;

  std::array<Linear*, 7> linears() { return {&q, &k, &v, &o, &gate, &up, &down}; }
  std::array<const Linear*, 7> linears() const { return {&q, &k, &v, &o, &gate, &up, &down}; }
  bool trains() const;

  /// Output [T, hidden]; fills `stash` where given.
  at::Tensor forward(const at::Tensor& x, const LayerContext& context, LayerStash* stash) const;
  /// Fills everything but `input` again, with the same operations as forward().
  void recompute(LayerStash& stash, const LayerContext& context) const;
  /// Gradient of the input (undefined unless `needInput`). Uses the stash up: its gate and up are overwritten.
  at::Tensor backward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash, bool needInput);
  /// The same layer against a cache: stores the new keys and values at `slots` (int64 [T]) of the pools, then attends.
  at::Tensor forwardCached(const at::Tensor& x, const LayerContext& context, ops::PagedKeys& cache, const at::Tensor& slots) const;

private:
  struct Projected {
    at::Tensor q, k, v;
  };
  Projected project(const at::Tensor& x, const LayerContext& context) const;
  at::Tensor attend(const at::Tensor& x, const at::Tensor& attended, const LayerContext& context) const;
  at::Tensor feedForward(const at::Tensor& middle, const LayerContext& context, LayerStash* stash) const;
  void expand(const at::Tensor& middle, const LayerContext& context, at::Tensor& gateOut, at::Tensor& upOut) const;
  at::Tensor backwardFeedForward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash);
  at::Tensor backwardAttention(const at::Tensor& dMiddle, const LayerContext& context, LayerStash& stash, bool needInput);
};

} // namespace lathe::nn
