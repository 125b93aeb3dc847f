// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cuda/attention_backends.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace lathe::ops::gpu {

namespace {

struct Piece {
  int64_t queryBegin, queries, keyBegin, keys;
};
template <class F>
void forEachPiece(const Sequences& queries, const Sequences& keys, F&& function) {
  const int32_t* q = queries.host.data_ptr<int32_t>();
  const int32_t* k = keys.host.data_ptr<int32_t>();
  for (int64_t s = 0; s < queries.count(); ++s)
    if (q[s + 1] > q[s])
      function(Piece{q[s], q[s + 1] - q[s], k[s], k[s + 1] - k[s]});
}

/// float32 [heads, rows, headDim] of one sequence.
at::Tensor headsOf(const at::Tensor& x, int64_t begin, int64_t rows, int64_t heads) {
  const at::Tensor part = x.narrow(0, begin, rows).to(at::kFloat).transpose(0, 1);
  return part.size(0) == heads ? part : part.repeat_interleave(heads / part.size(0), 0);
}

struct Scores {
  at::Tensor capped; // [heads, queries, keys], −∞ where masked
  at::Tensor slope;  // d capped / d (scale · q·k); undefined without soft-cap
};
Scores scoresOf(const at::Tensor& q, const at::Tensor& k, const Piece& piece, const AttentionOptions& o) {
  Scores out;
  out.capped = at::matmul(q, k.transpose(1, 2)).mul_(scaleOf(o));
  if (o.softcap != 0) {
    const at::Tensor t = (out.capped / o.softcap).tanh_();
    out.slope = 1 - t * t;
    out.capped = t * o.softcap;
  }
  const at::Tensor position = at::arange(piece.keys - piece.queries, piece.keys, q.options().dtype(at::kLong)).unsqueeze(1);
  const at::Tensor key = at::arange(piece.keys, q.options().dtype(at::kLong)).unsqueeze(0);
  at::Tensor masked = key.gt(position);
  if (o.window > 0)
    masked = masked.logical_or(key.le(position - o.window));
  out.capped.masked_fill_(masked, -std::numeric_limits<float>::infinity());
  return out;
}

void store(at::Tensor& target, int64_t begin, const at::Tensor& headsFirst) {
  const int64_t kept = target.size(1), rows = headsFirst.size(1);
  at::Tensor value = headsFirst;
  if (headsFirst.size(0) != kept)
    value = headsFirst.reshape({kept, -1, rows, headsFirst.size(2)}).sum(1);
  target.narrow(0, begin, rows).copy_(value.transpose(0, 1));
}

} // namespace

AttentionResult composedForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& queries, const Sequences& keys, const AttentionOptions& o) {
  AttentionResult result{at::empty(q.sizes(), q.options()), at::empty({q.size(0), o.heads}, q.options().dtype(at::kFloat)), AttentionBackend::Composed};
  const CategoryScope scratch(MemoryCategory::Workspace); // the result is the caller's
  forEachPiece(queries, keys, [&](const Piece& piece) {
    const Scores scores = scoresOf(headsOf(q, piece.queryBegin, piece.queries, o.heads), headsOf(k, piece.keyBegin, piece.keys, o.heads), piece, o);
    const at::Tensor lse = at::logsumexp(scores.capped, -1);
    store(result.out, piece.queryBegin, at::matmul((scores.capped - lse.unsqueeze(-1)).exp_(), headsOf(v, piece.keyBegin, piece.keys, o.heads)));
    result.lse.narrow(0, piece.queryBegin, piece.queries).copy_(lse.transpose(0, 1));
  });
  return result;
}

AttentionGradients composedBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                    const Sequences& s, const AttentionOptions& o) {
  AttentionGradients grads{at::empty(q.sizes(), q.options()), at::empty(k.sizes(), k.options()), at::empty(v.sizes(), v.options())};
  forEachPiece(s, s, [&](const Piece& piece) {
    const auto part = [&](const at::Tensor& x) { return headsOf(x, piece.queryBegin, piece.queries, o.heads); };
    const at::Tensor qh = part(q), kh = part(k), vh = part(v), dOuth = part(dOut);
    const Scores scores = scoresOf(qh, kh, piece, o);
    const at::Tensor lse = forward.lse.narrow(0, piece.queryBegin, piece.queries).transpose(0, 1).unsqueeze(-1);
    const at::Tensor p = (scores.capped - lse).exp_();
    const at::Tensor delta = (dOuth * part(forward.out)).sum(-1, true);
    at::Tensor dScores = p * (at::matmul(dOuth, vh.transpose(1, 2)) - delta);
    if (scores.slope.defined())
      dScores = dScores * scores.slope;
    dScores.mul_(scaleOf(o));
    store(grads.dq, piece.queryBegin, at::matmul(dScores, kh));
    store(grads.dk, piece.queryBegin, at::matmul(dScores.transpose(1, 2), qh));
    store(grads.dv, piece.queryBegin, at::matmul(p.transpose(1, 2), dOuth));
  });
  return grads;
}

} // namespace lathe::ops::gpu
