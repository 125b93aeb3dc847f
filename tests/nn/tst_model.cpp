// SPDX-License-Identifier: Apache-2.0
// Adapters and weights of a model as files and as state: names, round trips, switching, merging, refusals; the paged cache.
#include "core/base/error.h"
#include "core/io/safetensors.h"
#include "core/nn/model.h"
#include "tests/support/tensor_compare.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

using namespace lathe;
using nn::Compute;
using nn::Model;

namespace {

const std::string kLlama = std::string(LATHE_TEST_DATA) + "/tiny-models/llama";

io::ModelConfig smallConfig() {
  io::ModelConfig c = io::readModelConfig(kLlama);
  c.layers = 2;
  c.vocabSize = 64;
  return c;
}

nn::AdapterSpec loraOn(std::vector<std::string> targets) {
  nn::AdapterSpec spec;
  spec.r = 3;
  spec.alpha = 6;
  spec.targetModules = std::move(targets);
  return spec;
}

nn::Batch someBatch(int64_t vocab) {
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < 25; ++i)
    ids.push_back((i * 7 + 3) % vocab);
  return nn::packBatch({ids, {1, 2, 3}}, {}, at::kCPU);
}

void fillAdapter(Model& model, const std::string& name) {
  at::Generator generator = at::detail::createCPUGenerator(17);
  for (const nn::Parameter& p : model.trainable(name)) {
    at::Tensor master = p.master;
    master.normal_(0, 0.1, generator);
  }
  model.publishMaster();
}

uint64_t residentBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

at::Tensor logitsOf(Model& model) { return model.logits(someBatch(model.config().vocabSize), false).logits; }

/// Kind and code of what a call throws.
template <class F>
std::pair<ErrorKind, std::string> thrown(F&& call) {
  try {
    call();
  } catch (const Exception& e) {
    return {e.error().kind, e.error().code};
  }
  return {ErrorKind::Internal, "nothing was thrown"};
}

} // namespace

class TestModel : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void sameSeedMakesTheSameModel() {
    const io::ModelConfig c = smallConfig();
    const auto a = Model::random(c, 5, Compute::Float32, at::kCPU), b = Model::random(c, 5, Compute::Float32, at::kCPU), other = Model::random(c, 6, Compute::Float32, at::kCPU);
    QVERIFY(logitsOf(*a).equal(logitsOf(*b)));
    QVERIFY(!logitsOf(*a).equal(logitsOf(*other)));
    int64_t parameters = 0;
    for (const nn::Parameter& p : a->trainable(""))
      parameters += p.value.numel();
    QCOMPARE(parameters, c.parameters());
  }

  void adapterTargetsFollowPeft_data() {
    QTest::addColumn<QStringList>("targets");
    QTest::addColumn<QList<int>>("layers");
    QTest::addColumn<int>("modules");
    QTest::newRow("all-linear") << QStringList{"all-linear"} << QList<int>{} << 14;
    QTest::newRow("two names") << QStringList{"q_proj", "v_proj"} << QList<int>{} << 4;
    QTest::newRow("one module of one layer") << QStringList{"model.layers.1.mlp.up_proj"} << QList<int>{} << 1;
    QTest::newRow("one layer") << QStringList{"all-linear"} << QList<int>{1} << 7;
    QTest::newRow("part of a path") << QStringList{"self_attn.o_proj"} << QList<int>{} << 2;
  }
  void adapterTargetsFollowPeft() {
    QFETCH(QStringList, targets);
    QFETCH(QList<int>, layers);
    QFETCH(int, modules);
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    nn::AdapterSpec spec = loraOn({});
    for (const QString& t : targets)
      spec.targetModules.push_back(t.toStdString());
    spec.layersToTransform.assign(layers.begin(), layers.end());
    model->addAdapter("a", spec, 1);
    const at::Tensor base = logitsOf(*model);
    QCOMPARE(static_cast<int>(model->trainable("a").size()), 2 * modules);
    QVERIFY(logitsOf(*model).equal(base)); // B starts at zero
    model->forwardBackward(someBatch(64), 1, {});
    for (const nn::Parameter& p : model->trainable("a"))
      QVERIFY2((test::largest(p.grad) > 0) == (p.name.find("lora_B") != std::string::npos), p.name.c_str());
  }

  void adapterInitialisationIsPefts() {
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    model->addAdapter("a", loraOn({"down_proj"}), 1);
    for (const nn::Parameter& p : model->trainable("a")) {
      if (p.name.find("lora_B") != std::string::npos) {
        QCOMPARE(test::largest(p.value), 0.0);
        continue;
      }
      const double bound = 1 / std::sqrt(112.0);
      QVERIFY(test::largest(p.value) <= bound && test::largest(p.value) > 0.9 * bound);
      QVERIFY(std::abs(p.value.mean().item<double>()) < 4 * bound / std::sqrt(3.0 * static_cast<double>(p.value.numel())));
    }
  }

  void savedAdapterLoadsAsItWas() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/adapter";
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    nn::AdapterSpec spec = loraOn({"q_proj", "down_proj"});
    spec.rslora = true;
    spec.rankPattern = {{"down_proj", 5}};
    model->addAdapter("a", spec, 1);
    fillAdapter(*model, "a");
    const at::Tensor expected = logitsOf(*model);
    model->saveAdapter("a", path, "some-base");
    const auto other = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    other->loadAdapter("b", path);
    QVERIFY(!logitsOf(*other).equal(expected));
    other->setActiveAdapters({{"b", 1.0}});
    QVERIFY(logitsOf(*other).equal(expected));
    std::set<std::string> names;
    const auto file = io::SafetensorsFile::open(path + "/adapter_model.safetensors");
    for (const auto& tensor : file->tensors())
      names.insert(tensor.name);
    QCOMPARE(names.size(), size_t(8));
    QVERIFY(names.contains("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"));
  }

  void adaptersAddUpAndScale() {
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    model->addAdapter("a", loraOn({"all-linear"}), 1);
    model->addAdapter("b", loraOn({"v_proj"}), 2);
    fillAdapter(*model, "a");
    fillAdapter(*model, "b");
    const at::Tensor both = logitsOf(*model); // training activated each in turn
    model->setActiveAdapters({{"b", 1.0}, {"a", 1.0}});
    COMPARE_TENSORS(logitsOf(*model), both, 1e-5 * test::largest(both));
    model->setActiveAdapters({{"a", 0.5}, {"a", 0.5}});
    const at::Tensor halves = logitsOf(*model);
    model->setActiveAdapters({{"a", 1.0}});
    COMPARE_TENSORS(logitsOf(*model), halves, 1e-5 * test::largest(halves));
    model->setActiveAdapters({{"a", 0.0}});
    const at::Tensor none = logitsOf(*model);
    model->setActiveAdapters({});
    QVERIFY(logitsOf(*model).equal(none));
  }

  void mergedModelSavesAndLoads() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/merged";
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    model->addAdapter("a", loraOn({"all-linear"}), 1);
    fillAdapter(*model, "a");
    const at::Tensor expected = logitsOf(*model);
    model->mergeAdapter("a");
    QVERIFY(model->adapters().empty());
    COMPARE_TENSORS(logitsOf(*model), expected, 1e-5 * test::largest(expected));
    model->saveModel(path);
    const auto loaded = Model::load(path, {});
    QVERIFY(logitsOf(*loaded).equal(logitsOf(*model)));
  }

  void bfloat16ModelSavesItsOwnBits() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/half";
    io::ModelConfig c = smallConfig();
    c.tieEmbeddings = true;
    const auto model = Model::random(c, 5, Compute::BFloat16, at::kCPU);
    model->saveModel(path);
    nn::LoadOptions options;
    options.dtype = Compute::BFloat16;
    const auto loaded = Model::load(path, options);
    QVERIFY(loaded->config().tieEmbeddings);
    QCOMPARE(loaded->config().dtype, std::string("bfloat16"));
    QVERIFY(logitsOf(*loaded).equal(logitsOf(*model)));
  }

  void masterValuesReachBfloat16Weights() {
    const auto model = Model::random(smallConfig(), 5, Compute::BFloat16, at::kCPU);
    const at::Tensor before = logitsOf(*model);
    model->trainable("");
    at::Tensor master = model->flatMaster();
    master.mul_(1.25);
    model->publishMaster();
    QVERIFY(!logitsOf(*model).equal(before));
    for (const nn::Parameter& p : model->trainable(""))
      QVERIFY(p.value.equal(p.master.to(p.value.scalar_type())));
  }

  void dropoutActsInTrainingOnly() {
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    nn::AdapterSpec spec = loraOn({"all-linear"});
    spec.dropout = 0.5;
    model->addAdapter("a", spec, 1);
    fillAdapter(*model, "a");
    nn::Batch batch = someBatch(64);
    const double plain = model->evaluate(batch).sum.item<double>();
    const auto training = [&](uint64_t counter) {
      batch.dropoutCounter = counter;
      return model->forwardBackward(batch, 1, {}).sum.item<double>();
    };
    QCOMPARE(model->evaluate(batch).sum.item<double>(), plain);
    QVERIFY(training(1) != plain);
    QCOMPARE(training(1), training(1));
    QVERIFY(training(1) != training(2));
  }

  void brokenAdaptersAreRefused() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/adapter";
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    using Pair = std::pair<ErrorKind, std::string>;
    QCOMPARE(thrown([&] { model->addAdapter("a", loraOn({"query"}), 1); }).first, ErrorKind::Usage);
    nn::AdapterSpec zero = loraOn({"q_proj"});
    zero.r = 0;
    QCOMPARE(thrown([&] { model->addAdapter("a", zero, 1); }).first, ErrorKind::Usage);
    nn::AdapterSpec dora = loraOn({"q_proj"});
    dora.dora = true;
    QCOMPARE(thrown([&] { model->addAdapter("a", dora, 1); }).first, ErrorKind::Unsupported);
    model->addAdapter("a", loraOn({"q_proj"}), 1);
    model->saveAdapter("a", path);
    io::ModelConfig wide = smallConfig();
    wide.hiddenSize = 48;
    QCOMPARE(thrown([&] { Model::random(wide, 5, Compute::Float32, at::kCPU)->loadAdapter("b", path); }), Pair(ErrorKind::Refused, "REJ:ADAPTER_SHAPE"));
    io::ModelConfig shallow = smallConfig();
    shallow.layers = 1;
    QCOMPARE(thrown([&] { Model::random(shallow, 5, Compute::Float32, at::kCPU)->loadAdapter("b", path); }), Pair(ErrorKind::Refused, "REJ:ADAPTER_TARGET"));
    io::ModelConfig deep = smallConfig();
    deep.layers = 3;
    QCOMPARE(thrown([&] { Model::random(deep, 5, Compute::Float32, at::kCPU)->loadAdapter("b", path); }), Pair(ErrorKind::Refused, "REJ:ADAPTER_MISSING"));
    at::Tensor master = model->trainable("a").front().master;
    master[0][0] = NAN;
    const at::Tensor before = model->trainable("a").back().value.clone();
    QCOMPARE(thrown([&] { model->mergeAdapter("a"); }).first, ErrorKind::Numeric);
    model->saveAdapter("a", path);
    QCOMPARE(thrown([&] { model->loadAdapter("b", path); }), Pair(ErrorKind::Refused, "REJ:ADAPTER_NAN"));
    QCOMPARE(model->adapters(), std::vector<std::string>{"a"});
  }

  void aFailedLoadChangesNothingAndAThousandSwapsLeaveNoMemory() {
    QTemporaryDir folder;
    const std::string good = folder.path().toStdString() + "/good", bad = folder.path().toStdString() + "/bad";
    const auto model = Model::random(smallConfig(), 5, Compute::Float32, at::kCPU);
    const at::Tensor base = logitsOf(*model);
    model->addAdapter("a", loraOn({"all-linear"}), 1);
    fillAdapter(*model, "a");
    model->setActiveAdapters({{"a", 1.0}});
    const at::Tensor expected = logitsOf(*model);
    model->saveAdapter("a", good);
    model->trainable("a").front().master[0][0] = NAN;
    model->saveAdapter("a", bad);
    model->removeAdapter("a");
    uint64_t resident = 0;
    for (int swap = 0; swap < 1000; ++swap) {
      QCOMPARE(thrown([&] { model->loadAdapter("b", bad); }).second, std::string("REJ:ADAPTER_NAN"));
      model->loadAdapter("b", good);
      model->setActiveAdapters({{"b", 1.0}});
      if (swap % 100 == 0)
        QVERIFY(logitsOf(*model).equal(expected));
      model->setActiveAdapters({});
      model->removeAdapter("b");
      if (swap == 200)
        resident = residentBytes();
    }
    QVERIFY(logitsOf(*model).equal(base));
    QVERIFY(model->adapters().empty());
    QVERIFY2(residentBytes() < resident + (8ull << 20), qPrintable(QString("%1 bytes more after 800 swaps").arg(residentBytes() - resident)));
  }

  void incompleteModelFolderIsRefused() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    io::ModelConfig c = smallConfig();
    Model::random(c, 5, Compute::Float32, at::kCPU)->saveModel(path);
    c.layers = 3;
    std::ofstream(path + "/config.json") << dumpJson(io::modelConfigToJson(c));
    QCOMPARE(thrown([&] { Model::load(path, {}); }).second, std::string("REJ:MODEL_TENSOR"));
    c.layers = 2;
    c.intermediateSize = 111;
    std::ofstream(path + "/config.json") << dumpJson(io::modelConfigToJson(c));
    QCOMPARE(thrown([&] { Model::load(path, {}); }).second, std::string("REJ:MODEL_SHAPE"));
  }

  void loadingReportsProgressAndStops() {
    nn::LoadOptions options;
    std::vector<uint64_t> seen;
    uint64_t total = 0;
    options.progress = [&](uint64_t done, uint64_t all) {
      seen.push_back(done);
      total = all;
    };
    Model::load(kLlama, options);
    QVERIFY(std::is_sorted(seen.begin(), seen.end()) && seen.back() == total && total > 500000);
    std::stop_source stop;
    options.stop = stop.get_token();
    options.progress = [&](uint64_t, uint64_t) { stop.request_stop(); };
    QCOMPARE(thrown([&] { Model::load(kLlama, options); }).first, ErrorKind::Cancelled);
  }

  void cachePagesAreSharedAndGivenBack() {
    nn::PagedCache cache(smallConfig(), Compute::Float32, at::kCPU, 5, 16);
    const nn::SequenceId a = cache.open(), b = cache.open();
    QVERIFY(cache.reserve(a, 33)); // 3 pages
    QVERIFY(cache.reserve(b, 32)); // 2 pages
    QCOMPARE(cache.freePages(), 0);
    QVERIFY(!cache.reserve(b, 33));
    cache.advance(a, 33);
    QCOMPARE(cache.length(a), 33);
    cache.truncate(a, 16);
    QCOMPARE(cache.freePages(), 2);
    QVERIFY(cache.reserve(b, 33));
    cache.close(a);
    cache.close(b);
    QCOMPARE(cache.freePages(), 5);
    QCOMPARE(cache.bytes(), uint64_t(2 * 2 * 5 * 16 * 2 * 8 * 4));
  }
};

QTEST_GUILESS_MAIN(TestModel)
#include "tst_model.moc"
