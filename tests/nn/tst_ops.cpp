// SPDX-License-Identifier: Apache-2.0
// Every operation alone: against its double-precision definition, against autograd, and against itself under other thread counts.
#include "core/ops/adamw.h"
#include "core/ops/attention.h"
#include "core/ops/cross_entropy.h"
#include "core/ops/gated.h"
#include "core/ops/gemv.h"
#include "core/ops/lora.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"
#include "lathe/kernels/cpu.h"
#include "lathe/kernels/reference.h"
#include "tests/nn/twin.h"
#include "tests/support/tensor_compare.h"

#include <ATen/Parallel.h>
#include <QtTest>

#include <cmath>

using namespace lathe;
namespace reference = lathe::kernels::reference;

namespace {

at::Tensor leaf(const at::Tensor& t) { return t.to(at::kDouble).clone().set_requires_grad(true); }

reference::Matrix matrixOf(const at::Tensor& t) {
  const at::Tensor flat = t.reshape({t.size(0), -1}).to(at::kDouble).contiguous();
  reference::Matrix m(flat.size(0), flat.size(1));
  std::copy(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel(), m.data.begin());
  return m;
}
at::Tensor tensorOf(const reference::Matrix& m) { return at::tensor(m.data, at::kDouble).view({m.rows, m.columns}); }

struct AttentionCase {
  const char* name;
  ops::AttentionOptions options;
};
const std::vector<AttentionCase> kAttentionCases = {{"plain", {4, 4, 32, 0, 0, 0}},      {"grouped", {6, 2, 20, 0, 0, 0}},        {"window", {4, 2, 16, 0, 0, 9}},
                                                    {"window of one", {2, 1, 8, 0, 0, 1}}, {"softcap", {4, 2, 24, 0.2, 3.0, 0}},   {"softcap window", {4, 1, 24, 0.3, 2.0, 70}},
                                                    {"tiny head", {2, 2, 2, 0, 0, 0}},    {"large head", {2, 1, 130, 0, 0, 100}}};
const std::vector<int64_t> kLengths = {1, 63, 64, 65, 3, 200};

at::Tensor cumulative(const std::vector<int64_t>& lengths) {
  std::vector<int> cu = {0};
  for (const int64_t n : lengths)
    cu.push_back(cu.back() + static_cast<int>(n));
  return at::tensor(cu, at::kInt);
}

void addAttentionCases() {
  QTest::addColumn<int>("index");
  for (size_t i = 0; i < kAttentionCases.size(); ++i)
    QTest::newRow(kAttentionCases[i].name) << static_cast<int>(i);
}

} // namespace

class TestOps : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(1); }

  void attentionMatchesItsDefinition_data() { addAttentionCases(); }
  void attentionMatchesItsDefinition() {
    QFETCH(int, index);
    const ops::AttentionOptions o = kAttentionCases[static_cast<size_t>(index)].options;
    const at::Tensor cu = cumulative(kLengths);
    const int64_t tokens = cu[-1].item<int64_t>();
    const at::Tensor q = at::randn({tokens, o.heads, o.headDim}), k = at::randn({tokens, o.kvHeads, o.headDim}), v = at::randn({tokens, o.kvHeads, o.headDim});
    const at::Tensor out = ops::attentionForward(q, k, v, cu, o).out;
    const double scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<double>(o.headDim));
    for (size_t s = 0; s < kLengths.size(); ++s) {
      const int64_t begin = cu[static_cast<int64_t>(s)].item<int64_t>(), n = kLengths[s];
      const reference::Matrix expected = reference::referenceAttention(matrixOf(q.narrow(0, begin, n)), matrixOf(k.narrow(0, begin, n)), matrixOf(v.narrow(0, begin, n)),
                                                                       {o.heads, o.kvHeads, o.headDim, scale, o.softcap, o.window});
      COMPARE_TENSORS(out.narrow(0, begin, n).reshape({n, -1}), tensorOf(expected), 3e-6);
    }
  }

  void attentionBackwardMatchesAutograd_data() { addAttentionCases(); }
  void attentionBackwardMatchesAutograd() {
    QFETCH(int, index);
    const ops::AttentionOptions o = kAttentionCases[static_cast<size_t>(index)].options;
    const at::Tensor cu = cumulative(kLengths);
    const int64_t tokens = cu[-1].item<int64_t>();
    const at::Tensor q = at::randn({tokens, o.heads, o.headDim}), k = at::randn({tokens, o.kvHeads, o.headDim}), v = at::randn({tokens, o.kvHeads, o.headDim});
    const at::Tensor dOut = at::randn_like(q);
    const ops::AttentionResult forward = ops::attentionForward(q, k, v, cu, o);
    const ops::AttentionGradients got = ops::attentionBackward(dOut, q, k, v, forward, cu, o);
    const at::Tensor q64 = leaf(q), k64 = leaf(k), v64 = leaf(v);
    for (size_t s = 0; s < kLengths.size(); ++s) {
      const int64_t begin = cu[static_cast<int64_t>(s)].item<int64_t>(), n = kLengths[s];
      const at::Tensor out = test::twinAttention(q64.narrow(0, begin, n), k64.narrow(0, begin, n), v64.narrow(0, begin, n), {o.heads, o.kvHeads, o.headDim, o.scale, o.softcap, o.window});
      (out * dOut.narrow(0, begin, n).to(at::kDouble)).sum().backward();
    }
    COMPARE_TENSORS(got.dq, q64.grad(), 3e-6 * test::largest(q64.grad()) + 3e-6);
    COMPARE_TENSORS(got.dk, k64.grad(), 3e-6 * test::largest(k64.grad()) + 3e-6);
    COMPARE_TENSORS(got.dv, v64.grad(), 3e-6 * test::largest(v64.grad()) + 3e-6);
  }

  void pagedAttentionMatchesPackedAttention_data() { addAttentionCases(); }
  void pagedAttentionMatchesPackedAttention() {
    QFETCH(int, index);
    const ops::AttentionOptions o = kAttentionCases[static_cast<size_t>(index)].options;
    const std::vector<int64_t> before = {0, 70, 99, 5}, fresh = {40, 1, 3, 1};
    const int64_t pageSize = 16, pages = 40;
    const at::Tensor shuffled = at::randperm(pages, at::kLong);
    ops::PagedKeys cache{at::full({pages, pageSize, o.kvHeads, o.headDim}, NAN), at::full({pages, pageSize, o.kvHeads, o.headDim}, NAN), at::empty({4}, at::kInt), at::zeros({4, 8}, at::kInt), pageSize};
    std::vector<at::Tensor> queries, expected;
    int64_t used = 0;
    for (size_t s = 0; s < before.size(); ++s) {
      const int64_t n = before[s] + fresh[s], row = static_cast<int64_t>(s);
      const at::Tensor q = at::randn({n, o.heads, o.headDim}), k = at::randn({n, o.kvHeads, o.headDim}), v = at::randn({n, o.kvHeads, o.headDim});
      cache.kvLengths[row] = static_cast<int>(before[s]);
      for (int64_t p = 0; p * pageSize < n; ++p) {
        const int64_t page = shuffled[used++].item<int64_t>(), count = std::min(pageSize, n - p * pageSize);
        cache.blockTable[row][p] = static_cast<int>(page);
        cache.keys[page].narrow(0, 0, count).copy_(k.narrow(0, p * pageSize, count));
        cache.values[page].narrow(0, 0, count).copy_(v.narrow(0, p * pageSize, count));
      }
      queries.push_back(q.narrow(0, before[s], fresh[s]));
      expected.push_back(ops::attentionForward(q, k, v, cumulative({n}), o).out.narrow(0, before[s], fresh[s]));
    }
    COMPARE_TENSORS(ops::attentionCached(at::cat(queries), cache, cumulative(fresh), o), at::cat(expected), 3e-6);
  }

  void normMatchesDefinitionAndAutograd_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<double>("offset");
    for (const int width : {1, 7, 8, 60, 129})
      for (const double offset : {0.0, 1.0})
        QTest::addRow("%d offset %g", width, offset) << width << offset;
  }
  void normMatchesDefinitionAndAutograd() {
    QFETCH(int, width);
    QFETCH(double, offset);
    const at::Tensor x = at::randn({131, width}) * 3, weight = at::randn({width}), dy = at::randn({131, width}), residual = at::randn({131, width});
    const ops::NormOptions options{1e-5, offset};
    const ops::Normed got = ops::rmsNorm(x, weight, options, true);
    std::vector<double> weights;
    for (int i = 0; i < width; ++i)
      weights.push_back(weight[i].item<double>());
    COMPARE_TENSORS(got.y, tensorOf(reference::referenceRmsNorm(matrixOf(x), weights, 1e-5, offset)), 2e-6 * (1 + test::largest(got.y)));
    const at::Tensor x64 = leaf(x), w64 = leaf(weight);
    (test::twinNorm(x64, w64, 1e-5, offset) * dy.to(at::kDouble) + x64 * residual.to(at::kDouble)).sum().backward();
    at::Tensor dWeight = at::zeros({width});
    const at::Tensor dx = ops::rmsNormBackward(dy, x, weight, got.rstd, options, residual, dWeight);
    COMPARE_TENSORS(dx, x64.grad(), 3e-6 * test::largest(x64.grad()));
    COMPARE_TENSORS(dWeight, w64.grad(), 5e-6 * test::largest(w64.grad()));
  }

  void gatedProductMatchesAutograd_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("silu") << static_cast<int>(ops::GateActivation::Silu);
    QTest::newRow("gelu tanh") << static_cast<int>(ops::GateActivation::GeluTanh);
    QTest::newRow("gelu") << static_cast<int>(ops::GateActivation::Gelu);
  }
  void gatedProductMatchesAutograd() {
    QFETCH(int, kind);
    const auto activation = static_cast<ops::GateActivation>(kind);
    at::Tensor gate = at::randn({33, 37}) * 4, up = at::randn({33, 37}), dh = at::randn({33, 37});
    gate[0][0] = 90;
    gate[0][1] = -90;
    gate[0][2] = 0;
    const at::Tensor g64 = leaf(gate), u64 = leaf(up);
    const at::Tensor act = activation == ops::GateActivation::Silu ? at::silu(g64) : at::gelu(g64, activation == ops::GateActivation::Gelu ? "none" : "tanh");
    const at::Tensor expected = act * u64;
    (expected * dh.to(at::kDouble)).sum().backward();
    const at::Tensor forward = ops::gated(gate, up, activation);
    COMPARE_TENSORS(forward, expected, 2e-6 * test::largest(expected));
    ops::gatedBackward(dh, gate, up, activation);
    QVERIFY(dh.equal(forward));
    COMPARE_TENSORS(gate, g64.grad(), 3e-6 * test::largest(g64.grad()));
    COMPARE_TENSORS(up, u64.grad(), 3e-6 * test::largest(u64.grad()));
  }

  void chunkedCrossEntropyMatchesAutograd_data() {
    QTest::addColumn<int>("vocab");
    QTest::newRow("3") << 3;
    QTest::newRow("1031, several chunks") << 1031;
    QTest::newRow("70001, many chunks") << 70001;
  }
  void chunkedCrossEntropyMatchesAutograd() {
    QFETCH(int, vocab);
    const int64_t rows = vocab == 1031 ? 2500 : 71;
    const at::Tensor x = at::randn({rows, 12}), w = at::randn({vocab, 12}), targets = at::randint(0, vocab, {rows}, at::kLong);
    at::Tensor dx = at::empty_like(x), dw = at::zeros_like(w);
    ops::Head head{vocab, [&](const at::Tensor& in, at::Tensor& z) { at::mm_out(z, in, w.t()); }, [&](const at::Tensor& dz, at::Tensor& out) { at::mm_out(out, dz, w); },
                   [&](const at::Tensor& dz, const at::Tensor& in) { dw.addmm_(dz.t(), in); }};
    const at::Tensor loss = ops::chunkedLinearCrossEntropy(x, targets, head, 0.5, dx);
    const at::Tensor x64 = leaf(x), w64 = leaf(w);
    const at::Tensor expected = at::cross_entropy_loss(at::matmul(x64, w64.t()), targets, {}, at::Reduction::None);
    (expected.sum() * 0.5).backward();
    COMPARE_TENSORS(loss, expected, 3e-6 * (1 + test::largest(expected)));
    COMPARE_TENSORS(dx, x64.grad(), 3e-6 * test::largest(x64.grad()));
    COMPARE_TENSORS(dw, w64.grad(), 5e-6 * test::largest(w64.grad()));
    COMPARE_TENSORS(ops::chunkedLinearCrossEntropy(x, targets, head, 1, {}), loss, 0);
  }

  void loraWithDropoutMatchesAutograd() {
    const at::Tensor x = at::randn({45, 33}), dy = at::randn({45, 21});
    const ops::LoraWeights w{at::randn({5, 33}), at::randn({21, 5})};
    const ops::Dropout drop{0.3, 77, 5};
    const at::Tensor mask = ops::dropout(at::ones_like(x), drop).to(at::kDouble);
    const at::Tensor x64 = leaf(x), a64 = leaf(w.a), b64 = leaf(w.b);
    const at::Tensor expected = 1.5 * at::matmul(at::matmul(x64 * mask, a64.t()), b64.t());
    (expected * dy.to(at::kDouble)).sum().backward();
    at::Tensor y = at::zeros({45, 21}), dA = at::zeros_like(w.a), dB = at::zeros_like(w.b), dx = at::zeros_like(x);
    ops::loraForward(x, w, 1.5, drop, y);
    ops::loraBackward(dy, x, w, 1.5, drop, dA, dB, dx);
    COMPARE_TENSORS(y, expected, 3e-6 * test::largest(expected));
    COMPARE_TENSORS(dA, a64.grad(), 3e-6 * test::largest(a64.grad()));
    COMPARE_TENSORS(dB, b64.grad(), 3e-6 * test::largest(b64.grad()));
    COMPARE_TENSORS(dx, x64.grad(), 3e-6 * test::largest(x64.grad()));
  }

  void dropoutDependsOnlyOnItsCounter() {
    const at::Tensor ones = at::ones({1000, 333});
    const at::Tensor mask = ops::dropout(ones, {0.25, 1, 2});
    const double kept = mask.gt(0).to(at::kDouble).mean().item<double>();
    QVERIFY2(std::abs(kept - 0.75) < 5 * std::sqrt(0.75 * 0.25 / 333000), fmt::format("kept {}", kept).c_str());
    QVERIFY(std::abs(mask.max().item<double>() - 1 / 0.75) < 1e-6);
    QVERIFY(!mask.equal(ops::dropout(ones, {0.25, 1, 3})));
    QVERIFY(!mask.equal(ops::dropout(ones, {0.25, 2, 2})));
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor single = ops::dropout(ones, {0.25, 1, 2});
    at::set_num_threads(threads);
    QVERIFY(mask.equal(single));
  }

  void resultsDoNotDependOnTheThreadCount() {
    const ops::AttentionOptions o{6, 2, 20, 0, 0, 0};
    const at::Tensor cu = cumulative(kLengths);
    const int64_t tokens = cu[-1].item<int64_t>();
    const at::Tensor q = at::randn({tokens, 6, 20}), k = at::randn({tokens, 2, 20}), v = at::randn({tokens, 2, 20}), weight = at::randn({120}), x = at::randn({tokens, 120});
    const auto all = [&] {
      const ops::AttentionResult f = ops::attentionForward(q, k, v, cu, o);
      const ops::AttentionGradients g = ops::attentionBackward(q, q, k, v, f, cu, o);
      const ops::Normed n = ops::rmsNorm(x, weight, {1e-5, 0}, true);
      at::Tensor dWeight = at::zeros({120});
      const at::Tensor dx = ops::rmsNormBackward(x, x, weight, n.rstd, {1e-5, 0}, {}, dWeight);
      return at::cat({f.out.flatten(), g.dq.flatten(), g.dk.flatten(), g.dv.flatten(), n.y.flatten(), dx.flatten(), dWeight});
    };
    const int threads = at::get_num_threads();
    const at::Tensor many = all();
    at::set_num_threads(1);
    const at::Tensor one = all();
    at::set_num_threads(threads);
    QVERIFY(many.equal(one));
  }

  void adamwMatchesItsDefinitionInDouble() {
    at::Tensor value = at::randn({1003}), mean = at::zeros({1003}), variance = at::zeros({1003});
    at::Tensor w = value.to(at::kDouble), m = at::zeros({1003}, at::kDouble), v = at::zeros({1003}, at::kDouble);
    const ops::AdamWOptions o{3e-3, 0.9, 0.95, 1e-8, 0.1, 0.5};
    for (int64_t step = 1; step <= 20; ++step) {
      const at::Tensor grad = at::randn({1003});
      ops::adamwStep(value, grad, mean, variance, o, step);
      const at::Tensor g = grad.to(at::kDouble) * o.gradScale;
      w = w * (1 - o.lr * o.weightDecay);
      m = m * o.beta1 + g * (1 - o.beta1);
      v = v * o.beta2 + g * g * (1 - o.beta2);
      w = w - o.lr * (m / (1 - std::pow(o.beta1, step))) / ((v / (1 - std::pow(o.beta2, step))).sqrt() + o.eps);
    }
    COMPARE_TENSORS(value, w, 2e-6);
  }

  void fewRowsTimesMatrixMatchesDouble_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("columns");
    QTest::addColumn<bool>("half");
    for (const auto& [rows, columns] : std::vector<std::pair<int, int>>{{1, 1}, {3, 7}, {5, 16}, {129, 255}, {2050, 96}})
      for (const bool half : {false, true})
        QTest::addRow("%d x %d %s", rows, columns, half ? "bfloat16" : "float32") << rows << columns << half;
  }
  void fewRowsTimesMatrixMatchesDouble() {
    QFETCH(int, rows);
    QFETCH(int, columns);
    QFETCH(bool, half);
    const at::Tensor w = at::randn({rows, columns}).to(half ? at::kBFloat16 : at::kFloat);
    for (const int64_t batch : {1, 3}) {
      const at::Tensor x = at::randn({batch, columns});
      QVERIFY(ops::supportsGemv(x, w));
      at::Tensor y = at::empty({batch, rows});
      ops::launchGemv(x, w, y);
      const at::Tensor expected = at::mm(x.to(at::kDouble), w.to(at::kDouble).t());
      COMPARE_TENSORS(y, expected, 2e-6 * (1 + test::largest(expected)));
    }
  }

  void bothInstructionSetsAgree() {
    const auto& best = kernels::cpuKernels();
    const auto& plain = kernels::cpuKernelsBaseline();
    const at::Tensor gate = at::randn({1000}) * 5, up = at::randn({1000});
    at::Tensor a = at::empty({1000}), b = at::empty({1000});
    best.gatedForward({gate.data_ptr(), up.data_ptr(), a.data_ptr()}, {0, 1000});
    plain.gatedForward({gate.data_ptr(), up.data_ptr(), b.data_ptr()}, {0, 1000});
    COMPARE_TENSORS(a, b, 1e-6 * test::largest(b));
    if (std::string(best.name) == plain.name)
      QSKIP("this processor has no AVX2, so there is one instruction set to test");
  }

  void bfloat16RowsRoundLikeTorch() {
    const at::Tensor x = (at::randn({64, 100}) * 3).to(at::kBFloat16), w = at::ones({100});
    const at::Tensor got = ops::rmsNorm(x, w, {1e-5, 0}, false).y;
    const at::Tensor x32 = x.to(at::kFloat), exact = x32 * at::rsqrt(x32.pow(2).mean(-1, true) + 1e-5);
    // One rounding: half a unit in the last of 8 bits.
    QVERIFY(((got.to(at::kFloat) - exact).abs() <= exact.abs() * (1.0 / 256) * 1.01).all().item<bool>());
    QVERIFY(got.ne(exact.to(at::kBFloat16)).to(at::kFloat).mean().item<double>() < 0.01);
  }
};

QTEST_GUILESS_MAIN(TestOps)
#include "tst_ops.moc"
