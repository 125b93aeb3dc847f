// SPDX-License-Identifier: Apache-2.0
// Reading datasets: shapes, places of bad rows, encodings, and the real files of the shared data.
#include "core/base/files.h"
#include "core/data/dataset.h"
#include "tests/support/bytes.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

using namespace lathe;
using lathe::test::bytes;
using data::Dataset;
using data::DatasetShape;

namespace {

class Folder {
public:
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = m_folder.filePath(QString::fromStdString(name)).toStdString();
    writeFileAtomic(path, content);
    return path;
  }

private:
  QTemporaryDir m_folder;
};

std::string goodRow(int i) { return fmt::format(R"({{"messages": [{{"role": "user", "content": "q{}"}}, {{"role": "assistant", "content": "a{}"}}]}})", i, i) + "\n"; }

std::string refusalOf(const std::string& path, const std::string& format = "auto") {
  try {
    Dataset::open({{path, format, Json::object()}});
  } catch (const Exception& e) {
    return e.error().code;
  }
  return "opened";
}

QByteArray content(const data::Sample& sample, size_t message) { return bytes(sample.messages.at(message).at("content").get<std::string>()); }

} // namespace

class TestDataset : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void malformedRowIsNamedAndTheOthersAreImported();
  void rowsThatAreNotObjectsAreRowErrors();
  void badMessagesAreRowErrors_data();
  void badMessagesAreRowErrors();
  void jsonArrayNamedJsonlIsRead();
  void cutArrayKeepsItsWholeElements();
  void lineBreaksAndMarksAreUnderstood_data();
  void lineBreaksAndMarksAreUnderstood();
  void lineSeparatorInsideAStringStays();
  void latin1RowIsARowErrorWithItsColumn();
  void unusableFilesAreRefused_data();
  void unusableFilesAreRefused();
  void overlongLineIsARowError();
  void shapesAreDetected_data();
  void shapesAreDetected();
  void namedColumnsAreUsed();
  void contentPartsAndWeightsAreUnderstood();
  void changedFileIsRefused();
  void realFilesOpenWithoutBadRows_data();
  void realFilesOpenWithoutBadRows();
  void indexingIsFast();
};

void TestDataset::malformedRowIsNamedAndTheOthersAreImported() {
  Folder folder;
  std::string text;
  for (int i = 1; i <= 1000; ++i)
    text += i == 718 ? std::string("{\"messages\": [{\"role\": \"user\", \"content\": oops}]}\n") : goodRow(i);
  const auto set = Dataset::open({{folder.write("train.jsonl", text), "auto", Json::object()}});
  QCOMPARE(set->rows(), 1000u);
  uint64_t total = 0;
  const auto errors = set->errors(10, &total);
  QCOMPARE(total, 1u);
  QVERIFY2(bytes(errors[0].text()).startsWith("train.jsonl:718:43: not valid JSON"), errors[0].text().c_str());
  QCOMPARE(content(set->sample(718), 1), QByteArray("a719"));
}

void TestDataset::rowsThatAreNotObjectsAreRowErrors() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", "[]\n42\nnull\n{}\n\n" + goodRow(1)), "auto", Json::object()}});
  QCOMPARE(set->rows(), 5u);
  uint64_t total = 0;
  const auto errors = set->errors(10, &total);
  QCOMPARE(total, 4u);
  QCOMPARE(errors[3].line, 4u);
  QCOMPARE(set->place(4).line, 6u);
}

void TestDataset::badMessagesAreRowErrors_data() {
  QTest::addColumn<QByteArray>("row");
  QTest::addColumn<QByteArray>("says");
  QTest::newRow("missing list") << QByteArray(R"({"other": 1})") << QByteArray("\"messages\" is missing");
  QTest::newRow("null list") << QByteArray(R"({"messages": null})") << QByteArray("\"messages\" is null");
  QTest::newRow("zero turns") << QByteArray(R"({"messages": []})") << QByteArray("no messages");
  QTest::newRow("unknown role") << QByteArray(R"({"messages": [{"role": "critic", "content": "x"}]})") << QByteArray("unknown role \"critic\"");
  QTest::newRow("no role") << QByteArray(R"({"messages": [{"content": "x"}]})") << QByteArray("message 1 has no role");
  QTest::newRow("null content") << QByteArray(R"({"messages": [{"role": "user", "content": null}]})") << QByteArray("message 1 has no content");
  QTest::newRow("number content") << QByteArray(R"({"messages": [{"role": "user", "content": 7}]})") << QByteArray("is a number");
  QTest::newRow("image part") << QByteArray(R"({"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}]})") << QByteArray("only text");
  QTest::newRow("text for a list") << QByteArray(R"({"messages": "x"})") << QByteArray("should be a list");
  QTest::newRow("NaN") << QByteArray(R"({"messages": [{"role": "user", "content": "x"}], "score": NaN})") << QByteArray("not valid JSON");
  QTest::newRow("twice the same key") << QByteArray(R"({"messages": [], "messages": []})") << QByteArray("appears twice");
}

void TestDataset::badMessagesAreRowErrors() {
  QFETCH(QByteArray, row);
  QFETCH(QByteArray, says);
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", goodRow(1) + row.toStdString() + "\n" + goodRow(3)), "auto", Json::object()}});
  uint64_t total = 0;
  const auto errors = set->errors(10, &total);
  QCOMPARE(total, 1u);
  QCOMPARE(errors[0].line, 2u);
  QVERIFY2(bytes(errors[0].message).contains(says), errors[0].message.c_str());
}

void TestDataset::jsonArrayNamedJsonlIsRead() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("a.jsonl", "[\n  {\"instruction\": \"a ] \\\" [\", \"output\": \"b\"},\n  {\"instruction\": \"c\",\n   \"output\": 5}\n]\n"), "auto", Json::object()}});
  QCOMPARE(set->rows(), 2u);
  QVERIFY(set->shape() == DatasetShape::Alpaca);
  QCOMPARE(content(set->sample(0), 0), QByteArray("a ] \" ["));
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QCOMPARE(errors[0].line, 3u);
  QCOMPARE(errors[0].column, 3u);
}

void TestDataset::cutArrayKeepsItsWholeElements() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("a.json", "[{\"text\": \"one\"}, {\"text\": \"two\"}, {\"text\": \"thr"), "auto", Json::object()}});
  QCOMPARE(set->rows(), 3u);
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QVERIFY(bytes(errors[0].message).contains("not closed"));
  QCOMPARE(set->sample(1).text, std::string("two"));
}

void TestDataset::lineBreaksAndMarksAreUnderstood_data() {
  QTest::addColumn<QByteArray>("content");
  const QByteArray a = R"({"text": "one"})", b = R"({"text": "two"})";
  QTest::newRow("LF") << a + "\n" + b + "\n";
  QTest::newRow("no last newline") << a + "\n" + b;
  QTest::newRow("CRLF") << a + "\r\n" + b + "\r\n";
  QTest::newRow("CR") << a + "\r" + b + "\r";
  QTest::newRow("BOM") << "\xEF\xBB\xBF" + a + "\n" + b + "\n";
  QTest::newRow("blank lines") << "\n\n" + a + "\n  \n" + b + "\n\n";
}

void TestDataset::lineBreaksAndMarksAreUnderstood() {
  QFETCH(QByteArray, content);
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", content.toStdString()), "auto", Json::object()}});
  QCOMPARE(set->rows(), 2u);
  QCOMPARE(set->sample(0).text, std::string("one"));
  QCOMPARE(set->sample(1).text, std::string("two"));
}

void TestDataset::lineSeparatorInsideAStringStays() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", "{\"text\": \"a\u2028b\u0085c\"}\n{\"text\": \"d\"}\n"), "auto", Json::object()}});
  QCOMPARE(set->rows(), 2u);
  QCOMPARE(set->sample(0).text, std::string("a\u2028b\u0085c"));
}

void TestDataset::latin1RowIsARowErrorWithItsColumn() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", "{\"text\": \"fine\"}\n{\"text\": \"caf\xE9 au lait\"}\n"), "auto", Json::object()}});
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QCOMPARE(errors[0].line, 2u);
  QCOMPARE(errors[0].column, 14u);
  QVERIFY(bytes(errors[0].message).contains("iconv"));
}

void TestDataset::unusableFilesAreRefused_data() {
  QTest::addColumn<QByteArray>("content");
  QTest::addColumn<QByteArray>("code");
  QTest::newRow("empty") << QByteArray() << QByteArray("REJ:DATASET_EMPTY");
  QTest::newRow("blank") << QByteArray("\n \n") << QByteArray("REJ:DATASET_EMPTY");
  QTest::newRow("UTF-16 with mark") << QByteArray("\xFF\xFE{\0\"\0", 6) << QByteArray("REJ:DATASET_ENCODING");
  QTest::newRow("UTF-16 without mark") << QByteArray("{\0\"\0t\0", 6) << QByteArray("REJ:DATASET_ENCODING");
  QTest::newRow("gzip") << QByteArray("\x1F\x8B\x08 something") << QByteArray("REJ:GZIP");
  QTest::newRow("no known fields") << QByteArray(R"({"a": 1})") << QByteArray("REJ:DATASET_SHAPE");
  QTest::newRow("not JSON") << QByteArray("hello\nworld\n") << QByteArray("REJ:DATASET_SHAPE");
  QTest::newRow("nesting") << QByteArray(100'000, '[') << QByteArray("REJ:DATASET_SHAPE");
}

void TestDataset::unusableFilesAreRefused() {
  QFETCH(QByteArray, content);
  QFETCH(QByteArray, code);
  Folder folder;
  QCOMPARE(bytes(refusalOf(folder.write("t.jsonl", content.toStdString()))), code);
}

void TestDataset::overlongLineIsARowError() {
  QTemporaryDir folder;
  const std::string path = folder.filePath("big.jsonl").toStdString();
  {
    AtomicFile file(path);
    file.write(std::string_view("{\"text\": \"first\"}\n"));
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 65; ++i)
      file.write(std::string_view(block));
    file.write(std::string_view("\n{\"text\": \"last\"}\n"));
    file.commit();
  }
  const auto set = Dataset::open({{path, "auto", Json::object()}});
  QCOMPARE(set->rows(), 3u);
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QVERIFY2(bytes(errors[0].message).contains("limit"), errors[0].message.c_str());
  QCOMPARE(set->sample(2).text, std::string("last"));
}

void TestDataset::shapesAreDetected_data() {
  QTest::addColumn<QByteArray>("row");
  QTest::addColumn<int>("shape");
  QTest::addColumn<QByteArray>("last"); // last content
  QTest::newRow("messages") << QByteArray(goodRow(7).c_str()) << int(DatasetShape::Messages) << QByteArray("a7");
  QTest::newRow("sharegpt") << QByteArray(R"({"conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]})") << int(DatasetShape::Messages) << QByteArray("y");
  QTest::newRow("preference") << QByteArray(R"({"conversations": [{"from": "human", "value": "x"}], "chosen": {"from": "gpt", "value": "good"}, "rejected": {"from": "gpt", "value": "bad"}})")
                              << int(DatasetShape::Messages) << QByteArray("good");
  QTest::newRow("alpaca") << QByteArray(R"({"instruction": "i", "input": "n", "output": "o"})") << int(DatasetShape::Alpaca) << QByteArray("o");
  QTest::newRow("question and answer") << QByteArray(R"({"question": "q", "answer": "a"})") << int(DatasetShape::Alpaca) << QByteArray("a");
  QTest::newRow("text") << QByteArray(R"({"text": "t", "url": "u"})") << int(DatasetShape::Text) << QByteArray("t");
}

void TestDataset::shapesAreDetected() {
  QFETCH(QByteArray, row);
  QFETCH(int, shape);
  QFETCH(QByteArray, last);
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", row.toStdString()), "auto", Json::object()}});
  QCOMPARE(int(set->shape()), shape);
  const data::Sample sample = set->sample(0);
  QCOMPARE(bytes(sample.shape == DatasetShape::Text ? sample.text : sample.messages.back().at("content").get<std::string>()), last);
}

void TestDataset::namedColumnsAreUsed() {
  Folder folder;
  const std::string path = folder.write("t.jsonl", R"({"frage": "q", "antwort": "a"})");
  QCOMPARE(bytes(refusalOf(path)), QByteArray("REJ:DATASET_SHAPE"));
  const auto set = Dataset::open({{path, "auto", {{"instruction", "frage"}, {"output", "antwort"}}}});
  QCOMPARE(content(set->sample(0), 1), QByteArray("a"));
}

void TestDataset::contentPartsAndWeightsAreUnderstood() {
  Folder folder;
  const auto set = Dataset::open({{folder.write("t.jsonl", R"({"messages": [{"role": "user", "content": [{"type": "text", "value": "h"}, {"type": "text", "text": "i"}], "loss_weight": 0.0}, )"
                                                           R"({"role": "assistant", "content": "skip", "train": false}, {"role": "assistant", "content": "learn", "loss_weight": 1.0}]})"), "auto", Json::object()}});
  const data::Sample sample = set->sample(0);
  QCOMPARE(content(sample, 0), QByteArray("hi"));
  QVERIFY(sample.train == (std::vector<bool>{false, false, true}));
  QVERIFY(!sample.messages[2].contains("loss_weight"));
}

void TestDataset::changedFileIsRefused() {
  Folder folder;
  const std::string path = folder.write("t.jsonl", goodRow(1));
  const auto set = Dataset::open({{path, "auto", Json::object()}});
  set->checkUnchanged();
  folder.write("t.jsonl", goodRow(1) + goodRow(2));
  try {
    set->checkUnchanged();
    QFAIL("the change was not seen");
  } catch (const Exception& e) {
    QCOMPARE(bytes(e.error().code), QByteArray("REJ:DATASET_CHANGED"));
  }
}

void TestDataset::realFilesOpenWithoutBadRows_data() {
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<int>("shape");
  QTest::addColumn<int>("rows");
  QTest::newRow("alpaca_en") << QByteArray("alpaca_en_demo.json") << int(DatasetShape::Alpaca) << 999;
  QTest::newRow("alpaca_zh") << QByteArray("alpaca_zh_demo.json") << int(DatasetShape::Alpaca) << 1000;
  QTest::newRow("identity") << QByteArray("identity.json") << int(DatasetShape::Alpaca) << 91;
  QTest::newRow("glaive") << QByteArray("glaive_toolcall_en_demo.json") << int(DatasetShape::Messages) << 300;
  QTest::newRow("dpo") << QByteArray("dpo_en_demo.json") << int(DatasetShape::Messages) << 300;
  QTest::newRow("v1_sft") << QByteArray("v1_sft_demo.jsonl") << int(DatasetShape::Messages) << 500;
  QTest::newRow("c4") << QByteArray("c4_demo.jsonl") << int(DatasetShape::Text) << 300;
  QTest::newRow("wiki") << QByteArray("wiki_demo.txt") << int(DatasetShape::Text) << 30;
  QTest::newRow("gsm8k") << QByteArray("gsm8k-train.jsonl") << int(DatasetShape::Alpaca) << 7473;
}

void TestDataset::realFilesOpenWithoutBadRows() {
  QFETCH(QByteArray, name);
  QFETCH(int, shape);
  QFETCH(int, rows);
  const QString path = QStringLiteral(LATHE_SHARED_DATA "/datasets/") + name;
  if (!QFile::exists(path))
    QSKIP("the shared datasets are not here");
  const auto set = Dataset::open({{path.toStdString(), "auto", Json::object()}});
  QCOMPARE(int(set->shape()), shape);
  QCOMPARE(set->rows(), uint64_t(rows));
  uint64_t total = 0;
  const auto errors = set->errors(3, &total);
  QVERIFY2(total == 0, errors.empty() ? "" : errors[0].text().c_str());
}

void TestDataset::indexingIsFast() {
  QTemporaryDir folder;
  const std::string path = folder.filePath("big.jsonl").toStdString();
  const std::string row = "{\"text\": \"" + std::string(400, 'a') + "\"}\n";
  {
    AtomicFile file(path);
    std::string block;
    while (block.size() < (4u << 20))
      block += row;
    for (int i = 0; i < 48; ++i)
      file.write(std::string_view(block));
    file.commit();
  }
  double best = 0;
  for (int attempt = 0; attempt < 3; ++attempt) { // other programs may run beside the test
    QElapsedTimer timer;
    timer.start();
    const auto set = Dataset::open({{path, "auto", Json::object()}});
    best = std::max(best, static_cast<double>(set->files()[0].bytes) / 1e3 / static_cast<double>(std::max<qint64>(1, timer.nsecsElapsed() / 1000)) * 1e3);
  }
  qInfo("indexing: %.0f MB/s", best);
  QVERIFY2(best >= 400, qPrintable(QString("indexing at %1 MB/s, wanted 400").arg(best)));
}

QTEST_GUILESS_MAIN(TestDataset)
#include "tst_dataset.moc"
