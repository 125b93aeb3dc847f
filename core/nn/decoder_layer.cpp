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

/// One tensor's columns as members.
Columns split(const at::Tensor& all, std::initializer_list<int64_t> widths) {
  Columns out{all, {}};
  int64_t first = 0;
  size_t member = 0;
  for (const int64_t width : widths) {
    out.member[member++] = all.narrow(1, first, width);
    first += width;
  }
  return out;
}

} // namespace

uint64_t LayerStash::bytes() const {
  uint64_t sum = stashBytes(input) + stashBytes(qkv) + stashBytes(attended.out) + stashBytes(attended.lse) + stashBytes(middle) + stashBytes(gateUp) +
                 stashBytes(attentionOut) + stashBytes(mlpOut) + mixture.bytes();
  for (const at::Tensor& t : low)
    sum += stashBytes(t);
  return sum;
}

std::vector<Linear*> DecoderLayer::linears() {
  std::vector<Linear*> out = dense();
  if (mixture) {
    const std::vector<Linear*> own = mixture->linears();
    out.insert(out.end(), own.begin(), own.end());
  }
  return out;
}

std::vector<Linear*> DecoderLayer::dense() {
  if (mixture)
    return {&q, &k, &v, &o};
  if (fused)
    return {&qkv, &o, &gateUp, &down};
  return {&q, &k, &v, &o, &gate, &up, &down};
}

std::vector<const Linear*> DecoderLayer::linears() const {
  const std::vector<Linear*> all = const_cast<DecoderLayer*>(this)->linears();
  return {all.begin(), all.end()};
}

std::vector<std::vector<Linear*>> DecoderLayer::groups() {
  if (mixture) {
    std::vector<std::vector<Linear*>> out = {{&q, &k, &v}, {&o}};
    const std::vector<std::vector<Linear*>> own = mixture->groups();
    out.insert(out.end(), own.begin(), own.end());
    return out;
  }
  if (fused)
    return {{&qkv}, {&o}, {&gateUp}, {&down}};
  return {{&q, &k, &v}, {&o}, {&gate, &up}, {&down}};
}

std::vector<Norm*> DecoderLayer::norms() {
  std::vector<Norm*> out;
  for (Norm* n : {&inputNorm, &postNorm, &attentionOutNorm, &mlpOutNorm, &qNorm, &kNorm})
    if (!n->path.empty())
      out.push_back(n);
  return out;
}

bool DecoderLayer::trains() const {
  for (const Linear* linear : linears())
    if (linear->trains())
      return true;
  for (const Norm* n : {&inputNorm, &postNorm, &attentionOutNorm, &mlpOutNorm, &qNorm, &kNorm})
    if (n->grad.defined())
      return true;
  return false;
}

DecoderLayer::Heads DecoderLayer::headsOf(const Columns& columns) const {
  return {asHeads(columns.member[0], attention.heads, attention.headDim), asHeads(columns.member[1], attention.kvHeads, attention.headDim),
          asHeads(columns.member[2], attention.kvHeads, attention.headDim)};
}

Columns DecoderLayer::qkvColumns(const Columns& whole) const {
  const int64_t wide = attention.heads * attention.headDim, narrow = attention.kvHeads * attention.headDim;
  return fused ? split(whole.member[0], {wide, narrow, narrow}) : whole;
}

Columns DecoderLayer::gateUpColumns(const Columns& whole) const {
  const int64_t inner = whole.member[0].size(1) / 2;
  return fused ? split(whole.member[0], {inner, inner}) : whole;
}

Columns DecoderLayer::asMembers(const Columns& columns) const {
  if (!fused)
    return columns;
  if (columns.all.defined())
    return alone(columns.all);
  std::vector<at::Tensor> members;
  for (const at::Tensor& member : columns.member)
    if (member.defined())
      members.push_back(member);
  return alone(at::cat(members, 1));
}

void DecoderLayer::rotate(Heads& heads, const LayerContext& context, bool inverse) const {
  if (!positions)
    return;
  const ops::RotaryAngles& angles = context.angles[*positions];
  const at::Tensor &q = heads.q, &k = heads.k;
  if (!q.is_cpu() && k.storage().is_alias_of(q.storage()) && k.stride(0) == q.stride(0) && k.storage_offset() == q.storage_offset() + attention.heads * attention.headDim) {
    at::Tensor both = q.as_strided({q.size(0), attention.heads + attention.kvHeads, attention.headDim}, q.strides(), q.storage_offset()); // side by side: one pass
    return ops::applyRotary(both, angles, inverse);
  }
  ops::applyRotary(heads.q, angles, inverse);
  ops::applyRotary(heads.k, angles, inverse);
}

at::Tensor DecoderLayer::headNorm(const at::Tensor& heads, const Norm& own) const {
  const at::Tensor dense = heads.contiguous();
  return ops::rmsNorm(dense.view({-1, own.weight.size(0)}), own.weight, norm, false).y.view(dense.sizes());
}

DecoderLayer::Heads DecoderLayer::prepared(const Columns& columns, const LayerContext& context) const {
  Heads heads = headsOf(columns);
  if (qNorm.weight.defined())
    heads = {headNorm(heads.q, qNorm), headNorm(heads.k, kNorm), heads.v};
  rotate(heads, context, false);
  return heads;
}

DecoderLayer::Heads DecoderLayer::project(const Flow& in, const LayerContext& context, LayerStash* stash) const {
  const LinearGroup qkvs = qkvGroup(context, in.x);
  at::Tensor normed = in.normed;
  if (!normed.defined())
    normed = inputNorm.weight.defined() ? ops::rmsNorm(in.x, inputNorm.weight, norm, false, qkvs.inputPlace(in.x.size(0), in.x.options())).y : in.x;
  const Columns columns = qkvColumns(qkvs.forward(LinearInput(normed), stash ? &stash->low[0] : nullptr, stash != nullptr));
  if (stash)
    stash->qkv = columns;
  return prepared(columns, context);
}

Flow DecoderLayer::join(at::Tensor made, const Norm& own, const at::Tensor& x, const Norm* following, const at::Tensor& place, at::Tensor* kept) const {
  if (own.weight.defined()) {
    const ops::MemoryScope scope(ops::MemoryCategory::Stash, kept != nullptr);
    if (kept)
      *kept = made;
    made = ops::rmsNorm(made, own.weight, norm, false).y;
  }
  if (residualScale != 1)
    made.mul_(residualScale);
  if (!following || !following->weight.defined())
    return {made.add_(x), {}};
  const ops::SummedNorm both = ops::addRmsNorm(made, x, following->weight, norm, false, place);
  return {both.sum, both.y};
}

Flow DecoderLayer::attend(const at::Tensor& x, const at::Tensor& attended, const LayerContext& context, LayerStash* stash) const {
  const at::Tensor out = outGroup(context, x).forward(LinearInput(asRows(attended)), stash ? &stash->low[1] : nullptr, stash != nullptr).member[0];
  const at::Tensor place = mixture ? at::Tensor() : gateUpGroup(context, x).inputPlace(x.size(0), x.options());
  return join(out, attentionOutNorm, x, &postNorm, place, stash ? &stash->attentionOut : nullptr);
}

Columns DecoderLayer::expand(const Flow& middle, const LayerContext& context, at::Tensor* low) const {
  return gateUpColumns(gateUpGroup(context, middle.x).forward(LinearInput(middle.normed.defined() ? middle.normed : middle.x), low, low != nullptr));
}

at::Tensor DecoderLayer::contract(const Columns& columns, const Flow& middle, const LayerContext& context) const {
  const LinearGroup downs = downGroup(context, middle.x);
  const LinearInput h(ops::gated(columns.member[0], columns.member[1], activation, downs.inputPlace(middle.x.size(0), columns.member[0].options())));
  return downs.forward(h, nullptr, context.call.training).member[0]; // becomes the next layer's input
}

at::Tensor DecoderLayer::mixed(const Flow& middle, const LayerContext& context, LayerStash* stash) const {
  return mixture->forward(middle.normed.defined() ? middle.normed : middle.x, context.call, stash ? &stash->mixture : nullptr);
}

Flow DecoderLayer::feedForward(const Flow& middle, const LayerContext& context, LayerStash* stash, const DecoderLayer* next) const {
  at::Tensor y;
  if (mixture) {
    y = mixed(middle, context, stash);
  } else {
    const Columns columns = expand(middle, context, stash ? &stash->low[2] : nullptr);
    if (stash)
      stash->gateUp = columns;
    y = contract(columns, middle, context);
  }
  const at::Tensor place = next ? next->qkvGroup(context, y).inputPlace(y.size(0), y.options()) : at::Tensor();
  return join(y, mlpOutNorm, middle.x, next ? &next->inputNorm : nullptr, place, stash ? &stash->mlpOut : nullptr);
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
  if (mixture && mlpOutNorm.weight.defined())
    stash.mlpOut = mixed(middle, context, &stash);
  else if (mixture)
    mixture->recompute(middle.normed.defined() ? middle.normed : middle.x, context.call, stash.mixture);
  if (mixture)
    return;
  stash.gateUp = expand(middle, context, &stash.low[2]);
  if (mlpOutNorm.weight.defined())
    stash.mlpOut = contract(stash.gateUp, middle, context);
}

at::Tensor DecoderLayer::backwardJoin(const at::Tensor& dy, const Norm& own, const at::Tensor& made) const {
  const at::Tensor d = residualScale != 1 ? dy * residualScale : dy;
  if (!own.weight.defined())
    return d;
  return ops::rmsNormBackward(d, made, own.weight, ops::rmsNorm(made, own.weight, norm, true).rstd, norm, {}, own.grad);
}

at::Tensor DecoderLayer::backwardMlp(const Columns& dMade, const at::Tensor& normed, const LayerContext& context, LayerStash& stash) const {
  const LinearGroup downs = downGroup(context, normed), gateUps = gateUpGroup(context, normed);
  {
    at::Tensor dhCompute = at::empty({normed.size(0), down.storage->columns()}, dMade.all.options());
    const at::Tensor dLow = downs.backwardInput(dMade, dhCompute);
    at::Tensor dh = typed(dhCompute, normed);
    dhCompute.reset();
    ops::gatedBackward(dh, stash.gateUp.member[0], stash.gateUp.member[1], activation);
    // The gradients of down's own matrices need its input, which exists only now: dh has become it.
    if (downs.trains())
      downs.backwardWeights(dMade, LinearInput(dh), {}, dLow);
  }
  at::Tensor dn = at::empty(normed.sizes(), dMade.all.options());
  gateUps.backward(asMembers(stash.gateUp), LinearInput(normed), stash.low[2], dn);
  return dn;
}

at::Tensor DecoderLayer::backwardFeedForward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash) const {
  const bool normed = postNorm.weight.defined();
  const ops::Normed n = normed ? ops::rmsNorm(stash.middle, postNorm.weight, norm, true) : ops::Normed{stash.middle, {}};
  const Columns dMade = alone(ops::computeOf(backwardJoin(dy, mlpOutNorm, stash.mlpOut)));
  stash.mlpOut.reset();
  const at::Tensor dn = mixture ? mixture->backward(dMade.all, n.y, context.call, stash.mixture) : backwardMlp(dMade, n.y, context, stash);
  return normed ? ops::rmsNormBackward(typed(dn, dy), stash.middle, postNorm.weight, n.rstd, norm, dy, postNorm.grad) : typed(dn, dy).add_(dy);
}

Columns DecoderLayer::backwardHeads(const at::Tensor& dOut, const LayerContext& context, LayerStash& stash, const LinearGroup& group) const {
  const bool normed = qNorm.weight.defined();
  const Heads heads = normed ? prepared(stash.qkv, context) : headsOf(stash.qkv);
  Columns out = group.isFused() ? qkvColumns(group.columns(dOut.size(0), dOut.options())) : Columns{};
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
      const at::Tensor rows = x.contiguous().view({-1, head.weight.size(0)});
      return ops::rmsNormBackward(dy.contiguous().view(rows.sizes()), rows, head.weight, ops::rmsNorm(rows, head.weight, norm, true).rstd, norm, {}, head.grad).view(x.sizes());
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
  const at::Tensor dMade = ops::computeOf(backwardJoin(dMiddle, attentionOutNorm, stash.attentionOut));
  const LinearGroup outs = outGroup(context, dMiddle), qkvs = qkvGroup(context, dMiddle);
  const bool below = needInput || qkvs.trains() || inputNorm.grad.defined() || qNorm.grad.defined() || kNorm.grad.defined();
  at::Tensor dOut = below ? at::empty({dMiddle.size(0), o.storage->columns()}, dMade.options()) : at::Tensor();
  if (below || outs.trains())
    outs.backward(alone(dMade), LinearInput(asRows(stash.attended.out)), stash.low[1], dOut);
  if (!below)
    return {};
  dOut = typed(dOut, dMiddle);
  const Columns dqkv = backwardHeads(dOut, context, stash, qkvs);
  const bool normed = inputNorm.weight.defined(), through = needInput || inputNorm.grad.defined();
  const ops::Normed n = normed ? ops::rmsNorm(stash.input, inputNorm.weight, norm, true) : ops::Normed{stash.input, {}};
  at::Tensor dn = through ? at::empty(stash.input.sizes(), dMade.options()) : at::Tensor();
  qkvs.backward(asMembers(dqkv), LinearInput(n.y), stash.low[0], dn);
  if (!through)
    return {};
  return normed ? ops::rmsNormBackward(typed(dn, dMiddle), stash.input, inputNorm.weight, n.rstd, norm, dMiddle, inputNorm.grad) : typed(dn, dMiddle).add_(dMiddle);
}

at::Tensor DecoderLayer::backward(const at::Tensor& dy, const LayerContext& context, LayerStash& stash, bool needInput) const {
  const at::Tensor dMiddle = backwardFeedForward(dy, context, stash);
  stash.gateUp = {};
  stash.mixture = {};
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
