// SPDX-License-Identifier: Apache-2.0
// The explicit backward against autograd on the plain-operations twin in float64.
#include "core/nn/model.h"
#include "core/ops/checks.h"
#include "core/plan/stash_bytes.h"
#include "tests/nn/twin.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

using namespace lathe;
using nn::Compute;
using nn::Model;
using nn::RecomputePolicy;

namespace {

io::ModelConfig smallConfig() {
  io::ModelConfig c;
  c.modelType = "llama";
  c.architecture = "LlamaForCausalLM";
  c.vocabSize = 101;
  c.hiddenSize = 60;
  c.intermediateSize = 44;
  c.layers = 3;
  c.heads = 6;
  c.kvHeads = 2;
  c.headDim = 20;
  c.maxPositions = 512;
  c.rmsNormEps = 1e-5;
  c.initializerRange = 0.15;
  return c;
}

/// The same with experts: all layers Mixtral's way, or Qwen 3's with one dense layer and weights that do not sum to 1.
io::ModelConfig mixtureConfig(bool mixtral) {
  io::ModelConfig c = smallConfig();
  c.experts.count = 6;
  c.experts.perToken = mixtral ? 2 : 3;
  c.experts.intermediate = 28;
  if (mixtral) {
    c.experts.block = "block_sparse_moe";
    c.experts.gate = "w1", c.experts.up = "w3", c.experts.down = "w2";
  } else {
    c.experts.normalized = false;
    c.experts.layers = {true, false, true};
    c.headNorms = io::HeadNorms::EachHead;
  }
  return c;
}

nn::Batch randomBatch(const io::ModelConfig& c, const std::vector<int64_t>& lengths, bool masked) {
  std::vector<std::vector<int64_t>> sequences;
  std::vector<std::vector<uint8_t>> supervise;
  at::Generator generator = at::detail::createCPUGenerator(7);
  for (const int64_t n : lengths) {
    const at::Tensor ids = at::randint(0, c.vocabSize, {n}, generator, at::TensorOptions().dtype(at::kLong));
    sequences.emplace_back(ids.data_ptr<int64_t>(), ids.data_ptr<int64_t>() + n);
    std::vector<uint8_t> wanted;
    for (int64_t i = 0; i < n; ++i)
      wanted.push_back(!masked || i % 3 != 1);
    supervise.push_back(wanted);
  }
  return nn::packBatch(sequences, supervise, at::kCPU);
}

/// The twin of a model made from this seed, whose weights are those of another instance of the same model.
test::TwinModel twinOf(const io::ModelConfig& config, uint64_t seed, Compute dtype) {
  test::TwinModel twin{config, {}, {}};
  const auto model = Model::random(config, seed, dtype, at::kCPU);
  for (const nn::Parameter& p : model->trainable(""))
    twin.weights[p.name] = p.value.to(at::kDouble).clone();
  return twin;
}

void randomize(const std::vector<nn::Parameter>& parameters) {
  at::Generator generator = at::detail::createCPUGenerator(99);
  for (const nn::Parameter& p : parameters) {
    at::Tensor master = p.master;
    master.normal_(0, 0.1, generator);
  }
}

/// base_model.model.PATH.lora_A.weight → PATH
std::string modulePath(const std::string& name) { return name.substr(17, name.size() - 17 - 14); }

std::map<std::string, at::Tensor> adapterLeaves(test::TwinModel& twin, const std::vector<nn::Parameter>& parameters, const nn::AdapterSpec& spec) {
  std::map<std::string, at::Tensor> leaves;
  for (const nn::Parameter& p : parameters) {
    const std::string path = modulePath(p.name);
    at::Tensor leaf = p.value.to(at::kDouble).clone().set_requires_grad(true);
    (p.name.find("lora_A") != std::string::npos ? twin.lora[path].a : twin.lora[path].b) = leaf;
    twin.lora[path].scaling = spec.scalingOf(path);
    leaves[p.name] = leaf;
  }
  return leaves;
}

const std::vector<int64_t> kLengths = {5, 1, 131, 2, 70};

} // namespace

class TestGradients : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void explicitBackwardMatchesAutograd_data() {
    QTest::addColumn<QString>("variant");
    for (const char* v : {"lora", "full", "lora window", "full tied", "full bias", "full linear rope", "lora llama3 rope", "lora one module", "lora patterns", "full one kv head", "full wide head", "lora qwen2",
                          "full qwen2 bias", "lora qwen3", "full qwen3 wide head", "lora mixtral", "full mixtral", "lora mixtral router", "lora experts", "full experts"})
      QTest::newRow(v) << QString(v);
  }
  void explicitBackwardMatchesAutograd() {
    QFETCH(QString, variant);
    io::ModelConfig c = variant.contains("mixtral") || variant.contains("experts") ? mixtureConfig(variant.contains("mixtral")) : smallConfig();
    if (variant.contains("window"))
      c.slidingWindow = 37;
    c.tieEmbeddings = variant.contains("tied");
    c.attentionBias = c.outputBias = c.mlpBias = variant.contains("bias");
    if (variant.contains("linear rope"))
      c.rope.type = io::RopeType::Linear, c.rope.factor = 3;
    if (variant.contains("llama3 rope"))
      c.rope = {io::RopeType::Llama3, 5000, 8, 1, 4, 32};
    if (variant.contains("one kv head"))
      c.kvHeads = 1;
    if (variant.contains("wide head"))
      c.headDim = 34;
    if (variant.contains("qwen"))
      c.modelType = variant.contains("qwen2") ? "qwen2" : "qwen3", c.attentionBias = variant.contains("qwen2"), c.outputBias = c.mlpBias = false, c.headNorms = variant.contains("qwen3") ? io::HeadNorms::EachHead : io::HeadNorms::None;
    nn::AdapterSpec spec;
    spec.r = 5;
    spec.alpha = 7;
    spec.targetModules = {"all-linear"};
    if (variant.contains("one module"))
      spec.targetModules = {"down_proj"}, spec.layersToTransform = {1};
    if (variant.contains("router"))
      spec.targetModules = {"gate"};
    if (variant.contains("patterns"))
      spec.rslora = true, spec.rankPattern = {{"q_proj", 3}}, spec.alphaPattern = {{"layers.1.mlp.up_proj", 11}}, spec.excludeModules = {"k_proj"};
    checkAgainstTwin(c, variant.startsWith("lora") ? &spec : nullptr, Compute::Float32);
  }

  void bfloat16GradientsStayNearTheTwin_data() {
    QTest::addColumn<bool>("lora");
    QTest::newRow("lora") << true;
    QTest::newRow("full") << false;
  }
  void bfloat16GradientsStayNearTheTwin() {
    QFETCH(bool, lora);
    nn::AdapterSpec spec;
    spec.r = 4;
    spec.targetModules = {"all-linear"};
    spec.alpha = 4;
    checkAgainstTwin(smallConfig(), lora ? &spec : nullptr, Compute::BFloat16);
  }

  void recomputingChangesNoGradientBit_data() {
    QTest::addColumn<bool>("lora");
    QTest::addColumn<bool>("half");
    QTest::addColumn<bool>("experts");
    for (const bool experts : {false, true}) {
      QTest::newRow(experts ? "lora float32 experts" : "lora float32") << true << false << experts;
      QTest::newRow(experts ? "full float32 experts" : "full float32") << false << false << experts;
      QTest::newRow(experts ? "lora bfloat16 experts" : "lora bfloat16") << true << true << experts;
      QTest::newRow(experts ? "full bfloat16 experts" : "full bfloat16") << false << true << experts;
    }
  }
  void recomputingChangesNoGradientBit() {
    QFETCH(bool, lora);
    QFETCH(bool, half);
    QFETCH(bool, experts);
    const io::ModelConfig c = experts ? mixtureConfig(false) : smallConfig();
    const auto model = Model::random(c, 3, half ? Compute::BFloat16 : Compute::Float32, at::kCPU);
    nn::AdapterSpec spec;
    spec.r = 4;
    spec.dropout = 0.1;
    spec.targetModules = {"all-linear"};
    model->addAdapter("a", spec, 5);
    randomize(model->trainable("a"));
    if (!lora)
      model->trainable("");
    const nn::Batch batch = randomBatch(c, kLengths, true);
    const auto gradients = [&](const RecomputePolicy& policy) {
      at::Tensor grad = model->flatGrad();
      grad.zero_();
      model->forwardBackward(batch, 0.01, policy);
      return grad.clone();
    };
    const at::Tensor plain = gradients({});
    QVERIFY(test::largest(plain) > 0);
    QVERIFY(plain.equal(gradients({})));
    QVERIFY(plain.equal(gradients({RecomputePolicy::Kind::All})));
    QVERIFY(plain.equal(gradients({RecomputePolicy::Kind::EveryN, 2})));
  }

  void gradientsAccumulateOverBatches() {
    const io::ModelConfig c = smallConfig();
    const auto model = Model::random(c, 3, Compute::Float32, at::kCPU);
    model->trainable("");
    const nn::Batch both = randomBatch(c, {9, 14}, false);
    const auto part = [&](int64_t begin, int64_t end) {
      const int64_t* ids = both.tokens.data_ptr<int64_t>();
      return nn::packBatch({std::vector<int64_t>(ids + begin, ids + end)}, {}, at::kCPU);
    };
    model->forwardBackward(both, 0.5, {});
    const at::Tensor together = model->flatGrad().clone();
    at::Tensor grad = model->flatGrad();
    grad.zero_();
    model->forwardBackward(part(0, 9), 0.5, {});
    model->forwardBackward(part(9, 23), 0.5, {});
    COMPARE_TENSORS(grad, together, 1e-5 * test::largest(together));
  }

  void noOperationSeesMoreThanTheBatchTokens_data() {
    QTest::addColumn<bool>("experts");
    QTest::newRow("dense") << false;
    QTest::newRow("experts") << true;
  }
  void noOperationSeesMoreThanTheBatchTokens() {
    QFETCH(bool, experts);
    const io::ModelConfig c = experts ? mixtureConfig(true) : smallConfig();
    const auto model = Model::random(c, 3, Compute::Float32, at::kCPU);
    model->trainable("");
    const nn::Batch batch = randomBatch(c, kLengths, false);
    ops::resetTokensSeen();
    model->forwardBackward(batch, 1, {});
    model->forwardBackward(batch, 1, {RecomputePolicy::Kind::All});
    model->evaluate(batch);
    model->logits(batch, true);
    QCOMPARE(ops::mostTokensSeen(), batch.tokens.size(0));
  }

  void stashIsAsLargeAsItsFormula_data() {
    QTest::addColumn<bool>("half");
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"dense", "mixtral", "experts"}) {
      QTest::newRow(qPrintable(QString("float32 %1").arg(kind))) << false << QString(kind);
      QTest::newRow(qPrintable(QString("bfloat16 %1").arg(kind))) << true << QString(kind);
    }
  }
  void stashIsAsLargeAsItsFormula() {
    QFETCH(bool, half);
    QFETCH(QString, kind);
    const io::ModelConfig c = kind == "dense" ? smallConfig() : mixtureConfig(kind == "mixtral");
    const auto model = Model::random(c, 3, half ? Compute::BFloat16 : Compute::Float32, at::kCPU);
    model->trainable("");
    const nn::Batch batch = randomBatch(c, kLengths, false);
    const plan::ModelShape shape = plan::shapeOf(c);
    const int64_t element = half ? 2 : 4;
    model->forwardBackward(batch, 1, {});
    QCOMPARE(model->memoryByCategory().at("stash"), plan::stashPeakBytes(shape, batch.tokens.size(0), element, c.layers, 0));
    model->forwardBackward(batch, 1, {RecomputePolicy::Kind::All});
    QCOMPARE(model->memoryByCategory().at("stash"), plan::stashPeakBytes(shape, batch.tokens.size(0), element, c.layers, c.layers));
    model->forwardBackward(batch, 1, {RecomputePolicy::Kind::EveryN, 2});
    const uint64_t mixed = model->memoryByCategory().at("stash");
    QVERIFY(mixed <= plan::stashPeakBytes(shape, batch.tokens.size(0), element, c.layers, 2));
  }

  void cachedLogitsMatchPackedOnes_data() {
    QTest::addColumn<bool>("half");
    QTest::addColumn<bool>("experts");
    QTest::newRow("float32") << false << false;
    QTest::newRow("bfloat16") << true << false;
    QTest::newRow("float32 experts") << false << true;
  }
  void cachedLogitsMatchPackedOnes() {
    QFETCH(bool, half);
    QFETCH(bool, experts);
    io::ModelConfig c = experts ? mixtureConfig(true) : smallConfig();
    c.slidingWindow = 21;
    const auto model = Model::random(c, 3, half ? Compute::BFloat16 : Compute::Float32, at::kCPU);
    const std::vector<int64_t> lengths = {90, 33};
    const nn::Batch batch = randomBatch(c, lengths, false);
    const at::Tensor packed = model->logits(batch, false).logits;
    nn::PagedCache cache(c, half ? Compute::BFloat16 : Compute::Float32, at::kCPU, 12, 16);
    const std::vector<nn::SequenceId> ids = {cache.open(), cache.open()};
    std::vector<int64_t> done = {0, 0};
    // Uneven chunks for both sequences in one call: prefill, single tokens, and both at once.
    for (const auto& [first, second] : std::vector<std::pair<int64_t, int64_t>>{{70, 1}, {1, 30}, {1, 1}, {18, 1}}) {
      const std::vector<int64_t> counts = {first, second};
      std::vector<at::Tensor> tokens, positions;
      std::vector<int> cu = {0};
      for (size_t s = 0; s < 2; ++s) {
        const int64_t begin = (s == 0 ? 0 : lengths[0]) + done[s];
        tokens.push_back(batch.tokens.narrow(0, begin, counts[s]));
        positions.push_back(batch.positions.narrow(0, begin, counts[s]));
        cu.push_back(cu.back() + static_cast<int>(counts[s]));
        QVERIFY(cache.reserve(ids[s], counts[s]));
      }
      nn::CacheView view = cache.view(ids);
      const at::Tensor logits = model->forwardCached(at::cat(tokens), at::cat(positions), at::tensor(cu, at::kInt), view);
      for (size_t s = 0; s < 2; ++s) {
        done[s] += counts[s];
        const at::Tensor expected = packed[(s == 0 ? 0 : lengths[0]) + done[s] - 1];
        COMPARE_TENSORS(logits[static_cast<int64_t>(s)], expected, (half ? 0.05 : 1e-5) * test::largest(expected));
      }
    }
  }

private:
  void checkAgainstTwin(const io::ModelConfig& c, const nn::AdapterSpec* spec, Compute dtype) {
    const auto model = Model::random(c, 3, dtype, at::kCPU);
    test::TwinModel twin = twinOf(c, 3, dtype);
    std::map<std::string, at::Tensor> leaves;
    std::vector<nn::Parameter> parameters;
    if (spec) {
      model->addAdapter("a", *spec, 5);
      parameters = model->trainable("a");
      randomize(parameters);
      leaves = adapterLeaves(twin, parameters, *spec);
    } else {
      parameters = model->trainable("");
      for (auto& [name, weight] : twin.weights)
        leaves[name] = weight.set_requires_grad(true);
    }
    const nn::Batch batch = randomBatch(c, kLengths, true);
    const at::Tensor expectedLoss = twin.loss(batch);
    (expectedLoss * 0.25).backward();
    for (const RecomputePolicy policy : {RecomputePolicy{}, RecomputePolicy{RecomputePolicy::Kind::All}}) {
      at::Tensor grad = model->flatGrad();
      grad.zero_();
      const Model::Loss loss = model->forwardBackward(batch, 0.25, policy);
      COMPARE_TENSORS(loss.sum, expectedLoss, (dtype == Compute::Float32 ? 2e-6 : 5e-3) * expectedLoss.item<double>());
      QCOMPARE(leaves.size(), parameters.size());
      for (const nn::Parameter& p : parameters)
        checkGradient(p, leaves.at(p.name).grad(), dtype);
    }
  }

  static void checkGradient(const nn::Parameter& p, const at::Tensor& expected, Compute dtype) {
    if (dtype == Compute::Float32) {
      const std::string problem = test::difference(p.grad, expected, 1e-5 * test::largest(expected));
      QVERIFY2(problem.empty(), (p.name + ": " + problem).c_str());
      return;
    }
    // bfloat16 keeps 8 bits: the gradient's direction and size must agree, single elements need not.
    const double error = (p.grad.to(at::kDouble) - expected).norm().item<double>() / expected.norm().item<double>();
    QVERIFY2(error < 0.05, fmt::format("{}: relative error {:.4f}", p.name, error).c_str());
  }
};

QTEST_GUILESS_MAIN(TestGradients)
#include "tst_gradients.moc"
