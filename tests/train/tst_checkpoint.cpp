// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/train/checkpoint.h"

#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace lathe;
using namespace lathe::train;

namespace {

Manifest manifestOf(int64_t step, std::optional<double> evalLoss = {}) {
  Manifest manifest;
  manifest.step = step;
  manifest.cursor.samples = fmt::format("chain{}", step);
  manifest.evalLoss = evalLoss;
  manifest.identity = {"model", "tokenizer", "template", "data", "/models/base"};
  return manifest;
}

void writeTwoFiles(const std::string& folder, int64_t step) {
  writeFileAtomic(folder + "/adapter_model.safetensors", fmt::format("weights of step {}", step));
  writeFileAtomic(folder + "/optimizer.safetensors", fmt::format("moments of step {}", step));
}

std::string save(CheckpointStore& store, int64_t step, std::optional<double> evalLoss = {}, int64_t keep = 2) {
  return store.save(manifestOf(step, evalLoss), [step](const std::string& folder) { writeTwoFiles(folder, step); }, {keep});
}

std::vector<int64_t> steps(const CheckpointStore& store) {
  std::vector<int64_t> out;
  for (const auto& entry : store.list())
    out.push_back(entry.step);
  return out;
}

bool isWhole(const CheckpointStore& store, int64_t step) {
  return readFile(store.pathOf(step) + "/adapter_model.safetensors", 1000) == fmt::format("weights of step {}", step);
}

uint64_t faultPointsOfASave() {
  QTemporaryDir folder;
  CheckpointStore store(folder.path().toStdString());
  save(store, 1);
  save(store, 2);
  fault::plan("");
  save(store, 3);
  return fault::count();
}

} // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { setLogLevel(LogLevel::Error); }
  void cleanup() { fault::plan(""); }
  void keepsTheNewestTwoAndTheBest();
  void everyFlippedByteIsFoundAndTheOlderOneOffered();
  void aFailedSaveAtAnyPointLeavesTheOlderOnes_data();
  void aFailedSaveAtAnyPointLeavesTheOlderOnes();
  void aKillAtAnyPointLeavesAVerifiedCheckpoint();
  void aNameThatLeavesTheFolderIsRefused();
  void differencesNameWhatChanged();
};

void TestCheckpoint::keepsTheNewestTwoAndTheBest() {
  QTemporaryDir folder;
  CheckpointStore store(folder.path().toStdString());
  save(store, 10, 2.0);
  save(store, 20, 1.0);
  save(store, 30, 1.5);
  save(store, 40, 1.7);
  save(store, 50);
  QCOMPARE(steps(store), (std::vector<int64_t>{20, 40, 50}));
  save(store, 60, 0.5);
  QCOMPARE(steps(store), (std::vector<int64_t>{50, 60}));
  QCOMPARE(store.newestVerified()->step, int64_t(60));
}

void TestCheckpoint::everyFlippedByteIsFoundAndTheOlderOneOffered() {
  QTemporaryDir folder;
  CheckpointStore store(folder.path().toStdString());
  save(store, 1);
  const std::string path = save(store, 2);
  for (const char* name : {"/adapter_model.safetensors", "/optimizer.safetensors", "/manifest.json"}) {
    const std::string original = readFile(path + name, 1 << 20);
    for (size_t i = 0; i < original.size(); ++i) {
      std::string changed = original;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      writeFileAtomic(path + name, changed);
      std::vector<std::string> damaged;
      const auto newest = store.newestVerified(&damaged);
      QVERIFY2(newest && newest->step == 1 && damaged.size() == 1, qPrintable(QString("%1 byte %2").arg(name).arg(i)));
    }
    writeFileAtomic(path + name, original);
  }
  QCOMPARE(store.newestVerified()->step, int64_t(2));
}

void TestCheckpoint::aFailedSaveAtAnyPointLeavesTheOlderOnes_data() {
  QTest::addColumn<QString>("fault");
  for (const char* name : {"ENOSPC", "EIO", "EROFS", "EDQUOT"})
    QTest::newRow(name) << name;
}

void TestCheckpoint::aFailedSaveAtAnyPointLeavesTheOlderOnes() {
  QFETCH(QString, fault);
  const uint64_t points = faultPointsOfASave();
  QVERIFY2(points >= 14, qPrintable(QString::number(points)));
  for (uint64_t n = 1; n <= points; ++n) {
    QTemporaryDir folder;
    CheckpointStore store(folder.path().toStdString());
    save(store, 1);
    save(store, 2);
    fault::plan(fmt::format("{}:{}", n, fault.toStdString()));
    bool failed = false;
    try {
      save(store, 3);
    } catch (const Exception& problem) {
      failed = true;
      const bool full = fault == "ENOSPC" || fault == "EDQUOT";
      QCOMPARE(problem.error().kind, full ? ErrorKind::DiskFull : ErrorKind::Io);
    }
    fault::plan("");
    QVERIFY2(failed, qPrintable(QString("point %1 did not fail").arg(n)));
    const auto newest = store.newestVerified();
    QVERIFY2(newest && newest->step >= 2 && isWhole(store, newest->step), qPrintable(QString("point %1").arg(n)));
    QVERIFY(store.list().size() >= 2);
    save(store, 4); // and the next one works
    QCOMPARE(store.newestVerified()->step, int64_t(4));
  }
}

void TestCheckpoint::aKillAtAnyPointLeavesAVerifiedCheckpoint() {
  const uint64_t points = faultPointsOfASave();
  for (uint64_t n = 1; n <= points; ++n) {
    QTemporaryDir folder;
    CheckpointStore store(folder.path().toStdString());
    save(store, 1);
    save(store, 2);
    const pid_t child = ::fork();
    if (child == 0) {
      fault::plan(fmt::format("{}:KILL", n));
      save(store, 3);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    QVERIFY2(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, qPrintable(QString("point %1").arg(n)));
    const auto newest = store.newestVerified();
    QVERIFY2(newest && newest->step >= 2 && isWhole(store, newest->step), qPrintable(QString("point %1").arg(n)));
    for (const auto& entry : store.list()) // a folder under a final name is complete
      QCOMPARE(CheckpointStore::verify(entry.path).step, entry.step);
  }
}

void TestCheckpoint::aNameThatLeavesTheFolderIsRefused() {
  QTemporaryDir folder;
  CheckpointStore store(folder.path().toStdString());
  const std::string path = save(store, 1);
  std::string text = readFile(path + "/manifest.json", 1 << 20);
  text.replace(text.find("adapter_model.safetensors"), 25, "../../../../../etc/passwd");
  writeFileAtomic(path + "/manifest.json", text);
  QVERIFY_EXCEPTION_THROWN(CheckpointStore::verify(path), Exception);
}

void TestCheckpoint::differencesNameWhatChanged() {
  const RunIdentity then{"a", "b", "c", "d", "/models/base"};
  RunIdentity now = then;
  QVERIFY(then.differences(now).empty());
  now.model = "x";
  QCOMPARE(then.differences(now).size(), size_t(1));
  QVERIFY(then.differences(now).front().find("/models/base") != std::string::npos);
  now = then;
  now.dataset = "y";
  QVERIFY(then.differences(now).front().find("training data") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"
