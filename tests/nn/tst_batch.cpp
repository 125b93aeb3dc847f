// SPDX-License-Identifier: Apache-2.0
// Batches filled up to a shape of the ladder mean the same as the batches they were made from.
#include "core/nn/model.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

#include <set>

using namespace lathe;

namespace {

struct Rows {
  std::vector<int64_t> tokens, targets, positions;
  std::vector<int32_t> bounds = {0};
  int64_t longest = 0;

  explicit Rows(const std::vector<int64_t>& lengths, int64_t supervisedEvery = 2) {
    for (const int64_t length : lengths) {
      for (int64_t i = 0; i < length; ++i) {
        tokens.push_back((i * 31 + length * 7) % 90 + 3);
        targets.push_back(i + 1 < length && i % supervisedEvery == 0 ? ((i + 1) * 31 + length * 7) % 90 + 3 : -100);
        positions.push_back(i);
      }
      bounds.push_back(static_cast<int32_t>(tokens.size()));
      longest = std::max(longest, length);
    }
  }
  nn::HostBatch laidOut(bool filled) const { return nn::layOutBatch(tokens, targets, positions, bounds, longest, false, filled); }
};

io::ModelConfig smallModel(bool tied) {
  io::ModelConfig c;
  c.modelType = "llama";
  c.architecture = "LlamaForCausalLM";
  c.vocabSize = 96;
  c.hiddenSize = 32;
  c.intermediateSize = 48;
  c.layers = 2;
  c.heads = 4;
  c.kvHeads = 2;
  c.headDim = 8;
  c.maxPositions = 512;
  c.rmsNormEps = 1e-5;
  c.initializerRange = 0.1;
  c.tieEmbeddings = tied;
  return c;
}

} // namespace

class TestBatch : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void shapesHoldTheirBatches() {
    for (const nn::BatchShape& s : {nn::BatchShape{1, 1, 1, 0}, {127, 3, 127, 1}, {128, 128, 1, 127}, {129, 2, 128, 129}, {4095, 9, 700, 4000}, {4096, 1, 4096, 4095}, {54'321, 700, 1025, 30'000}}) {
      const nn::BatchShape f = nn::filledShape(s);
      QVERIFY(f.tokens > s.tokens && f.sequences > s.sequences && f.maxSeqlen >= s.maxSeqlen && f.supervised >= s.supervised);
      QVERIFY(f.tokens <= std::max<int64_t>(128, s.tokens < 4096 ? s.tokens * 3 / 2 : s.tokens * 9 / 8 + 1));
      QVERIFY((f.sequences - s.sequences) * f.maxSeqlen >= f.tokens - s.tokens); // the fillers find a place
    }
  }

  void fewShapesServeManyBatches() {
    std::set<nn::BatchShape> shapes;
    for (int64_t i = 0; i < 1000; ++i)
      shapes.insert(nn::filledShape({300 + i % 250, 16, 20 + i % 90, 150 + i % 100}));
    QVERIFY2(shapes.size() <= 8, qPrintable(QString::number(shapes.size())));
  }

  void aFilledBatchIsWellFormed() {
    const Rows rows({5, 1, 40, 17});
    const nn::HostBatch host = rows.laidOut(true);
    const nn::Batch b = nn::toDevice(host, at::kCPU);
    QCOMPARE(b.tokens.numel(), 128);
    const auto* cu = b.cuSeqlens.const_data_ptr<int32_t>();
    QCOMPARE(cu[0], 0);
    for (int64_t i = 0; i < host.sequences; ++i)
      QVERIFY(cu[i] <= cu[i + 1] && cu[i + 1] - cu[i] <= host.maxSeqlen);
    QCOMPARE(cu[host.sequences], 128);
    const auto* row = b.supervisedRows.const_data_ptr<int64_t>();
    const auto* target = b.supervisedTargets.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < host.supervised; ++i)
      QVERIFY(target[i] >= 0 ? b.targets[row[i]].item<int64_t>() == target[i] : row[i] == 127); // what has no target writes where no target is
  }

  void fillingChangesNeitherLossNorGradients_data() {
    QTest::addColumn<bool>("full");
    QTest::newRow("adapter") << false;
    QTest::newRow("everything") << true;
  }
  void fillingChangesNeitherLossNorGradients() {
    QFETCH(bool, full);
    const auto model = nn::Model::random(smallModel(full), 3, nn::Compute::Float32, at::kCPU);
    if (!full) {
      nn::AdapterSpec spec;
      spec.r = 4;
      spec.targetModules = {"all-linear"};
      model->addAdapter("a", spec, 5);
    }
    for (const nn::Parameter& p : model->trainable(full ? "" : "a"))
      at::Tensor(p.master).add_(0.01); // B is not zero
    for (const auto& lengths : {std::vector<int64_t>{5, 1, 40, 17}, {127}, {130, 2}}) {
      const Rows rows(lengths);
      at::Tensor grad = model->flatGrad();
      std::vector<at::Tensor> losses, grads;
      for (const bool filled : {false, true}) {
        grad.zero_();
        losses.push_back(model->forwardBackward(nn::toDevice(rows.laidOut(filled), at::kCPU), 0.01, {}).sum.clone());
        grads.push_back(grad.clone());
      }
      QVERIFY(grads[0].abs().max().item<double>() > 0);
      COMPARE_TENSORS(losses[1], losses[0], losses[0].item<double>() * 1e-6);
      COMPARE_TENSORS(grads[1], grads[0], grads[0].abs().max().item<double>() * 1e-5);
    }
  }
};

QTEST_APPLESS_MAIN(TestBatch)
#include "tst_batch.moc"
