// SPDX-License-Identifier: Apache-2.0
#include "core/nn/decoder_layer.h"

#include "core/ops/checks.h"
#include "core/ops/memory_scope.h"

#include <ATen/ATen.h>

namespace lathe::nn {

namespace {
at::Tensor asHeads(const at::Tensor& x, int64_t heads, int64_t headDim) { return x.view({x.size(0), heads, headDim}); }
at::Tensor asRows(const at::Tensor& x) { return x.view({x.size(0), -1}); }
at::Tensor typed(const at::Tensor& compute, const at::Tensor& like) { return compute.scalar_type() == like.scalar_type() ? compute : compute.to(like.scalar_type()); }
uint64_t stashBytes(const at::Tensor& t) { return t.defined() ? static_cast<uint64_t>(t.nbytes()) : 0; }
uint64_t stashBytes(const Columns& c) {
  uint64_t sum = 0;
  for (const at::Tensor& t : c.member)
    sum += stashBytes(t);
  return sum;
}

/// One gradient as a group's columns.
Columns alone(const at::Tensor& dy) { return {dy, {dy}}; }

} // namespace

uint64_t LayerStash::bytes() const {
  uint64_t sum = stashBytes(input) + stashBytes(qkv) + stashBytes(attended.out) + stashBytes(attended.lse) + stashBytes(middle) + stashBytes(gateUp);
  for (const at::Tensor& t : low)
    sum += stashBytes(t);
  return sum;
}

bool DecoderLayer::trains() const {
  for (const Linear* linear : linears())
    if (linear->trains())
      return true;
  return inputNorm.grad.defined() || postNorm.grad.defined() || qNorm.grad.defined() || kNorm.grad.defined();
}

DecoderLayer::Heads DecoderLayer::headsOf(const Columns& qkv) const {
  return {asHeads(qkv.member[0], attention.heads, attention.headDim), asHeads(qkv.member[1], attention.kvHeads, attention.headDim),
          asHeads(qkv.member[2], attention.kvHeads, attention.headDim)};
}

void DecoderLayer::rotate(Heads& heads, const LayerContext& context, bool inverse) const {
  const at::Tensor &q = heads.q, &k = heads.k;
  if (!q.is_cpu() && k.storage().is_alias_of(q.storage()) && k.stride(0) == q.stride(0) && k.storage_offset() == q.storage_offset() + attention.heads * attention.headDim) {
    at::Tensor both = q.as_strided({q.size(0), attention.heads + attention.kvHeads, attention.headDim}, q.strides(), q.storage_offset()); // side by side: one pass
    return ops::applyRotary(both, context.angles, inverse);
  }
  ops::applyRotary(heads.q, context.angles, inverse);
  ops::applyRotary(heads.k, context.angles, inverse);
}

DecoderLayer::Heads DecoderLayer::prepared(const Columns& qkv, const LayerContext& context) const {
  Heads heads = headsOf(qkv);
  if (qNorm.weight.defined())
    heads = {ops::rmsNorm(heads.q.contiguous(), qNorm.weight, norm, false).y, ops::rmsNorm(heads.k.contiguous(), kNorm.weight, norm, false).y, heads.v};
  rotate(heads, context, false);
  return heads;
}

DecoderLayer::Heads DecoderLayer::project(const Flow& in, const LayerContext& context, LayerStash* stash) const {
  const LinearGroup qkvs = qkvGroup(context, in.x);
  const at::Tensor normed = in.normed.defined() ? in.normed : ops::rmsNorm(in.x, inputNorm.weight, norm, false, qkvs.inputPlace(in.x.size(0), in.x.options())).y;
  const Columns qkv = qkvs.forward(LinearInput(normed), stash ? &stash->low[0] : nullptr, stash != nullptr);
  if (stash)
    stash->qkv = qkv;
  return prepared(qkv, context);
}

Flow DecoderLayer::attend(const at::Tensor& x, const at::Tensor& attended, const LayerContext& context, LayerStash* stash) const {
  const at::Tensor out = outGroup(context, x).forward(LinearInput(asRows(attended)), stash ? &stash->low[1] : nullptr, stash != nullptr).member[0];
  const ops::SummedNorm both = ops::addRmsNorm(out, x, postNorm.weight, norm, false, gateUpGroup(context, x).inputPlace(x.size(0), x.options()));
  return {both.sum, both.y};
}

Columns DecoderLayer::expand(const Flow& middle, const LayerContext& context, at::Tensor* low) const {
  return gateUpGroup(context, middle.x).forward(LinearInput(middle.normed), low, low != nullptr);
}

Flow DecoderLayer::feedForward(const Flow& middle, const LayerContext& context, LayerStash* stash, const DecoderLayer* next) const {
  at::Tensor y;
  {
    const Columns gateUp = expand(middle, context, stash ? &stash->low[2] : nullptr);
    if (stash)
      stash->gateUp = gateUp;
    const LinearGroup downs = downGroup(context, middle.x);
    const LinearInput h(ops::gated(gateUp.member[0], gateUp.member[1], activation, downs.inputPlace(middle.x.size(0), gateUp.member[0].options())));
    y = downs.forward(h, nullptr, context.call.training).member[0]; // the next layer's input
  }
  if (!next)
    return {y.add_(middle.x), {}};
  const ops::SummedNorm both =
      ops::addRmsNorm(y, middle.x, next->inputNorm.weight, norm, false, next->qkvGroup(context, y).inputPlace(y.size(0), y.options()));
  return {both.sum, both.y};
}

ops::AttentionResult DecoderLayer::attended(const Heads& heads, const LayerContext& context, bool kept) const {
  const ops::MemoryScope scope(ops::MemoryCategory::Stash, kept);
  return ops::attentionForward(heads.q, heads.k, heads.v, context.sequences, attention);
}

Flow DecoderLayer::forward(const Flow& in, const LayerContext& context, LayerStash* stash, const DecoderLayer* next) const {
  const Heads heads = project(in, context, stash);
  const ops::AttentionResult attended = this->attended(heads, context, stash != nullptr);
  const Flow middle = attend(in.x, attended.out, context, stash);
  if (stash) {
    stash->input = in.x;
    stash->attended = attended;
    stash->middle = middle.x;
  }
  return feedForward(middle, context, stash, next);
}

void DecoderLayer::recompute(LayerStash& stash, const LayerContext& context) const {
  const Heads heads = project({stash.input, {}}, context, &stash);
  stash.attended = attended(heads, context, true);
  const Flow middle = attend(stash.input, stash.attended.out, context, &stash);
  stash.middle = middle.x;
  stash.gateUp = expand(middle, context, &stash.low[2]);
}

at::Tensor DecoderLayer::backwardFeedForward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash) const {
  const ops::Normed n = ops::rmsNorm(stash.middle, postNorm.weight, norm, true);
  const LinearGroup downs = downGroup(context, dy), gateUps = gateUpGroup(context, dy);
  const Columns dyColumns = alone(ops::computeOf(dy));
  {
    at::Tensor dhCompute = at::empty({dy.size(0), down.storage->columns()}, dyColumns.all.options());
    const at::Tensor dLow = downs.backwardInput(dyColumns, dhCompute);
    at::Tensor dh = typed(dhCompute, dy);
    dhCompute.reset();
    ops::gatedBackward(dh, stash.gateUp.member[0], stash.gateUp.member[1], activation);
    // The gradients of down's own matrices need its input, which exists only now: dh has become it.
    if (downs.trains())
      downs.backwardWeights(dyColumns, LinearInput(dh), {}, dLow);
  }
  at::Tensor dn = at::empty({dy.size(0), gate.storage->columns()}, dyColumns.all.options());
  gateUps.backward(stash.gateUp, LinearInput(n.y), stash.low[2], dn);
  return ops::rmsNormBackward(typed(dn, dy), stash.middle, postNorm.weight, n.rstd, norm, dy, postNorm.grad);
}

Columns DecoderLayer::backwardHeads(const at::Tensor& dOut, const LayerContext& context, LayerStash& stash, const LinearGroup& group) const {
  const bool normed = qNorm.weight.defined();
  const Heads heads = normed ? prepared(stash.qkv, context) : headsOf(stash.qkv);
  Columns out = group.isFused() ? group.columns(dOut.size(0), dOut.options()) : Columns{};
  ops::AttentionGradients into;
  if (group.isFused()) {
    const Heads places = headsOf(out);
    into = normed ? ops::AttentionGradients{at::empty_like(heads.q), at::empty_like(heads.k), places.v} : ops::AttentionGradients{places.q, places.k, places.v};
  }
  const ops::AttentionGradients grads =
      ops::attentionBackward(asHeads(dOut, attention.heads, attention.headDim), heads.q, heads.k, heads.v, stash.attended, context.sequences, attention, into);
  Heads d{grads.dq, grads.dk, grads.dv};
  rotate(d, context, true);
  if (normed) {
    const Heads raw = headsOf(stash.qkv);
    const auto through = [&](const at::Tensor& dy, const at::Tensor& x, const Norm& head) {
      const at::Tensor rows = x.contiguous();
      return ops::rmsNormBackward(dy, rows, head.weight, ops::rmsNorm(rows, head.weight, norm, true).rstd, norm, {}, head.grad);
    };
    d.q = through(d.q, raw.q, qNorm);
    d.k = through(d.k, raw.k, kNorm);
  }
  if (!group.isFused())
    return {{}, {asRows(d.q), asRows(d.k), asRows(d.v)}};
  if (normed) {
    out.member[0].copy_(asRows(d.q));
    out.member[1].copy_(asRows(d.k));
  }
  return out;
}

at::Tensor DecoderLayer::backwardAttention(const at::Tensor& dMiddle, const LayerContext& context, LayerStash& stash, bool needInput) const {
  const at::Tensor dCompute = ops::computeOf(dMiddle);
  const LinearGroup outs = outGroup(context, dMiddle), qkvs = qkvGroup(context, dMiddle);
  const bool below = needInput || qkvs.trains() || inputNorm.grad.defined() || qNorm.grad.defined() || kNorm.grad.defined();
  at::Tensor dOut = below ? at::empty({dMiddle.size(0), o.storage->columns()}, dCompute.options()) : at::Tensor();
  if (below || outs.trains())
    outs.backward(alone(dCompute), LinearInput(asRows(stash.attended.out)), stash.low[1], dOut);
  if (!below)
    return {};
  dOut = typed(dOut, dMiddle);
  const Columns dqkv = backwardHeads(dOut, context, stash, qkvs);
  const bool throughNorm = needInput || inputNorm.grad.defined();
  const ops::Normed n = ops::rmsNorm(stash.input, inputNorm.weight, norm, true);
  at::Tensor dn = throughNorm ? at::empty(stash.input.sizes(), dCompute.options()) : at::Tensor();
  qkvs.backward(dqkv, LinearInput(n.y), stash.low[0], dn);
  if (!throughNorm)
    return {};
  return ops::rmsNormBackward(typed(dn, dMiddle), stash.input, inputNorm.weight, n.rstd, norm, dMiddle, inputNorm.grad);
}

at::Tensor DecoderLayer::backward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash, bool needInput) const {
  const at::Tensor dMiddle = backwardFeedForward(dy, context, stash);
  stash.gateUp = {};
  return backwardAttention(dMiddle, context, stash, needInput);
}

Flow DecoderLayer::forwardCached(const Flow& in, const LayerContext& context, ops::PagedKeys& cache, const at::Tensor& slots, const DecoderLayer* next) const {
  const Heads heads = project(in, context, nullptr);
  if (slots.defined()) {
    cache.keys.view({-1, attention.kvHeads, attention.headDim}).index_copy_(0, slots, heads.k);
    cache.values.view({-1, attention.kvHeads, attention.headDim}).index_copy_(0, slots, heads.v);
  } else {
    ops::appendKeys(heads.k, heads.v, cache, cache.kvLengthsDevice);
  }
  const at::Tensor out = ops::attentionCached(heads.q, cache, context.sequences, attention);
  return feedForward(attend(in.x, out, context, nullptr), context, nullptr, next);
}

} // namespace lathe::nn
