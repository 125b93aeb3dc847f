// SPDX-License-Identifier: Apache-2.0
// The real programs, end to end: engine, workers, bundled model, bundled data; killed wherever it hurts.
#include "core/api/protocol.h"
#include "core/base/files.h"
#include "tests/flow/flow_support.h"

#include <cmath>
#include <csignal>

using namespace lathe;
namespace method = lathe::api::method;

namespace {

/// With evaluations, and eight sequences a step.
Json spec(int steps) {
  Json out = flow::spec(steps, 5);
  out["training"]["sequences_per_step"] = 8;
  out["eval"] = {{"every_steps", 10}};
  return out;
}

} // namespace

class TestFirstLine : public QObject {
  Q_OBJECT

  flow::Home m_home;

  std::string start(int steps) { return m_home.start(spec(steps)); }

private Q_SLOTS:
  void initTestCase() {
    if (const QString why = flow::missing(); !why.isEmpty())
      QSKIP(qPrintable(why));
    m_home.startEngine();
  }

  void aRunGoesFromStartToAnAdapterAndCanBePaused() {
    const std::string id = start(40);
    QVERIFY2(QTest::qWaitFor([&] { return m_home.stepOf(id) >= 3; }, 60'000), m_home.run(id).dump().c_str());
    m_home.client().call(method::kRunsControl, {{"id", id}, {"action", "pause"}});
    QVERIFY2(m_home.reaches(id, "paused", 10'000), m_home.run(id).dump().c_str());
    const int64_t paused = m_home.stepOf(id);
    QVERIFY(paused < 40);
    m_home.client().call(method::kRunsControl, {{"id", id}, {"action", "continue"}});
    QVERIFY2(m_home.reaches(id, "finished"), m_home.run(id).dump().c_str());
    QCOMPARE(m_home.brokenSteps(id, 40), std::string());
    QVERIFY(fileExists(m_home.folder(id) + "/adapter/adapter_model.safetensors"));
    const Json rows = m_home.client().call(method::kRunsMetrics, {{"id", id}, {"from", 1}, {"limit", 100}})["rows"];
    QVERIFY2(rows[39]["loss"].get<double>() < 0.7 * rows[0]["loss"].get<double>(), "the loss did not fall");
    QVERIFY(rows[9]["eval_loss"].is_number());
  }

  void aKilledEngineLeavesTheRunGoingAndFindsItAgain() {
    const std::string id = start(60);
    QVERIFY2(QTest::qWaitFor([&] { return m_home.stepOf(id) >= 5; }, 60'000), m_home.run(id).dump().c_str());
    const int64_t before = m_home.stepOf(id);
    m_home.killEngine();
    QTest::qWait(700);
    m_home.startEngine();
    QVERIFY2(QTest::qWaitFor([&] { return m_home.stepOf(id) > before; }, 30'000), m_home.run(id).dump().c_str());
    QVERIFY2(m_home.reaches(id, "finished"), m_home.run(id).dump().c_str());
    QCOMPARE(m_home.brokenSteps(id, 60), std::string());
  }

  void aKilledWorkerIsInterruptedAndResumesToTheSameWeights() {
    const std::string whole = start(30), killed = start(30);
    QVERIFY2(m_home.reaches(whole, "finished"), m_home.run(whole).dump().c_str());
    QVERIFY2(QTest::qWaitFor([&] { return m_home.stepOf(killed) >= 8; }, 60'000), m_home.run(killed).dump().c_str());
    ::kill(static_cast<pid_t>(m_home.workerPid(killed)), SIGKILL);
    QVERIFY2(m_home.reaches(killed, "interrupted", 15'000), m_home.run(killed).dump().c_str());
    m_home.client().call(method::kRunsResume, {{"id", killed}});
    QVERIFY2(m_home.reaches(killed, "finished"), m_home.run(killed).dump().c_str());
    QCOMPARE(m_home.brokenSteps(killed, 30), std::string());
    const std::string file = "/adapter/adapter_model.safetensors";
    QVERIFY2(readFile(m_home.folder(whole) + file, 1 << 28) == readFile(m_home.folder(killed) + file, 1 << 28),
             "the resumed run's weights differ from the uninterrupted one's");
  }

  void aRunSaysWhatItLearnsAndShowsTheBatchBehindAStep() {
    Json document = flow::spec(6, 1); // a checkpoint of every step
    document["save"]["keep"] = 10;
    document["method"]["dropout"] = 0; // or the loss that was recorded is of a thinned-out model
    document["probes"] = {{"prompts", {"Who are you?", "What is the weather like?"}}, {"max_tokens", 8}};
    const std::string id = m_home.start(document);
    QVERIFY2(m_home.reaches(id, "finished"), m_home.run(id).dump().c_str());
    int base = 0, own = 0;
    const Json whole = m_home.client().call(method::kRunsGet, {{"id", id}});
    for (const Json& event : whole["events"])
      if (event["type"] == "sample")
        ++(event["data"]["base"].get<bool>() ? base : own);
    QCOMPARE(base, 2);
    QCOMPARE(own, 12);
    Json answer;
    QVERIFY2(QTest::qWaitFor([&] {
      answer = m_home.client().call(method::kRunsBatch, {{"id", id}, {"step", 5}});
      return answer["state"] != "working";
    }, 60'000), "no batch within a minute");
    QVERIFY2(answer["state"] == "done", dumpJson(answer).substr(0, 500).c_str());
    const Json& batch = answer["batch"];
    QCOMPARE(batch["weights_step"], Json(4));
    QVERIFY2(std::abs(batch["mean"].get<double>() - batch["recorded"].get<double>()) <= 1e-5, dumpJson(batch).substr(0, 300).c_str());
    const flow::Output said = flow::lathe(m_home.path(), {"runs", "batch", QString::fromStdString(id), "--step", "5", "--json"});
    QVERIFY2(said.code == 0, said.err.constData());
    QCOMPARE(parseJson(said.out.toStdString(), {.bytes = 1 << 24})["mean"], batch["mean"]);
    const flow::Output late = flow::lathe(m_home.path(), {"runs", "sample", QString::fromStdString(id)});
    QVERIFY2(late.code == 1 && late.err.contains("finished"), late.err.constData());
  }

  void aDeletedRunCanBeBroughtBack() {
    const std::string id = start(3);
    QVERIFY(m_home.reaches(id, "finished"));
    m_home.client().call(method::kRunsDelete, {{"id", id}});
    const auto listed = [&] {
      const Json answer = m_home.client().call(method::kRunsList);
      for (const Json& item : answer["runs"])
        if (item["id"] == id && !item["deleted"].get<bool>())
          return true;
      return false;
    };
    QVERIFY(!listed());
    m_home.client().call(method::kRunsRestore, {{"id", id}});
    QVERIFY(listed());
    QCOMPARE(m_home.brokenSteps(id, 3), std::string());
  }

  void twoPanesAnswerBesideEachOther() {
    const std::string id = start(60);
    QVERIFY2(m_home.reaches(id, "finished"), m_home.run(id).dump().c_str());
    const Json base = {{"model_path", flow::modelFolder()}}, tuned = {{"model_path", flow::modelFolder()}, {"adapter_path", m_home.folder(id) + "/adapter"}};
    const Json chat = m_home.client().call(method::kChatsCreate, {{"panes", Json::array({base, tuned})}, {"sampling", {{"greedy", true}, {"max_tokens", 60}}}});
    m_home.client().call(method::kChatsSend, {{"id", chat["id"]}, {"text", "What colour is the sky?"}});
    Json answered;
    QVERIFY2(QTest::qWaitFor([&] {
      answered = m_home.client().call(method::kChatsGet, {{"id", chat["id"]}});
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
