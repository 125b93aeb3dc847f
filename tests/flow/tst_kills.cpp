// SPDX-License-Identifier: Apache-2.0
// SIGKILL at more than a hundred logged moments: worker (many of them inside a checkpoint save), engine and window, all while a real run
// goes on. After each: nothing acknowledged is lost; at the end the run is, bit for bit, the run that was never disturbed.
#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/processes.h"
#include "tests/flow/flow_support.h"
#include "tests/flow/window_relay.h"

#include <csignal>
#include <map>
#include <random>

#include <unistd.h>

using lathe::Json;
namespace method = lathe::api::method;

namespace {

constexpr int kWorkerKills = 50, kSavesWanted = 20, kEngineKills = 30, kWindowKills = 26;
constexpr int kWorkerSteps = 40;

bool isThere(int64_t pid) {
  QFile stat(QString("/proc/%1/stat").arg(pid));
  return pid > 1 && stat.open(QIODevice::ReadOnly) && !stat.readAll().contains(") Z ");
}

} // namespace

class TestKills : public QObject {
  Q_OBJECT

  std::map<std::string, int> m_moments; // "who: when" → count
  std::mt19937 m_random{20261122};
  int64_t m_resumedAt = 0; // step that the run had reached when it was resumed

  void log(const std::string& who, const std::string& when) { ++m_moments[who + ": " + when]; }
  int count(const std::string& prefix) const {
    int sum = 0;
    for (const auto& [name, times] : m_moments)
      sum += name.starts_with(prefix) ? times : 0;
    return sum;
  }
  int below(int limit) { return static_cast<int>(m_random() % static_cast<unsigned>(limit)); }

  static std::string adapterOf(const std::string& folder) { return lathe::readFile(folder + "/adapter/adapter_model.safetensors", 1 << 28); }

  /// Kills the worker of the run at a random moment, or as soon as a save is under way. Empty, or what went wrong.
  std::string killWorker(flow::Home& home, const std::string& id, bool atSave) {
    const auto state = [&] { return home.stateOf(id); };
    if (!QTest::qWaitFor([&] { return home.workerPid(id) > 1 || state() == "finished"; }, 30'000))
      return "the worker did not begin: " + home.run(id).dump();
    const double begin = lathe::wallClock();
    if (atSave) {
      while (!home.insideSave(id) && lathe::wallClock() - begin < 20 && home.workerPid(id) > 1) {
      }
      ::usleep(static_cast<useconds_t>(below(1500)));
    } else {
      QTest::qWait(below(1200));
    }
    const int64_t pid = home.workerPid(id);
    if (pid <= 1)
      return {}; // it finished meanwhile
    const int64_t told = home.stepOf(id); // acknowledged
    ::kill(static_cast<pid_t>(pid), SIGKILL);
    if (!QTest::qWaitFor([&] { return !isThere(pid); }, 5000))
      return "the worker does not die";
    const bool inside = home.insideSave(id), saved = lathe::isDirectory(home.folder(id) + "/checkpoints") && !lathe::listDirectory(home.folder(id) + "/checkpoints").empty();
    if (!QTest::qWaitFor([&] { return state() == "interrupted" || state() == "finished"; }, 15'000))
      return "after the kill the run says " + state();
    log("worker", inside ? "inside a checkpoint save" : told == 0 ? "before the first step" : saved ? "between steps, saved before" : "between steps, nothing saved yet");
    if (const std::string broken = home.brokenCheckpoints(id); !broken.empty())
      return broken;
    const std::string steps = home.brokenSteps(id, -1);
    if (!steps.empty())
      return steps;
    // A resumed run is cut back to its checkpoint; what was told in this life of the worker stays.
    const int64_t owed = told > m_resumedAt ? told : home.savedStep(id);
    if (home.stepOf(id) < owed)
      return "step " + std::to_string(owed) + " was told or saved and the index ends at " + std::to_string(home.stepOf(id));
    return {};
  }

private Q_SLOTS:
  void initTestCase() {
    if (const QString why = flow::missing(); !why.isEmpty())
      QSKIP(qPrintable(why));
  }

  void aWorkerKilledAnywhereIsResumedToTheSameWeights() {
    flow::Home home;
    home.startEngine();
    const Json spec = flow::spec(kWorkerSteps, 1);
    const std::string whole = home.start(spec);
    QVERIFY2(home.reaches(whole, "finished"), home.run(whole).dump().c_str());
    const std::string expected = adapterOf(home.folder(whole));
    int compared = 0;
    std::string victim = home.start(spec);
    for (int attempt = 0; attempt < 200 && (count("worker") < kWorkerKills || m_moments["worker: inside a checkpoint save"] < kSavesWanted); ++attempt) {
      const std::string wrong = killWorker(home, victim, attempt % 3 != 0);
      QVERIFY2(wrong.empty(), wrong.c_str());
      if (home.stateOf(victim) == "interrupted") {
        m_resumedAt = home.stepOf(victim);
        home.client().call(method::kRunsResume, {{"id", victim}});
        continue;
      }
      QVERIFY2(home.reaches(victim, "finished"), home.run(victim).dump().c_str());
      QVERIFY2(adapterOf(home.folder(victim)) == expected, "the killed and resumed run's weights differ");
      QCOMPARE(home.brokenSteps(victim, kWorkerSteps), std::string());
      ++compared;
      m_resumedAt = 0;
      victim = home.start(spec);
    }
    QVERIFY2(home.reaches(victim, "finished"), home.run(victim).dump().c_str());
    QVERIFY2(adapterOf(home.folder(victim)) == expected, "the killed and resumed run's weights differ");
    QCOMPARE(home.brokenSteps(victim, kWorkerSteps), std::string());
    QVERIFY2(!home.insideSave(victim), "a temporary folder is left");
    qInfo("%d kills over %d runs, all resumed to the weights of the undisturbed run", count("worker"), compared + 1);
    QVERIFY(count("worker") >= kWorkerKills);
    QVERIFY(m_moments["worker: inside a checkpoint save"] >= kSavesWanted);
  }

  void aKilledEngineFindsTheRunAndEveryStepAgain() {
    flow::Home home;
    home.startEngine();
    const std::string id = home.start(flow::spec(50'000, 50)); // longer than all this takes
    QVERIFY(QTest::qWaitFor([&] { return home.stepOf(id) >= 3; }, 60'000));
    int64_t told = 0;
    for (int i = 0; i < kEngineKills; ++i) {
      const bool starting = i > 0 && i % 3 == 0; // the round before left it unasked
      if (!starting)
        told = home.stepOf(id);
      if (i % 3 == 1)
        QTest::qWait(below(250));
      home.killEngine();
      log("engine", starting ? "while it starts" : i % 3 == 1 ? "while it follows a run" : "right after an answer");
      QTest::qWait(below(60));
      home.startEngine(false);
      if ((i + 1) % 3 == 0) // the next kill comes while it starts
        QTest::qWait(below(30));
      else
        QVERIFY(home.connect());
      if ((i + 1) % 3 == 0)
        continue;
      const Json run = home.run(id);
      QVERIFY2(run["state"] == "running", run.dump().c_str());
      QVERIFY2(QTest::qWaitFor([&] { return home.stepOf(id) >= told; }, 10'000), "steps that were told are not there");
      QCOMPARE(home.brokenSteps(id, -1), std::string());
    }
    home.killEngine();
    home.startEngine();
    QVERIFY2(QTest::qWaitFor([&] { return home.stepOf(id) > told; }, 60'000), home.run(id).dump().c_str()); // it goes on
    home.client().call(method::kRunsControl, {{"id", id}, {"action", "stop"}});
    QVERIFY2(home.reaches(id, "stopped", 60'000), home.run(id).dump().c_str());
    QCOMPARE(home.brokenSteps(id, home.stepOf(id)), std::string());
    QVERIFY(count("engine") >= kEngineKills);
  }

  void aKilledWindowStopsNothingAndFindsTheWholeHistoryAgain() {
    if (const QString why = flow::missing(true); !why.isEmpty())
      QSKIP(qPrintable(why));
    flow::Home home;
    home.startEngine();
    const std::string id = home.start(flow::spec(50'000, 100)); // longer than all this takes
    QVERIFY(QTest::qWaitFor([&] { return home.stepOf(id) >= 1; }, 60'000));
    // A runtime folder of its own puts the relay between window and engine.
    QTemporaryDir runtime;
    QDir().mkpath(runtime.filePath("lathe"));
    const QString real = QString::fromStdString(lathe::engineSocket(home.path()));
    flow::WindowRelay relay(runtime.filePath("lathe/" + real.section('/', -1)).toStdString(), real.toStdString());
    QProcess window;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QT_QPA_PLATFORM", "offscreen");
    environment.insert("XDG_CONFIG_HOME", home.file("config"));
    environment.insert("HOME", home.file(""));
    window.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    const auto open = [&](bool relayed) {
      environment.insert("XDG_RUNTIME_DIR", relayed ? runtime.path() : QString::fromLocal8Bit(qgetenv("XDG_RUNTIME_DIR")));
      window.setProcessEnvironment(environment);
      relay.forget();
      window.start(QCoreApplication::applicationDirPath() + "/../bin/lathe-workbench", {"--home", QString::fromStdString(home.path())});
      QVERIFY(window.waitForStarted());
    };
    for (int i = 0; i < kWindowKills; ++i) {
      const bool startsEngine = i % 5 == 4; // killed engine: the window starts one itself
      if (startsEngine)
        home.killEngine();
      const int64_t before = startsEngine ? 0 : home.stepOf(id);
      open(!startsEngine);
      const int patience = i % 2 == 0 ? below(250) : 300 + below(1200);
      QTest::qWait(patience);
      const bool told = relay.connections() > 0 && relay.lastStep() > 0;
      QCOMPARE(window.state(), QProcess::Running); // it is killed, it does not fall
      ::kill(static_cast<pid_t>(window.processId()), SIGKILL);
      QVERIFY(window.waitForFinished(5000));
      log("window", startsEngine ? "while it starts the engine" : told ? "while it shows a run" : relay.connections() > 0 ? "while it reads the state" : "while it starts");
      if (!startsEngine && told)
        QVERIFY2(relay.wholeUpTo() == relay.lastStep(), qPrintable(QString("the window had steps up to %1 and a hole after %2").arg(relay.lastStep()).arg(relay.wholeUpTo())));
      if (startsEngine && !home.connect()) // killed before it had started one
        home.startEngine();
      const std::string state = home.stateOf(id);
      QCOMPARE(state, std::string("running"));
      QVERIFY(home.stepOf(id) >= before);
      QCOMPARE(home.brokenSteps(id, -1), std::string());
      home.client().call(method::kSettingsGet);
      for (const QFileInfo& file : QDir(QString::fromStdString(home.path())).entryInfoList({"*.json"}, QDir::Files))
        lathe::parseJsonFile(file.filePath().toStdString(), {.bytes = 1 << 24}); // old or new, never half
    }
    // Once more, and this one lives until it has everything.
    open(true);
    QVERIFY2(QTest::qWaitFor([&] { return relay.knowsRun(id) && relay.wholeUpTo() >= home.stepOf(id); }, 20'000),
               qPrintable(QString("the window knows the run: %1; steps 1 to %2 of %3").arg(relay.knowsRun(id)).arg(relay.wholeUpTo()).arg(home.stepOf(id))));
    qInfo("the window opened last was told %lld steps without a hole", static_cast<long long>(relay.wholeUpTo()));
    window.kill();
    window.waitForFinished(5000);
    home.client().call(method::kRunsControl, {{"id", id}, {"action", "stop"}});
    QVERIFY2(home.reaches(id, "stopped", 30'000), home.stateOf(id).c_str());
    QVERIFY(count("window") >= kWindowKills);
  }

  void atLeastAHundredMomentsWereTried() {
    if (m_moments.empty())
      QSKIP("nothing was killed");
    int sum = 0;
    for (const auto& [name, times] : m_moments) {
      qInfo("%5d  %s", times, name.c_str());
      sum += times;
    }
    qInfo("%5d  in all", sum);
    if (count("window") > 0)
      QVERIFY(sum >= 100);
  }
};

LATHE_TEST_MAIN(TestKills) {
  if (qEnvironmentVariableIsEmpty("QTEST_FUNCTION_TIMEOUT"))
    qputenv("QTEST_FUNCTION_TIMEOUT", "900000"); // fifty restarts of a worker take their time on a busy machine
  QCoreApplication app(argc, argv);
  TestKills test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_kills.moc"
