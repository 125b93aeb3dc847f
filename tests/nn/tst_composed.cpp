// SPDX-License-Identifier: Apache-2.0
// Blocks that the model does not have yet, composed from the same operations and checked against autograd: two layers in the manner of
// Gemma 2 (norms before and after with 1 + w, soft-capped attention, GeGLU, scaled embeddings, alternating window) and a DoRA linear.
#include "core/ops/attention.h"
#include "core/ops/gated.h"
#include "core/ops/lora.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"
#include "tests/nn/twin.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

#include <cmath>

using namespace lathe;

namespace {

constexpr int64_t kHidden = 40, kInner = 52, kHeads = 4, kKvHeads = 2, kHeadDim = 12, kVocab = 50;
constexpr double kEps = 1e-6;

struct Matrix {
  at::Tensor w, grad;
  Matrix(int64_t out, int64_t in) : w(at::randn({out, in}) * 0.15), grad(at::zeros({out, in})) {}
  at::Tensor forward(const at::Tensor& x) const { return at::mm(x, w.t()); }
  at::Tensor backward(const at::Tensor& dy, const at::Tensor& x) {
    grad.addmm_(dy.t(), x);
    return at::mm(dy, w);
  }
};

struct GemmaNorm {
  at::Tensor w = at::randn({kHidden}) * 0.2, grad = at::zeros({kHidden});
  ops::NormOptions options{kEps, 1.0};
  ops::Normed forward(const at::Tensor& x) const { return ops::rmsNorm(x, w, options, true); }
  at::Tensor backward(const at::Tensor& dy, const at::Tensor& x, const ops::Normed& n, const at::Tensor& residual) {
    return ops::rmsNormBackward(dy, x, w, n.rstd, options, residual, grad);
  }
};

at::Tensor heads(const at::Tensor& x, int64_t n) { return x.view({x.size(0), n, kHeadDim}); }
at::Tensor rows(const at::Tensor& x) { return x.reshape({x.size(0), -1}); }

struct GemmaLayer {
  GemmaNorm before, afterAttention, beforeMlp, afterMlp;
  Matrix q{kHeads * kHeadDim, kHidden}, k{kKvHeads * kHeadDim, kHidden}, v{kKvHeads * kHeadDim, kHidden}, o{kHidden, kHeads * kHeadDim};
  Matrix gate{kInner, kHidden}, up{kInner, kHidden}, down{kHidden, kInner};
  ops::AttentionOptions attention;
  explicit GemmaLayer(int64_t window) : attention{kHeads, kKvHeads, kHeadDim, 1 / std::sqrt(20.0), 5.0, window} {}

  struct Stash {
    at::Tensor x, q, k, v, attended, middle, gate, up, inner, mlpOut;
    ops::AttentionResult result;
    ops::Normed before, afterAttention, beforeMlp, afterMlp;
  };

  at::Tensor forward(const at::Tensor& x, const at::Tensor& cu, const ops::RotaryAngles& angles, Stash& s) const {
    s.x = x;
    s.before = before.forward(x);
    s.q = heads(q.forward(s.before.y), kHeads);
    s.k = heads(k.forward(s.before.y), kKvHeads);
    s.v = heads(v.forward(s.before.y), kKvHeads);
    ops::applyRotary(s.q, angles);
    ops::applyRotary(s.k, angles);
    s.result = ops::attentionForward(s.q, s.k, s.v, cu, attention);
    s.attended = o.forward(rows(s.result.out));
    s.afterAttention = afterAttention.forward(s.attended);
    s.middle = x + s.afterAttention.y;
    s.beforeMlp = beforeMlp.forward(s.middle);
    s.gate = gate.forward(s.beforeMlp.y);
    s.up = up.forward(s.beforeMlp.y);
    s.inner = ops::gated(s.gate, s.up, ops::GateActivation::GeluTanh);
    s.mlpOut = down.forward(s.inner);
    s.afterMlp = afterMlp.forward(s.mlpOut);
    return s.middle + s.afterMlp.y;
  }

  at::Tensor backward(const at::Tensor& dy, const at::Tensor& cu, const ops::RotaryAngles& angles, Stash& s) {
    const at::Tensor dMlp = afterMlp.backward(dy, s.mlpOut, s.afterMlp, {});
    at::Tensor dh = down.backward(dMlp, s.inner);
    ops::gatedBackward(dh, s.gate, s.up, ops::GateActivation::GeluTanh);
    const at::Tensor dNormed = gate.backward(s.gate, s.beforeMlp.y) + up.backward(s.up, s.beforeMlp.y);
    const at::Tensor dMiddle = beforeMlp.backward(dNormed, s.middle, s.beforeMlp, dy);
    const at::Tensor dAttended = afterAttention.backward(dMiddle, s.attended, s.afterAttention, {});
    const at::Tensor dOut = heads(o.backward(dAttended, rows(s.result.out)), kHeads);
    ops::AttentionGradients g = ops::attentionBackward(dOut, s.q, s.k, s.v, s.result, cu, attention);
    ops::applyRotary(g.dq, angles, true);
    ops::applyRotary(g.dk, angles, true);
    const at::Tensor dBefore = q.backward(rows(g.dq), s.before.y) + k.backward(rows(g.dk), s.before.y) + v.backward(rows(g.dv), s.before.y);
    return before.backward(dBefore, s.x, s.before, dMiddle);
  }

  std::vector<std::pair<at::Tensor, at::Tensor>> weights() const {
    return {{before.w, before.grad}, {afterAttention.w, afterAttention.grad}, {beforeMlp.w, beforeMlp.grad}, {afterMlp.w, afterMlp.grad}, {q.w, q.grad}, {k.w, k.grad},
            {v.w, v.grad}, {o.w, o.grad}, {gate.w, gate.grad}, {up.w, up.grad}, {down.w, down.grad}};
  }
};

/// The same layer by definition on one sequence; w in the order of weights().
at::Tensor twinLayer(const at::Tensor& x, const std::vector<at::Tensor>& w, const ops::AttentionOptions& o) {
  const int64_t n = x.size(0);
  io::RopeConfig rope;
  const at::Tensor h = test::twinNorm(x, w[0], kEps, 1);
  const at::Tensor q = test::twinRotary(at::matmul(h, w[4].t()).view({n, kHeads, kHeadDim}), rope), k = test::twinRotary(at::matmul(h, w[5].t()).view({n, kKvHeads, kHeadDim}), rope);
  const at::Tensor v = at::matmul(h, w[6].t()).view({n, kKvHeads, kHeadDim});
  const at::Tensor a = test::twinAttention(q, k, v, {o.heads, o.kvHeads, o.headDim, o.scale, o.softcap, o.window}).reshape({n, -1});
  const at::Tensor middle = x + test::twinNorm(at::matmul(a, w[7].t()), w[1], kEps, 1);
  const at::Tensor m = test::twinNorm(middle, w[2], kEps, 1);
  const at::Tensor inner = at::gelu(at::matmul(m, w[8].t()), "tanh") * at::matmul(m, w[9].t());
  return middle + test::twinNorm(at::matmul(inner, w[10].t()), w[3], kEps, 1);
}

} // namespace

class TestComposed : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(11); }

  void gemmaLikeLayersMatchAutograd() {
    const std::vector<int64_t> lengths = {19, 1, 70};
    const at::Tensor cu = at::tensor({0, 19, 20, 90}, at::kInt);
    const at::Tensor tokens = at::randint(0, kVocab, {90}, at::kLong), dOut = at::randn({90, kHidden});
    const at::Tensor positions = at::cat({at::arange(19, at::kLong), at::arange(1, at::kLong), at::arange(70, at::kLong)});
    const double scale = std::sqrt(static_cast<double>(kHidden));
    const at::Tensor embedding = at::randn({kVocab, kHidden}) * 0.1;
    std::vector<GemmaLayer> layers = {GemmaLayer(8), GemmaLayer(0)};
    const ops::RotaryAngles angles = ops::rotaryAngles({kHeadDim}, ops::rotaryFrequencies({kHeadDim}, at::kCPU), positions);

    std::vector<GemmaLayer::Stash> stash(2);
    at::Tensor x = embedding.index_select(0, tokens) * scale;
    for (size_t i = 0; i < 2; ++i)
      x = layers[i].forward(x, cu, angles, stash[i]);
    at::Tensor dx = dOut;
    for (size_t i = 2; i-- > 0;)
      dx = layers[i].backward(dx, cu, angles, stash[i]);
    const at::Tensor dEmbedding = at::zeros_like(embedding).index_add_(0, tokens, dx * scale);

    const at::Tensor embedding64 = embedding.to(at::kDouble).set_requires_grad(true);
    std::vector<std::vector<at::Tensor>> weights(2);
    for (size_t i = 0; i < 2; ++i)
      for (const auto& [w, grad] : layers[i].weights())
        weights[i].push_back(w.to(at::kDouble).set_requires_grad(true));
    int64_t begin = 0;
    for (const int64_t n : lengths) {
      at::Tensor y = embedding64.index_select(0, tokens.narrow(0, begin, n)) * scale;
      for (size_t i = 0; i < 2; ++i)
        y = twinLayer(y, weights[i], layers[i].attention);
      COMPARE_TENSORS(x.narrow(0, begin, n), y, 1e-5 * test::largest(y));
      (y * dOut.narrow(0, begin, n).to(at::kDouble)).sum().backward();
      begin += n;
    }
    COMPARE_TENSORS(dEmbedding, embedding64.grad(), 1e-5 * test::largest(embedding64.grad()));
    for (size_t i = 0; i < 2; ++i)
      for (size_t w = 0; w < weights[i].size(); ++w)
        COMPARE_TENSORS(layers[i].weights()[w].second, weights[i][w].grad(), 1e-5 * test::largest(weights[i][w].grad()));
  }

  // Liu et al. 2024 as PEFT computes it: y = m / ‖W + s·B·A‖ · (W + s·B·A)·x with the norm taken as a constant.
  void doraLinearMatchesAutograd() {
    const int64_t in = 33, out = 21, r = 4, tokens = 47;
    const double scaling = 1.7;
    const at::Tensor w = at::randn({out, in}), x = at::randn({tokens, in}), dy = at::randn({tokens, out}), magnitude = at::rand({out}) + 2;
    const ops::LoraWeights lora{at::randn({r, in}) * 0.3, at::randn({out, r}) * 0.3};

    const at::Tensor norm = at::addmm(w, lora.b, lora.a, 1, scaling).norm(2, 1);
    const at::Tensor factor = magnitude / norm;
    at::Tensor direction = at::mm(x, w.t());
    ops::loraForward(x, lora, scaling, {}, direction);
    const at::Tensor y = direction * factor;
    const at::Tensor dMagnitude = (dy * direction).sum(0) / norm, dDirection = dy * factor;
    at::Tensor dA = at::zeros_like(lora.a), dB = at::zeros_like(lora.b), dx = at::mm(dDirection, w);
    ops::loraBackward(dDirection, x, lora, scaling, {}, dA, dB, dx);

    const auto leaf = [](const at::Tensor& t) { return t.to(at::kDouble).set_requires_grad(true); };
    const at::Tensor a64 = leaf(lora.a), b64 = leaf(lora.b), m64 = leaf(magnitude), x64 = leaf(x);
    const at::Tensor merged = w.to(at::kDouble) + scaling * at::matmul(b64, a64);
    const at::Tensor expected = at::matmul(x64, merged.t()) * (m64 / merged.detach().norm(2, 1));
    (expected * dy.to(at::kDouble)).sum().backward();
    COMPARE_TENSORS(y, expected, 3e-6 * test::largest(expected));
    COMPARE_TENSORS(dMagnitude, m64.grad(), 3e-6 * test::largest(m64.grad()));
    COMPARE_TENSORS(dA, a64.grad(), 5e-6 * test::largest(a64.grad()));
    COMPARE_TENSORS(dB, b64.grad(), 5e-6 * test::largest(b64.grad()));
    COMPARE_TENSORS(dx, x64.grad(), 5e-6 * test::largest(x64.grad()));
  }
};

QTEST_GUILESS_MAIN(TestComposed)
#include "tst_composed.moc"
