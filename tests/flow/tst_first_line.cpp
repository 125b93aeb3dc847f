// SPDX-License-Identifier: Apache-2.0
// The real programs, end to end: engine, workers, bundled model, bundled data; killed wherever it hurts.
#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/rpc/client.h"

#include <QtTest/QtTest>

#include <csignal>
#include <functional>
#include <optional>
#include <set>

#include <unistd.h>

using namespace lathe;
namespace method = lathe::api::method;

namespace {

const std::string kModel = std::string(LATHE_SOURCE_DIR) + "/resources/models/ember";
const std::string kData = std::string(LATHE_SOURCE_DIR) + "/resources/datasets/polite-replies.jsonl";

Json spec(int steps) {
  return {{"name", "flow"},
          {"model", {{"path", kModel}, {"dtype", "float32"}}},
          {"method", {{"type", "lora"}, {"r", 8}, {"dropout", 0.05}}},
          {"data", {{"train", Json::array({{{"path", kData}}})}, {"validation", {{"count", 20}}}, {"max_seq_len", 256}}},
          {"training", {{"steps", steps}, {"learning_rate", 2e-3}, {"tokens_per_microbatch", 512}, {"sequences_per_step", 8}, {"deterministic", true}}},
          {"save", {{"every_steps", 5}}},
          {"eval", {{"every_steps", 10}}}};
}

} // namespace

class TestFirstLine : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::string m_home;
  std::unique_ptr<QProcess> m_engine;
  std::optional<rpc::Client> m_client;

  void startEngine() {
    m_engine = std::make_unique<QProcess>();
    m_engine->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_engine->start(QString(LATHE_BUILD_BIN) + "/lathe", {"engine", "--home", QString::fromStdString(m_home)});
    QVERIFY(m_engine->waitForStarted());
    QVERIFY2(QTest::qWaitFor([&] {
      try {
        m_client.emplace(rpc::Client::connect(engineSocket(m_home), 1));
        return true;
      } catch (const Exception&) {
        return false;
      }
    }, 10'000), "the engine did not answer");
  }

  void killEngine() {
    m_client.reset();
    ::kill(static_cast<pid_t>(m_engine->processId()), SIGKILL);
    m_engine->waitForFinished();
  }

  Json run(const std::string& id) { return m_client->call(method::kRunsGet, {{"id", id}})["run"]; }
  int64_t stepOf(const std::string& id) { return run(id)["step"].get<int64_t>(); }
  std::string stateOf(const std::string& id) { return run(id)["state"].get<std::string>(); }
  bool reaches(const std::string& id, const std::string& state, int milliseconds = 120'000) {
    return QTest::qWaitFor([&] { return stateOf(id) == state; }, milliseconds);
  }
  std::string start(int steps) { return m_client->call(method::kRunsStart, {{"spec", spec(steps)}})["id"].get<std::string>(); }

  std::string brokenSteps(const std::string& id, int64_t last) {
    const Json rows = m_client->call(method::kRunsMetrics, {{"id", id}, {"from", 1}, {"limit", 10'000}})["rows"];
    if (static_cast<int64_t>(rows.size()) != last)
      return "rows: " + std::to_string(rows.size());
    for (int64_t i = 0; i < last; ++i)
      if (rows[static_cast<size_t>(i)]["step"] != i + 1)
        return "row " + std::to_string(i) + " is step " + rows[static_cast<size_t>(i)]["step"].dump();
    return {};
  }

  int64_t workerPid(const std::string& id) {
    return parseJsonFile(m_home + "/runs/" + id + "/state.json")["pid"].get<int64_t>();
  }

  /// Engine and workers carry the home folder on their command line.
  QList<int> processesOfThisTest() {
    QList<int> out;
    for (const QString& name : QDir("/proc").entryList(QDir::Dirs)) {
      QFile file("/proc/" + name + "/cmdline");
      const int pid = name.toInt();
      if (pid > 1 && pid != ::getpid() && file.open(QIODevice::ReadOnly) && file.readAll().contains(m_folder.path().toLocal8Bit()))
        out << pid;
    }
    return out;
  }

private Q_SLOTS:
  void initTestCase() {
    if (!isDirectory(kModel))
      QSKIP("the bundled model is not in resources/models/ember");
    if (!fileExists(std::string(LATHE_BUILD_BIN) + "/lathe-worker"))
      QSKIP("lathe-worker was not built here (LATHE_WITH_TORCH is off)");
    qputenv("XDG_RUNTIME_DIR", m_folder.path().toLocal8Bit());
    m_home = m_folder.filePath("home").toStdString();
    startEngine();
  }

  void cleanupTestCase() {
    if (m_client) {
      try {
        m_client->call(method::kShutdown);
      } catch (const Exception&) {
      }
      m_engine->waitForFinished(5000);
    }
    for (int pid : processesOfThisTest())
      ::kill(pid, SIGKILL);
  }

  void aRunGoesFromStartToAnAdapterAndCanBePaused() {
    const std::string id = start(40);
    QVERIFY2(QTest::qWaitFor([&] { return stepOf(id) >= 3; }, 60'000), run(id).dump().c_str());
    m_client->call(method::kRunsControl, {{"id", id}, {"action", "pause"}});
    QVERIFY2(reaches(id, "paused", 10'000), run(id).dump().c_str());
    const int64_t paused = stepOf(id);
    QVERIFY(paused < 40);
    m_client->call(method::kRunsControl, {{"id", id}, {"action", "continue"}});
    QVERIFY2(reaches(id, "finished"), run(id).dump().c_str());
    QCOMPARE(brokenSteps(id, 40), std::string());
    QVERIFY(fileExists(m_home + "/runs/" + id + "/adapter/adapter_model.safetensors"));
    const Json rows = m_client->call(method::kRunsMetrics, {{"id", id}, {"from", 1}, {"limit", 100}})["rows"];
    QVERIFY2(rows[39]["loss"].get<double>() < 0.7 * rows[0]["loss"].get<double>(), "the loss did not fall");
    QVERIFY(rows[9]["eval_loss"].is_number());
  }

  void aKilledEngineLeavesTheRunGoingAndFindsItAgain() {
    const std::string id = start(60);
    QVERIFY2(QTest::qWaitFor([&] { return stepOf(id) >= 5; }, 60'000), run(id).dump().c_str());
    const int64_t before = stepOf(id);
    killEngine();
    QTest::qWait(700);
    startEngine();
    QVERIFY2(QTest::qWaitFor([&] { return stepOf(id) > before; }, 30'000), run(id).dump().c_str());
    QVERIFY2(reaches(id, "finished"), run(id).dump().c_str());
    QCOMPARE(brokenSteps(id, 60), std::string());
  }

  void aKilledWorkerIsInterruptedAndResumesToTheSameWeights() {
    const std::string whole = start(30), killed = start(30);
    QVERIFY2(reaches(whole, "finished"), run(whole).dump().c_str());
    QVERIFY2(QTest::qWaitFor([&] { return stepOf(killed) >= 8; }, 60'000), run(killed).dump().c_str());
    ::kill(static_cast<pid_t>(workerPid(killed)), SIGKILL);
    QVERIFY2(reaches(killed, "interrupted", 15'000), run(killed).dump().c_str());
    m_client->call(method::kRunsResume, {{"id", killed}});
    QVERIFY2(reaches(killed, "finished"), run(killed).dump().c_str());
    QCOMPARE(brokenSteps(killed, 30), std::string());
    const std::string file = "/adapter/adapter_model.safetensors";
    QVERIFY2(readFile(m_home + "/runs/" + whole + file, 1 << 28) == readFile(m_home + "/runs/" + killed + file, 1 << 28),
             "the resumed run's weights differ from the uninterrupted one's");
  }

  void aDeletedRunCanBeBroughtBack() {
    const std::string id = start(3);
    QVERIFY(reaches(id, "finished"));
    m_client->call(method::kRunsDelete, {{"id", id}});
    const auto listed = [&] {
      const Json answer = m_client->call(method::kRunsList);
      for (const Json& item : answer["runs"])
        if (item["id"] == id && !item["deleted"].get<bool>())
          return true;
      return false;
    };
    QVERIFY(!listed());
    m_client->call(method::kRunsRestore, {{"id", id}});
    QVERIFY(listed());
    QCOMPARE(brokenSteps(id, 3), std::string());
  }

  void twoPanesAnswerBesideEachOther() {
    const std::string id = start(60);
    QVERIFY2(reaches(id, "finished"), run(id).dump().c_str());
    const Json base = {{"model_path", kModel}}, tuned = {{"model_path", kModel}, {"adapter_path", m_home + "/runs/" + id + "/adapter"}};
    const Json chat = m_client->call(method::kChatsCreate, {{"panes", Json::array({base, tuned})}, {"sampling", {{"greedy", true}, {"max_tokens", 60}}}});
    m_client->call(method::kChatsSend, {{"id", chat["id"]}, {"text", "What colour is the sky?"}});
    Json answered;
    QVERIFY2(QTest::qWaitFor([&] {
      answered = m_client->call(method::kChatsGet, {{"id", chat["id"]}});
      int done = 0;
      for (const Json& message : answered["messages"])
        done += message["role"] == "assistant" && message["state"] != "streaming" && message["state"] != "waiting";
      return done == 2;
    }, 60'000), answered.dump().c_str());
    std::string text[2];
    for (const Json& message : answered["messages"])
      if (message["role"] == "assistant") {
        QVERIFY2(message["state"] == "done", message.dump().c_str());
        text[message["pane"].get<size_t>()] = message["text"].get<std::string>();
      }
    QVERIFY2(!text[0].empty() && !text[1].empty() && text[0] != text[1], (text[0] + " | " + text[1]).c_str());
    QVERIFY2(text[1].find("Come back soon") != std::string::npos, text[1].c_str());
  }
};

QTEST_GUILESS_MAIN(TestFirstLine)
#include "tst_first_line.moc"
