// SPDX-License-Identifier: Apache-2.0
#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/rpc/async_client.h"
#include "core/rpc/client.h"
#include "core/rpc/control_server.h"
#include "core/rpc/server.h"
#include "core/rpc/start_lock.h"

#include <QtTest>

#include <atomic>
#include <random>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace lathe;

namespace {

/// A server on its own thread with an echo method and one that answers from another thread.
struct TestServer {
  explicit TestServer(const std::string& path) {
    rpc::MethodTable table;
    table.add("echo", [](const Json& params) { return params; });
    table.add("fail", [](const Json&) -> Json { refuse("REJ:TEST", "No."); });
    table.add("odd", [](const Json&) -> Json { throw 42; });
    table.add("field", [](const Json& params) -> Json { return stringOr(params, "name", ""); });
    table.addAsync("later", [this](const Json& params, const rpc::Reply& reply) { threads.emplace_back([params, reply] { reply(params); }); });
    table.add("big", [](const Json&) -> Json { return std::string(17u << 20, 'x'); });
    server = std::make_unique<rpc::Server>(loop, rpc::ServerOptions{path, "/home", "1.0"}, std::move(table), events);
    server->listen();
    thread = std::thread([this] { loop.run(); });
  }
  ~TestServer() {
    loop.post([this] {
      server->close();
      loop.stop();
    });
    thread.join();
    for (auto& t : threads)
      t.join();
  }
  std::shared_ptr<rpc::EventLog> events = std::make_shared<rpc::EventLog>();
  rpc::IoLoop loop;
  std::unique_ptr<rpc::Server> server;
  std::thread thread;
  std::vector<std::thread> threads;
};

int rawConnect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    qFatal("connect failed");
  timeval timeout{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  return fd;
}

void rawSend(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return;
    bytes.remove_prefix(size_t(n));
  }
}

/// Next message, or a null value when the connection ended.
Json rawReceive(int fd, api::FrameReader& reader) {
  for (;;) {
    if (auto body = reader.next())
      return parseJson(*body, {.bytes = limits::kFrameBytes});
    char block[65536];
    const ssize_t n = ::recv(fd, block, sizeof block, 0);
    if (n <= 0)
      return nullptr;
    reader.append({block, size_t(n)});
  }
}

} // namespace

class ServerTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { m_path = (m_folder.path() + QString("/s%1.sock").arg(++m_count)).toStdString(); }
  void requestsGetTheirOwnAnswers();
  void errorsKeepKindAndCode();
  void requestsBeforeHelloAreRefused();
  void anotherProtocolVersionIsNamed();
  void brokenHeaderCostsOnlyItsConnection();
  void badBodiesGetErrorsAndTheConnectionGoesOn();
  void randomBytesHarmNobody();
  void answersTooLargeForAFrameBecomeErrors();
  void socketIsPrivate();
  void staleSocketIsReplacedAndALivingOneIsNot();
  void startLockIsExclusive();
  void clientThatReconnectsMissesNothing();
  void slowClientIsBoundedAndToldOfTheGap();
  void asyncClientCallsAndHearsTheEnd();
  void controlServerAnswersAndEmits();

private:
  QTemporaryDir m_folder;
  std::string m_path;
  int m_count = 0;
};

void ServerTest::requestsGetTheirOwnAnswers() {
  TestServer server(m_path);
  auto client = rpc::Client::connect(m_path);
  QCOMPARE(client.hello()["home"].get<std::string>(), std::string("/home"));
  QCOMPARE(client.hello()["pid"].get<int>(), int(::getpid()));
  for (int i = 0; i < 200; ++i)
    QCOMPARE(client.call(i % 2 ? "echo" : "later", {{"i", i}})["i"].get<int>(), i);
}

void ServerTest::errorsKeepKindAndCode() {
  TestServer server(m_path);
  auto client = rpc::Client::connect(m_path);
  for (const auto& [method, kind, code] : {std::tuple{"fail", ErrorKind::Refused, "REJ:TEST"}, {"odd", ErrorKind::Internal, ""}, {"field", ErrorKind::Refused, "REJ:JSON_TYPE"}}) {
    const auto result = capture([&] { return client.call(method, {{"name", 3}}); });
    QVERIFY(!result.ok());
    QVERIFY2(result.error().kind == kind && result.error().code == code, result.error().message.c_str());
  }
}

void ServerTest::requestsBeforeHelloAreRefused() {
  TestServer server(m_path);
  const int fd = rawConnect(m_path);
  api::FrameReader reader;
  rawSend(fd, api::encodeFrame(rpc::requestText(1, "echo", {{"secret", 1}})));
  const Json answer = rawReceive(fd, reader);
  QVERIFY(answer.contains("error") && answer["id"] == 1);
  ::close(fd);
}

void ServerTest::anotherProtocolVersionIsNamed() {
  TestServer server(m_path);
  const int fd = rawConnect(m_path);
  api::FrameReader reader;
  rawSend(fd, api::encodeFrame(rpc::requestText(1, "hello", {{"protocol", 999}})));
  const Json answer = rawReceive(fd, reader);
  QVERIFY(answer["error"]["message"].get<std::string>().find("999") != std::string::npos);
  rawSend(fd, api::encodeFrame(rpc::requestText(2, "echo", Json::object())));
  QVERIFY(rawReceive(fd, reader).contains("error"));
  ::close(fd);
}

void ServerTest::brokenHeaderCostsOnlyItsConnection() {
  TestServer server(m_path);
  auto good = rpc::Client::connect(m_path);
  const int fd = rawConnect(m_path);
  api::FrameReader reader;
  rawSend(fd, "Content-Length: 99999999999\r\n\r\n");
  QCOMPARE(rawReceive(fd, reader)["error"]["code"].get<int>(), rpc::kParseError);
  QVERIFY(rawReceive(fd, reader).is_null()); // closed
  ::close(fd);
  QCOMPARE(good.call("echo", {{"i", 1}})["i"].get<int>(), 1);
}

void ServerTest::badBodiesGetErrorsAndTheConnectionGoesOn() {
  TestServer server(m_path);
  const int fd = rawConnect(m_path);
  api::FrameReader reader;
  rawSend(fd, api::encodeFrame(rpc::requestText(1, "hello", {{"protocol", api::kProtocolVersion}})));
  QVERIFY(rawReceive(fd, reader).contains("result"));
  for (const std::string& body : {std::string("{]"), std::string("[1,2]"), std::string(200'000, '['), std::string("\xff\xfe"), std::string(R"({"jsonrpc":"2.0","id":5,"method":"nope"})"),
                                  std::string(R"({"jsonrpc":"2.0","id":5,"method":"events/subscribe","params":{"cursor":"x"}})")}) {
    rawSend(fd, api::encodeFrame(body));
    QVERIFY(rawReceive(fd, reader).contains("error"));
  }
  rawSend(fd, api::encodeFrame(rpc::requestText(9, "echo", {{"i", 3}})));
  QCOMPARE(rawReceive(fd, reader)["result"]["i"].get<int>(), 3);
  ::close(fd);
}

void ServerTest::randomBytesHarmNobody() {
  TestServer server(m_path);
  auto good = rpc::Client::connect(m_path);
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    const int fd = rawConnect(m_path);
    std::string bytes = round % 3 == 0 ? "" : api::encodeFrame(rpc::requestText(1, "hello", {{"protocol", api::kProtocolVersion}}));
    std::string junk(random() % 3000, '\0');
    for (char& c : junk)
      c = static_cast<char>(random());
    bytes += round % 2 ? api::encodeFrame(junk) : junk;
    if (!bytes.empty())
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    rawSend(fd, bytes);
    ::close(fd); // with answers unread
  }
  QCOMPARE(good.call("echo", {{"i", 1}})["i"].get<int>(), 1);
  QTRY_COMPARE(server.server->clientCount(), size_t(1));
}

void ServerTest::answersTooLargeForAFrameBecomeErrors() {
  TestServer server(m_path);
  auto client = rpc::Client::connect(m_path);
  const auto result = capture([&] { return client.call("big"); });
  QVERIFY(!result.ok());
  QVERIFY(result.error().message.find("16777216") != std::string::npos);
  QCOMPARE(client.call("echo", {{"i", 1}})["i"].get<int>(), 1);
}

void ServerTest::socketIsPrivate() {
  const std::string folder = m_folder.path().toStdString() + "/private";
  ::mkdir(folder.c_str(), 0755);
  TestServer server(folder + "/s.sock");
  struct stat info {};
  QCOMPARE(::stat(folder.c_str(), &info), 0);
  QCOMPARE(int(info.st_mode & 0777), 0700);
  QCOMPARE(::stat((folder + "/s.sock").c_str(), &info), 0);
  QCOMPARE(int(info.st_mode & 0777), 0600);
}

void ServerTest::staleSocketIsReplacedAndALivingOneIsNot() {
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, m_path.c_str(), m_path.size() + 1);
    QCOMPARE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(fd); // the file stays, as after a crash
  }
  QVERIFY(fileExists(m_path) && !rpc::somebodyListens(m_path));
  {
    TestServer server(m_path);
    QVERIFY(rpc::somebodyListens(m_path));
    const auto second = capture([&] { TestServer other(m_path); return 0; });
    QVERIFY(!second.ok());
    QVERIFY(second.error().kind == ErrorKind::Conflict);
    QVERIFY(rpc::somebodyListens(m_path));
  }
  QVERIFY(!fileExists(m_path));
}

void ServerTest::startLockIsExclusive() {
  const std::string path = m_folder.path().toStdString() + "/lock";
  auto first = rpc::StartLock::tryTake(path);
  QVERIFY(first.has_value());
  QVERIFY(!rpc::StartLock::tryTake(path).has_value());
  first.reset();
  QVERIFY(rpc::StartLock::tryTake(path).has_value());
}

/// The wire at full rate: 300 pieces and 1,000 metric rows a second, the client killed again and again, every event seen once.
/// LATHE_SOAK_SECONDS=600 QTEST_FUNCTION_TIMEOUT=900000 runs the ten-minute variant.
void ServerTest::clientThatReconnectsMissesNothing() {
  const int seconds = qEnvironmentVariableIsSet("LATHE_SOAK_SECONDS") ? qEnvironmentVariableIntValue("LATHE_SOAK_SECONDS") : 4;
  TestServer server(m_path);
  const uint64_t start = server.events->cursor();
  std::atomic<bool> done = false;
  std::thread producer([&] {
    const auto begin = std::chrono::steady_clock::now();
    int64_t ticks = 0;
    for (; std::chrono::steady_clock::now() < begin + std::chrono::seconds(seconds); ++ticks) {
      for (int i = 0; i < 10; ++i)
        server.events->append("metrics", "r", {{"rows", Json::array({{{"step", ticks * 10 + i}, {"loss", 1.25}, {"tokens", 8192}, {"lr", 2e-4}}})}});
      for (int i = 0; i < 3; ++i)
        server.events->append("text", "", {{"request", "1-2"}, {"piece", "wört"}, {"index", ticks * 3 + i}});
      std::this_thread::sleep_until(begin + std::chrono::milliseconds(10 * (ticks + 1)));
    }
    done = true;
  });
  std::mt19937 random(5);
  uint64_t cursor = start;
  int64_t steps = 0, pieces = 0, connections = 0, batches = 0;
  bool whole = true;
  while (whole && !(done && cursor == server.events->cursor())) {
    auto client = rpc::Client::connect(m_path);
    ++connections;
    whole = !client.subscribe(cursor);
    const int reads = int(random() % 12);
    for (int i = 0; i < reads && whole; ++i) {
      const auto events = client.events(0.2);
      ++batches;
      for (const api::Event& event : events) {
        whole = whole && event.cursor == ++cursor;
        if (event.type == "metrics")
          whole = whole && event.body["rows"][0]["step"] == steps++;
        else
          whole = whole && event.body["index"] == pieces++;
      }
      whole = whole && !client.takeGap();
    } // dropped here, often with events under way
  }
  producer.join();
  QVERIFY2(whole, qPrintable(QString("first break at cursor %1 after %2 steps, %3 pieces").arg(cursor - start).arg(steps).arg(pieces)));
  QCOMPARE(uint64_t(steps + pieces), server.events->cursor() - start);
  QVERIFY2(steps >= seconds * 900, qPrintable(QString::number(steps)));
  qInfo("%lld metric rows and %lld pieces over %lld connections in %lld batches", static_cast<long long>(steps), static_cast<long long>(pieces),
        static_cast<long long>(connections), static_cast<long long>(batches));
}

void ServerTest::slowClientIsBoundedAndToldOfTheGap() {
  TestServer server(m_path);
  const int fd = rawConnect(m_path);
  api::FrameReader reader;
  rawSend(fd, api::encodeFrame(rpc::requestText(1, "hello", {{"protocol", api::kProtocolVersion}})));
  const uint64_t start = rawReceive(fd, reader)["result"]["cursor"].get<uint64_t>();
  rawSend(fd, api::encodeFrame(rpc::requestText(2, "events/subscribe", {{"cursor", start}})));
  QVERIFY(rawReceive(fd, reader).contains("result"));
  const std::string filler(20'000, 'x');
  for (int i = 0; i < 6000; ++i) { // 120 MB while the client reads nothing; the log keeps 64 MiB
    server.events->append("text", "", {{"piece", filler}, {"index", i}});
    if (i % 100 == 0)
      QThread::msleep(2);
  }
  auto other = rpc::Client::connect(m_path); // others are served meanwhile
  QCOMPARE(other.call("echo", {{"i", 1}})["i"].get<int>(), 1);
  bool gap = false;
  int last = -1, received = 0;
  while (last != 5999) {
    const Json message = rawReceive(fd, reader);
    QVERIFY(!message.is_null());
    const bool thisGap = boolOr(message["params"], "gap", false);
    for (const Json& event : message["params"]["events"]) {
      const int index = event["body"]["index"].get<int>();
      QVERIFY2(index == last + 1 || (thisGap && index > last), qPrintable(QString("%1 after %2").arg(index).arg(last)));
      last = index;
      ++received;
    }
    gap = gap || thisGap;
  }
  QVERIFY(gap);
  QVERIFY(received < 6000);
  ::close(fd);
}

void ServerTest::asyncClientCallsAndHearsTheEnd() {
  auto server = std::make_unique<TestServer>(m_path);
  rpc::IoLoop loop;
  int answers = 0, events = 0, closed = 0, refused = 0;
  std::unique_ptr<rpc::AsyncClient> client, nobody;
  client = std::make_unique<rpc::AsyncClient>(loop, m_path, rpc::AsyncClient::Handlers{
      [&](const Json& hello) { client->subscribe(hello["cursor"].get<uint64_t>()); },
      [&](const api::Event&) {
        if (++events == 50)
          server.reset(); // the other side goes away
      },
      {}, [&](const Error&) { ++closed; loop.after(std::chrono::milliseconds(20), [&] { loop.stop(); }); }});
  for (int i = 0; i < 10; ++i)
    client->call("echo", {{"i", i}}, [&, i](const Result<Json>& result) {
      answers += result.ok() && (*result)["i"] == i;
      if (i == 9)
        for (int k = 0; k < 50; ++k)
          server->events->append("x", "", k);
    });
  nobody = std::make_unique<rpc::AsyncClient>(loop, m_path + ".none", rpc::AsyncClient::Handlers{{}, {}, {}, [&](const Error& error) { refused += error.kind == ErrorKind::NotFound; }});
  nobody->call("echo", {}, [&](const Result<Json>& result) { refused += !result.ok(); });
  loop.after(std::chrono::seconds(10), [&] { loop.stop(); });
  loop.run();
  QCOMPARE(answers, 10);
  QCOMPARE(events, 50);
  QCOMPARE(closed, 1);
  QCOMPARE(refused, 2);
}

void ServerTest::controlServerAnswersAndEmits() {
  std::string action;
  rpc::ControlHandler handler;
  handler.status = [] { return Json{{"state", "running"}, {"step", 3}}; };
  handler.control = [&](const std::string& name) { action = name; };
  auto control = std::make_unique<rpc::ControlServer>(m_path, handler, "/h");
  auto client = rpc::Client::connect(m_path);
  QCOMPARE(client.call(api::method::kWorkerStatus)["step"].get<int>(), 3);
  client.call(api::method::kJobControl, {{"action", "pause"}});
  QCOMPARE(action, std::string("pause"));
  QVERIFY(!capture([&] { return client.call(api::method::kGenerate); }).ok());
  client.subscribe(client.cursor());
  control->emit("text", "r1", {{"piece", "a"}});
  control->emit("text_end", "r1", {{"state", "done"}});
  control.reset(); // what was emitted still arrives
  std::vector<std::string> types;
  while (types.size() < 2)
    for (const auto& event : client.events(2))
      types.push_back(event.type);
  QCOMPARE(types.size(), size_t(2));
  QVERIFY(types[1] == "text_end");
}

QTEST_GUILESS_MAIN(ServerTest)
#include "tst_server.moc"
