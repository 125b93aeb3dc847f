// SPDX-License-Identifier: Apache-2.0
// The GPU's way to compute layers that share an input (one GEMM, joined adapters) against each layer by itself. The same operations run on the
// CPU when a group is told that it computes for a GPU, so the arithmetic of the routes is checked here without one.
#include "core/nn/mixture.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

#include <c10/core/GradMode.h>

using namespace lathe;
using nn::Columns;
using nn::Linear;
using nn::LinearGroup;
using nn::LinearInput;
using nn::LoraModule;

namespace {

constexpr int64_t kTokens = 37, kIn = 24;
constexpr int64_t kOut[3] = {20, 8, 12};

/// Three layers as rows of one matrix; adapters as views of flat buffers, first all A, then all B.
struct Layers {
  Linear layers[3];
  std::vector<std::unique_ptr<LoraModule>> modules;
  at::Tensor flatGrad;

  explicit Layers(bool full) {
    at::manual_seed(5);
    const at::Tensor all = at::randn({40, kIn}) * 0.2;
    int64_t first = 0;
    for (int i = 0; i < 3; ++i) {
      layers[i].storage = std::make_shared<nn::DenseStorage>(all.narrow(0, first, kOut[i]));
      layers[i].bias = at::randn({kOut[i]});
      if (full) {
        layers[i].gradWeight = at::zeros({kOut[i], kIn});
        layers[i].gradBias = at::zeros({kOut[i]});
      }
      first += kOut[i];
    }
  }

  void addAdapter(const std::vector<int>& members, int64_t rank, double dropout, bool trains) {
    int64_t total = 0;
    for (const int i : members)
      total += rank * (kIn + kOut[i]);
    const at::Tensor flat = at::randn({total}) * 0.3, grad = at::zeros({total});
    int64_t at = 0;
    std::vector<LoraModule*> made;
    for (const bool isA : {true, false})
      for (size_t m = 0; m < members.size(); ++m) {
        const std::vector<int64_t> shape = isA ? std::vector<int64_t>{rank, kIn} : std::vector<int64_t>{kOut[members[m]], rank};
        const int64_t count = shape[0] * shape[1];
        if (isA) {
          modules.push_back(std::make_unique<LoraModule>());
          made.push_back(modules.back().get());
          made.back()->scaling = 0.5 + 0.25 * static_cast<double>(m);
          made.back()->dropout = dropout;
          made.back()->key = modules.size();
          layers[members[m]].active.push_back({made.back(), 1.0});
        }
        (isA ? made[m]->weights.a : made[m]->weights.b) = flat.narrow(0, at, count).view(shape);
        (isA ? made[m]->a : made[m]->b) = flat.narrow(0, at, count).view(shape);
        if (trains)
          (isA ? made[m]->gradA : made[m]->gradB) = grad.narrow(0, at, count).view(shape);
        at += count;
      }
    if (trains)
      flatGrad = grad;
  }

  /// Room for the adapter beside the weights, as a GPU model has it.
  void makeRoom(const std::vector<int>& members) {
    const auto concat = std::make_shared<nn::ConcatWeights>();
    concat->outputs = 40;
    concat->inputs = kIn;
    concat->room = 16;
    concat->all = at::full({56, kIn + 16}, NAN);
    int64_t first = 0;
    std::vector<nn::ConcatWeights::Held> held;
    for (int i = 0; i < 3; ++i) {
      at::Tensor place = concat->all.narrow(0, first, kOut[i]).narrow(1, 0, kIn);
      place.copy_(layers[i].storage->dense());
      layers[i].storage->replaceDense(place);
      layers[i].concat = concat;
      if (const auto found = std::find(members.begin(), members.end(), i); found != members.end()) {
        LoraModule* module = layers[i].active[0].module;
        held.push_back({module, first, module->scaling});
      }
      first += kOut[i];
    }
    concat->hold(held);
  }

  LinearGroup group(bool fused) const { return {{&layers[0], &layers[1], &layers[2]}, {true, 3}, fused ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU)}; }
  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> out;
    for (const Linear& l : layers)
      if (l.gradWeight.defined()) {
        out.push_back(l.gradWeight);
        out.push_back(l.gradBias);
      }
    if (flatGrad.defined())
      out.push_back(flatGrad);
    return out;
  }
};

void addAdapters(Layers& layers, const QString& adapters) {
  const double dropout = adapters.contains("dropout") ? 0.3 : 0;
  if (adapters.contains("all"))
    layers.addAdapter({0, 1, 2}, 4, dropout, true);
  if (adapters.contains("some"))
    layers.addAdapter({0, 2}, 3, dropout, true);
  if (adapters.contains("second"))
    layers.addAdapter({0, 1, 2}, 2, 0, false);
}

/// A mixture whose every matrix is trained.
struct Experts {
  nn::Mixture mixture;

  Experts(int64_t count, int64_t inner) {
    at::manual_seed(9);
    mixture.experts.resize(static_cast<size_t>(count));
    const auto fill = [](Linear& linear, const at::Tensor& values) {
      linear.storage = std::make_shared<nn::DenseStorage>(values);
      linear.gradWeight = at::zeros(values.sizes());
    };
    fill(mixture.router, at::randn({count, kIn}) * 0.3);
    for (nn::Mixture::Expert& expert : mixture.experts) {
      const at::Tensor both = at::randn({2 * inner, kIn}) * 0.3;
      fill(expert.gate, both.narrow(0, 0, inner));
      fill(expert.up, both.narrow(0, inner, inner));
      fill(expert.down, at::randn({kIn, inner}) * 0.3);
    }
  }

  /// The definition in float64; `leaves`: in the order of linears().
  at::Tensor reference(const at::Tensor& x, std::vector<at::Tensor>& leaves) {
    for (Linear* linear : mixture.linears())
      leaves.push_back(linear->storage->dense().to(at::kDouble).clone().set_requires_grad(true));
    const at::Tensor probabilities = at::softmax(at::matmul(x, leaves[0].t()), -1);
    const auto [best, chosen] = at::topk(probabilities, mixture.perToken, -1);
    at::Tensor weights = at::zeros_like(probabilities).scatter(1, chosen, best), out = at::zeros_like(x);
    if (mixture.normalized)
      weights = weights / weights.sum(-1, true);
    for (size_t e = 0; e < mixture.experts.size(); ++e) {
      const at::Tensor h = at::silu(at::matmul(x, leaves[1 + 3 * e].t())) * at::matmul(x, leaves[2 + 3 * e].t());
      out = out + weights.narrow(1, static_cast<int64_t>(e), 1) * at::matmul(h, leaves[3 + 3 * e].t());
    }
    return out;
  }
};

} // namespace

class TestGroups : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void oneGemmComputesWhatSingleLayersDo_data() {
    QTest::addColumn<QString>("adapters");
    QTest::addColumn<bool>("full");
    QTest::addColumn<bool>("keepLow");
    QTest::newRow("no adapter") << "" << false << true;
    QTest::newRow("everything trains") << "" << true << true;
    QTest::newRow("an adapter on all") << "all" << false << true;
    QTest::newRow("an adapter on all, computed again") << "all" << false << false;
    QTest::newRow("an adapter on some") << "some" << false << true;
    QTest::newRow("two adapters") << "all second" << false << true;
    QTest::newRow("held beside the weights") << "all room" << false << true;
    QTest::newRow("held beside the weights, computed again") << "all room" << false << false;
    QTest::newRow("some held beside the weights") << "some room" << false << true;
    QTest::newRow("room that is not used") << "all second room" << false << true;
    QTest::newRow("dropout with room") << "all dropout room" << false << true;
    QTest::newRow("dropout") << "all dropout" << false << true;
    QTest::newRow("adapter beside trained weights") << "all" << true << true;
  }
  void oneGemmComputesWhatSingleLayersDo() {
    QFETCH(QString, adapters);
    QFETCH(bool, full);
    QFETCH(bool, keepLow);
    const c10::NoGradGuard noGrad;
    Layers one(full), single(full);
    at::manual_seed(9);
    addAdapters(one, adapters);
    at::manual_seed(9);
    addAdapters(single, adapters);
    if (adapters.contains("room"))
      one.makeRoom(adapters.contains("some") ? std::vector<int>{0, 2} : std::vector<int>{0, 1, 2});
    const LinearGroup fused = one.group(true), plain = single.group(false);
    at::Tensor x = at::randn({kTokens, kIn});
    const at::Tensor place = fused.inputPlace(kTokens, x.options());
    QCOMPARE(place.defined(), adapters == "all room" || adapters == "some room");
    if (place.defined())
      x = at::Tensor(place).copy_(x);
    const LinearInput in(x);
    at::Tensor low;
    const Columns y = fused.forward(in, keepLow ? &low : nullptr), expected = plain.forward(in, nullptr);
    for (size_t i = 0; i < 3; ++i)
      COMPARE_TENSORS(y.member[i], expected.member[i], 1e-5);
    QVERIFY(y.all.defined() && y.member[1].data_ptr() == y.all.narrow(1, kOut[0], kOut[1]).data_ptr());
    Columns dy = fused.columns(kTokens, x.options()), dySingle = plain.columns(kTokens, x.options());
    dy.all.normal_();
    for (size_t i = 0; i < 3; ++i)
      dySingle.member[i].copy_(dy.member[i]);
    at::Tensor dx = at::full({kTokens, kIn}, NAN), dxSingle = at::full({kTokens, kIn}, NAN);
    fused.backward(dy, in, low, dx);
    plain.backward(dySingle, in, {}, dxSingle);
    COMPARE_TENSORS(dx, dxSingle, 2e-5);
    const auto got = one.gradients(), wanted = single.gradients();
    for (size_t i = 0; i < got.size(); ++i)
      COMPARE_TENSORS(got[i], wanted[i], 5e-5);
    // In two halves, as the layer needs it whose input comes last; gradients are added to.
    at::Tensor again = at::empty_like(dx);
    fused.backwardWeights(dy, in, {}, fused.backwardInput(dy, again));
    COMPARE_TENSORS(again, dxSingle, 2e-5);
    for (size_t i = 0; i < got.size(); ++i)
      COMPARE_TENSORS(got[i], wanted[i] * 2, 1e-4);
  }

  /// Forward and every gradient of a mixture against autograd, where each expert computes every token with weight 0 where it was not chosen.
  void mixturesOfAnyShapeMatchAutograd_data() {
    QTest::addColumn<int>("tokens");
    QTest::addColumn<int>("experts");
    QTest::addColumn<int>("perToken");
    QTest::addColumn<int>("inner");
    QTest::addColumn<bool>("normalized");
    QTest::addColumn<bool>("gpu");
    for (const bool gpu : {false, true}) {
      const auto row = [gpu](const char* name) -> QTestData& { return QTest::newRow(qPrintable(QString(gpu ? "%1, as on a GPU" : "%1").arg(name))); };
      row("one token, one expert") << 1 << 1 << 1 << 4 << true << gpu;
      row("one token for every expert") << 1 << 8 << 8 << 7 << true << gpu;
      row("more experts than tokens") << 3 << 40 << 2 << 5 << false << gpu;
      row("one choice") << 33 << 4 << 1 << 1 << false << gpu;
      row("many tokens") << 130 << 6 << 3 << 20 << true << gpu;
    }
  }
  void mixturesOfAnyShapeMatchAutograd() {
    QFETCH(int, tokens);
    QFETCH(int, experts);
    QFETCH(int, perToken);
    QFETCH(int, inner);
    QFETCH(bool, normalized);
    QFETCH(bool, gpu);
    Experts own(experts, inner);
    own.mixture.perToken = perToken;
    own.mixture.normalized = normalized;
    own.mixture.device = gpu ? at::kCUDA : at::kCPU;
    const at::Tensor x = at::randn({tokens, kIn}), dy = at::randn({tokens, kIn}), x64 = x.to(at::kDouble).set_requires_grad(true);
    nn::MixtureStash stash;
    const at::Tensor y = own.mixture.forward(x, {}, &stash), alone = own.mixture.forward(x, {}, nullptr);
    QVERIFY(y.equal(alone));
    QCOMPARE(stash.routing.begin.back(), static_cast<int64_t>(tokens) * perToken);
    const at::Tensor dx = own.mixture.backward(dy, x, {}, stash);
    std::vector<at::Tensor> leaves;
    const at::Tensor expected = own.reference(x64, leaves);
    COMPARE_TENSORS(y, expected, 1e-5 * test::largest(expected));
    (expected * dy.to(at::kDouble)).sum().backward();
    COMPARE_TENSORS(dx, x64.grad(), 1e-5 * test::largest(x64.grad()));
    const std::vector<Linear*> linears = own.mixture.linears();
    for (size_t i = 0; i < linears.size(); ++i)
      COMPARE_TENSORS(linears[i]->gradWeight, leaves[i].grad(), 1e-5 * std::max(test::largest(leaves[i].grad()), 1e-3));
  }

  void anExpertMayGetEveryTokenAndOthersNone() {
    Experts own(5, 9);
    own.mixture.perToken = 1;
    at::Tensor router = own.mixture.router.storage->dense();
    router.zero_();
    router[3].fill_(1);
    const at::Tensor x = at::rand({21, kIn});
    nn::MixtureStash stash;
    const at::Tensor y = own.mixture.forward(x, {}, &stash);
    QCOMPARE(stash.routing.begin, (std::vector<int64_t>{0, 0, 0, 0, 21, 21}));
    std::vector<at::Tensor> leaves;
    const at::Tensor expected = own.reference(x.to(at::kDouble), leaves);
    COMPARE_TENSORS(y, expected, 1e-5 * test::largest(expected));
    own.mixture.backward(at::ones_like(x), x, {}, stash);
    for (size_t e = 0; e < 5; ++e)
      QCOMPARE(test::largest(own.mixture.experts[e].down.gradWeight) > 0, e == 3);
    QVERIFY(test::largest(own.mixture.experts[3].gate.gradWeight) > 0);
  }

  /// Of equal probabilities the reference takes the ones that torch.topk takes (torch 2.11: experts 6, 5 and 4 of eight equal ones).
  void equalProbabilitiesChooseAsTheReferenceDoes() {
    Experts own(8, 4);
    own.mixture.perToken = 3;
    own.mixture.router.storage->dense().zero_();
    const nn::Routing routing = own.mixture.route(at::randn({2, kIn}), {});
    QVERIFY(routing.chosen.equal(at::tensor({6, 5, 4, 6, 5, 4}, at::kLong).view({2, 3})));
    COMPARE_TENSORS(routing.weights, at::full({2, 3}, 1.0 / 3), 1e-7);
    QCOMPARE(routing.begin, (std::vector<int64_t>{0, 0, 0, 0, 0, 2, 4, 6, 6}));
    QVERIFY(routing.order.equal(at::tensor({2, 5, 1, 4, 0, 3}, at::kLong)));
  }

  void rowsJoinOnlyWhereTheyFollowEachOther() {
    const at::Tensor all = at::randn({10, 6});
    const std::vector<at::Tensor> next = {all.narrow(0, 0, 3), all.narrow(0, 3, 5), all.narrow(0, 8, 2)}, gap = {all.narrow(0, 0, 3), all.narrow(0, 4, 2)},
                                  other = {all.narrow(0, 0, 3), at::randn({2, 6})}, undefined = {all, at::Tensor()};
    QVERIFY(nn::joinedRows(next).equal(all));
    QVERIFY(!nn::joinedRows(gap).defined());
    QVERIFY(!nn::joinedRows(other).defined());
    QVERIFY(!nn::joinedRows(undefined).defined());
    QVERIFY(!nn::joinedRows({}).defined());
  }
};

QTEST_GUILESS_MAIN(TestGroups)
#include "tst_groups.moc"
