// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"
#include "core/io/adapter_files.h"
#include "tests/train/tiny_run.h"

#include <QTemporaryDir>
#include <QTest>

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cmath>
#include <thread>

using namespace lathe;
using namespace lathe::train;
using namespace lathe::testing;

namespace {

/// Remembers everything; can act at a step.
struct Recorder : TrainObserver {
  std::vector<api::MetricRow> rows;
  std::vector<api::RunEvent> events;
  std::vector<api::RunState> states;
  std::function<void(const api::MetricRow&)> atRow;
  std::function<void(const RunStatus&)> atStatus;
  void onMetrics(const api::MetricRow& row) override {
    rows.push_back(row);
    if (atRow)
      atRow(row);
  }
  void onEvent(const api::RunEvent& event) override { events.push_back(event); }
  void onStatus(const RunStatus& status) override {
    states.push_back(status.state);
    if (atStatus)
      atStatus(status);
  }
  int count(const std::string& type) const {
    int n = 0;
    for (const auto& event : events)
      n += event.type == type;
    return n;
  }
};

std::string result(const std::string& run) { return readFile(run + "/adapter/adapter_model.safetensors", 1 << 26); }

std::string texts(const Recorder& recorder) {
  std::string out;
  for (const auto& event : recorder.events)
    out += event.text + "\n";
  return out;
}

} // namespace

class TestTrainer : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase();
  void aRunLeavesWhatTheFormatPromises();
  void theLossFalls();
  void lossAndGradientDoNotDependOnPackingOrAccumulation();
  void stoppedAndResumedEqualsUninterrupted_data();
  void stoppedAndResumedEqualsUninterrupted();
  void everySampleOncePerEpoch();
  void pauseHoldsAndContinueGoesOn();
  void saveAndEvaluateNow();
  void nonFiniteGradientsAreSkippedAndThreeInARowFail();
  void outOfMemoryRepeatsTheStepInSmallerMicrobatches();
  void aFullDiskPausesTheRunAndItGoesOnByItself();
  void anotherModelDataOrOptionIsRefusedAndNamed();
  void damagedNewestCheckpointFallsBackToTheOlder();
  void fullTrainingFromScratchWritesAModelFolder();
  void twoWorkersNeverShareARun();
  void tokensOutsideTheVocabularyAreRefused();

private:
  QTemporaryDir m_base;
  std::unique_ptr<TinyRun> m_tiny;
  std::string run(const std::string& name) const { return m_base.path().toStdString() + "/runs/" + name; }
  TrainOutcome train(const std::string& name, const api::TrainSpec& spec, Recorder& recorder, const RunOptions& options = cpuOptions()) {
    Trainer trainer(RunFolder::create(run(name), spec), recorder, options);
    return trainer.run();
  }
};

void TestTrainer::initTestCase() {
  setLogLevel(LogLevel::Error);
  m_tiny = std::make_unique<TinyRun>(m_base.path().toStdString());
}

void TestTrainer::aRunLeavesWhatTheFormatPromises() {
  auto spec = m_tiny->spec();
  spec.data.validationCount = 6;
  spec.evalEverySteps = 4;
  Recorder recorder;
  const TrainOutcome outcome = train("format", spec, recorder);
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
  const auto rows = readMetrics(run("format"));
  QCOMPARE(rows.size(), size_t(12));
  for (size_t i = 0; i < rows.size(); ++i) {
    QCOMPARE(rows[i].step, int64_t(i + 1));
    QVERIFY(std::isfinite(rows[i].loss) && rows[i].gradNorm > 0 && rows[i].tokensPerS > 0 && rows[i].memoryAllocated > 0 && rows[i].memoryReserved > 0);
    QCOMPARE(rows[i].evalLoss.has_value(), (i + 1) % 4 == 0);
    QCOMPARE(rows[i].samples.size(), size_t(32));
  }
  QCOMPARE(RunFolder::open(run("format")).status().state, api::RunState::Finished);
  const auto adapter = io::AdapterFiles::open(run("format") + "/adapter");
  QCOMPARE(adapter.config.r, int64_t(4));
  QCOMPARE(adapter.tensors->tensors().size(), size_t(2 * 7 * 2));
  CheckpointStore store(run("format") + "/checkpoints");
  QVERIFY(store.list().size() >= 2);
  QCOMPARE(store.newestVerified()->step, int64_t(12));
  QVERIFY(!fileExists(run("format") + "/lock"));
  for (const auto& name : listDirectory(run("format")))
    QVERIFY2(name.find(".tmp-") == std::string::npos, name.c_str());
}

void TestTrainer::theLossFalls() {
  auto spec = m_tiny->spec();
  spec.training.steps = 40;
  spec.training.schedule = "constant";
  Recorder recorder;
  train("falls", spec, recorder);
  QVERIFY2(recorder.rows.back().loss < recorder.rows.front().loss - 0.5,
           qPrintable(QString("%1 → %2").arg(recorder.rows.front().loss).arg(recorder.rows.back().loss)));
}

void TestTrainer::lossAndGradientDoNotDependOnPackingOrAccumulation() {
  std::vector<std::vector<api::MetricRow>> all;
  int i = 0;
  for (const auto& [tokens, strategy] : {std::pair<int64_t, const char*>{4096, "auto"}, {32, "best_fit"}, {32, "first_fit"}, {32, "in_order"}, {4096, nullptr}}) {
    auto spec = m_tiny->spec();
    spec.method.dropout = 0;
    spec.training.steps = 4;
    spec.training.tokensPerMicrobatch = tokens;
    spec.data.packing = strategy != nullptr;
    spec.data.packingStrategy = strategy ? strategy : "auto";
    Recorder recorder;
    QCOMPARE(train(fmt::format("packing{}", i++), spec, recorder).state, api::RunState::Finished);
    all.push_back(recorder.rows);
  }
  for (size_t k = 1; k < all.size(); ++k)
    for (size_t step = 0; step < 4; ++step) {
      QVERIFY2(std::abs(all[k][step].loss - all[0][step].loss) < 2e-6, qPrintable(QString("step %1: %2 against %3").arg(step).arg(all[k][step].loss).arg(all[0][step].loss)));
      QVERIFY(std::abs(all[k][step].gradNorm / all[0][step].gradNorm - 1) < 1e-4);
      QCOMPARE(all[k][step].supervisedTokens, all[0][step].supervisedTokens);
    }
}

void TestTrainer::stoppedAndResumedEqualsUninterrupted_data() {
  QTest::addColumn<QString>("method");
  QTest::addColumn<QString>("dtype");
  QTest::newRow("lora with dropout") << "lora" << "float32";
  QTest::newRow("full") << "full" << "float32";
  QTest::newRow("full bfloat16") << "full" << "bfloat16";
}

void TestTrainer::stoppedAndResumedEqualsUninterrupted() {
  QFETCH(QString, method);
  QFETCH(QString, dtype);
  auto spec = m_tiny->spec(method.toStdString());
  spec.model.dtype = dtype.toStdString();
  const std::string prefix = fmt::format("exact-{}-{}-", method.toStdString(), dtype.toStdString());
  Recorder whole;
  QCOMPARE(train(prefix + "a", spec, whole).state, api::RunState::Finished);
  for (int64_t at : {1, 4, 11}) {
    const std::string name = prefix + std::to_string(at);
    Recorder first;
    {
      Trainer trainer(RunFolder::create(run(name), spec), first, cpuOptions());
      first.atRow = [&](const api::MetricRow& row) {
        if (row.step == at)
          trainer.control(TrainAction::Stop);
      };
      QCOMPARE(trainer.run().state, api::RunState::Stopped);
    }
    Recorder second;
    Trainer trainer(RunFolder::open(run(name)), second, cpuOptions());
    const TrainOutcome outcome = trainer.run();
    QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
    const auto expected = readMetrics(run(prefix + "a")), got = readMetrics(run(name));
    QCOMPARE(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i) {
      QVERIFY2(got[i].loss == expected[i].loss && got[i].gradNorm == expected[i].gradNorm, qPrintable(QString("stopped after %1, step %2: %3 expected, got %4").arg(at).arg(i + 1).arg(expected[i].loss, 0, 'g', 17).arg(got[i].loss, 0, 'g', 17)));
      QCOMPARE(got[i].samples, expected[i].samples);
    }
    const char* file = method == "lora" ? "/adapter/adapter_model.safetensors" : "/model/model.safetensors";
    QVERIFY(readFile(run(name) + file, 1 << 26) == readFile(run(prefix + "a") + file, 1 << 26));
  }
}

void TestTrainer::everySampleOncePerEpoch() {
  auto spec = m_tiny->spec();
  spec.training.steps.reset();
  spec.training.epochs = 2;
  Recorder recorder;
  train("epochs", spec, recorder);
  QCOMPARE(recorder.rows.size(), size_t(2 * 7)); // 40 rows, 6 a step
  int64_t first = 0, second = 0;
  for (size_t i = 0; i < 14; ++i)
    (i < 7 ? first : second) += recorder.rows[i].tokens;
  QCOMPARE(first, second);
  QCOMPARE(recorder.rows[6].epoch, 1.0);
}

void TestTrainer::pauseHoldsAndContinueGoesOn() {
  Recorder recorder;
  Trainer trainer(RunFolder::create(run("pause"), m_tiny->spec()), recorder, cpuOptions());
  recorder.atRow = [&](const api::MetricRow& row) {
    if (row.step == 3)
      trainer.control(TrainAction::Pause);
  };
  std::jthread other([&] {
    while (trainer.snapshot().state != api::RunState::Paused)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const size_t held = recorder.rows.size();
    QVERIFY_EXCEPTION_THROWN(trainer.control(TrainAction::Pause), Exception);
    trainer.control(TrainAction::Save);
    trainer.control(TrainAction::Continue);
    QCOMPARE(held, size_t(3));
  });
  QCOMPARE(trainer.run().state, api::RunState::Finished);
  QCOMPARE(recorder.rows.size(), size_t(12));
  QCOMPARE(std::count(recorder.states.begin(), recorder.states.end(), api::RunState::Paused), 1);
}

void TestTrainer::saveAndEvaluateNow() {
  auto spec = m_tiny->spec();
  spec.saveEverySteps = 0;
  spec.data.validationCount = 4;
  Recorder recorder;
  Trainer trainer(RunFolder::create(run("now"), spec), recorder, cpuOptions());
  recorder.atRow = [&](const api::MetricRow& row) {
    if (row.step == 5) {
      trainer.control(TrainAction::Save);
      trainer.control(TrainAction::Evaluate);
    }
  };
  QCOMPARE(trainer.run().state, api::RunState::Finished);
  QVERIFY(fileExists(run("now") + "/checkpoints/5/manifest.json"));
  QVERIFY(recorder.rows[5].evalLoss.has_value());
  QVERIFY(std::isfinite(*recorder.rows[5].evalLoss));
}

void TestTrainer::nonFiniteGradientsAreSkippedAndThreeInARowFail() {
  auto options = cpuOptions();
  const auto spoil = [](nn::Model& model) { model.flatGrad().index_put_({at::scalar_tensor(0, at::kLong)}, at::scalar_tensor(std::nan(""))); };
  options.beforeMicrobatch = [&](int64_t step, int64_t microbatch, nn::Model& model) {
    if (microbatch == 0 && step == 4)
      spoil(model);
  };
  auto spec = m_tiny->spec();
  Recorder once;
  QCOMPARE(train("nan1", spec, once, options).state, api::RunState::Finished);
  QVERIFY(once.rows[3].skipped && !once.rows[4].skipped);
  QVERIFY(std::isnan(once.rows[3].gradNorm));
  QVERIFY(std::isfinite(once.rows[4].loss));
  QCOMPARE(once.count("skipped"), 1);
  QVERIFY(std::isnan(readMetrics(run("nan1"))[3].gradNorm));

  options.beforeMicrobatch = [&](int64_t step, int64_t microbatch, nn::Model& model) {
    if (microbatch == 0 && step >= 4)
      spoil(model);
  };
  Recorder three;
  const TrainOutcome outcome = train("nan3", spec, three, options);
  QCOMPARE(outcome.state, api::RunState::Failed);
  QCOMPARE(outcome.error.kind, ErrorKind::Numeric);
  QCOMPARE(three.rows.size(), size_t(6));
  QVERIFY2(outcome.error.message.find("data.safetensors:") != std::string::npos, outcome.error.message.c_str());
  QCOMPARE(RunFolder::open(run("nan3")).status().state, api::RunState::Failed);
}

void TestTrainer::outOfMemoryRepeatsTheStepInSmallerMicrobatches() {
  auto spec = m_tiny->spec();
  spec.method.dropout = 0;
  spec.training.tokensPerMicrobatch = 4096;
  Recorder calm;
  train("oom0", spec, calm);
  int thrown = 0;
  auto options = cpuOptions();
  options.beforeMicrobatch = [&](int64_t step, int64_t, nn::Model&) {
    if (step == 2 && thrown < 2) {
      ++thrown;
      throw c10::OutOfMemoryError({"test", "test", 0}, "injected");
    }
  };
  Recorder recorder;
  const TrainOutcome outcome = train("oom1", spec, recorder, options);
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
  QCOMPARE(recorder.count("warning"), 2);
  for (size_t i = 0; i < 12; ++i) {
    QCOMPARE(recorder.rows[i].samples, calm.rows[i].samples);
    QVERIFY(std::abs(recorder.rows[i].loss - calm.rows[i].loss) < 1e-4);
  }
  options.beforeMicrobatch = [&](int64_t, int64_t, nn::Model&) { throw c10::OutOfMemoryError({"test", "test", 0}, "injected"); };
  Recorder never;
  const TrainOutcome failed = train("oom2", spec, never, options);
  QCOMPARE(failed.state, api::RunState::Failed);
  QCOMPARE(failed.error.kind, ErrorKind::OutOfMemory);
  for (const char* part : {"even with smaller microbatches", "Set training.recompute to all", "lower training.tokens_per_microbatch (4096)"})
    QVERIFY2(failed.error.message.find(part) != std::string::npos, failed.error.message.c_str());
  QCOMPARE(never.count("warning"), 3);
}

void TestTrainer::aFullDiskPausesTheRunAndItGoesOnByItself() {
  auto spec = m_tiny->spec();
  Recorder calm;
  train("disk0", spec, calm);
  Recorder recorder;
  recorder.atRow = [&](const api::MetricRow& row) {
    if (row.step == 5)
      fault::plan("3+:ENOSPC"); // from the next metric line on
  };
  int waits = 0;
  recorder.atStatus = [&](const RunStatus& status) {
    if (status.state == api::RunState::Paused && ++waits == 1)
      std::thread([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        fault::plan("");
      }).detach();
  };
  const TrainOutcome outcome = train("disk1", spec, recorder);
  fault::plan("");
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
  QVERIFY2(waits >= 1, texts(recorder).c_str());
  QCOMPARE(readMetrics(run("disk1")).size(), size_t(12));
  QVERIFY(result(run("disk1")) == result(run("disk0")));
}

void TestTrainer::anotherModelDataOrOptionIsRefusedAndNamed() {
  auto spec = m_tiny->spec();
  Recorder recorder;
  {
    Trainer trainer(RunFolder::create(run("other"), spec), recorder, cpuOptions());
    recorder.atRow = [&](const api::MetricRow& row) {
      if (row.step == 3)
        trainer.control(TrainAction::Stop);
    };
    trainer.run();
  }
  const auto resumeWith = [&](const api::TrainSpec& changed) {
    writeFileAtomic(run("other") + "/spec.json", dumpJson(api::trainSpecToJson(changed)));
    Recorder again;
    Trainer trainer(RunFolder::open(run("other")), again, cpuOptions());
    const TrainOutcome outcome = trainer.run();
    return outcome.error.code + " " + outcome.error.message;
  };
  auto changed = spec;
  changed.training.learningRate = 5e-3;
  std::string answer = resumeWith(changed);
  QVERIFY2(answer.starts_with("REJ:RESUME_MISMATCH") && answer.find("training.learning_rate") != std::string::npos, answer.c_str());
  changed = spec;
  changed.data.train[0].path = m_base.path().toStdString() + "/other.safetensors";
  writeTokenData(changed.data.train[0].path, 39, 96);
  answer = resumeWith(changed);
  QVERIFY2(answer.find("training data") != std::string::npos, answer.c_str());
  changed = spec;
  changed.model.path = m_base.path().toStdString() + "/othermodel";
  nn::Model::random(io::parseModelConfig(tinyConfig()), 4, nn::Compute::Float32, at::kCPU)->saveModel(changed.model.path);
  answer = resumeWith(changed);
  QVERIFY2(answer.find("base model") != std::string::npos, answer.c_str());
  QCOMPARE(readMetrics(run("other")).size(), size_t(3)); // nothing was cut or added
  QVERIFY(resumeWith(spec).size() == 1);                 // the same again is fine
}

void TestTrainer::damagedNewestCheckpointFallsBackToTheOlder() {
  auto spec = m_tiny->spec();
  Recorder whole;
  train("damage0", spec, whole);
  Recorder first;
  {
    Trainer trainer(RunFolder::create(run("damage1"), spec), first, cpuOptions());
    first.atRow = [&](const api::MetricRow& row) {
      if (row.step == 8)
        trainer.control(TrainAction::Stop);
    };
    trainer.run();
  }
  const std::string file = run("damage1") + "/checkpoints/8/optimizer.safetensors";
  std::string bytes = readFile(file, 1 << 26);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  writeFileAtomic(file, bytes);
  Recorder second;
  Trainer trainer(RunFolder::open(run("damage1")), second, cpuOptions());
  QCOMPARE(trainer.run().state, api::RunState::Finished);
  QVERIFY2(texts(second).find("checkpoint of step 6") != std::string::npos, texts(second).c_str());
  QCOMPARE(second.rows.front().step, int64_t(7));
  QCOMPARE(readMetrics(run("damage1")).size(), size_t(12));
  QVERIFY(result(run("damage1")) == result(run("damage0")));
}

void TestTrainer::fullTrainingFromScratchWritesAModelFolder() {
  auto spec = m_tiny->spec("full");
  spec.model.path.clear();
  spec.model.config = m_base.path().toStdString() + "/config.json";
  spec.model.init = "random";
  writeFileAtomic(spec.model.config, dumpJson(tinyConfig()));
  Recorder recorder;
  const TrainOutcome outcome = train("scratch", spec, recorder);
  QVERIFY2(outcome.state == api::RunState::Finished, outcome.error.message.c_str());
  QVERIFY(recorder.rows.back().loss < recorder.rows.front().loss);
  const auto model = nn::Model::load(outcome.result, {});
  QCOMPARE(model->config().hiddenSize, int64_t(32));
}

void TestTrainer::twoWorkersNeverShareARun() {
  Recorder recorder;
  auto folder = RunFolder::create(run("shared"), m_tiny->spec());
  Trainer trainer(folder, recorder, cpuOptions());
  QVERIFY_EXCEPTION_THROWN(Trainer(RunFolder::open(run("shared")), recorder, cpuOptions()), Exception);
}

void TestTrainer::tokensOutsideTheVocabularyAreRefused() {
  auto spec = m_tiny->spec();
  spec.data.train[0].path = m_base.path().toStdString() + "/wide.safetensors";
  writeTokenData(spec.data.train[0].path, 40, 500);
  Recorder recorder;
  const TrainOutcome outcome = train("wide", spec, recorder);
  QCOMPARE(outcome.state, api::RunState::Failed);
  QCOMPARE(outcome.error.code, std::string("REJ:TOKEN_RANGE"));
}

QTEST_APPLESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
