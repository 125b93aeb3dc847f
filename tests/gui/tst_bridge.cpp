// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/fake_engine.h"
#include "ui/bridge/engine_client.h"
#include "ui/bridge/host_check.h"
#include "ui/models/metrics_history.h"

#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;

namespace {

/// A program in place of ssh.
QString sshScript(const QTemporaryDir& folder, const QByteArray& text) {
  const QString path = folder.filePath(QStringLiteral("ssh"));
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly))
    qFatal("%s cannot be written", qPrintable(path));
  file.write("#!/bin/sh\n" + text);
  file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  return path;
}

} // namespace

class TestBridge : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init();
  void cleanup();
  void connectsAndSaysHello();
  void answersAreDeliveredOnTheGuiThread();
  void refusalsArriveAsErrorsWithTheirKind();
  void callsWithoutAConnectionFailAtOnce();
  void aGoneContextGetsNoAnswer();
  void pendingCallsFailWhenTheConnectionBreaks();
  void reconnectsByItselfWithoutGapOrDuplicate();
  void anEngineThatWasRestartedIsReadAgain();
  void brokenFramesEndTheConnectionAndItComesBack();
  void foreignMessagesAreIgnored();
  void historyIsReadInPagesAndGoesOnLive();
  void aGapInTheRowsIsFilledFromTheStore();
  void stepsComputedAgainAfterAResumeReplaceTheOldOnes();
  void saysThatTheEngineIsMissing();
  void aMachineThatRefusesSaysWhyAndWhatToDo_data();
  void aMachineThatRefusesSaysWhyAndWhatToDo();
  void aTestCanBeCancelled();
  void aRefusedKeyIsNotTriedAgainByItself();

private:
  EngineOptions options() const;
  void connectClient(EngineClient& client);
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<fake::FakeEngine> m_engine;
};

void TestBridge::init() {
  m_folder = std::make_unique<QTemporaryDir>();
  m_engine = std::make_unique<fake::FakeEngine>(options().socket, fake::demoState());
}

void TestBridge::cleanup() {
  m_engine.reset();
  m_folder.reset();
  qunsetenv("LATHE_SSH");
}

EngineOptions TestBridge::options() const {
  EngineOptions out;
  out.home = m_folder->path();
  out.socket = m_folder->filePath(QStringLiteral("e.sock"));
  out.startEngine = false;
  out.firstRetryMs = 10;
  out.lastRetryMs = 50;
  return out;
}

void TestBridge::connectClient(EngineClient& client) {
  client.start();
  QTRY_COMPARE(client.state(), LinkState::Connected);
}

void TestBridge::connectsAndSaysHello() {
  EngineClient client(options());
  client.start();
  QTest::qWait(60);
  QCOMPARE(client.state(), LinkState::Connecting);
  m_engine->listen();
  QTRY_COMPARE(client.state(), LinkState::Connected);
  QCOMPARE(intOr(client.hello(), "protocol", 0), api::kProtocolVersion);
  QCOMPARE(m_engine->calls(api::method::kHello), 1);
}

void TestBridge::answersAreDeliveredOnTheGuiThread() {
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  QThread* thread = nullptr;
  size_t runs = 0;
  client.call<Json>(api::method::kRunsList, Json::object(), this, [&](Result<Json> answer) {
    thread = QThread::currentThread();
    runs = answer->at("runs").size();
  });
  QTRY_COMPARE(runs, fake::demoState().runs.size());
  QCOMPARE(thread, qApp->thread());
}

void TestBridge::refusalsArriveAsErrorsWithTheirKind() {
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  Error error;
  client.call<Json>(api::method::kRunsGet, {{"id", "none"}}, this, [&](Result<Json> answer) { error = answer.error(); });
  QTRY_COMPARE(QString::fromStdString(error.message), QStringLiteral("There is no such run."));
  QCOMPARE(error.kind, ErrorKind::NotFound);
}

void TestBridge::callsWithoutAConnectionFailAtOnce() {
  EngineClient client(options());
  client.start();
  std::optional<Error> error;
  client.call<Json>(api::method::kRunsList, Json::object(), this, [&](Result<Json> answer) { error = answer.error(); });
  QTRY_VERIFY(error);
  QCOMPARE(error->kind, ErrorKind::Io);
}

void TestBridge::aGoneContextGetsNoAnswer() {
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  int answers = 0;
  auto context = std::make_unique<QObject>();
  client.call<Json>(api::method::kRunsList, Json::object(), context.get(), [&](const Result<Json>&) { answers += 100; });
  context.reset();
  client.call<Json>(api::method::kRunsList, Json::object(), this, [&](const Result<Json>&) { ++answers; });
  QTRY_VERIFY(answers > 0);
  QCOMPARE(answers, 1);
}

void TestBridge::pendingCallsFailWhenTheConnectionBreaks() {
  m_engine->listen();
  m_engine->setAnswerDelay(api::method::kRunsList, 5000);
  EngineClient client(options());
  connectClient(client);
  std::optional<Error> error;
  client.call<Json>(api::method::kRunsList, Json::object(), this, [&](Result<Json> answer) { error = answer.error(); });
  QTRY_VERIFY(m_engine->calls(api::method::kHello) == 1);
  QTest::qWait(50);
  m_engine->kill();
  QTRY_VERIFY(error);
  QCOMPARE(client.state(), LinkState::Lost);
  QVERIFY(!client.reason().isEmpty());
}

void TestBridge::reconnectsByItselfWithoutGapOrDuplicate() {
  m_engine->setRowsPerSecond(600);
  m_engine->change([](fake::State& state) { state.runs.begin()->second.summary.totalSteps = 100000; });
  m_engine->change([](fake::State& state) { state.runs["live"] = fake::makeRun("live", "live", api::RunState::Running, 0, 100000); });
  m_engine->listen();
  EngineClient client(options());
  std::vector<int64_t> steps;
  connect(&client, &EngineClient::metricsArrived, this, [&](const QString& run, const auto& rows) {
    if (run == QStringLiteral("live"))
      for (const auto& row : rows)
        steps.push_back(row.step);
  });
  connectClient(client);
  QTRY_VERIFY(steps.size() > 100);
  for (int i = 0; i < 5; ++i) {
    m_engine->restart(false);
    const size_t had = steps.size();
    QTRY_VERIFY(client.state() == LinkState::Connected && steps.size() > had + 100);
  }
  for (size_t i = 1; i < steps.size(); ++i)
    QVERIFY2(steps[i] == steps[i - 1] + 1, qPrintable(QStringLiteral("step %1 follows step %2").arg(steps[i]).arg(steps[i - 1])));
}

void TestBridge::anEngineThatWasRestartedIsReadAgain() {
  m_engine->listen();
  EngineClient client(options());
  QList<bool> continued;
  connect(&client, &EngineClient::connected, this, [&](bool same) { continued << same; });
  connectClient(client);
  m_engine->restart(false);
  QTRY_COMPARE(continued.size(), 2);
  m_engine->restart(true);
  QTRY_COMPARE(continued.size(), 3);
  QCOMPARE(continued, (QList<bool>{false, true, false}));
}

void TestBridge::brokenFramesEndTheConnectionAndItComesBack() {
  m_engine->listen();
  EngineClient client(options());
  int connections = 0;
  connect(&client, &EngineClient::connected, this, [&] { ++connections; });
  connectClient(client);
  m_engine->sendRaw("Content-Length: 99999999999\r\n\r\n");
  QTRY_COMPARE(connections, 2);
  m_engine->sendRaw("Content-Length: 3\r\n\r\n{]}");
  QTRY_COMPARE(connections, 3);
}

void TestBridge::foreignMessagesAreIgnored() {
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  m_engine->emitEvent("something_newer", "", {{"x", 1}});
  m_engine->emitEvent("metrics", "r", {{"rows", 5}});
  m_engine->sendRaw(QByteArray::fromStdString(api::encodeFrame(R"({"jsonrpc":"2.0","id":999999,"result":{}})")));
  bool got = false;
  client.call<Json>(api::method::kRunsList, Json::object(), this, [&](const Result<Json>& answer) { got = answer.ok(); });
  QTRY_VERIFY(got);
  QCOMPARE(client.state(), LinkState::Connected);
}

void TestBridge::historyIsReadInPagesAndGoesOnLive() {
  constexpr int64_t kStored = 12000;
  m_engine->setRowsPerSecond(1000);
  m_engine->change([](fake::State& state) { state.runs["live"] = fake::makeRun("live", "live", api::RunState::Running, kStored, 1000000); });
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  MetricsHistory history(&client, QStringLiteral("live"));
  QTRY_VERIFY(history.complete());
  QTRY_VERIFY(history.rows().size() > kStored + 500);
  for (size_t i = 0; i < history.rows().size(); ++i)
    QCOMPARE(history.rows()[i].step, static_cast<int64_t>(i + 1));
  QCOMPARE(history.smoothed().size(), history.rows().size());
  QCOMPARE(QString::fromStdString(history.summary().name), QStringLiteral("live"));
  QVERIFY(history.spec().is_object());
}

void TestBridge::aGapInTheRowsIsFilledFromTheStore() {
  m_engine->setRowsPerSecond(0);
  m_engine->change([](fake::State& state) { state.runs["r"] = fake::makeRun("r", "r", api::RunState::Running, 50, 1000); });
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  MetricsHistory history(&client, QStringLiteral("r"));
  QTRY_COMPARE(history.rows().size(), size_t(50));
  m_engine->change([](fake::State& state) {
    for (int64_t step = 51; step <= 80; ++step)
      state.runs["r"].rows.push_back(fake::rowAt(step, 1000));
  });
  m_engine->emitEvent("metrics", "r", {{"rows", api::encode(std::vector{fake::rowAt(80, 1000)})}});
  QTRY_COMPARE(history.rows().size(), size_t(80));
  for (size_t i = 0; i < 80; ++i)
    QCOMPARE(history.rows()[i].step, static_cast<int64_t>(i + 1));
}

void TestBridge::stepsComputedAgainAfterAResumeReplaceTheOldOnes() {
  m_engine->setRowsPerSecond(0);
  m_engine->change([](fake::State& state) { state.runs["r"] = fake::makeRun("r", "r", api::RunState::Running, 50, 1000); });
  m_engine->listen();
  EngineClient client(options());
  connectClient(client);
  MetricsHistory history(&client, QStringLiteral("r"));
  QTRY_COMPARE(history.rows().size(), size_t(50));
  int rewritten = 0;
  connect(&history, &MetricsHistory::rewritten, this, [&] { ++rewritten; });
  m_engine->emitEvent("run_event", "r", api::encode(api::RunEvent{5, 40, "resumed", "Resumed from step 40.", {}}));
  QTRY_COMPARE(history.rows().size(), size_t(40));
  auto row = fake::rowAt(41, 1000);
  row.loss = 0.5;
  m_engine->emitEvent("metrics", "r", {{"rows", api::encode(std::vector{row})}});
  QTRY_COMPARE(history.rows().size(), size_t(41));
  QCOMPARE(history.rows().back().loss, 0.5);
  QCOMPARE(rewritten, 1);
}

void TestBridge::saysThatTheEngineIsMissing() {
  EngineOptions missing = options();
  missing.startEngine = true;
  missing.program = m_folder->filePath(QStringLiteral("lathe"));
  EngineClient client(missing);
  client.start();
  QTRY_COMPARE(client.state(), LinkState::Lost);
  QVERIFY(client.reason().contains(missing.program));
  m_engine->listen();
  QTRY_COMPARE(client.state(), LinkState::Connected);
}

void TestBridge::aMachineThatRefusesSaysWhyAndWhatToDo_data() {
  QTest::addColumn<QByteArray>("script");
  QTest::addColumn<QString>("reason");
  QTest::addColumn<QString>("remedy");
  const auto row = [](const char* name, const char* script, const char* reason, const char* remedy) {
    QTest::newRow(name) << QByteArray(script) << QString::fromLatin1(reason) << QString::fromLatin1(remedy);
  };
  row("name", "echo 'ssh: Could not resolve hostname gpu: Name or service not known' >&2; exit 255", "No machine of the name", "spelling");
  row("refused", "echo 'ssh: connect to host gpu port 22: Connection refused' >&2; exit 255", "refuses ssh", "openssh-server");
  row("timeout", "echo 'ssh: connect to host gpu port 22: Connection timed out' >&2; exit 255", "does not answer", "switched on");
  row("host key", "echo 'Host key verification failed.' >&2; exit 255", "is not known here", "fingerprint");
  row("keys", "echo 'u@gpu: Permission denied (publickey,password).' >&2; exit 255", "accepts none of the keys", "ssh-copy-id u@gpu");
  row("no lathe", "echo lathe-probe ssh yes", "lathe was not found", "Install Lathe there");
  row("old version", "case \"$*\" in *--stdio*) echo 'engine: no disk' >&2; exit 1;; esac; echo lathe-probe ssh yes; echo lathe-probe found lathe; echo lathe-probe version 0.0.9",
      "Version 0.0.9 there, 0.1.0 here", "same version");
  row("no engine", "case \"$*\" in *--stdio*) echo 'engine: no disk' >&2; exit 1;; esac; echo lathe-probe ssh yes; echo lathe-probe found lathe; echo lathe-probe version 0.1.0",
      "engine: no disk", "engine.log");
}

void TestBridge::aMachineThatRefusesSaysWhyAndWhatToDo() {
  QFETCH(QByteArray, script);
  QFETCH(QString, reason);
  QFETCH(QString, remedy);
  qputenv("LATHE_SSH", sshScript(*m_folder, script + "\n").toUtf8());
  HostCheck check;
  QSignalSpy ended(&check, &HostCheck::finished);
  api::Host host;
  host.name = "gpu";
  host.target = "u@gpu";
  check.start(host);
  QTRY_COMPARE(ended.count(), 1);
  QCOMPARE(ended[0][0].toBool(), false);
  QString said;
  for (const auto& step : check.steps())
    said += QString::fromStdString(step.what + " / " + step.remedy + "\n");
  QVERIFY2(said.contains(reason) && said.contains(remedy), qPrintable(said));
}

void TestBridge::aTestCanBeCancelled() {
  qputenv("LATHE_SSH", sshScript(*m_folder, "exec sleep 60\n").toUtf8());
  HostCheck check;
  QSignalSpy ended(&check, &HostCheck::finished);
  api::Host host;
  host.target = "u@gpu";
  check.start(host);
  QTest::qWait(50);
  QVERIFY(check.isRunning());
  check.cancel();
  QVERIFY(!check.isRunning() && check.steps().empty());
  QTest::qWait(100);
  QCOMPARE(ended.count(), 0);
}

void TestBridge::aRefusedKeyIsNotTriedAgainByItself() {
  const QString log = m_folder->filePath(QStringLiteral("log"));
  qputenv("LATHE_SSH", sshScript(*m_folder, "echo x >>'" + log.toUtf8() + "'\necho 'u@gpu: Permission denied (publickey).' >&2\nexit 255\n").toUtf8());
  EngineOptions far = options();
  far.host.emplace().target = "u@gpu";
  EngineClient client(far);
  const auto tries = [&] { return QFileInfo(log).size() / 2; };
  client.start();
  QTRY_COMPARE(client.state(), LinkState::Lost);
  QVERIFY2(client.reason().contains(QStringLiteral("ssh-copy-id u@gpu")), qPrintable(client.reason()));
  QTest::qWait(300); // a broken line would have been tried again five times
  QCOMPARE(tries(), 1);
  client.retryNow();
  QTRY_COMPARE(tries(), 2);
}

QTEST_MAIN(TestBridge)
#include "tst_bridge.moc"
