// SPDX-License-Identifier: Apache-2.0
// The whole engine as a process of its own, killed and started again, with a worker that stands in for the real one.
#include "core/api/protocol.h"
#include "core/api/run_status.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/engine/engine.h"
#include "core/engine/file_follower.h"
#include "core/rpc/client.h"
#include "core/store/store.h"
#include "tests/engine/engine_process.h"

#include <QtTest>

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
  void promptIsStoredBeforeTheReplyAndSurvivesAKill();
  void regeneratedReplyIsASiblingAndStopKeepsTheText();
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

void EngineTest::promptIsStoredBeforeTheReplyAndSurvivesAKill() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const Json chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}, {{"model_path", "/m"}, {"adapter_path", "/a"}}})}});
  const Json sent = client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "Tell me a word"}});
  QCOMPARE(sent["messages"].size(), size_t(3));
  QVERIFY(!capture([&] { return client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "again"}}); }).ok());
  int pieces = 0;
  while (pieces < 15)
    for (const auto& event : client.events(5))
      pieces += event.type == "chat_piece";
  QThread::msleep(700); // what was said more than half a second ago is on disk
  engine.kill(SIGKILL);
  engine.start();
  auto again = engine.connect();
  const auto after = api::decode<api::Chat>(again.call(method::kChatsGet, {{"id", chat["id"]}}));
  QCOMPARE(after.messages[0].text, std::string("Tell me a word"));
  QCOMPARE(after.messages[1].state, std::string("stopped"));
  QVERIFY2(after.messages[1].text.size() >= 15 * 5 - 5, after.messages[1].text.c_str());
  QCOMPARE(after.title, std::string("Tell me a word"));
}

void EngineTest::regeneratedReplyIsASiblingAndStopKeepsTheText() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const Json chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}});
  const auto finished = [&] {
    api::ChatMessage message;
    while (message.state != "done" && message.state != "stopped" && message.state != "failed")
      for (const auto& event : client.events(5))
        if (event.type == "chat")
          if (auto m = api::decode<api::ChatMessage>(event.body["message"]); m.role == "assistant")
            message = m;
    return message;
  };
  client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "Hello"}});
  const auto first = finished();
  QCOMPARE(first.state, std::string("done"));
  QCOMPARE(first.text.size(), size_t(200));
  QCOMPARE(first.tokens, int64_t(40));
  client.call(method::kChatsRegenerate, {{"id", chat["id"]}, {"message", first.id}});
  QThread::msleep(200);
  client.call(method::kChatsStop, {{"id", chat["id"]}});
  const auto second = finished();
  QCOMPARE(second.state, std::string("stopped"));
  QVERIFY(!second.text.empty() && second.text.size() < 200);
  const auto all = api::decode<api::Chat>(client.call(method::kChatsGet, {{"id", chat["id"]}}));
  QCOMPARE(all.messages.size(), size_t(3));
  QVERIFY(!all.messages[1].active && all.messages[2].active);
  QCOMPARE(all.messages[1].text, first.text);
}

void EngineTest::badRequestsGetErrors() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  for (const auto& [name, params] : std::vector<std::pair<const char*, Json>>{
           {method::kRunsGet, {{"id", "../../etc"}}}, {method::kRunsGet, {{"id", 3}}}, {method::kRunsStart, Json::object()}, {method::kRunsStart, {{"spec", {{"nonsense", 1}}}}},
           {method::kRunsControl, {{"id", "x"}, {"action", "explode"}}}, {method::kChatsSend, {{"id", 77}, {"text", "x"}}}, {method::kChatsCreate, {{"panes", 3}}},
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

int main(int argc, char** argv) {
  if (const int code = engineProcessMain(argc, argv); code >= 0)
    return code;
  QCoreApplication app(argc, argv);
  EngineTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_engine.moc"
