// SPDX-License-Identifier: Apache-2.0
// The real worker process, killed: at write N of its life, at random times, by signals. What it leaves can always be resumed, and
// the resumed run equals the uninterrupted one to the last bit.
#include "core/base/random.h"
#include "tests/train/tiny_run.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace lathe;
using namespace lathe::train;
using namespace lathe::testing;

class TestResume : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase();
  void aKillAtAnyWriteLeavesARunThatResumesExactly_data();
  void aKillAtAnyWriteLeavesARunThatResumesExactly();
  void killedAtRandomTimesUntilDone();
  void signalsSaveAndExitWithTheirCode_data();
  void signalsSaveAndExitWithTheirCode();
  void aBrokenSpecificationNamesEveryProblemAndExitsThree();

private:
  QTemporaryDir m_base;
  std::unique_ptr<TinyRun> m_tiny;
  std::string path(const std::string& name) const { return m_base.path().toStdString() + "/" + name; }
  std::unique_ptr<QProcess> start(const QStringList& arguments, const QString& fault = {}) const {
    auto process = std::make_unique<QProcess>();
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_RUNTIME_DIR", m_base.path());
    if (!fault.isEmpty())
      environment.insert("LATHE_FAULT", fault);
    process->setProcessEnvironment(environment);
    process->setProcessChannelMode(QProcess::MergedChannels);
    process->start(QString(LATHE_BUILD_BIN "/lathe-worker"), QStringList(arguments) << "--device" << "cpu" << "--threads" << "1" << "--home" << m_base.path() + "/home");
    return process;
  }
  /// Exit code; −9 when killed.
  int run(const QStringList& arguments, const QString& fault = {}) const {
    const auto process = start(arguments, fault);
    process->waitForFinished(60000);
    m_output = process->readAll();
    return process->exitStatus() == QProcess::CrashExit ? -9 : process->exitCode();
  }
  QString specFile(const std::string& name, const api::TrainSpec& spec) const {
    writeFileAtomic(path(name), dumpJson(api::trainSpecToJson(spec), 2));
    return QString::fromStdString(path(name));
  }
  bool equalRuns(const std::string& expected, const std::string& got, const char* file, std::string& why) const;
  mutable QByteArray m_output;
};

void TestResume::initTestCase() {
  if (!fileExists(LATHE_BUILD_BIN "/lathe-worker"))
    QSKIP("lathe-worker was not built");
  m_tiny = std::make_unique<TinyRun>(m_base.path().toStdString());
}

bool TestResume::equalRuns(const std::string& expected, const std::string& got, const char* file, std::string& why) const {
  const auto a = readMetrics(expected), b = readMetrics(got);
  if (a.size() != b.size()) {
    why = "rows " + std::to_string(a.size()) + " and " + std::to_string(b.size());
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].step != b[i].step || dumpJson(Json(a[i].loss)) != dumpJson(Json(b[i].loss)) || a[i].gradNorm != b[i].gradNorm || a[i].samples != b[i].samples) {
      why = "step " + std::to_string(i + 1) + ": expected " + dumpJson(Json(a[i].loss)) + ", got " + dumpJson(Json(b[i].loss));
      return false;
    }
  why = file;
  return readFile(expected + file, 1 << 26) == readFile(got + file, 1 << 26);
}

void TestResume::aKillAtAnyWriteLeavesARunThatResumesExactly_data() {
  QTest::addColumn<QString>("method");
  QTest::addColumn<int>("stride");
  QTest::newRow("lora with dropout") << "lora" << 31;
  QTest::newRow("full") << "full" << 71;
}

void TestResume::aKillAtAnyWriteLeavesARunThatResumesExactly() {
  QFETCH(QString, method);
  QFETCH(int, stride);
  const std::string name = method.toStdString();
  const QString spec = specFile(name + ".json", m_tiny->spec(name));
  const std::string whole = path(name + "-whole");
  QVERIFY2(run({"train", spec, "--out", QString::fromStdString(whole)}) == 0, m_output.constData());
  const char* file = method == "lora" ? "/adapter/adapter_model.safetensors" : "/model/model.safetensors";
  const int every = qEnvironmentVariableIntValue("LATHE_KILL_EVERY") > 0 ? qEnvironmentVariableIntValue("LATHE_KILL_EVERY") : stride;
  int killed = 0, insideSave = 0;
  for (int n = 4;; n += every) {
    const std::string folder = path(name + "-kill-" + std::to_string(n));
    const int code = run({"train", spec, "--out", QString::fromStdString(folder)}, QString("%1:KILL").arg(n));
    if (code == 0)
      break; // fewer writes than n: every point was visited
    QVERIFY2(code == -9, m_output.constData());
    ++killed;
    const CheckpointStore store(folder + "/checkpoints");
    for (const auto& entry : store.list())
      QCOMPARE(CheckpointStore::verify(entry.path).step, entry.step);
    for (const auto& entry : isDirectory(folder + "/checkpoints") ? listDirectory(folder + "/checkpoints") : std::vector<std::string>())
      insideSave += entry.starts_with(".tmp-");
    // Before spec.json has its name there is no run yet.
    const QString target = QString::fromStdString(folder);
    QVERIFY2(run(fileExists(folder + "/spec.json") ? QStringList{"resume", target} : QStringList{"train", spec, "--out", target}) == 0, m_output.constData());
    std::string why;
    QVERIFY2(equalRuns(whole, folder, file, why), qPrintable(QString("killed at write %1: %2").arg(n).arg(why.c_str())));
    for (const auto& entry : listDirectory(folder))
      QVERIFY2(entry.find(".tmp-") == std::string::npos && entry != "lock", entry.c_str());
    removeTree(folder);
  }
  qInfo("%d kills, %d of them inside a checkpoint save", killed, insideSave);
  QVERIFY(killed >= 5);
}

void TestResume::killedAtRandomTimesUntilDone() {
  auto spec = m_tiny->spec();
  spec.training.steps = 3000;
  spec.saveEverySteps = 25;
  const QString file = specFile("long.json", spec);
  const std::string whole = path("long-whole"), folder = path("long-killed");
  QVERIFY2(run({"train", file, "--out", QString::fromStdString(whole)}) == 0, m_output.constData());
  int kills = 0;
  for (uint64_t i = 0; i < 60; ++i) {
    const QString target = QString::fromStdString(folder);
    const auto process = fileExists(folder + "/spec.json") ? start({"resume", target}) : start({"train", file, "--out", target});
    if (process->waitForFinished(static_cast<int>(700 + randomBits(5, 5, i) % 1500))) {
      m_output = process->readAll();
      QVERIFY2(process->exitCode() == 0, m_output.constData());
      break;
    }
    process->kill();
    process->waitForFinished();
    ++kills;
    if (fileExists(folder + "/spec.json") && RunFolder::open(folder).status().state == api::RunState::Finished)
      break; // the kill came after the last write
  }
  std::string why;
  QVERIFY2(equalRuns(whole, folder, "/adapter/adapter_model.safetensors", why), why.c_str());
  qInfo("%d kills at random times", kills);
  QVERIFY(kills >= 2);
}

void TestResume::signalsSaveAndExitWithTheirCode_data() {
  QTest::addColumn<int>("number");
  QTest::newRow("SIGINT") << SIGINT;
  QTest::newRow("SIGTERM") << SIGTERM;
}

void TestResume::signalsSaveAndExitWithTheirCode() {
  QFETCH(int, number);
  auto spec = m_tiny->spec();
  spec.training.steps = 100000;
  spec.saveEverySteps = 0;
  const std::string folder = path("signal-" + std::to_string(number));
  const auto process = start({"train", specFile("signal.json", spec), "--out", QString::fromStdString(folder)});
  QTRY_VERIFY_WITH_TIMEOUT(fileExists(folder + "/metrics.jsonl") && readMetrics(folder).size() > 5, 30000);
  ::kill(static_cast<pid_t>(process->processId()), number);
  QVERIFY(process->waitForFinished(20000));
  QCOMPARE(process->exitStatus(), QProcess::NormalExit);
  QCOMPARE(process->exitCode(), 128 + number);
  const auto rows = readMetrics(folder);
  const auto checkpoint = CheckpointStore(folder + "/checkpoints").newestVerified();
  QVERIFY(checkpoint.has_value());
  QCOMPARE(checkpoint->step, rows.back().step);
  QCOMPARE(RunFolder::open(folder).status().state, api::RunState::Interrupted);
}

void TestResume::aBrokenSpecificationNamesEveryProblemAndExitsThree() {
  writeFileAtomic(path("broken.json"), R"({"model": {"path": "nowhere"}, "method": {"typ": "lora", "r": -4}, "data": {"train": []}})");
  QCOMPARE(run({"train", QString::fromStdString(path("broken.json"))}), 3);
  for (const char* part : {"REJ:SPEC", "method.typ", "method.r", "data.train"})
    QVERIFY2(m_output.contains(part), (std::string(part) + "\n" + m_output.constData()).c_str());
}

QTEST_GUILESS_MAIN(TestResume)
#include "tst_resume.moc"
