// SPDX-License-Identifier: Apache-2.0
#include "core/nn/decoder_layer.h"

#include "core/ops/checks.h"

#include <ATen/ATen.h>

namespace lathe::nn {

namespace {
at::Tensor asHeads(const at::Tensor& x, int64_t heads, int64_t headDim) { return x.view({x.size(0), heads, headDim}); }
at::Tensor asRows(const at::Tensor& x) { return x.view({x.size(0), -1}); }
at::Tensor typed(const at::Tensor& x32, const at::Tensor& like) { return x32.scalar_type() == like.scalar_type() ? x32 : x32.to(like.scalar_type()); }
uint64_t nbytes(const at::Tensor& t) { return t.defined() ? static_cast<uint64_t>(t.nbytes()) : 0; }
} // namespace

uint64_t LayerStash::bytes() const {
  return nbytes(input) + nbytes(q) + nbytes(k) + nbytes(v) + nbytes(attended.out) + nbytes(attended.lse) + nbytes(middle) + nbytes(gate) + nbytes(up);
}

bool DecoderLayer::trains() const {
  for (const Linear* linear : linears())
    if (linear->trains())
      return true;
  return inputNorm.grad.defined() || postNorm.grad.defined();
}

DecoderLayer::Projected DecoderLayer::project(const at::Tensor& x, const LayerContext& context) const {
  const LinearInput in(ops::rmsNorm(x, inputNorm.weight, norm, false).y);
  Projected out{asHeads(q.forward(in, context.call), attention.heads, attention.headDim), asHeads(k.forward(in, context.call), attention.kvHeads, attention.headDim),
                asHeads(v.forward(in, context.call), attention.kvHeads, attention.headDim)};
  ops::applyRotary(out.q, context.angles);
  ops::applyRotary(out.k, context.angles);
  return out;
}

at::Tensor DecoderLayer::attend(const at::Tensor& x, const at::Tensor& attended, const LayerContext& context) const {
  return o.forward(LinearInput(asRows(attended)), context.call).add_(x);
}

void DecoderLayer::expand(const at::Tensor& middle, const LayerContext& context, at::Tensor& gateOut, at::Tensor& upOut) const {
  const LinearInput in(ops::rmsNorm(middle, postNorm.weight, norm, false).y);
  gateOut = gate.forward(in, context.call);
  upOut = up.forward(in, context.call);
}

at::Tensor DecoderLayer::feedForward(const at::Tensor& middle, const LayerContext& context, LayerStash* stash) const {
  at::Tensor g, u;
  expand(middle, context, g, u);
  const at::Tensor h = ops::gated(g, u, activation);
  if (stash) {
    stash->gate = g;
    stash->up = u;
  }
  return down.forward(LinearInput(h), context.call).add_(middle);
}

at::Tensor DecoderLayer::forward(const at::Tensor& x, const LayerContext& context, LayerStash* stash) const {
  Projected p = project(x, context);
  ops::AttentionResult attended = ops::attentionForward(p.q, p.k, p.v, context.cuSeqlens, attention);
  const at::Tensor middle = attend(x, attended.out, context);
  if (stash) {
    stash->input = x;
    stash->q = p.q;
    stash->k = p.k;
    stash->v = p.v;
    stash->attended = attended;
    stash->middle = middle;
  }
  return feedForward(middle, context, stash);
}

void DecoderLayer::recompute(LayerStash& stash, const LayerContext& context) const {
  Projected p = project(stash.input, context);
  stash.attended = ops::attentionForward(p.q, p.k, p.v, context.cuSeqlens, attention);
  stash.q = p.q;
  stash.k = p.k;
  stash.v = p.v;
  stash.middle = attend(stash.input, stash.attended.out, context);
  expand(stash.middle, context, stash.gate, stash.up);
}

at::Tensor DecoderLayer::backwardFeedForward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash) {
  const ops::Normed n = ops::rmsNorm(stash.middle, postNorm.weight, norm, true);
  const at::Tensor dy32 = ops::floatOf(dy);
  at::Tensor dh32 = at::empty({dy.size(0), down.storage->columns()}, dy32.options());
  multiplyBackward(*down.storage, dy32, dh32, false);
  // The gradients of down's adapters need its input, which exists only after the gate's backward; dX is needed before it.
  for (const Linear::Use& use : down.active)
    ops::loraBackward(dy32, dh32, use.module->weights, use.module->scaling * use.strength, Linear::dropoutOf(*use.module, context.call), {}, {}, dh32);
  at::Tensor dh = typed(dh32, dy);
  ops::gatedBackward(dh, stash.gate, stash.up, activation);
  if (down.trains())
    down.backward(dy32, LinearInput(dh), context.call, {}, false);
  const LinearInput in(n.y);
  at::Tensor dn32 = at::empty({dy.size(0), gate.storage->columns()}, dy32.options());
  gate.backward(ops::floatOf(stash.gate), in, context.call, dn32, false);
  up.backward(ops::floatOf(stash.up), in, context.call, dn32, true);
  return ops::rmsNormBackward(typed(dn32, dy), stash.middle, postNorm.weight, n.rstd, norm, dy, postNorm.grad);
}

at::Tensor DecoderLayer::backwardAttention(const at::Tensor& dMiddle, const LayerContext& context, LayerStash& stash, bool needInput) {
  const at::Tensor dMiddle32 = ops::floatOf(dMiddle);
  const bool below = needInput || q.trains() || k.trains() || v.trains() || inputNorm.grad.defined();
  at::Tensor dOut32 = below ? at::empty({dMiddle.size(0), o.storage->columns()}, dMiddle32.options()) : at::Tensor();
  if (below || o.trains())
    o.backward(dMiddle32, LinearInput(asRows(stash.attended.out)), context.call, dOut32, false);
  if (!below)
    return {};
  const at::Tensor dOut = typed(dOut32, dMiddle);
  ops::AttentionGradients grads = ops::attentionBackward(asHeads(dOut, attention.heads, attention.headDim), stash.q, stash.k, stash.v, stash.attended, context.cuSeqlens, attention);
  ops::applyRotary(grads.dq, context.angles, true);
  ops::applyRotary(grads.dk, context.angles, true);
  const bool throughNorm = needInput || inputNorm.grad.defined();
  const ops::Normed n = ops::rmsNorm(stash.input, inputNorm.weight, norm, true);
  const LinearInput in(n.y);
  at::Tensor dn32 = throughNorm ? at::empty(stash.input.sizes(), dMiddle32.options()) : at::Tensor();
  q.backward(ops::floatOf(asRows(grads.dq)), in, context.call, dn32, false);
  k.backward(ops::floatOf(asRows(grads.dk)), in, context.call, dn32, true);
  v.backward(ops::floatOf(asRows(grads.dv)), in, context.call, dn32, true);
  if (!throughNorm)
    return {};
  return ops::rmsNormBackward(typed(dn32, dMiddle), stash.input, inputNorm.weight, n.rstd, norm, dMiddle, inputNorm.grad);
}

at::Tensor DecoderLayer::backward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash, bool needInput) {
  const at::Tensor dMiddle = backwardFeedForward(dy, context, stash);
  return backwardAttention(dMiddle, context, stash, needInput);
}

at::Tensor DecoderLayer::forwardCached(const at::Tensor& x, const LayerContext& context, ops::PagedKeys& cache, const at::Tensor& slots) const {
  const Projected p = project(x, context);
  cache.keys.view({-1, attention.kvHeads, attention.headDim}).index_copy_(0, slots, p.k);
  cache.values.view({-1, attention.kvHeads, attention.headDim}).index_copy_(0, slots, p.v);
  const at::Tensor out = ops::attentionCached(p.q, cache, context.cuSeqlens, attention);
  return feedForward(attend(x, out, context), context, nullptr);
}

} // namespace lathe::nn
