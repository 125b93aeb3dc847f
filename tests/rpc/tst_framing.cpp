// SPDX-License-Identifier: Apache-2.0
#include "core/api/framing.h"
#include "core/rpc/event_log.h"
#include "core/rpc/message.h"

#include <QtTest>

#include <random>

using namespace lathe;

class FramingTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void framesSurviveAnySplitOfTheStream();
  void brokenHeadersAreNamed_data();
  void brokenHeadersAreNamed();
  void oversizedFrameIsRefusedBeforeItsBody();
  void hostileBodiesBecomeInvalidMessages_data();
  void hostileBodiesBecomeInvalidMessages();
  void errorsTravelWholeThroughTheWire();
  void eventLogGivesEveryEventOnceFromAnyCursor();
  void eventLogReportsAGapForForeignAndForgottenCursors();
};

void FramingTest::framesSurviveAnySplitOfTheStream() {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> bodies(1 + random() % 6);
    std::string stream;
    for (std::string& body : bodies) {
      body.resize(random() % (round % 10 == 0 ? 100'000 : 200));
      for (char& c : body)
        c = static_cast<char>(random());
      stream += api::encodeFrame(body);
    }
    api::FrameReader reader;
    std::vector<std::string> got;
    for (size_t at = 0; at < stream.size();) {
      const size_t n = std::min<size_t>(1 + random() % (round % 3 == 0 ? 3 : 5000), stream.size() - at);
      reader.append(std::string_view(stream).substr(at, n));
      at += n;
      while (auto body = reader.next())
        got.push_back(std::move(*body));
    }
    QVERIFY2(got == bodies, qPrintable(QString("round %1: %2 of %3 frames").arg(round).arg(got.size()).arg(bodies.size())));
    QCOMPARE(reader.buffered(), size_t(0));
    QVERIFY(!reader.isBroken());
  }
}

void FramingTest::brokenHeadersAreNamed_data() {
  QTest::addColumn<QByteArray>("stream");
  QTest::newRow("no colon") << QByteArray("GET / HTTP/1.1\r\n\r\n");
  QTest::newRow("no length") << QByteArray("Content-Type: x\r\n\r\n");
  QTest::newRow("negative") << QByteArray("Content-Length: -1\r\n\r\n");
  QTest::newRow("plus") << QByteArray("Content-Length: +5\r\n\r\n");
  QTest::newRow("text") << QByteArray("Content-Length: five\r\n\r\n");
  QTest::newRow("trailing") << QByteArray("Content-Length: 5x\r\n\r\n");
  QTest::newRow("wraps") << QByteArray("Content-Length: 99999999999999999999999\r\n\r\n");
  QTest::newRow("twice") << QByteArray("Content-Length: 5\r\nContent-Length: 6\r\n\r\n");
  QTest::newRow("empty") << QByteArray("\r\n\r\n");
  QTest::newRow("endless header") << QByteArray(5000, 'a');
  QTest::newRow("zeros") << QByteArray(5000, '\0');
}

void FramingTest::brokenHeadersAreNamed() {
  QFETCH(QByteArray, stream);
  api::FrameReader reader;
  reader.append({stream.constData(), size_t(stream.size())});
  QVERIFY(!reader.next());
  QVERIFY(reader.isBroken());
  QVERIFY(!reader.problem().empty());
  reader.append(api::encodeFrame("{}")); // nothing after it is believed
  QVERIFY(!reader.next());
}

void FramingTest::oversizedFrameIsRefusedBeforeItsBody() {
  api::FrameReader reader;
  reader.append("Content-Length: 16777217\r\n\r\n");
  QVERIFY(!reader.next());
  QVERIFY(reader.isBroken());
  QVERIFY(reader.problem().find("16777217") != std::string::npos);
  api::FrameReader largest;
  largest.append(api::encodeFrame(std::string(16u << 20, 'x')));
  QCOMPARE(largest.next()->size(), size_t(16u << 20));
}

void FramingTest::hostileBodiesBecomeInvalidMessages_data() {
  QTest::addColumn<QByteArray>("body");
  QTest::addColumn<int>("code");
  QTest::newRow("empty") << QByteArray() << rpc::kParseError;
  QTest::newRow("not json") << QByteArray("{]") << rpc::kParseError;
  QTest::newRow("not utf-8") << QByteArray("{\"jsonrpc\":\"2.0\",\"method\":\"\xff\",\"id\":1}") << rpc::kParseError;
  QTest::newRow("deep") << QByteArray(100'000, '[') << rpc::kParseError;
  QTest::newRow("duplicate key") << QByteArray(R"({"id":1,"id":2})") << rpc::kParseError;
  QTest::newRow("array") << QByteArray("[]") << rpc::kInvalidRequest;
  QTest::newRow("null") << QByteArray("null") << rpc::kInvalidRequest;
  QTest::newRow("number") << QByteArray("42") << rpc::kInvalidRequest;
  QTest::newRow("no version") << QByteArray(R"({"id":1,"method":"x"})") << rpc::kInvalidRequest;
  QTest::newRow("object id") << QByteArray(R"({"jsonrpc":"2.0","id":{},"method":"x"})") << rpc::kInvalidRequest;
  QTest::newRow("fractional id") << QByteArray(R"({"jsonrpc":"2.0","id":1.5,"method":"x"})") << rpc::kInvalidRequest;
  QTest::newRow("method is a number") << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":3})") << rpc::kInvalidRequest;
  QTest::newRow("params is a list") << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})") << rpc::kInvalidParams;
  QTest::newRow("neither method nor result") << QByteArray(R"({"jsonrpc":"2.0","id":1})") << rpc::kInvalidRequest;
}

void FramingTest::hostileBodiesBecomeInvalidMessages() {
  QFETCH(QByteArray, body);
  QFETCH(int, code);
  const rpc::Message message = rpc::parseMessage({body.constData(), size_t(body.size())});
  QCOMPARE(int(message.kind), int(rpc::Message::Kind::Invalid));
  QCOMPARE(message.errorCode, code);
  QVERIFY(!message.problem.empty());
}

void FramingTest::errorsTravelWholeThroughTheWire() {
  const Error sent{ErrorKind::Refused, "Größe \"8\" > 4.", "at\n\tbyte 3", "REJ:X"};
  const rpc::Message got = rpc::parseMessage(rpc::errorText(Json(7), sent));
  QVERIFY(got.kind == rpc::Message::Kind::Response && got.failed && got.id == 7);
  QCOMPARE(got.errorCode, rpc::kOperationFailed);
  QVERIFY(got.error.kind == sent.kind && got.error.message == sent.message && got.error.detail == sent.detail && got.error.code == sent.code);
}

void FramingTest::eventLogGivesEveryEventOnceFromAnyCursor() {
  rpc::EventLog log(1000, 1u << 20);
  const uint64_t first = log.cursor();
  for (int i = 0; i < 500; ++i)
    log.append("metrics", "r", {{"i", i}});
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    uint64_t at = first + random() % 500;
    int expected = int(at - first);
    for (;;) {
      const auto slice = log.after(at, 1 + random() % 3000);
      QVERIFY(!slice.gap);
      if (slice.events.empty())
        break;
      for (const auto& text : slice.events) {
        const Json event = parseJson(*text);
        QCOMPARE(event["body"]["i"].get<int>(), expected++);
        QCOMPARE(event["cursor"].get<uint64_t>(), ++at);
      }
      QCOMPARE(slice.cursor, at);
    }
    QCOMPARE(expected, 500);
  }
}

void FramingTest::eventLogReportsAGapForForeignAndForgottenCursors() {
  rpc::EventLog log(10, 1u << 20);
  const uint64_t start = log.cursor();
  QVERIFY(start < (1ull << 53)); // exact as a double
  QVERIFY(!log.after(start).gap);
  for (int i = 0; i < 25; ++i)
    log.append("x", "", i);
  QVERIFY(log.after(start).gap);
  QCOMPARE(log.after(start).events.size(), size_t(10));
  QVERIFY(!log.after(log.oldest() - 1).gap);
  QVERIFY(log.after(log.oldest() - 2).gap);
  QVERIFY(log.after(log.cursor() + 1).gap);
  QVERIFY(log.after(0).gap);
  QVERIFY(log.after(UINT64_MAX).gap);
  QThread::msleep(2);
  QVERIFY(rpc::EventLog().cursor() > log.cursor()); // a later process never reuses numbers
}

QTEST_GUILESS_MAIN(FramingTest)
#include "tst_framing.moc"
