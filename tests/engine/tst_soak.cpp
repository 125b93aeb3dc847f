// SPDX-License-Identifier: Apache-2.0
// The whole wire at full rate: 1,000 metric rows and 300 text pieces a second from workers through the engine to a client, while engine,
// client and the model's worker are killed in turn. Every row once, every reply without a gap.
// Ten minutes: LATHE_SOAK_SECONDS=600 tst_soak
#include "core/api/protocol.h"
#include "core/api/values.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/processes.h"
#include "tests/engine/engine_process.h"

#include <QtTest>

#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include <signal.h>

using namespace lathe;
namespace method = api::method;

namespace {

constexpr int kPieces = 600;
constexpr int kPieceMicroseconds = 3333;
constexpr int64_t kMayBeLost = 300; // pieces: one second, as N1 of the design allows for an engine's death

struct Counts {
  int64_t rows = 0, pieces = 0, replies = 0, finished = 0, cut = 0, lost = 0;
  int64_t connections = 0, engineKills = 0, workerKills = 0, fetched = 0, batches = 0;
  double slowestConnect = 0, slowestState = 0; // seconds
};

/// Number of pieces in "0 1 2 … n−1 "; −1 when one is missing, twice or torn.
int64_t piecesIn(const std::string& text) {
  int64_t next = 0;
  for (size_t at = 0; at < text.size(); ++next) {
    const std::string expected = std::to_string(next) + " ";
    if (text.compare(at, expected.size(), expected) != 0)
      return -1;
    at += expected.size();
  }
  return next;
}

/// What a window does: follows one run and one chat, goes on where it stopped, reads the state again after the engine's death.
class Follower {
public:
  Follower(EngineProcess& engine, std::mutex& mutex, std::string run, int64_t chat, Counts& counts) : m_engine(engine), m_mutex(mutex), m_run(std::move(run)), m_chat(chat), m_counts(counts) {}

  int64_t lastStep() const { return m_last; }
  const std::string& fault() const { return m_fault; }

  /// One connection, `reads` batches long; an engine that dies meanwhile ends it.
  void connection(int reads) {
    try {
      std::optional<rpc::Client> client;
      {
        std::scoped_lock lock(m_mutex); // not while the engine is being replaced
        const double before = wallClock();
        client.emplace(m_engine.connect());
        m_counts.slowestConnect = std::max(m_counts.slowestConnect, wallClock() - before);
      }
      ++m_counts.connections;
      const int64_t pid = intOr(client->hello(), "pid", 0);
      const bool same = pid == m_pid && !client->subscribe(m_cursor);
      if (!same) {
        m_pid = pid;
        m_cursor = client->cursor();
        client->subscribe(m_cursor);
        m_told = -1;
        const double before = wallClock();
        readState(*client);
        m_counts.slowestState = std::max(m_counts.slowestState, wallClock() - before);
      }
      for (int i = 0; i < reads && m_fault.empty(); ++i) {
        if (m_idle)
          send(*client);
        ++m_counts.batches;
        for (const api::Event& event : client->events(0.2))
          take(event);
        if (client->takeGap())
          m_pid = 0; // read everything again
      }
    } catch (const Exception&) { // the engine died; the next connection finds out what is true
    }
  }

  void finish() {
    rpc::Client client = m_engine.connect();
    fetchRows(client);
  }

private:
  EngineProcess& m_engine;
  std::mutex& m_mutex;
  std::string m_run, m_fault;
  int64_t m_chat;
  Counts& m_counts;
  int64_t m_last = 0;  // step seen
  int64_t m_told = -1; // last step of this subscription; −1: none yet
  int64_t m_pid = 0;
  uint64_t m_cursor = 0;
  bool m_idle = true;
  int64_t m_message = 0;
  std::string m_text;

  void fail(std::string what) {
    if (m_fault.empty())
      m_fault = std::move(what);
  }

  void readState(rpc::Client& client) {
    fetchRows(client);
    const auto chat = api::decode<api::Chat>(client.call(method::kChatsGet, {{"id", m_chat}}));
    m_idle = true;
    for (const api::ChatMessage& message : chat.messages)
      if (message.role == "assistant" && message.id == m_message)
        replyIs(message);
  }

  void fetchRows(rpc::Client& client) {
    for (bool more = true; more;) {
      const Json answer = client.call(method::kRunsMetrics, {{"id", m_run}, {"from", m_last + 1}, {"limit", 5000}});
      for (const Json& row : answer["rows"]) {
        if (row["step"] != m_last + 1)
          fail(fmt::format("the index has step {} after {}", row["step"].get<int64_t>(), m_last));
        ++m_last;
        ++m_counts.fetched;
      }
      more = answer["more"].get<bool>();
    }
  }

  /// What the store says of the reply that this client was watching.
  void replyIs(const api::ChatMessage& message) {
    const int64_t stored = piecesIn(message.text), seen = piecesIn(m_text);
    if (stored < 0 || seen < 0)
      fail("a reply has a gap or a piece twice: …" + (stored < 0 ? message.text : m_text).substr(0, 400));
    if (seen - stored > kMayBeLost)
      fail(fmt::format("{} pieces were shown and {} are stored", seen, stored));
    m_counts.lost += std::max<int64_t>(0, seen - stored);
    m_idle = message.state != "waiting" && message.state != "streaming";
    m_text = message.text;
    if (!m_idle)
      return;
    m_counts.finished += message.state == "done";
    m_counts.cut += message.state != "done";
    m_message = 0;
  }

  void send(rpc::Client& client) {
    const auto chat = api::decode<api::Chat>(client.call(method::kChatsSend, {{"id", m_chat}, {"text", fmt::format("message {}", m_counts.replies)}}));
    m_idle = false;
    m_text.clear();
    ++m_counts.replies;
    for (const api::ChatMessage& message : chat.messages)
      if (message.role == "assistant")
        m_message = message.id;
  }

  void take(const api::Event& event) {
    if (event.cursor != m_cursor + 1)
      fail(fmt::format("event {} came after {}", event.cursor, m_cursor));
    m_cursor = event.cursor;
    if (event.type == "metrics") {
      for (const Json& row : event.body["rows"])
        takeRow(row["step"].get<int64_t>());
    } else if (event.type == "chat_piece" && event.body["message"] == m_message) {
      m_text += event.body["piece"].get<std::string>();
      ++m_counts.pieces;
    } else if (event.type == "chat" && event.body["message"]["id"] == m_message) {
      const auto message = api::decode<api::ChatMessage>(event.body["message"]);
      if (message.state != "waiting" && message.state != "streaming")
        replyIs(message);
    }
  }

  void takeRow(int64_t step) {
    if (m_told >= 0 && step != m_told + 1)
      fail(fmt::format("step {} was told after {}", step, m_told));
    m_told = step;
    if (step <= m_last)
      return; // read from the index before
    if (step != m_last + 1)
      fail(fmt::format("step {} came after {}", step, m_last));
    m_last = step;
    ++m_counts.rows;
  }
};

/// Sockets of model workers of this test live in its own runtime folder: whoever listens there is killed.
void killModelWorkers() {
  for (const QString& name : QDir("/proc").entryList(QDir::Dirs)) {
    QFile file("/proc/" + name + "/cmdline");
    if (name.toInt() > 1 && file.open(QIODevice::ReadOnly)) {
      const QByteArray line = file.readAll();
      if (line.contains("serve-model") && line.contains(runtimeFolder().c_str()))
        ::kill(name.toInt(), SIGKILL);
    }
  }
}

} // namespace

class SoakTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void nothingIsMissedOrToldTwiceWhileAllSidesAreKilled();
};

void SoakTest::nothingIsMissedOrToldTwiceWhileAllSidesAreKilled() {
  const int seconds = qEnvironmentVariableIsSet("LATHE_SOAK_SECONDS") ? qEnvironmentVariableIntValue("LATHE_SOAK_SECONDS") : 12;
  QTemporaryDir folder;
  qputenv("XDG_RUNTIME_DIR", (folder.path() + "/run").toUtf8());
  QDir().mkpath(folder.path() + "/run");
  qputenv("LATHE_FAKE_PIECES", QByteArray::number(kPieces));
  qputenv("LATHE_FAKE_PIECE_US", QByteArray::number(kPieceMicroseconds));
  qputenv("LATHE_FAKE_NUMBERED", "1");
  qputenv("LATHE_FAKE_SECONDS", QByteArray::number(seconds + 60));
  EngineProcess engine(folder.path().toStdString() + "/home");
  std::mutex mutex;
  std::string run;
  int64_t chat = 0;
  {
    auto client = engine.connect();
    const Json spec = {{"model", {{"path", "/nowhere/model"}}}, {"data", {{"train", Json::array({{{"path", "/nowhere/train.jsonl"}}})}}}, {"training", {{"steps", int64_t{seconds} * 1000}}}};
    run = client.call(method::kRunsStart, {{"spec", spec}})["id"];
    chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}})["id"];
  }
  Counts counts;
  std::atomic<bool> done{false};
  std::thread killer([&] {
    std::mt19937 random(3);
    while (!done) {
      const int pause = 1500 + static_cast<int>(random() % (seconds > 60 ? 9000 : 2500));
      for (int waited = 0; waited < pause && !done; waited += 10)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (done)
        return;
      if (random() % 4 == 0) {
        killModelWorkers();
        ++counts.workerKills;
        continue;
      }
      std::scoped_lock lock(mutex); // nobody connects meanwhile, but the client reads
      engine.kill(SIGKILL);
      engine.start();
      ++counts.engineKills;
    }
  });
  Follower follower(engine, mutex, run, chat, counts);
  std::mt19937 random(7);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end && follower.fault().empty())
    follower.connection(5 + static_cast<int>(random() % 60)); // dropped with events under way
  done = true;
  killer.join();
  QVERIFY2(follower.fault().empty(), follower.fault().c_str());
  const int64_t total = int64_t{seconds} * 1000;
  for (int i = 0; i < 600 && follower.lastStep() < total; ++i) { // the run ends a little later than the clock
    follower.finish();
    QTest::qWait(50);
  }
  killModelWorkers();
  QVERIFY2(follower.fault().empty(), follower.fault().c_str());
  QCOMPARE(follower.lastStep(), total);
  qInfo("%d s: %lld metric rows (%lld as events, %lld read again), %lld text pieces in %lld replies (%lld whole, %lld cut by a kill, %lld pieces lost with the engine), "
        "%lld batches over %lld connections; %lld engine kills, %lld model worker kills; an engine answered after at most %.1f s, its state was read in at most %.1f s",
        seconds, static_cast<long long>(counts.rows + counts.fetched), static_cast<long long>(counts.rows), static_cast<long long>(counts.fetched), static_cast<long long>(counts.pieces),
        static_cast<long long>(counts.replies), static_cast<long long>(counts.finished), static_cast<long long>(counts.cut), static_cast<long long>(counts.lost),
        static_cast<long long>(counts.batches), static_cast<long long>(counts.connections), static_cast<long long>(counts.engineKills), static_cast<long long>(counts.workerKills),
        counts.slowestConnect, counts.slowestState);
  QVERIFY2(counts.pieces >= int64_t{seconds} * 100, qPrintable(QString("only %1 pieces came").arg(counts.pieces)));
  QVERIFY(counts.engineKills >= 1 && counts.connections > 5);
}

LATHE_TEST_MAIN(SoakTest) {
  if (const int code = engineProcessMain(argc, argv); code >= 0)
    return code;
  if (qEnvironmentVariableIsEmpty("QTEST_FUNCTION_TIMEOUT"))
    qputenv("QTEST_FUNCTION_TIMEOUT", QByteArray::number(300'000 + 1000 * qEnvironmentVariableIntValue("LATHE_SOAK_SECONDS")));
  QCoreApplication app(argc, argv);
  SoakTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_soak.moc"
