// SPDX-License-Identifier: Apache-2.0
#include "core/plan/device_rates.h"
#include "core/plan/plan.h"
#include "core/plan/stash_bytes.h"

#include <QtTest/QtTest>

using namespace lathe;
using namespace lathe::plan;

namespace {

/// Llama-3.1-8B and Llama-3.2-1B.
const ModelShape k8b{32, 4096, 14336, 32, 8, 128, 128256, false, 8'030'261'248};
const ModelShape k1b{16, 2048, 8192, 32, 8, 64, 128256, true, 1'235'814'400};

api::TrainSpec spec(int64_t rank = 16) {
  api::TrainSpec s;
  s.method.r = rank;
  s.model.dtype = "bfloat16";
  return s;
}

} // namespace

class TestPlan : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void adapterParametersAreThoseOfPeft() {
    // print_trainable_parameters of PEFT for r = 16 on all linear modules.
    QCOMPARE(adapterParameters(spec(), k8b), int64_t{41'943'040});
    QCOMPARE(adapterParameters(spec(), k1b), int64_t{11'272'192});
    auto one = spec();
    one.method.targetModules = {"q_proj"};
    one.method.layersToTransform = {3};
    QCOMPARE(adapterParameters(one, k8b), int64_t{16 * (4096 + 4096)});
    one.method.rankPattern["self_attn.q_proj"] = 4;
    QCOMPARE(adapterParameters(one, k8b), int64_t{4 * (4096 + 4096)});
    one.method.excludeModules = {"q_proj"};
    QCOMPARE(adapterParameters(one, k8b), int64_t{0});
    QVERIFY(!planTraining(one, k8b, {}).problems.empty());
  }

  void mixturesCountTheirExpertsOnceForMemoryAndTheChosenOnesForTime() {
    ModelShape shape{2, 64, 80, 4, 2, 16, 320, false, 150'000};
    shape.experts = {4, 2, 40, {true, false}, "mlp", "gate_proj", "up_proj", "down_proj"};
    // PEFT's matrices on linear experts: q, k, v, o of both layers; router and four experts of one, one MLP of the other.
    const int64_t attention = (64 + 64) + 2 * (64 + 32) + (64 + 64), mixture = (64 + 4) + 4 * 3 * (64 + 40), dense = 3 * (64 + 80);
    QCOMPARE(adapterParameters(spec(8), shape), 8 * (2 * attention + mixture + dense));
    auto routers = spec(8);
    routers.method.targetModules = {"gate"};
    QCOMPARE(adapterParameters(routers, shape), int64_t{8 * (64 + 4)});
    auto one = spec(8);
    one.method.targetModules = {"experts.3.down_proj"};
    QCOMPARE(adapterParameters(one, shape), int64_t{8 * (64 + 40)});
    const api::MemoryPlan plan = planTraining(spec(8), shape, {});
    QCOMPARE(plan.modelParameters, int64_t{150'000});
    QCOMPARE(plan.activeParameters, int64_t{150'000 - 2 * 3 * 64 * 40});
    ModelShape more = shape;
    more.experts.count = 8;
    QCOMPARE(flopsPerToken(more, false, false) - flopsPerToken(shape, false, false), 4.0 * 4 * 64); // the router alone sees more of them
    more = shape;
    more.experts.perToken = 3;
    QCOMPARE(flopsPerToken(more, false, false) - flopsPerToken(shape, false, false), 4.0 * 3 * 64 * 40);
    QCOMPARE(mixtureStashBytes(shape, 1, 2) - attentionStashBytes(shape, 1, 2), uint64_t{2 * (2 * 40 * 2 + 4 + 24) + 4 * 4});
    QCOMPARE(stashPeakBytes(shape, 10, 4, 2, 0), mixtureStashBytes(shape, 10, 4) + denseStashBytes(shape, 10, 4));
  }

  void theStashOfAnEightBillionModelIsNinetyFourKilobytesATokenAndLayer() {
    QCOMPARE(layerStashBytes(k8b, 1, 2), uint64_t{(2 * 4096 + 2 * 4096 + 2 * 1024 + 2 * 14336) * 2 + 4 * 32});
  }

  void categoriesAddUpAndRankChangesOnlyTheAdapter() {
    const auto a = planTraining(spec(16), k1b, {}), b = planTraining(spec(32), k1b, {});
    QCOMPARE(a.total, a.weights + a.adapters + a.gradients + a.optimizer + a.stash + a.workspace + a.context);
    QCOMPARE(b.adapters, 2 * a.adapters);
    QCOMPARE(b.optimizer, 2 * a.optimizer);
    QCOMPARE(b.weights, a.weights);
    QCOMPARE(b.stash, a.stash);
    QCOMPARE(a.weights, k1b.parameters * 2);
  }

  void automaticRecomputeIsChosenOnlyWhereNeeded() {
    const auto free = planTraining(spec(), k8b, {"GPU", 140ll << 30, 0});
    QCOMPARE(free.recompute, std::string("none"));
    QVERIFY(free.problems.empty());
    const auto tight = planTraining(spec(), k8b, {"GPU", 24ll << 30, 0});
    QCOMPARE(tight.recompute, std::string("all"));
    QVERIFY(tight.total < free.total);
    const auto tighter = planTraining(spec(), k8b, {"GPU", tight.total - (1ll << 30), 0, true});
    QCOMPARE(tighter.recompute, std::string("offload"));
    QVERIFY(tighter.total < tight.total);
    const auto hopeless = planTraining(spec(), k8b, {"GPU", 8ll << 30, 0});
    QCOMPARE(hopeless.problems.size(), size_t{1});
    QVERIFY(!hopeless.advice.empty());
  }

  void predictionsAreWhatAGpuAllocated() {
    // `lathe bench train` on an NVIDIA H200: LoRA r16 on all linear modules, bfloat16, 4 x 2,048 tokens, peak of the allocator.
    const struct {
      const ModelShape& shape;
      const char* recompute;
      double bytes;
    } measured[] = {{k8b, "none", 43'358'162'944}, {k8b, "all", 20'617'760'768}, {k8b, "offload", 18'584'571'904}, {k1b, "none", 10'798'092'288}, {k1b, "all", 4'525'543'424}};
    for (const auto& one : measured) {
      auto s = spec();
      s.training.recompute = one.recompute;
      s.training.tokensPerMicrobatch = 8192;
      const api::MemoryPlan plan = planTraining(s, one.shape, {"GPU", 140ll << 30, 0, true});
      const double predicted = static_cast<double>(plan.total - plan.context);
      QVERIFY2(std::abs(predicted / one.bytes - 1) < 0.03, qPrintable(QStringLiteral("%1: %2 predicted, %3 measured").arg(QLatin1String(one.recompute)).arg(predicted).arg(one.bytes)));
    }
  }

  void recomputingEveryOtherLayerLiesBetweenAllAndNone() {
    auto s = spec();
    s.training.recompute = "none";
    const auto none = planTraining(s, k8b, {}).stash;
    s.training.recompute = "every-2";
    const auto half = planTraining(s, k8b, {}).stash;
    s.training.recompute = "all";
    const auto all = planTraining(s, k8b, {}).stash;
    QVERIFY(all < half && half < none);
  }

  void aShorterLongestRowNeverRaisesThePrediction() {
    auto s = spec();
    s.data.maxSeqLen = 16384;
    QVERIFY(planTraining(s, k8b, {}, 1000).total < planTraining(s, k8b, {}, 0).total);
  }

  void speedComesFromWhatWasMeasuredAtAboutTheSameWidth() {
    QTemporaryDir folder;
    const std::string home = folder.path().toStdString();
    QVERIFY(loadRates(home, "CPU", "here").empty());
    QCOMPARE(expectedFlops({}, 288), 0.0);
    saveRate(home, "CPU", "here", {128, 40, "bench device", 1});
    saveRate(home, "CPU", "here", {512, 80, "a run", 2});
    saveRate(home, "CPU", "here", {128, 50, "again", 3});
    saveRate(home, "CPU", "here", {0, 50, "nonsense", 3});
    saveRate(home, "CPU", "here", {64, std::nan(""), "nonsense", 3});
    const auto points = loadRates(home, "CPU", "here");
    QCOMPARE(points.size(), size_t(2));
    QCOMPARE(points[0].source, std::string("again"));
    QCOMPARE(expectedFlops(points, 64), 50e9);
    QCOMPARE(expectedFlops(points, 128), 50e9);
    QCOMPARE(expectedFlops(points, 256), 65e9); // half way between 128 and 512 by the logarithm
    QCOMPARE(expectedFlops(points, 4096), 80e9);
    QVERIFY(loadRates(home, "CPU", "another machine").empty());
    QVERIFY(loadRates(home, "cuda:0", "here").empty());
    QFile file(folder.filePath("devices.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"CPU\": [");
    file.close();
    QVERIFY(loadRates(home, "CPU", "here").empty()); // damaged: measured again
    saveRate(home, "CPU", "here", {128, 40, "bench device", 1});
    QCOMPARE(loadRates(home, "CPU", "here").size(), size_t(1));
  }

  void aMeasuredRunIsPredictedAsItWas() {
    DeviceBudget device;
    for (const bool full : {false, true}) {
      auto s = spec();
      s.method.type = full ? "full" : "lora";
      s.training.recompute = "none";
      device.flops = expectedFlops({rateOfRun(s, k1b, false, 1234, "run", 0)}, k1b.hidden);
      QVERIFY(std::abs(planTraining(s, k1b, device).tokensPerS - 1234) < 1e-6);
    }
    QCOMPARE(planTraining(spec(), k1b, {}).tokensPerS, 0.0);
  }
};

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
