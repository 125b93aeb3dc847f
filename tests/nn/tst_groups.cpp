// SPDX-License-Identifier: Apache-2.0
// The GPU's way to compute layers that share an input (one GEMM, joined adapters) against each layer by itself. The same operations run on the
// CPU when a group is told that it computes for a GPU, so the arithmetic of the routes is checked here without one.
#include "core/nn/linear_group.h"
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
