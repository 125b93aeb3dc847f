// SPDX-License-Identifier: Apache-2.0
// Every attention back end of the GPU against the CPU's float32 attention, and against each other.
#include "core/ops/attention.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/sample.h"
#include "tests/gpu/ops_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lathe::gpuops {

namespace {

using ops::AttentionBackend;

struct Shape {
  int64_t heads, kvHeads, headDim;
};
struct Packed {
  const char* name;
  std::vector<int64_t> lengths;
};

at::Tensor boundsOf(const std::vector<int64_t>& lengths) {
  std::vector<int> cu = {0};
  for (const int64_t n : lengths)
    cu.push_back(cu.back() + static_cast<int>(n));
  return at::tensor(cu, at::kInt);
}

std::vector<Packed> packings() {
  std::vector<int64_t> many;
  for (int i = 0; i < 60; ++i)
    many.push_back(1 + (i * 37) % 91);
  return {{"1", {1}}, {"1000", {1000}}, {"1,7,129,1000", {1, 7, 129, 1000}}, {"60 short", many}};
}

const char* nameOfBackend(AttentionBackend b) {
  switch (b) {
  case AttentionBackend::Cpu:
    return "cpu";
  case AttentionBackend::Flash:
    return "flash";
  case AttentionBackend::Efficient:
    return "efficient";
  case AttentionBackend::Cudnn:
    return "cudnn";
  case AttentionBackend::Composed:
    return "composed";
  }
  return "";
}
const std::vector<AttentionBackend> kBackends = {AttentionBackend::Cudnn, AttentionBackend::Flash, AttentionBackend::Efficient, AttentionBackend::Composed};

double attentionRounding(at::ScalarType type) { return type == at::kFloat ? 2e-5 : 8e-3; }

/// q, k and v as column slices of one fused buffer, and room for their gradients in another.
struct Fused {
  at::Tensor q, k, v, dq, dk, dv;
};
Fused fusedOf(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const int64_t tokens = q.size(0), dim = q.size(2), heads = q.size(1), kv = k.size(1);
  const at::Tensor buffer = at::cat({q.reshape({tokens, -1}), k.reshape({tokens, -1}), v.reshape({tokens, -1})}, 1).view({tokens, heads + 2 * kv, dim});
  const at::Tensor gradients = at::full_like(buffer, 1e30);
  const auto part = [](const at::Tensor& b, int64_t begin, int64_t count) { return b.narrow(1, begin, count); };
  return {part(buffer, 0, heads), part(buffer, heads, kv), part(buffer, heads + kv, kv), part(gradients, 0, heads), part(gradients, heads, kv), part(gradients, heads + kv, kv)};
}

struct Problem {
  Pair q, k, v, dOut;
  ops::Sequences cpu, gpu;
  ops::AttentionOptions options;
  std::string what;
};

Problem problemOf(const Session& s, const Packed& packed, const Shape& shape, at::ScalarType type, int64_t window, double softcap) {
  const at::Tensor bounds = boundsOf(packed.lengths);
  const int64_t tokens = std::accumulate(packed.lengths.begin(), packed.lengths.end(), int64_t{0});
  Problem p;
  p.q = randomPair(s, {tokens, shape.heads, shape.headDim}, type);
  p.k = randomPair(s, {tokens, shape.kvHeads, shape.headDim}, type);
  p.v = randomPair(s, {tokens, shape.kvHeads, shape.headDim}, type);
  p.dOut = randomPair(s, {tokens, shape.heads, shape.headDim}, type);
  p.cpu = ops::Sequences(bounds);
  p.gpu = ops::Sequences(bounds, s.device);
  p.options = {shape.heads, shape.kvHeads, shape.headDim, 0, softcap, window};
  p.what = fmt::format("{} lengths {} heads {}/{}x{}{}{}", nameOf(type), packed.name, shape.heads, shape.kvHeads, shape.headDim, window ? fmt::format(" window {}", window) : "",
                       softcap != 0 ? " softcap" : "");
  return p;
}

void checkBackend(Session& s, const Problem& p, AttentionBackend backend, const ops::AttentionResult& cpu, const ops::AttentionGradients& expected, bool fused) {
  const std::string name = fmt::format("attention {}", nameOfBackend(backend)), what = p.what + (fused ? " fused" : "");
  const double allowed = attentionRounding(p.q.gpu.scalar_type());
  Fused f = fused ? fusedOf(p.q.gpu, p.k.gpu, p.v.gpu) : Fused{p.q.gpu, p.k.gpu, p.v.gpu, {}, {}, {}};
  ops::forceAttentionBackend(backend);
  const ops::AttentionResult forward = ops::attentionForward(f.q, f.k, f.v, p.gpu, p.options);
  ops::chooseAttentionBackend();
  if (backend == AttentionBackend::Cudnn && forward.backend != AttentionBackend::Cudnn)
    return s.report.skipped(name, fmt::format("{}: no plan ({})", what, ops::cudaOps().attentionPlans().lastRefusal));
  s.report.expect(name, what + " ran", forward.backend == backend);
  s.report.compare(name, what + " out", forward.out, cpu.out, allowed);
  const ops::AttentionGradients grads = ops::attentionBackward(p.dOut.gpu, f.q, f.k, f.v, forward, p.gpu, p.options, {f.dq, f.dk, f.dv});
  if (fused)
    s.report.expect(name, what + " gradients in place", grads.dq.data_ptr() == f.dq.data_ptr() && grads.dk.data_ptr() == f.dk.data_ptr() && grads.dv.data_ptr() == f.dv.data_ptr());
  // Sequences of one token have no gradient of q and k but the rounding of dP − Δ, two equal sums of headDim products: up to 16 float32 epsilons.
  const double least = 0.05 * expected.dv.norm().item<double>();
  s.report.compare(name, what + " dq", grads.dq, expected.dq, 2 * allowed, least);
  s.report.compare(name, what + " dk", grads.dk, expected.dk, 2 * allowed, least);
  s.report.compare(name, what + " dv", grads.dv, expected.dv, 2 * allowed);
}

void checkProblem(Session& s, const Problem& p) {
  const ops::AttentionResult cpu = ops::attentionForward(p.q.cpu, p.k.cpu, p.v.cpu, p.cpu, p.options);
  const ops::AttentionGradients expected = ops::attentionBackward(p.dOut.cpu, p.q.cpu, p.k.cpu, p.v.cpu, cpu, p.cpu, p.options);
  for (const AttentionBackend backend : kBackends) {
    if (!ops::cudaOps().supportsAttention(backend, p.q.gpu, p.gpu, p.options))
      continue;
    for (const bool fused : {false, true})
      checkBackend(s, p, backend, cpu, expected, fused);
  }
}

} // namespace

void checkAttention(Session& s) {
  const std::vector<Shape> shapes = {{4, 4, 64}, {8, 2, 64}, {8, 2, 128}, {4, 1, 256}, {6, 2, 96}, {4, 2, 16}, {2, 2, 20}, {2, 1, 18}};
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16})
    for (const Packed& packed : packings())
      for (const Shape& shape : shapes)
        for (const int64_t window : {0, 9, 100})
          if (!s.quick || (shape.headDim == 64 && window != 9))
            checkProblem(s, problemOf(s, packed, shape, type, window, 0));
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16})
    checkProblem(s, problemOf(s, packings()[2], {4, 2, 64}, type, 100, 3.0));
  if (!s.quick)
    checkProblem(s, problemOf(s, {"4 x 1536", {1536, 1536, 1536, 1536}}, {8, 2, 128}, at::kBFloat16, 0, 0));
  // What a call without a forced back end takes.
  const Problem p = problemOf(s, packings()[2], {8, 2, 128}, at::kBFloat16, 0, 0);
  const AttentionBackend chosen = ops::attentionForward(p.q.gpu, p.k.gpu, p.v.gpu, p.gpu, p.options).backend;
  const bool cudnn = ops::cudaOps().supportsAttention(AttentionBackend::Cudnn, p.q.gpu, p.gpu, p.options);
  s.report.expect("attention choice", fmt::format("bf16 takes {}", nameOfBackend(chosen)), chosen == (cudnn ? AttentionBackend::Cudnn : AttentionBackend::Flash));
}

void checkAttentionDeterminism(Session& s) {
  ops::setDeterministic(true);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Problem p = problemOf(s, packings()[2], {8, 2, 64}, type, 0, 0);
    for (const AttentionBackend backend : kBackends) {
      if (!ops::cudaOps().supportsAttention(backend, p.q.gpu, p.gpu, p.options))
        continue;
      ops::forceAttentionBackend(backend);
      const ops::AttentionResult forward = ops::attentionForward(p.q.gpu, p.k.gpu, p.v.gpu, p.gpu, p.options);
      ops::chooseAttentionBackend();
      const ops::AttentionGradients first = ops::attentionBackward(p.dOut.gpu, p.q.gpu, p.k.gpu, p.v.gpu, forward, p.gpu, p.options);
      for (int again = 0; again < 5; ++again) {
        const ops::AttentionGradients g = ops::attentionBackward(p.dOut.gpu, p.q.gpu, p.k.gpu, p.v.gpu, forward, p.gpu, p.options);
        s.report.identical("deterministic backward", fmt::format("{} {}", nameOfBackend(backend), nameOf(type)), at::cat({g.dq.flatten(), g.dk.flatten(), g.dv.flatten()}),
                           at::cat({first.dq.flatten(), first.dk.flatten(), first.dv.flatten()}));
      }
    }
  }
  ops::setDeterministic(false);
}

namespace {
/// Sequences of different lengths in shuffled pages.
ops::PagedKeys pagedOf(const Session& s, const std::vector<int64_t>& before, const std::vector<int64_t>& added, const Shape& shape, at::ScalarType type, int64_t pageSize,
                       at::Tensor& keysCpu, at::Tensor& valuesCpu) {
  const int64_t n = static_cast<int64_t>(before.size());
  int64_t most = 1, pages = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t wanted = (before[static_cast<size_t>(i)] + added[static_cast<size_t>(i)] + pageSize - 1) / pageSize;
    most = std::max(most, wanted);
    pages += wanted;
  }
  const at::Tensor order = at::randperm(pages, at::kInt);
  ops::PagedKeys cache;
  cache.pageSize = pageSize;
  cache.kvLengths = at::tensor(std::vector<int>(before.begin(), before.end()), at::kInt);
  cache.blockTable = at::zeros({n, most}, at::kInt);
  int64_t next = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t page = 0; page * pageSize < before[static_cast<size_t>(i)] + added[static_cast<size_t>(i)]; ++page)
      cache.blockTable[i][page] = order[next++];
  const Pair keys = randomPair(s, {pages, pageSize, shape.kvHeads, shape.headDim}, type), values = randomPair(s, {pages, pageSize, shape.kvHeads, shape.headDim}, type);
  keysCpu = keys.cpu;
  valuesCpu = values.cpu;
  cache.keys = keys.gpu;
  cache.values = values.gpu;
  return cache;
}
} // namespace

void checkCachedAttention(Session& s) {
  struct Case {
    const char* name;
    std::vector<int64_t> before, added;
  };
  const std::vector<Case> cases = {{"decode", {0, 5, 300, 1000}, {1, 1, 1, 1}}, {"one decode", {4097}, {1}}, {"prefill", {0, 0, 0}, {7, 129, 1}}, {"mixed", {0, 37, 200}, {129, 1, 64}}};
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16})
    for (const Shape& shape : std::vector<Shape>{{8, 2, 64}, {8, 8, 128}, {16, 1, 256}, {4, 2, 96}, {4, 2, 20}})
      for (const Case& c : cases)
        for (const int64_t window : {0, 50}) {
          at::Tensor keysCpu, valuesCpu;
          ops::PagedKeys gpu = pagedOf(s, c.before, c.added, shape, type, 16, keysCpu, valuesCpu), cpu = gpu;
          cpu.keys = keysCpu;
          cpu.values = valuesCpu;
          const at::Tensor bounds = boundsOf(c.added);
          const Pair q = randomPair(s, {bounds[-1].item<int64_t>(), shape.heads, shape.headDim}, type);
          const ops::AttentionOptions options{shape.heads, shape.kvHeads, shape.headDim, 0, 0, window};
          const std::string what = fmt::format("{} {} heads {}/{}x{} window {}", nameOf(type), c.name, shape.heads, shape.kvHeads, shape.headDim, window);
          s.report.compare("attentionCached", what, ops::attentionCached(q.gpu, gpu, ops::Sequences(bounds, s.device), options),
                           ops::attentionCached(q.cpu, cpu, ops::Sequences(bounds), options), attentionRounding(type));
          const int64_t n = static_cast<int64_t>(c.before.size());
          const Pair k = randomPair(s, {n, shape.kvHeads, shape.headDim}, type), v = randomPair(s, {n, shape.kvHeads, shape.headDim}, type);
          ops::appendKeys(inWiderBuffer(k.gpu, 8, 8), v.gpu, gpu, gpu.kvLengths.to(s.device));
          ops::appendKeys(k.cpu, v.cpu, cpu, cpu.kvLengths);
          s.report.compare("appendKeys", what, at::stack({gpu.keys, gpu.values}), at::stack({cpu.keys, cpu.values}), 0);
        }
}

void checkSampling(Session& s) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Pair logits = randomPair(s, {5, 1003}, type, 3);
    std::vector<ops::SampleOptions> rows(5);
    for (ops::SampleOptions& row : rows)
      row.temperature = 0;
    ops::SampleCall call{logits.gpu, ops::uploaded(ops::sampleParameters(rows), s.device), at::empty({5}, logits.gpu.options().dtype(at::kInt)),
                         at::empty({5}, logits.gpu.options().dtype(at::kFloat)), {}, {}, {}};
    ops::sampleRows(call);
    const at::Tensor best = logits.cpu.argmax(1);
    s.report.identical("sampleRows", fmt::format("{} greedy", nameOf(type)), call.ids, best.to(at::kInt));
    s.report.compare("sampleRows", fmt::format("{} log-probability", nameOf(type)), call.logprobs, at::log_softmax(logits.cpu, 1).gather(1, best.unsqueeze(1)).squeeze(1), 1e-5);
  }
}

void checkWaiting(Session& s) {
  const Problem p = problemOf(s, packings()[2], {8, 2, 128}, at::kBFloat16, 0, 0), f = problemOf(s, packings()[2], {8, 2, 128}, at::kFloat, 0, 0);
  const auto run = [](const Problem& problem) {
    const ops::AttentionResult r = ops::attentionForward(problem.q.gpu, problem.k.gpu, problem.v.gpu, problem.gpu, problem.options);
    ops::attentionBackward(problem.dOut.gpu, problem.q.gpu, problem.k.gpu, problem.v.gpu, r, problem.gpu, problem.options);
  };
  run(p); // plans and workspaces
  run(f);
  bool waited = false;
  std::string reason;
  ops::cudaOps().setSyncDebug(2);
  try {
    run(p);
    run(f);
  } catch (const std::exception& error) {
    waited = true;
    reason = error.what();
  }
  ops::cudaOps().setSyncDebug(0);
  s.report.expect("no wait for the device", waited ? reason : "attention forward and backward", !waited);
}

} // namespace lathe::gpuops
