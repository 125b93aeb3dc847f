// SPDX-License-Identifier: Apache-2.0
// Five optimizer steps through train::Trainer against PyTorch + PEFT (tests/data/tiny-models, made by make_tiny_models.py of the reference
// data: AdamW, lr 1e-3, weight decay 0.01, batch of all sequences, float32).
#include "core/io/convert.h"
#include "core/io/safetensors.h"
#include "core/train/trainer.h"

#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <cmath>

using namespace lathe;

namespace {

std::vector<float> floats(const io::SafetensorsFile& file, const std::string& name) {
  const io::TensorView* tensor = file.find(name);
  if (!tensor)
    throw Exception(ErrorKind::NotFound, file.path() + " has no " + name);
  std::vector<std::byte> bytes(tensor->bytes);
  file.read(*tensor, bytes);
  return io::toFloat(tensor->dtype, bytes);
}

struct Spread {
  double worst = 0;
  std::string where;
  int64_t count = 0, outside = 0;
};

/// Compares every tensor `prefix`P of the golden file with P of the result.
Spread compare(const io::SafetensorsFile& golden, const std::string& prefix, const io::SafetensorsFile& result, double bound) {
  Spread out;
  for (const io::TensorView& tensor : golden.tensors()) {
    if (!tensor.name.starts_with(prefix))
      continue;
    const auto expected = floats(golden, tensor.name), got = floats(result, tensor.name.substr(prefix.size()));
    for (size_t i = 0; i < expected.size(); ++i) {
      const double difference = std::abs(static_cast<double>(expected[i]) - static_cast<double>(got.at(i)));
      ++out.count;
      out.outside += difference > bound || std::isnan(difference);
      if (difference > out.worst) {
        out.worst = difference;
        out.where = fmt::format("{}[{}]: expected {}, got {}", tensor.name, i, expected[i], got[i]);
      }
    }
  }
  return out;
}

} // namespace

class TestTraining : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void fiveStepsEqualTheReference_data();
  void fiveStepsEqualTheReference();
};

void TestTraining::fiveStepsEqualTheReference_data() {
  QTest::addColumn<QString>("model");
  QTest::addColumn<QString>("kind");
  QTest::addColumn<QString>("adapter");
  QTest::newRow("llama lora") << "llama" << "lora" << "adapter";
  QTest::newRow("llama rslora") << "llama" << "rslora" << "adapter_rslora";
  QTest::newRow("llama full") << "llama" << "full" << "";
  QTest::newRow("mixtral full") << "mixtral" << "full" << "";
  QTest::newRow("llama3-rope-tied lora") << "llama3-rope-tied" << "lora" << "adapter";
  for (const char* name : {"llama-bf16-sharded", "mistral-swa", "qwen2", "qwen3", "gemma2", "gemma3-text", "phi3-longrope", "mixtral", "qwen3-moe"})
    QTest::newRow(qPrintable(QString("%1 lora").arg(name))) << name << "lora" << "adapter";
}

void TestTraining::fiveStepsEqualTheReference() {
  QFETCH(QString, model);
  QFETCH(QString, kind);
  QFETCH(QString, adapter);
  const std::string folder = std::string(LATHE_TEST_DATA) + "/tiny-models/" + model.toStdString();
  const bool full = kind == "full";
  const Json method = full ? Json{{"type", "full"}}
                           : Json{{"type", "lora"}, {"r", 4}, {"alpha", 8}, {"dropout", 0.0}, {"use_dora", false}, {"use_rslora", kind == "rslora"},
                                  {"target_modules", "all-linear"}, {"init_from", folder + "/" + adapter.toStdString()}};
  const Json document = {
      {"model", {{"path", folder}, {"dtype", "float32"}}},
      {"method", method},
      {"data", {{"train", Json::array({Json{{"path", folder + "/golden.safetensors"}, {"format", "tokens"}}})}, {"order", "sequential"}, {"packing", true}, {"max_seq_len", 4096}}},
      {"training", {{"steps", 5}, {"sequences_per_step", "all"}, {"learning_rate", 1e-3}, {"schedule", "constant"}, {"warmup_steps", 0}, {"weight_decay", 0.01},
                    {"optimizer", "adamw"}, {"betas", {0.9, 0.999}}, {"eps", 1e-8}, {"max_grad_norm", nullptr}, {"deterministic", true}, {"seed", 1}}}};
  const api::ParsedSpec parsed = api::parseTrainSpec(document);
  QVERIFY2(parsed.ok(), api::describeProblems(parsed.problems).c_str());
  QTemporaryDir base;
  const std::string run = base.path().toStdString() + "/run";
  train::TrainObserver observer;
  train::RunOptions options;
  options.device = "cpu";
  train::Trainer trainer(train::RunFolder::create(run, parsed.spec), observer, options);
  const train::TrainOutcome outcome = trainer.run();
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());

  const auto golden = io::SafetensorsFile::open(folder + "/golden.safetensors");
  const auto losses = floats(*golden, kind.toStdString() + ".losses");
  const auto rows = train::readMetrics(run);
  QCOMPARE(rows.size(), size_t(5));
  for (size_t i = 0; i < 5; ++i)
    QVERIFY2(std::abs(rows[i].loss - static_cast<double>(losses[i])) <= 1e-5, qPrintable(QString("loss of step %1: expected %2, got %3").arg(i + 1).arg(losses[i]).arg(rows[i].loss)));
  const auto result = io::SafetensorsFile::open(outcome.result + (full ? "/model.safetensors" : "/adapter_model.safetensors"));
  const Spread spread = compare(*golden, kind.toStdString() + ".step5.", *result, full ? 1e-5 : 3e-5);
  QVERIFY(spread.count > 0);
  qInfo("%s %s: %lld values, worst %.3g, %lld outside; %s", qPrintable(model), qPrintable(kind), static_cast<long long>(spread.count), spread.worst,
        static_cast<long long>(spread.outside), spread.where.c_str());
  if (full)
    QVERIFY2(static_cast<double>(spread.outside) <= 0.001 * static_cast<double>(spread.count), spread.where.c_str());
  else
    QVERIFY2(spread.outside == 0, spread.where.c_str());
}

QTEST_APPLESS_MAIN(TestTraining)
#include "tst_training.moc"
