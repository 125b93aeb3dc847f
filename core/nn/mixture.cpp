// SPDX-License-Identifier: Apache-2.0
#include "core/nn/mixture.h"

#include "core/ops/checks.h"
#include "core/ops/memory_scope.h"

#include <ATen/ATen.h>

namespace lathe::nn {

namespace {
at::Tensor asTypeOf(const at::Tensor& t, const at::Tensor& like) { return t.scalar_type() == like.scalar_type() ? t : t.to(like.scalar_type()); }
uint64_t tensorBytes(const at::Tensor& t) { return t.defined() ? static_cast<uint64_t>(t.nbytes()) : 0; }
} // namespace

uint64_t MixtureStash::bytes() const {
  uint64_t sum = tensorBytes(routing.probabilities) + tensorBytes(routing.chosen) + tensorBytes(routing.weights) + tensorBytes(routing.order) + tensorBytes(routing.place);
  for (const Columns& columns : gateUp)
    for (const at::Tensor& member : columns.member)
      sum += tensorBytes(member);
  return sum;
}

std::vector<Linear*> Mixture::linears() {
  std::vector<Linear*> out = {&router};
  for (Expert& expert : experts)
    out.insert(out.end(), {&expert.gate, &expert.up, &expert.down});
  return out;
}

std::vector<std::vector<Linear*>> Mixture::groups() {
  std::vector<std::vector<Linear*>> out = {{&router}};
  for (Expert& expert : experts) {
    out.push_back({&expert.gate, &expert.up});
    out.push_back({&expert.down});
  }
  return out;
}

Routing Mixture::route(const at::Tensor& x, const CallContext& call) const {
  const auto count = static_cast<int64_t>(experts.size());
  Routing out;
  const at::Tensor logits = routerGroup(call).forward(LinearInput(x), nullptr).member[0];
  out.probabilities = at::softmax(logits, -1, at::kFloat);
  std::tie(out.weights, out.chosen) = at::topk(out.probabilities, perToken, -1);
  if (normalized)
    out.weights.div_(out.weights.sum(-1, true));
  at::Tensor sorted;
  std::tie(sorted, out.order) = at::sort(out.chosen.view(-1), /*stable=*/true, 0, false);
  out.place = at::empty_like(out.order);
  out.place.index_copy_(0, out.order, at::arange(out.order.size(0), out.order.options()));
  const at::Tensor begin = at::searchsorted(sorted, at::arange(count + 1, sorted.options())).to(at::kCPU, at::kLong).contiguous();
  out.begin.assign(begin.data_ptr<int64_t>(), begin.data_ptr<int64_t>() + count + 1);
  return out;
}

at::Tensor Mixture::tokensOf(const Routing& routing) const { return at::floor_divide(routing.order, perToken); }

at::Tensor Mixture::gather(const at::Tensor& rows, const Routing& routing, const at::Tensor& weights) const {
  const at::Tensor place = routing.place.view({-1, perToken});
  at::Tensor out = at::zeros({place.size(0), rows.size(1)}, rows.options().dtype(at::kFloat));
  for (int64_t j = 0; j < perToken; ++j) {
    const at::Tensor part = ops::floatOf(rows.index_select(0, place.select(1, j)));
    if (weights.defined())
      out.addcmul_(part, weights.narrow(1, j, 1));
    else
      out.add_(part);
  }
  return out;
}

at::Tensor Mixture::forward(const at::Tensor& x, const CallContext& call, MixtureStash* stash) const {
  MixtureStash own;
  MixtureStash& kept = stash ? *stash : own;
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Stash, stash != nullptr);
    kept.routing = route(x, call);
  }
  kept.gateUp.assign(experts.size(), {});
  const at::Tensor rows = x.index_select(0, tokensOf(kept.routing));
  std::vector<at::Tensor> made;
  for (size_t e = 0; e < experts.size(); ++e) {
    const int64_t n = kept.routing.rowsOf(e);
    if (n == 0)
      continue;
    const Columns columns = gateUpOf(e, call).forward(LinearInput(rows.narrow(0, kept.routing.begin[e], n)), nullptr, stash != nullptr);
    made.push_back(downOf(e, call).forward(LinearInput(ops::gated(columns.member[0], columns.member[1], activation)), nullptr).member[0]);
    if (stash)
      kept.gateUp[e] = columns;
  }
  return asTypeOf(gather(at::cat(made), kept.routing, kept.routing.weights), x);
}

void Mixture::recompute(const at::Tensor& x, const CallContext& call, MixtureStash& stash) const {
  const ops::MemoryScope scope(ops::MemoryCategory::Stash);
  stash.routing = route(x, call);
  stash.gateUp.assign(experts.size(), {});
  const at::Tensor rows = x.index_select(0, tokensOf(stash.routing));
  for (size_t e = 0; e < experts.size(); ++e)
    if (const int64_t n = stash.routing.rowsOf(e); n > 0)
      stash.gateUp[e] = gateUpOf(e, call).forward(LinearInput(rows.narrow(0, stash.routing.begin[e], n)), nullptr, true);
}

at::Tensor Mixture::backwardExpert(size_t expert, const at::Tensor& rows, const at::Tensor& dRows, const at::Tensor& weights, const CallContext& call, Columns& gateUp, at::Tensor dx) const {
  const LinearGroup downs = downOf(expert, call), gateUps = gateUpOf(expert, call);
  const Columns dMade{dRows, {dRows}};
  at::Tensor raw = at::empty({dRows.size(0), experts[expert].down.storage->columns()}, dRows.options()); // of the gated product, before the weights
  const at::Tensor dLow = downs.backwardInput(dMade, raw);
  at::Tensor h = asTypeOf(raw * weights, rows);
  ops::gatedBackward(h, gateUp.member[0], gateUp.member[1], activation); // h has become the gated product
  const at::Tensor dWeights = (ops::floatOf(raw) * ops::floatOf(h)).sum(1); // ⟨dy, down · h⟩ = ⟨downᵀ · dy, h⟩
  if (downs.trains())
    downs.backwardWeights(dMade, LinearInput(asTypeOf(h * weights, rows)), {}, dLow);
  gateUps.backward(gateUp, LinearInput(rows), {}, dx);
  return dWeights;
}

at::Tensor Mixture::backwardChoice(const at::Tensor& dWeights, const Routing& routing) const {
  const at::Tensor mean = (routing.weights * dWeights).sum(-1, true);
  if (normalized) // a softmax over the chosen ones
    return at::zeros_like(routing.probabilities).scatter_(1, routing.chosen, routing.weights * (dWeights - mean));
  return routing.probabilities * (at::zeros_like(routing.probabilities).scatter_(1, routing.chosen, dWeights) - mean);
}

at::Tensor Mixture::backward(const at::Tensor& dMade, const at::Tensor& x, const CallContext& call, MixtureStash& stash) const {
  const Routing& routing = stash.routing;
  const at::Tensor tokens = tokensOf(routing), rows = x.index_select(0, tokens), dRows = dMade.index_select(0, tokens);
  const at::Tensor weights = routing.weights.view(-1).index_select(0, routing.order).unsqueeze(1);
  at::Tensor dWeights = at::empty({rows.size(0)}, routing.weights.options()), dx = at::empty(rows.sizes(), dMade.options());
  for (size_t e = 0; e < experts.size(); ++e) {
    const int64_t first = routing.begin[e], n = routing.rowsOf(e);
    if (n == 0)
      continue;
    const auto own = [&](const at::Tensor& t) { return t.narrow(0, first, n); };
    own(dWeights).copy_(backwardExpert(e, own(rows), own(dRows), own(weights), call, stash.gateUp[e], own(dx)));
    stash.gateUp[e] = {};
  }
  at::Tensor out = asTypeOf(gather(dx, routing, {}), dMade);
  const at::Tensor dLogits = asTypeOf(backwardChoice(dWeights.index_select(0, routing.place).view({-1, perToken}), routing), dMade);
  const at::Tensor dRouter = at::empty(out.sizes(), out.options());
  routerGroup(call).backward({dLogits, {dLogits}}, LinearInput(x), {}, dRouter);
  return out.add_(dRouter);
}

} // namespace lathe::nn
