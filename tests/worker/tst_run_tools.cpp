// SPDX-License-Identifier: Apache-2.0
// Probe prompts: what a run says of itself without becoming another run. And the batch behind a step: the same rows, the same loss.
#include "core/base/log.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"
#include "core/worker/run_batch.h"
#include "core/worker/train_probes.h"

#include <QTemporaryDir>
#include <QTest>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

using namespace lathe;
using namespace lathe::train;

namespace {

const char* const kSky = "What colour is the sky?";
const char* const kSum = "What is 2 + 6?";

std::string ember() { return LATHE_TEST_DATA "/ember"; }

api::TrainSpec emberSpec(const std::string& method = "lora") {
  api::TrainSpec spec;
  spec.model.path = ember();
  spec.method.type = method;
  spec.method.r = 4;
  spec.method.alpha = 8;
  spec.method.dropout = method == "lora" ? 0.1 : 0;
  spec.data.train = {{ember() + "/polite-replies.jsonl", "auto"}};
  spec.data.maxSeqLen = 128;
  spec.training.steps = 6;
  spec.training.tokensPerMicrobatch = 128; // several microbatches a step
  spec.training.sequencesPerStep = 6;
  spec.training.learningRate = method == "lora" ? 5e-3 : 5e-4;
  spec.training.warmupSteps = 0;
  spec.training.deterministic = true;
  spec.saveEverySteps = 3;
  spec.saveKeep = 100;
  return spec;
}

RunOptions cpu() {
  RunOptions options;
  options.device = "cpu";
  options.disk = {0, 0, 0.02};
  return options;
}

struct Watcher : TrainObserver {
  std::function<void(const api::MetricRow&)> atRow;
  void onMetrics(const api::MetricRow& row) override {
    if (atRow)
      atRow(row);
  }
};

struct Sample {
  int64_t step = 0, index = 0;
  bool base = false;
  std::string answer;
};

std::vector<Sample> samplesOf(const std::string& run) {
  std::vector<Sample> out;
  for (const api::RunEvent& event : readEvents(run))
    if (event.type == "sample")
      out.push_back({event.step, intOr(event.data, "index", -1), boolOr(event.data, "base", false), stringOr(event.data, "answer", "")});
  return out;
}

std::string shownSamples(const std::vector<Sample>& samples) {
  std::string out;
  for (const Sample& sample : samples)
    out += fmt::format("{}{} #{}: {}\n", sample.step, sample.base ? " base" : "", sample.index, sample.answer);
  return out;
}

std::string warningsOf(const std::string& run) {
  std::string out;
  for (const api::RunEvent& event : readEvents(run))
    if (event.type == "warning")
      out += event.text + "\n";
  return out;
}

std::string greedy(const std::string& prompt, const std::string& adapter, int64_t maxTokens) {
  worker::ModelHost host(ember(), nn::Compute::Float32, at::kCPU);
  generate::Request request;
  request.prompt = host.promptOf(Json::array({{{"role", "user"}, {"content", prompt}}}));
  request.sampling.greedy = true;
  request.sampling.maxTokens = maxTokens;
  if (!adapter.empty())
    request.adapters = host.use({{adapter, 1.0}});
  return host.generator().run(std::move(request)).text;
}

} // namespace

class TestRunTools : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    setLogLevel(LogLevel::Error);
    worker::setThreads(2);
  }
  void probesChangeNothingInTheRun_data() {
    QTest::addColumn<QString>("method");
    QTest::newRow("lora with dropout") << "lora";
    QTest::newRow("full") << "full";
  }
  void probesChangeNothingInTheRun();
  void aResumedRunWithProbesEqualsAnUninterruptedOneWithout();
  void answersAreThoseOfTheModelsThemselves();
  void aSampleIsTakenWhenAskedForAlsoWhilePaused();
  void aFailingProbeIsAWarningAndTheRunGoesOn();
  void aPromptThatDoesNotFitLeavesTheOthersTheirAnswers();
  void tokenIdsWithoutATokenizerAreRefused();
  void theBatchOfAStepHasItsRecordedLoss_data() {
    QTest::addColumn<QString>("method");
    QTest::newRow("lora") << "lora";
    QTest::newRow("full") << "full";
  }
  void theBatchOfAStepHasItsRecordedLoss();
  void theLossOfATokenIsThatOfTheLogits();
  void theNearestGoodWeightsAreTakenAndNamed();
  void changedDataAreRefused();
  void aStepThatWasNotTrainedIsRefused();
  void aStepOfManyRowsIsCutAndSaysSo();

private:
  std::string run(const std::string& name) const { return m_base.path().toStdString() + "/runs/" + name; }
  TrainOutcome train(const std::string& name, const api::TrainSpec& spec, std::function<void(Trainer&, const api::MetricRow&)> atRow = {}, bool resume = false) {
    Watcher watcher;
    Trainer trainer(resume ? RunFolder::open(run(name)) : RunFolder::create(run(name), spec), watcher, cpu());
    trainer.setProbeHook(worker::probeHook([&trainer] { return trainer.isStopping(); }));
    if (atRow)
      watcher.atRow = [&](const api::MetricRow& row) { atRow(trainer, row); };
    return trainer.run();
  }
  void compareRuns(const std::string& a, const std::string& b, const char* file) {
    const auto expected = readMetrics(run(a)), got = readMetrics(run(b));
    QCOMPARE(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i)
      QVERIFY2(got[i].loss == expected[i].loss && got[i].gradNorm == expected[i].gradNorm && got[i].samples == expected[i].samples,
               qPrintable(QString("step %1: loss %2 expected, got %3").arg(i + 1).arg(expected[i].loss, 0, 'g', 17).arg(got[i].loss, 0, 'g', 17)));
    QVERIFY2(readFile(run(a) + file, 1 << 26) == readFile(run(b) + file, 1 << 26), file);
  }
  QTemporaryDir m_base;
};

void TestRunTools::probesChangeNothingInTheRun() {
  QFETCH(QString, method);
  auto spec = emberSpec(method.toStdString());
  const std::string plain = "plain-" + method.toStdString(), probed = "probed-" + method.toStdString();
  QCOMPARE(train(plain, spec).state, api::RunState::Finished);
  QVERIFY(samplesOf(run(plain)).empty());
  spec.probes = {{kSky, kSum}, 12};
  const TrainOutcome outcome = train(probed, spec);
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
  compareRuns(plain, probed, method == "lora" ? "/adapter/adapter_model.safetensors" : "/model/model.safetensors");
  const auto samples = samplesOf(run(probed));
  QVERIFY2(samples.size() == 6, shownSamples(samples).c_str()); // base, step 3, step 6
  for (size_t i = 0; i < samples.size(); ++i) {
    QCOMPARE(samples[i].step, static_cast<int64_t>(i / 2 * 3));
    QCOMPARE(samples[i].index, static_cast<int64_t>(i % 2));
    QCOMPARE(samples[i].base, i < 2);
    QVERIFY(!samples[i].answer.empty());
  }
}

void TestRunTools::aResumedRunWithProbesEqualsAnUninterruptedOneWithout() {
  QCOMPARE(train("whole", emberSpec()).state, api::RunState::Finished);
  auto spec = emberSpec();
  spec.probes = {{kSky}, 8};
  const auto stop = [](Trainer& trainer, const api::MetricRow& row) {
    if (row.step == 4)
      trainer.control(TrainAction::Stop);
  };
  QCOMPARE(train("parts", spec, stop).state, api::RunState::Stopped);
  QCOMPARE(train("parts", spec, {}, true).state, api::RunState::Finished);
  compareRuns("whole", "parts", "/adapter/adapter_model.safetensors");
  std::string seen;
  for (const Sample& sample : samplesOf(run("parts")))
    seen += fmt::format("{}{} ", sample.step, sample.base ? "b" : "");
  QCOMPARE(seen, std::string("0b 3 6 ")); // the base is asked once; a stop does not wait for an answer
}

void TestRunTools::answersAreThoseOfTheModelsThemselves() {
  auto spec = emberSpec();
  spec.method.r = 8;
  spec.method.alpha = 32;
  spec.training.steps = 24;
  spec.training.learningRate = 1e-2;
  spec.training.schedule = "constant";
  spec.saveEverySteps = 0;
  spec.probes = {{kSky, kSum}, 24};
  const TrainOutcome outcome = train("answers", spec);
  QCOMPARE(outcome.state, api::RunState::Finished);
  const auto samples = samplesOf(run("answers"));
  QCOMPARE(samples.size(), size_t(4));
  for (size_t i = 0; i < 2; ++i) {
    QCOMPARE(samples[i].answer, greedy(i == 0 ? kSky : kSum, "", 24));
    QCOMPARE(samples[i + 2].answer, greedy(i == 0 ? kSky : kSum, outcome.result, 24));
  }
  QVERIFY2(samples[0].answer != samples[2].answer, samples[0].answer.c_str()); // it learned something in 24 steps
}

void TestRunTools::aSampleIsTakenWhenAskedForAlsoWhilePaused() {
  auto spec = emberSpec();
  spec.saveEverySteps = 0;
  spec.probes = {{kSum}, 4};
  std::jthread other;
  const TrainOutcome outcome = train("asked", spec, [&](Trainer& trainer, const api::MetricRow& row) {
    if (row.step == 2)
      trainer.control(TrainAction::Sample);
    if (row.step != 4)
      return;
    trainer.control(TrainAction::Pause);
    other = std::jthread([&trainer] {
      while (trainer.snapshot().state != api::RunState::Paused)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      trainer.control(TrainAction::Sample);
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      trainer.control(TrainAction::Continue);
    });
  });
  QCOMPARE(outcome.state, api::RunState::Finished);
  std::string seen;
  for (const Sample& sample : samplesOf(run("asked")))
    seen += fmt::format("{} ", sample.step);
  QCOMPARE(seen, std::string("0 2 4 6 "));
  spec.probes.prompts.clear();
  train("nothing", spec, [](Trainer& trainer, const api::MetricRow& row) {
    if (row.step == 2)
      trainer.control(trainActionFromName("sample"));
  });
  QVERIFY2(warningsOf(run("nothing")).find("no probe prompts") != std::string::npos, warningsOf(run("nothing")).c_str());
}

void TestRunTools::aFailingProbeIsAWarningAndTheRunGoesOn() {
  auto spec = emberSpec();
  QCOMPARE(train("calm", spec).state, api::RunState::Finished);
  spec.probes = {{kSky}, 4};
  Watcher watcher;
  Trainer trainer(RunFolder::create(run("failing"), spec), watcher, cpu());
  trainer.setProbeHook([](const Setup& setup, const auto&, bool, const auto&) {
    setup.model->setActiveAdapters({}); // and is not put back
    throw Exception(ErrorKind::OutOfMemory, "Injected.");
  });
  QCOMPARE(trainer.run().state, api::RunState::Finished);
  compareRuns("calm", "failing", "/adapter/adapter_model.safetensors");
  const std::string warnings = warningsOf(run("failing"));
  QCOMPARE(std::count(warnings.begin(), warnings.end(), '\n'), 3L); // base, step 3, step 6
  QVERIFY2(warnings.find("The probe prompts could not be answered: Injected.") != std::string::npos, warnings.c_str());
}

void TestRunTools::aPromptThatDoesNotFitLeavesTheOthersTheirAnswers() {
  auto spec = emberSpec();
  spec.training.steps = 1;
  std::string tooLong;
  for (int i = 0; i < 1500; ++i)
    tooLong += "sky ";
  spec.probes = {{tooLong, kSky}, 4};
  QCOMPARE(train("long", spec).state, api::RunState::Finished);
  const auto samples = samplesOf(run("long"));
  QCOMPARE(samples.size(), size_t(2));
  QCOMPARE(samples[0].index, int64_t(1));
  QVERIFY2(warningsOf(run("long")).find("prompt 1: The prompt has") != std::string::npos, warningsOf(run("long")).c_str());
}

void TestRunTools::tokenIdsWithoutATokenizerAreRefused() {
  const std::string tiny = LATHE_TEST_DATA "/tiny-models/llama";
  auto spec = emberSpec();
  spec.model.path = tiny;
  spec.data.train = {{tiny + "/golden.safetensors", "tokens"}};
  spec.probes = {{kSky}, 4};
  const TrainOutcome outcome = train("ids", spec);
  QCOMPARE(outcome.state, api::RunState::Failed);
  QCOMPARE(outcome.error.code, std::string("REJ:PROBES_TOKENIZER"));
  QVERIFY2(outcome.error.message.find("tokenizer.json") != std::string::npos, outcome.error.message.c_str());
}

void TestRunTools::theBatchOfAStepHasItsRecordedLoss() {
  QFETCH(QString, method);
  auto spec = emberSpec(method.toStdString());
  spec.method.dropout = 0;
  spec.saveEverySteps = 1;
  const std::string name = "every-" + method.toStdString();
  QCOMPARE(train(name, spec).state, api::RunState::Finished);
  const auto rows = readMetrics(run(name));
  double worst = 0;
  for (int64_t step = 1; step <= 6; ++step) {
    const api::StepBatch batch = worker::readStepBatch(run(name), step, {.device = "cpu"});
    const api::MetricRow& row = rows[static_cast<size_t>(step - 1)];
    QVERIFY(batch.exact());
    QCOMPARE(batch.weightsStep, step - 1);
    QCOMPARE(batch.recorded, row.loss);
    QCOMPARE(batch.supervised, row.supervisedTokens);
    QCOMPARE(batch.tokens, row.tokens);
    QCOMPARE(batch.rows.size(), size_t(6));
    QVERIFY2(std::abs(batch.mean - row.loss) <= 1e-5, qPrintable(QString("step %1: %2 recorded, got %3").arg(step).arg(row.loss, 0, 'g', 12).arg(batch.mean, 0, 'g', 12)));
    worst = std::max(worst, std::abs(batch.mean - row.loss));
    for (size_t i = 1; i < batch.rows.size(); ++i)
      QVERIFY(batch.rows[i - 1].loss >= batch.rows[i].loss);
  }
  qInfo("largest difference %g of 1e-5", worst);
}

void TestRunTools::theLossOfATokenIsThatOfTheLogits() {
  auto spec = emberSpec();
  spec.training.steps = 2;
  QCOMPARE(train("logits", spec).state, api::RunState::Finished);
  const api::StepBatch batch = worker::readStepBatch(run("logits"), 1, {.device = "cpu"});
  QCOMPARE(batch.weights, std::string("base"));
  QVERIFY(batch.dropout);
  const auto model = nn::Model::load(ember(), {});
  for (const api::BatchRow& row : batch.rows) {
    QVERIFY2(row.name.starts_with("polite-replies.jsonl:"), row.name.c_str());
    QCOMPARE(row.texts.size(), row.ids.size());
    std::string text;
    for (const std::string& token : row.texts)
      text += token;
    QVERIFY2(text.find("Thank you!") != std::string::npos, text.c_str());
    const at::Tensor logp = at::log_softmax(model->logits(nn::packBatch({row.ids}, {}, at::kCPU), false).logits.to(at::kDouble), 1);
    int64_t learned = 0;
    for (size_t t = 0; t < row.ids.size(); ++t) {
      if (row.losses[t] < 0)
        continue;
      ++learned;
      const double expected = -logp[static_cast<int64_t>(t) - 1][row.ids[t]].item<double>();
      QVERIFY2(std::abs(expected - row.losses[t]) < 1e-4, qPrintable(QString("token %1: %2 expected, got %3").arg(t).arg(expected).arg(row.losses[t])));
    }
    QCOMPARE(learned, row.supervised);
    QVERIFY(learned > 0 && learned < static_cast<int64_t>(row.ids.size()));
  }
}

void TestRunTools::theNearestGoodWeightsAreTakenAndNamed() {
  QCOMPARE(train("nearest", emberSpec()).state, api::RunState::Finished); // checkpoints of 3 and 6
  const auto weightsOf = [this](int64_t step) {
    const api::StepBatch batch = worker::readStepBatch(run("nearest"), step, {.device = "cpu"});
    return fmt::format("{} {} {}", batch.weights, batch.weightsStep, batch.notes.size());
  };
  QCOMPARE(weightsOf(5), std::string("checkpoint 3 0"));
  QCOMPARE(weightsOf(2), std::string("base 0 0"));
  const std::string file = run("nearest") + "/checkpoints/3/adapter_model.safetensors";
  std::string bytes = readFile(file, 1 << 26);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  writeFileAtomic(file, bytes);
  QCOMPARE(weightsOf(5), std::string("checkpoint 6 1")); // of 0 and 6 the nearer one
}

void TestRunTools::changedDataAreRefused() {
  auto spec = emberSpec();
  const std::string data = m_base.path().toStdString() + "/data.jsonl";
  const std::string text = readFile(ember() + "/polite-replies.jsonl", 1 << 20);
  writeFileAtomic(data, text);
  spec.data.train = {{data, "auto"}};
  spec.training.steps = 2;
  QCOMPARE(train("changed", spec).state, api::RunState::Finished);
  QVERIFY(worker::readStepBatch(run("changed"), 2, {.device = "cpu"}).rows.size() == 6);
  std::string other = text; // as many rows as before, and one of them differs
  other.replace(other.rfind("Thank you!"), 10, "Thanks, you");
  writeFileAtomic(data, other);
  const auto batch = capture([&] { return worker::readStepBatch(run("changed"), 2, {.device = "cpu"}); });
  QVERIFY(!batch.ok());
  QCOMPARE(batch.error().code, std::string("REJ:BATCH_DATA"));
}

void TestRunTools::aStepThatWasNotTrainedIsRefused() {
  auto spec = emberSpec();
  spec.training.steps = 2;
  QCOMPARE(train("short", spec).state, api::RunState::Finished);
  const auto batch = capture([&] { return worker::readStepBatch(run("short"), 3, {.device = "cpu"}); });
  QVERIFY(!batch.ok());
  QCOMPARE(batch.error().message, std::string("The run has no step 3: it is at step 2 of 2. Choose a step it has trained."));
}

void TestRunTools::aStepOfManyRowsIsCutAndSaysSo() {
  auto spec = emberSpec();
  spec.training.steps = 1;
  spec.training.sequencesPerStep = 0; // all 300
  spec.training.tokensPerMicrobatch = 2048;
  QCOMPARE(train("many", spec).state, api::RunState::Finished);
  const api::StepBatch batch = worker::readStepBatch(run("many"), 1, {.device = "cpu"});
  QCOMPARE(batch.rows.size(), size_t(256));
  QCOMPARE(batch.stepRows, int64_t(300));
  QVERIFY2(!batch.notes.empty() && batch.notes[0].find("first 256 of the step's 300 rows") != std::string::npos, batch.notes.empty() ? "" : batch.notes[0].c_str());
}

QTEST_APPLESS_MAIN(TestRunTools)
#include "tst_run_tools.moc"
