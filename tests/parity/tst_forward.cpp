// SPDX-License-Identifier: Apache-2.0
// The model against transformers and PEFT: logits, hidden states, losses, gradients, five optimizer steps and greedy text of twenty tiny
// models (tests/data/tiny-models, made by make_tiny_models.py of the golden data; float32, CPU).
#include "core/nn/model.h"
#include "core/ops/adamw.h"
#include "tests/support/golden_batch.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

using namespace lathe;
using lathe::test::goldenBatch;
using lathe::test::kModels;
using lathe::test::TensorFile;
using nn::Compute;
using nn::Model;

namespace {

constexpr const char* kNames[] = {"llama",       "llama3-rope-tied", "llama-bf16-sharded", "llama-yarn", "llama-dynamic", "mistral-swa",   "ministral", "qwen2", "qwen3",
                                  "gemma",       "gemma2",           "gemma3-text",        "smollm3",    "granite",       "olmo2",         "phi3-longrope", "phi3-partial",
                                  "mixtral",     "qwen3-moe",        "qwen3-moe-step"};

nn::LoadOptions float32() {
  nn::LoadOptions options;
  options.dtype = Compute::Float32;
  return options;
}

double meanLoss(const Model::Loss& loss) { return loss.sum.item<double>() / static_cast<double>(loss.supervised); }

std::vector<int64_t> greedyUncached(Model& model, std::vector<int64_t> ids, int64_t count) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < count; ++i) {
    const at::Tensor logits = model.logits(nn::packBatch({ids}, {}, at::kCPU), false).logits;
    out.push_back(logits[logits.size(0) - 1].argmax().item<int64_t>());
    ids.push_back(out.back());
  }
  return out;
}

std::vector<int64_t> greedyCached(Model& model, const std::vector<int64_t>& prompt, int64_t count) {
  nn::PagedCache cache(model.config(), Compute::Float32, at::kCPU, 16, 16);
  const nn::SequenceId sequence = cache.open();
  std::vector<int64_t> out, feed = prompt;
  for (int64_t i = 0; i < count; ++i) {
    if (const int64_t held = cache.length(sequence); model.outgrowsCache(held, held + static_cast<int64_t>(feed.size()))) {
      cache.truncate(sequence, 0);
      feed = prompt;
      feed.insert(feed.end(), out.begin(), out.end());
    }
    const int64_t n = static_cast<int64_t>(feed.size()), start = cache.length(sequence);
    if (!cache.reserve(sequence, n))
      return {};
    nn::CacheView view = cache.view(std::span(&sequence, 1));
    const at::Tensor logits = model.forwardCached(at::tensor(feed, at::kLong), at::arange(start, start + n, at::kLong), at::tensor({0, static_cast<int>(n)}, at::kInt), view);
    out.push_back(logits[0].argmax().item<int64_t>());
    feed = {out.back()};
  }
  return out;
}

} // namespace

class TestForward : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void modelMatchesTransformers_data() { addModels(); }
  void modelMatchesTransformers() {
    QFETCH(QString, name);
    const std::string folder = kModels + name.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    const nn::Batch batch = goldenBatch(golden);
    const Model::Outputs out = model->logits(batch, true);
    COMPARE_TENSORS(out.logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
    const int64_t first = golden["cu_seqlens"][1].item<int64_t>(), layers = model->config().layers;
    QCOMPARE(static_cast<int64_t>(out.hidden.size()), layers + 2);
    COMPARE_TENSORS(out.hidden[0].narrow(0, 0, first), golden["hidden.embed"], 1e-6);
    for (int64_t i = 0; i < layers; ++i) {
      const at::Tensor expected = golden[fmt::format("hidden.layer.{}", i)];
      COMPARE_TENSORS(out.hidden[static_cast<size_t>(i) + 1].narrow(0, 0, first), expected, 1e-4 * test::largest(expected));
    }
    COMPARE_TENSORS(out.hidden.back().narrow(0, 0, first), golden["hidden.norm"], 1e-4 * test::largest(golden["hidden.norm"]));
    const Model::Loss loss = model->evaluate(batch, true);
    COMPARE_TENSORS(loss.perSequence, golden["loss"], 1e-5);
    QVERIFY2(std::abs(meanLoss(loss) - golden["loss_total"].item<double>()) <= 1e-5, "total loss");
  }

  void adapterMatchesPeft_data() { addAdapters(); }
  void adapterMatchesPeft() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    QFETCH(QString, files);
    const std::string folder = kModels + name.toStdString(), k = kind.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    model->loadAdapter("a", folder + "/" + files.toStdString());
    model->setActiveAdapters({{"a", 1.0}});
    const nn::Batch batch = goldenBatch(golden);
    const at::Tensor expected = golden[k + ".logits"];
    COMPARE_TENSORS(model->logits(batch, false).logits, expected, 1e-4 * test::largest(expected));
    COMPARE_TENSORS(model->evaluate(batch, true).perSequence, golden[k + ".loss"], 1e-5);
    model->setActiveAdapters({});
    COMPARE_TENSORS(model->logits(batch, false).logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
    model->mergeAdapter("a");
    COMPARE_TENSORS(model->logits(batch, false).logits, expected, 1e-4 * test::largest(expected));
  }

  void fiveAdapterStepsMatchPeft_data() { addAdapters(); }
  void fiveAdapterStepsMatchPeft() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    QFETCH(QString, files);
    const std::string folder = kModels + name.toStdString(), k = kind.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    model->loadAdapter("a", folder + "/" + files.toStdString());
    trainFive(*model, "a", golden, k);
    if (QTest::currentTestFailed())
      return;
    for (const nn::Parameter& p : model->trainable("a"))
      COMPARE_TENSORS(p.value, golden[k + ".step5." + p.name], 3e-5);
  }

  void fiveFullStepsMatchTorch_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"llama", "mixtral", "qwen3-moe-step"})
      QTest::newRow(name) << QString(name);
  }
  void fiveFullStepsMatchTorch() {
    QFETCH(QString, name);
    const std::string folder = kModels + name.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    trainFive(*model, "", golden, "full");
    if (QTest::currentTestFailed())
      return;
    int64_t total = 0, close = 0;
    for (const nn::Parameter& p : model->trainable("")) {
      const at::Tensor delta = (p.value - golden["full.step5." + p.name]).abs();
      total += delta.numel();
      close += delta.le(1e-5).sum().item<int64_t>();
    }
    QVERIFY2(close >= 0.999 * static_cast<double>(total), fmt::format("{} of {} weights within 1e-5", close, total).c_str());
  }

  /// Where every weight is trained: along its own gradient the loss rises by the gradient's length, for each parameter of each architecture, recomputed or not.
  void fullGradientsAreDerivatives_data() { addModels(); }
  void fullGradientsAreDerivatives() {
    QFETCH(QString, name);
    const std::string folder = kModels + name.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    const nn::Batch batch = goldenBatch(golden);
    const std::vector<nn::Parameter> parameters = model->trainable("");
    at::Tensor all = model->flatGrad();
    all.zero_();
    model->forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), {});
    const at::Tensor kept = all.clone();
    all.zero_();
    model->forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), {nn::RecomputePolicy::Kind::All});
    COMPARE_TENSORS(all, kept, 0.0);
    for (const nn::Parameter& p : parameters) {
      const double length = p.grad.norm().item<double>();
      QVERIFY2(length > 0, p.name.c_str());
      const at::Tensor before = p.master.clone(), direction = p.grad / length;
      const double far = model->config().experts.count > 0 ? 0.1 : 1; // no token may choose another expert on the way
      const double h = far * std::min(0.01, 0.005 / length);
      const auto lossAt = [&](double distance) {
        at::Tensor(p.master).copy_(before + distance * direction);
        model->publishMaster();
        return meanLoss(model->evaluate(batch));
      };
      const double slope = (lossAt(h) - lossAt(-h)) / (2 * h);
      lossAt(0);
      QVERIFY2(std::abs(slope - length) <= 0.02 * length + 2e-6 / h, fmt::format("{}: the loss rises by {:.6g}, the gradient says {:.6g}", p.name, slope, length).c_str());
    }
  }

  void greedyTextMatches_data() { addModels(); }
  void greedyTextMatches() {
    QFETCH(QString, name);
    const std::string folder = kModels + name.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const auto model = Model::load(folder, float32());
    model->loadAdapter("a", folder + "/adapter");
    int prompts = 0;
    for (int j = 0; golden.has(fmt::format("gen.prompt.{}", j)); ++j, ++prompts) {
      const at::Tensor prompt = golden[fmt::format("gen.prompt.{}", j)];
      const std::vector<int64_t> ids(prompt.data_ptr<int64_t>(), prompt.data_ptr<int64_t>() + prompt.numel());
      for (const bool lora : {false, true}) {
        model->setActiveAdapters(lora ? std::vector<nn::ActiveAdapter>{{"a", 1.0}} : std::vector<nn::ActiveAdapter>{});
        const at::Tensor expected = golden[fmt::format("gen.{}.{}", lora ? "lora" : "base", j)];
        const std::vector<int64_t> wanted(expected.data_ptr<int64_t>(), expected.data_ptr<int64_t>() + expected.numel());
        QCOMPARE(greedyCached(*model, ids, expected.numel()), wanted);
        QCOMPARE(greedyUncached(*model, ids, expected.numel()), wanted);
      }
    }
    QVERIFY(prompts > 0);
  }

  /// Newer files hold all experts of a layer in one tensor; the model is the same, and is saved as the older ones are.
  void expertsInOneTensorAreReadAsWell_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("mixtral") << QString("mixtral");
    QTest::newRow("qwen3-moe-step") << QString("qwen3-moe-step");
  }
  void expertsInOneTensorAreReadAsWell() {
    QFETCH(QString, name);
    const std::string folder = kModels + name.toStdString();
    const TensorFile golden(folder + "/golden.safetensors");
    const nn::Batch batch = goldenBatch(golden);
    const auto model = Model::load(folder + "-fused", float32());
    const at::Tensor logits = model->logits(batch, false).logits;
    COMPARE_TENSORS(logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
    QTemporaryDir out;
    model->saveModel(out.path().toStdString());
    const TensorFile written(out.path().toStdString() + "/model.safetensors"), original(folder + "/model.safetensors");
    QCOMPARE(written.names().size(), original.names().size());
    for (const std::string& tensor : original.names())
      COMPARE_TENSORS(written[tensor], original[tensor], 0.0);
    COMPARE_TENSORS(Model::load(out.path().toStdString(), float32())->logits(batch, false).logits, logits, 0.0);
  }

  void bfloat16StaysNearTheBfloat16Reference() {
    const std::string folder = kModels + "llama-bf16-sharded";
    const TensorFile golden(folder + "/golden.safetensors");
    nn::LoadOptions options;
    options.dtype = Compute::BFloat16;
    const auto model = Model::load(folder, options);
    const at::Tensor exact = golden["logits"], half = golden["logits_bf16"];
    const at::Tensor got = model->logits(goldenBatch(golden), false).logits;
    // Not farther from the float32 logits than the reference's own bfloat16 run, with a margin for other rounding points.
    const double reference = (half - exact).pow(2).mean().sqrt().item<double>(), ours = (got - exact).pow(2).mean().sqrt().item<double>();
    QVERIFY2(ours <= 1.1 * reference, fmt::format("rms error {:.4g}, the reference's {:.4g}", ours, reference).c_str());
  }

private:
  static void addModels() {
    QTest::addColumn<QString>("name");
    for (const char* name : kNames)
      QTest::newRow(name) << QString(name);
  }
  static void addAdapters() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("files");
    for (const char* name : kNames)
      QTest::newRow(name) << QString(name) << QString("lora") << QString("adapter");
    for (const char* name : {"llama", "qwen3-moe-step"})
      QTest::newRow(qPrintable(QString("%1 rslora").arg(name))) << QString(name) << QString("rslora") << QString("adapter_rslora");
  }

  void trainFive(Model& model, const std::string& adapter, const TensorFile& golden, const std::string& kind) {
    const nn::Batch batch = goldenBatch(golden);
    const std::vector<nn::Parameter> parameters = model.trainable(adapter);
    at::Tensor value = model.flatMaster(), grad = model.flatGrad(), mean = at::zeros_like(value), variance = at::zeros_like(value);
    const at::Tensor losses = golden[kind + ".losses"];
    for (int64_t step = 1; step <= 5; ++step) {
      grad.zero_();
      const Model::Loss loss = model.forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), {});
      const double expected = losses[step - 1].item<double>();
      QVERIFY2(std::abs(meanLoss(loss) - expected) <= 1e-5, fmt::format("step {}: loss {:.8f} instead of {:.8f}", step, meanLoss(loss), expected).c_str());
      if (step == 1)
        for (const nn::Parameter& p : parameters) {
          const at::Tensor wanted = golden[kind + ".grad." + p.name];
          const std::string problem = test::difference(p.grad, wanted, 2e-5 * test::largest(wanted));
          QVERIFY2(problem.empty(), (p.name + ": " + problem).c_str());
        }
      ops::adamwStep(value, grad, mean, variance, {1e-3, 0.9, 0.999, 1e-8, 0.01, 1.0}, step);
      model.publishMaster();
    }
  }
};

QTEST_GUILESS_MAIN(TestForward)
#include "tst_forward.moc"
