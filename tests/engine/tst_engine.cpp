// SPDX-License-Identifier: Apache-2.0
// The whole engine as a process of its own, killed and started again, with a worker that stands in for the real one.
#include "core/api/protocol.h"
#include "core/api/run_status.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/processes.h"
#include "core/engine/engine.h"
#include "core/engine/file_follower.h"
#include "core/engine/log_tail.h"
#include "core/rpc/client.h"
#include "core/store/store.h"
#include "tests/engine/engine_process.h"

#include <QtTest>

#include <algorithm>
#include <set>

#include <signal.h>
#include <unistd.h>

using namespace lathe;
namespace method = api::method;

namespace {

Json specOf(int64_t steps) {
  return {{"model", {{"path", "/nowhere/model"}}}, {"data", {{"train", Json::array({{{"path", "/nowhere/train.jsonl"}}})}}}, {"training", {{"steps", steps}}}};
}

api::RunSummary runOf(rpc::Client& client, const std::string& id) { return api::decode<api::RunSummary>(client.call(method::kRunsGet, {{"id", id}})["run"]); }

api::RunSummary waitFor(rpc::Client& client, const std::string& id, const std::function<bool(const api::RunSummary&)>& done) {
  api::RunSummary run;
  for (int i = 0; i < 600; ++i) {
    run = runOf(client, id);
    if (done(run))
      break;
    QThread::msleep(25);
  }
  return run;
}

bool ended(const api::RunSummary& run) { return api::isEnded(run.state); }

/// Steps in the index, page by page.
std::vector<int64_t> stepsOf(rpc::Client& client, const std::string& id) {
  std::vector<int64_t> steps;
  for (bool more = true; more;) {
    const Json answer = client.call(method::kRunsMetrics, {{"id", id}, {"from", steps.empty() ? 0 : steps.back() + 1}, {"limit", 700}});
    for (const Json& row : answer["rows"])
      steps.push_back(row["step"].get<int64_t>());
    more = answer["more"].get<bool>();
  }
  return steps;
}

bool isWhole(const std::vector<int64_t>& steps, int64_t last) {
  for (size_t i = 0; i < steps.size(); ++i)
    if (steps[i] != static_cast<int64_t>(i) + 1)
      return false;
  return static_cast<int64_t>(steps.size()) == last;
}

/// A run that was made without this engine, as `lathe train` does; a running one belongs to this process.
std::string makeFolder(const std::string& home, const std::string& id, api::RunState state, double created) {
  const std::string folder = home + "/runs/" + id;
  makeDirectories(folder);
  writeFileAtomic(folder + "/spec.json", dumpJson(specOf(100)));
  api::RunStatus status;
  status.state = state;
  status.created = status.updated = created;
  if (!api::isEnded(state)) {
    status.pid = ::getpid();
    status.processStart = processStartTime(::getpid());
  }
  api::writeRunStatus(folder, status);
  return folder;
}

} // namespace

class EngineTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_home = m_folder->path().toStdString() + "/home";
    qputenv("XDG_RUNTIME_DIR", (m_folder->path() + "/run").toUtf8());
    QDir().mkpath(m_folder->path() + "/run");
  }
  void runGoesThroughItsLifeAndIsIndexed();
  void killedEngineFindsItsRunAgainWithAllMetrics();
  void killedWorkerLeavesAnInterruptedRun();
  void waitingRunsStartOneAfterTheOther();
  void deletedRunComesBackAndPurgedOneDoesNot();
  void damagedDatabaseIsRebuiltFromFolders();
  void theBatchBehindAStepIsComputedBesideTheEngine();
  void aBatchThatIsNotWantedAnyMoreEnds();
  void aSampleIsAskedOfTheWorkerAndToldAsAnEvent();
  void whatAPreparingRunDoesIsToldToTheWindow();
  void theEndOfTheLogIsReadLineByLine();
  void tagsLieInTheRunFolderAndSurviveAnIndexThatIsMadeAgain();
  void theListComesInPagesNewestFirst();
  void alertsGoOnAfterARestartAsIfNothingHadHappened();
  void badRequestsGetErrors();
  void onlyOneEngineServesAHome();
  void followerReadsACutFileAgain();

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  std::string m_home;
};

void EngineTest::runGoesThroughItsLifeAndIsIndexed() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(2000)}, {"name", "First one"}})["id"];
  waitFor(client, id, [](const auto& run) { return run.step > 100; });
  client.call(method::kRunsControl, {{"id", id}, {"action", "pause"}});
  client.call(method::kRunsControl, {{"id", id}, {"action", "continue"}});
  const auto run = waitFor(client, id, ended);
  QVERIFY2(run.state == api::RunState::Finished, run.error.c_str());
  QVERIFY(run.hasResult && run.name == "First one" && run.totalSteps == 2000);
  QVERIFY(isWhole(stepsOf(client, id), 2000));
  int64_t told = 0; // and the notifications carried every step once
  for (auto events = client.events(1); !events.empty(); events = client.events(0.3))
    for (const auto& event : events)
      if (event.type == "metrics")
        for (const Json& row : event.body["rows"])
          QCOMPARE(row["step"].get<int64_t>(), ++told);
  QCOMPARE(told, int64_t(2000));
  QVERIFY(run.spark.size() >= 32 && run.spark.size() <= 64);
  QVERIFY(!capture([&] { return client.call(method::kRunsResume, {{"id", id}}); }).ok());
}

void EngineTest::killedEngineFindsItsRunAgainWithAllMetrics() {
  EngineProcess engine(m_home);
  std::string id;
  {
    auto client = engine.connect();
    id = client.call(method::kRunsStart, {{"spec", specOf(4000)}})["id"];
    waitFor(client, id, [](const auto& run) { return run.step > 300; });
  }
  for (int round = 0; round < 4; ++round) {
    engine.kill(SIGKILL);
    QThread::msleep(150);
    engine.start();
    auto client = engine.connect();
    const auto run = runOf(client, id);
    QVERIFY2(run.state == api::RunState::Running || ended(run), api::enumName(run.state));
    QThread::msleep(200);
  }
  auto client = engine.connect();
  client.call(method::kRunsMetrics, {{"id", id}});
  const auto run = waitFor(client, id, ended);
  QVERIFY2(run.state == api::RunState::Finished, run.error.c_str());
  QVERIFY(waitFor(client, id, [](const auto& r) { return r.step == 4000; }).step == 4000);
  QVERIFY(isWhole(stepsOf(client, id), 4000));
}

void EngineTest::killedWorkerLeavesAnInterruptedRun() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(100'000)}})["id"];
  const auto running = waitFor(client, id, [](const auto& run) { return run.step > 50; });
  const auto pid = api::readRunStatus(running.folder).pid;
  QVERIFY(pid > 1);
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  const auto run = waitFor(client, id, ended);
  QVERIFY2(run.state == api::RunState::Interrupted, api::enumName(run.state));
  QVERIFY(!run.error.empty());
  QVERIFY(api::readRunStatus(run.folder).state == api::RunState::Interrupted);
  // The same when the engine died as well: after its start nothing says "running".
  client.call(method::kRunsResume, {{"id", id}});
  waitFor(client, id, [](const auto& r) { return r.state == api::RunState::Running; });
  const auto second = api::readRunStatus(run.folder).pid;
  engine.kill(SIGKILL);
  ::kill(static_cast<pid_t>(second), SIGKILL);
  QTRY_VERIFY(::kill(static_cast<pid_t>(second), 0) != 0);
  engine.start();
  auto again = engine.connect();
  QVERIFY(runOf(again, id).state == api::RunState::Interrupted);
}

void EngineTest::waitingRunsStartOneAfterTheOther() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string first = client.call(method::kRunsStart, {{"spec", specOf(1500)}})["id"];
  const std::string second = client.call(method::kRunsStart, {{"spec", specOf(10)}})["id"];
  const std::string third = client.call(method::kRunsStart, {{"spec", specOf(10)}})["id"];
  waitFor(client, first, [](const auto& run) { return run.step > 10; });
  QVERIFY(runOf(client, second).state == api::RunState::Queued);
  client.call(method::kRunsControl, {{"id", third}, {"action", "stop"}});
  QVERIFY(runOf(client, third).state == api::RunState::Stopped);
  client.call(method::kRunsControl, {{"id", first}, {"action", "stop"}});
  const auto stopped = waitFor(client, first, ended);
  QVERIFY2(stopped.state == api::RunState::Stopped, api::enumName(stopped.state));
  QVERIFY(waitFor(client, second, ended).state == api::RunState::Finished);
}

void EngineTest::deletedRunComesBackAndPurgedOneDoesNot() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(20)}})["id"];
  waitFor(client, id, ended);
  QVERIFY(!capture([&] { return client.call(method::kRunsPurge, {{"id", id}}); }).ok());
  client.call(method::kRunsDelete, {{"id", id}});
  QCOMPARE(client.call(method::kRunsList)["runs"].size(), size_t(0));
  QCOMPARE(client.call(method::kRunsList, {{"deleted", true}})["runs"].size(), size_t(1));
  engine.kill(SIGKILL);
  engine.start();
  auto again = engine.connect();
  QCOMPARE(again.call(method::kRunsList, {{"deleted", true}})["runs"].size(), size_t(1));
  again.call(method::kRunsRestore, {{"id", id}});
  QCOMPARE(again.call(method::kRunsList)["runs"].size(), size_t(1));
  QVERIFY(isWhole(stepsOf(again, id), 20));
  again.call(method::kRunsDelete, {{"id", id}});
  const std::string folder = runOf(again, id).folder;
  again.call(method::kRunsPurge, {{"id", id}});
  QVERIFY(!fileExists(folder));
}

void EngineTest::damagedDatabaseIsRebuiltFromFolders() {
  std::string id;
  {
    EngineProcess engine(m_home);
    auto client = engine.connect();
    id = client.call(method::kRunsStart, {{"spec", specOf(600)}})["id"];
    waitFor(client, id, ended);
  }
  writeFileAtomic(databaseFile(m_home), "not a database at all, but some other bytes");
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const auto run = waitFor(client, id, [](const auto& r) { return r.step == 600; });
  QVERIFY(run.state == api::RunState::Finished);
  QVERIFY(isWhole(stepsOf(client, id), 600));
}

namespace {

Json batchWhenDone(rpc::Client& client, const std::string& id, int64_t step, int* asked = nullptr) {
  Json answer;
  for (int i = 0; i < 200; ++i) {
    answer = client.call(method::kRunsBatch, {{"id", id}, {"step", step}});
    if (asked)
      ++*asked;
    if (answer["state"] != "working")
      break;
    QThread::msleep(25);
  }
  return answer;
}

std::vector<std::string> helperFiles(const std::string& home) { return isDirectory(home + "/cache/batches") ? listDirectory(home + "/cache/batches") : std::vector<std::string>(); }

} // namespace

void EngineTest::theBatchBehindAStepIsComputedBesideTheEngine() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(5)}})["id"];
  waitFor(client, id, ended);
  QCOMPARE(client.call(method::kRunsBatch, {{"id", id}, {"step", 3}})["state"], Json("working"));
  QElapsedTimer time;
  time.start();
  client.call(method::kRunsList, Json::object()); // meanwhile the engine answers
  QVERIFY2(time.elapsed() < 200, qPrintable(QString::number(time.elapsed())));
  int asked = 0;
  Json answer = batchWhenDone(client, id, 3, &asked);
  QVERIFY2(answer["state"] == "done" && asked > 1, dumpJson(answer).c_str());
  QCOMPARE(answer["batch"]["mean"], Json(1.5));
  QVERIFY(helperFiles(m_home).empty());
  QCOMPARE(client.call(method::kRunsBatch, {{"id", id}, {"step", 3}})["state"], Json("done")); // known by now
  answer = batchWhenDone(client, id, 1000);
  QCOMPARE(answer["state"], Json("failed"));
  QCOMPARE(answer["error"], Json("The data files changed."));
}

void EngineTest::aBatchThatIsNotWantedAnyMoreEnds() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(5)}})["id"];
  waitFor(client, id, ended);
  client.call(method::kRunsBatch, {{"id", id}, {"step", 2000}});
  QVERIFY(!helperFiles(m_home).empty());
  QCOMPARE(client.call(method::kRunsBatch, {{"id", id}, {"step", 2000}, {"stop", true}})["state"], Json("stopped"));
  QVERIFY(helperFiles(m_home).empty());
  client.call(method::kRunsBatch, {{"id", id}, {"step", 2000}});
  QCOMPARE(batchWhenDone(client, id, 4)["state"], Json("done")); // another step takes its place
  QVERIFY(helperFiles(m_home).empty());
}

void EngineTest::aSampleIsAskedOfTheWorkerAndToldAsAnEvent() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(3000)}})["id"];
  waitFor(client, id, [](const auto& run) { return run.step > 10; });
  client.call(method::kRunsControl, {{"id", id}, {"action", "sample"}});
  bool told = false;
  for (int i = 0; i < 100 && !told; ++i) {
    const Json answer = client.call(method::kRunsGet, {{"id", id}});
    for (const Json& event : answer["events"])
      told = told || (event["type"] == "sample" && event["data"]["answer"] == "Hello");
    QThread::msleep(25);
  }
  QVERIFY(told);
  client.call(method::kRunsControl, {{"id", id}, {"action", "stop"}});
  waitFor(client, id, ended);
}

void EngineTest::whatAPreparingRunDoesIsToldToTheWindow() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const std::string id = client.call(method::kRunsStart, {{"spec", specOf(77)}, {"name", "slow start"}})["id"];
  std::vector<double> shares;
  for (int i = 0; i < 60 && (shares.empty() || shares.back() < 0.9); ++i)
    for (const auto& event : client.events(0.2))
      if (event.type == "progress") {
        QCOMPARE(event.run, id);
        QCOMPARE(stringOr(event.body, "what", ""), std::string("Tokenizing"));
        shares.push_back(doubleOr(event.body, "share", -1));
      }
  QVERIFY2(shares.size() >= 10, qPrintable(QString::number(shares.size())));
  QVERIFY(std::is_sorted(shares.begin(), shares.end()));
  QVERIFY2(shares.back() > 0.89, qPrintable(QString::number(shares.back()))); // the last one may come when the run is already running
  QVERIFY(waitFor(client, id, ended).state == api::RunState::Finished);
}

void EngineTest::theEndOfTheLogIsReadLineByLine() {
  makeDirectories(m_home);
  QCOMPARE(engine::logTail(m_home, 10).size(), size_t(0));
  AppendFile log(m_home + "/engine.log");
  for (int i = 0; i < 30000; ++i)
    log.appendLine("2026-11-22T14:28:01.113 info line number " + std::to_string(i));
  log.appendLine("broken \xff\xfe");
  log.appendLine(std::string(5000, 'x'));
  const auto lines = engine::logTail(m_home, 100);
  QCOMPARE(lines.size(), size_t(100));
  QCOMPARE(lines[0], std::string("2026-11-22T14:28:01.113 info line number 29902"));
  QCOMPARE(lines[98], std::string("broken ??"));
  QCOMPARE(lines[99].size(), size_t(2000));
  QVERIFY(engine::logTail(m_home, 1'000'000).size() <= size_t(engine::kMostLogLines));
  EngineProcess engine(m_home);
  auto client = engine.connect();
  QCOMPARE(client.call(method::kEngineLog, {{"lines", 3}})["lines"].size(), size_t(3));
}

void EngineTest::tagsLieInTheRunFolderAndSurviveAnIndexThatIsMadeAgain() {
  std::string id;
  {
    EngineProcess engine(m_home);
    auto client = engine.connect();
    id = client.call(method::kRunsStart, {{"spec", specOf(20)}})["id"];
    waitFor(client, id, ended);
    QCOMPARE(client.call(method::kRunsTag, {{"id", id}, {"add", {"keep", "baseline"}}})["tags"], Json({"baseline", "keep"}));
    QCOMPARE(client.call(method::kRunsTag, {{"id", id}, {"add", {"night"}}, {"remove", {"keep"}}})["tags"], Json({"baseline", "night"}));
    for (const char* bad : {"", "a,b", "-x"}) {
      const auto refusal = capture([&] { return client.call(method::kRunsTag, {{"id", id}, {"add", {bad}}}); });
      QVERIFY(!refusal.ok() && refusal.error().code == "REJ:TAG");
    }
    QCOMPARE(client.call(method::kRunsList, {{"tag", "night"}})["runs"].size(), size_t(1));
    QCOMPARE(client.call(method::kRunsList, {{"tag", "keep"}})["runs"].size(), size_t(0));
    const auto folder = runOf(client, id).folder;
    writeFileAtomic(folder + "/weights.bin", std::string(1 << 20, 'x'));
  }
  writeFileAtomic(databaseFile(m_home), "not a database at all, but some other bytes");
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const auto run = waitFor(client, id, [](const auto& r) { return r.diskBytes > (1 << 20); }); // counted again too
  QCOMPARE(run.tags, (std::vector<std::string>{"baseline", "night"}));
  QVERIFY2(run.diskBytes >= (1 << 20) && run.diskBytes < (1 << 21), std::to_string(run.diskBytes).c_str());
}

void EngineTest::theListComesInPagesNewestFirst() {
  for (int i = 0; i < 25; ++i)
    makeFolder(m_home, "run-" + std::to_string(i), i == 7 ? api::RunState::Failed : api::RunState::Finished, 1000 + i % 5 * 100 + i); // not in the order of the ids
  EngineProcess engine(m_home);
  auto client = engine.connect();
  std::vector<double> created;
  std::set<std::string> ids;
  Json params = {{"limit", 10}};
  std::vector<size_t> pages;
  for (bool more = true; more;) {
    const Json answer = client.call(method::kRunsList, params);
    for (const Json& run : answer["runs"]) {
      created.push_back(run["created"].get<double>());
      ids.insert(run["id"].get<std::string>());
    }
    pages.push_back(answer["runs"].size());
    params["after"] = answer["runs"].back()["id"];
    more = answer["more"].get<bool>();
  }
  QCOMPARE(pages, (std::vector<size_t>{10, 10, 5}));
  QCOMPARE(ids.size(), size_t(25));
  QVERIFY(std::is_sorted(created.rbegin(), created.rend()));
  QCOMPARE(client.call(method::kRunsList, {{"state", "failed"}})["runs"].size(), size_t(1));
  QVERIFY(!capture([&] { return client.call(method::kRunsList, {{"state", "sleeping"}}); }).ok());
}

void EngineTest::alertsGoOnAfterARestartAsIfNothingHadHappened() {
  const std::string id = "run-dead", folder = makeFolder(m_home, id, api::RunState::Running, 1000);
  const auto append = [&](int64_t from, int64_t to) {
    AppendFile metrics(folder + "/metrics.jsonl");
    for (int64_t step = from; step <= to; ++step) {
      api::MetricRow row;
      row.step = step;
      row.loss = 2;
      row.supervisedTokens = 10;
      row.gradNorm = 0;
      metrics.appendLine(dumpJson(api::encode(row)));
    }
  };
  append(1, 15);
  EngineProcess engine(m_home);
  {
    auto client = engine.connect();
    waitFor(client, id, [](const auto& run) { return run.step == 15; });
    QVERIFY(runOf(client, id).alerts.empty());
    QThread::msleep(600); // indexed
  }
  engine.kill(SIGKILL);
  append(16, 25);
  engine.start();
  auto client = engine.connect();
  const auto run = waitFor(client, id, [](const auto& r) { return r.step == 25; });
  QCOMPARE(run.alerts.size(), size_t(1));
  QCOMPARE(run.alerts[0].kind, api::AlertKind::DeadAdapter);
  QCOMPARE(run.alerts[0].step, int64_t(20)); // the twentieth in a row, fifteen of them before the kill
}

void EngineTest::badRequestsGetErrors() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  for (const auto& [name, params] : std::vector<std::pair<const char*, Json>>{
           {method::kRunsGet, {{"id", "../../etc"}}}, {method::kRunsGet, {{"id", 3}}}, {method::kRunsStart, Json::object()}, {method::kRunsStart, {{"spec", {{"nonsense", 1}}}}},
           {method::kRunsControl, {{"id", "x"}, {"action", "explode"}}}, {method::kChatsSend, {{"id", 77}, {"text", "x"}}}, {method::kChatsCreate, {{"panes", 3}}}, {method::kChatsChoose, {{"id", 77}, {"message", 1}}}, {method::kChatsEdit, {{"id", 77}, {"message", 1}, {"text", "x"}}},
           {method::kChatsBranch, {{"id", 77}, {"message", 1}}},
           {method::kFsList, {{"path", "/no/such/folder"}}}, {method::kInspect, {{"path", "/no/such"}}}, {method::kDataPreview, {{"spec", specOf(3)}}}, {method::kPlan, {{"spec", specOf(3)}}}}) {
    const auto result = capture([&] { return client.call(name, params); });
    QVERIFY2(!result.ok() && !result.error().message.empty() && result.error().kind != ErrorKind::Internal, name);
  }
  QVERIFY(client.call(method::kDoctor).contains("checks"));
  client.call(method::kSettingsSet, {{"theme", "dark"}});
  QVERIFY(client.call(method::kSettingsGet)["theme"] == "dark");
  QVERIFY(client.call(method::kModelsList).contains("models"));
  QVERIFY(client.call(method::kSpecCheck, {{"spec", {{"nonsense", 1}}}})["problems"].size() > 0);
}

void EngineTest::onlyOneEngineServesAHome() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const auto second = capture([&] { engine::Engine other({m_home, testProgram(), 0}); return 0; });
  QVERIFY(!second.ok() && second.error().kind == ErrorKind::Conflict);
  client.call(method::kShutdown);
  QTRY_VERIFY(!fileExists(engineSocket(m_home)));
}

void EngineTest::followerReadsACutFileAgain() {
  const std::string path = m_folder->path().toStdString() + "/metrics.jsonl";
  AppendFile file(path);
  for (int i = 0; i < 100; ++i)
    file.appendLine("{\"step\":" + std::to_string(i) + "}");
  engine::FileFollower follower(path, {}, 0);
  QCOMPARE(follower.read().lines.size(), size_t(100));
  QVERIFY(follower.read().lines.empty());
  const uint64_t before = file.size();
  file.truncate(134); // after twelve lines: back to a checkpoint, then past the old end with other rows
  size_t lines = 12;
  for (; file.size() <= before + 50; ++lines)
    file.appendLine("{\"other\":" + std::to_string(file.size()) + "}");
  const auto piece = follower.read();
  QVERIFY(piece.restarted);
  QCOMPARE(piece.firstLine, int64_t(0));
  QCOMPARE(piece.lines.size(), lines);
  QFile half(QString::fromStdString(path));
  QVERIFY(half.open(QIODevice::Append));
  half.write("{\"half");
  half.flush();
  QVERIFY(follower.read().lines.empty()); // a line still being written waits
  half.write("\":1}\n");
  half.flush();
  QCOMPARE(follower.read().lines.size(), size_t(1));
}

LATHE_TEST_MAIN(EngineTest) {
  if (const int code = engineProcessMain(argc, argv); code >= 0)
    return code;
  QCoreApplication app(argc, argv);
  EngineTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_engine.moc"
