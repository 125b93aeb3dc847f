// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180) and gzip'd datasets: what they mean, where their mistakes are, and what hostile ones cannot do.
#include "core/base/files.h"
#include "core/data/csv_rows.h"
#include "core/data/dataset.h"
#include "core/data/unpack_file.h"
#include "tests/support/bytes.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <random>

using namespace lathe;
using lathe::test::bytes;
using data::Dataset;
using data::DatasetShape;

namespace {

class Files {
public:
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = m_folder.filePath(QString::fromStdString(name)).toStdString();
    writeFileAtomic(path, content);
    return path;
  }
  /// The same, packed by the gzip program.
  std::string pack(const std::string& name, const std::string& content) {
    const std::string path = write(name, content);
    QProcess gzip;
    gzip.start("gzip", {"-f", QString::fromStdString(path)});
    gzip.waitForFinished(60'000);
    return path + ".gz";
  }
  std::string folder() const { return m_folder.path().toStdString(); }

private:
  QTemporaryDir m_folder;
};

std::shared_ptr<const Dataset> openFile(const std::string& path, uint64_t maxRows = UINT64_MAX) {
  data::DatasetOptions options;
  options.maxRows = maxRows;
  return Dataset::open({{path, "auto", Json::object()}}, options);
}

std::string codeOf(const std::string& path) {
  const auto result = capture([&] { return openFile(path)->rows(); });
  return result.ok() ? "opened" : result.error().code;
}

QByteArray said(const data::Sample& sample, size_t message) { return bytes(sample.messages.at(message).at("content").get<std::string>()); }

std::string randomLines(int rows) {
  std::mt19937 random(4);
  std::string out;
  for (int i = 0; i < rows; ++i) {
    std::string words;
    for (int k = 0; k < 40; ++k)
      words += fmt::format("{:x} ", random());
    out += fmt::format("{{\"text\": \"{}{}\"}}\n", i, words);
  }
  return out;
}

} // namespace

class TestTables : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void quotedFieldsHoldSeparatorsQuotesAndLineBreaks() {
    Files files;
    const auto set = openFile(files.write("t.csv", "instruction,input,output\r\n\"Say \"\"hi\"\", please\",,\"line one\r\nline two\"\r\nplain, ,yes\r\n\r\n\"last\",x,\"\""));
    QCOMPARE(set->rows(), 3u);
    QVERIFY(set->shape() == DatasetShape::Alpaca);
    QCOMPARE(said(set->sample(0), 0), QByteArray("Say \"hi\", please"));
    QCOMPARE(said(set->sample(0), 1), QByteArray("line one\r\nline two"));
    QCOMPARE(said(set->sample(1), 0), QByteArray("plain\n "));
    QCOMPARE(set->place(1).line, 4u);
    QCOMPARE(said(set->sample(2), 1), QByteArray());
    QCOMPARE(set->place(2).line, 6u);
  }

  void separatorsAndRolesAreFound_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("shape");
    QTest::addColumn<QByteArray>("first");
    QTest::newRow("comma") << QByteArray("t.csv") << QByteArray("question,answer\nq,a\n") << int(DatasetShape::Alpaca) << QByteArray("q");
    QTest::newRow("semicolon") << QByteArray("t.csv") << QByteArray("question;answer\nq,1;a\n") << int(DatasetShape::Alpaca) << QByteArray("q,1");
    QTest::newRow("tab") << QByteArray("t.tsv") << QByteArray("question\tanswer\nq, \"1\"\ta\n") << int(DatasetShape::Alpaca) << QByteArray("q, \"1\"");
    QTest::newRow("text column") << QByteArray("t.csv") << QByteArray("\xEF\xBB\xBFid,text\n1,hello\n") << int(DatasetShape::Text) << QByteArray("hello");
    QTest::newRow("old line ends") << QByteArray("t.csv") << QByteArray("id,text\r1,hello\r2,two\r") << int(DatasetShape::Text) << QByteArray("hello");
    QTest::newRow("unnamed index") << QByteArray("t.csv") << QByteArray(",text\n0,hello\n") << int(DatasetShape::Text) << QByteArray("hello");
    QTest::newRow("messages as JSON") << QByteArray("t.csv") << QByteArray("messages\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"q\"\"},{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"a\"\"}]\"\n")
                                      << int(DatasetShape::Messages) << QByteArray("q");
  }

  void separatorsAndRolesAreFound() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, content);
    QFETCH(int, shape);
    QFETCH(QByteArray, first);
    Files files;
    const auto set = openFile(files.write(name.toStdString(), content.toStdString()));
    QCOMPARE(int(set->shape()), shape);
    const data::Sample sample = set->sample(0);
    QCOMPARE(sample.shape == DatasetShape::Text ? bytes(sample.text) : said(sample, 0), first);
  }

  void badRecordsAreReportedWhereTheyAreAndTheOthersAreImported_data() {
    QTest::addColumn<QByteArray>("line3");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("quote never closed") << QByteArray("q,\"open") << 3 << 3 << QByteArray("never closed");
    QTest::newRow("quote never closed, in a later line of the row") << QByteArray("\"two\nlines\",\"open") << 4 << 8 << QByteArray("never closed");
    QTest::newRow("text behind a quote") << QByteArray("\"q\" x,a") << 3 << 4 << QByteArray("behind the closing quote");
    QTest::newRow("too few fields") << QByteArray("alone") << 3 << 1 << QByteArray("has 1 field and the header names 2");
    QTest::newRow("too many fields") << QByteArray("a,b,c") << 3 << 1 << QByteArray("has 3 fields and the header names 2");
    QTest::newRow("Latin-1") << QByteArray("caf\xE9,a") << 3 << 4 << QByteArray("UTF-8");
  }

  void badRecordsAreReportedWhereTheyAreAndTheOthersAreImported() {
    QFETCH(QByteArray, line3);
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(QByteArray, says);
    Files files;
    const auto set = openFile(files.write("t.csv", "question,answer\nq2,a2\n" + line3.toStdString() + "\nq4,\"a4\"\nq5,a5\n"));
    QCOMPARE(set->rows(), 4u);
    const auto errors = set->errors();
    QCOMPARE(errors.size(), 1u);
    QVERIFY2(bytes(errors[0].message).contains(says), errors[0].message.c_str());
    QCOMPARE(int(errors[0].line), line);
    QCOMPARE(int(errors[0].column), column);
    QCOMPARE(said(set->sample(3), 1), QByteArray("a5"));
    QCOMPARE(said(set->sample(2), 1), QByteArray("a4"));
  }

  void unusableTablesAreRefused_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("empty") << QByteArray() << QByteArray("REJ:DATASET_EMPTY");
    QTest::newRow("blank") << QByteArray("\n\n") << QByteArray("REJ:DATASET_EMPTY");
    QTest::newRow("header only") << QByteArray("question,answer\n") << QByteArray("REJ:DATASET_EMPTY");
    QTest::newRow("a column twice") << QByteArray("text,text\na,b\n") << QByteArray("REJ:CSV_HEADER");
    QTest::newRow("open quote in the header") << QByteArray("\"text,x\na,b\n") << QByteArray("REJ:CSV_HEADER");
    QTest::newRow("5,000 columns") << QByteArray(5000, ',') + "\na\n" << QByteArray("REJ:CSV_HEADER");
    QTest::newRow("2 MB header") << QByteArray(2 << 20, 'x') + "\na\n" << QByteArray("REJ:CSV_HEADER");
    QTest::newRow("UTF-16") << QByteArray("\xFF\xFEt\0e\0", 6) << QByteArray("REJ:DATASET_ENCODING");
    QTest::newRow("zero byte") << QByteArray("text,a\nx,\0y\n", 12) << QByteArray("REJ:DATASET_ENCODING");
    QTest::newRow("no known columns") << QByteArray("a,b\n1,2\n") << QByteArray("REJ:DATASET_SHAPE");
  }

  void unusableTablesAreRefused() {
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, code);
    Files files;
    QCOMPARE(bytes(codeOf(files.write("t.csv", content.toStdString()))), code);
  }

  void hostileQuotesAreReadInLinearTime() {
    Files files;
    for (const std::string& unit : {std::string("\"\n"), std::string("\"a\n"), std::string("a,\"\"\"\n"), std::string("\"\"\"\n"), std::string("\"a\"b,\"\n"), std::string("\",\n\"\"")}) {
      std::string content = "question,answer\nq,a\n";
      while (content.size() < (8u << 20))
        content += unit;
      const std::string path = files.write("t.csv", content);
      QElapsedTimer timer;
      timer.start();
      const uint64_t rows = openFile(path)->rows();
      QVERIFY2(timer.elapsed() < 5000, qPrintable(QString("%1 ms for %2").arg(timer.elapsed()).arg(unit.c_str())));
      QVERIFY(rows >= 1);
    }
  }

  void wideRowsAreReadInLinearTime() {
    Files files;
    std::string header, row;
    for (size_t i = 0; i + 1 < data::kCsvColumns; ++i) {
      header += fmt::format("column number {},", i);
      row += "x,";
    }
    std::string content = header + "text\n";
    for (int i = 0; i < 200; ++i)
      content += row + "hello\n";
    const auto set = openFile(files.write("t.csv", content));
    QElapsedTimer timer;
    timer.start();
    for (uint64_t i = 0; i < set->rows(); ++i)
      QCOMPARE(set->sample(i).text, std::string("hello"));
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
  }

  void packedFilesReadAsTheirContent_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("JSON lines") << QByteArray("t.jsonl") << QByteArray("{\"text\": \"one\"}\n{\"text\": oops}\n{\"text\": \"three\"}\n");
    QTest::newRow("JSON array") << QByteArray("t.json") << QByteArray("[{\"text\": \"one\"},\n{\"text\": 2},\n{\"text\": \"three\"}]");
    QTest::newRow("CSV") << QByteArray("t.csv") << QByteArray("id,text\n1,one\n2\n3,three\n");
    QTest::newRow("plain text") << QByteArray("t.txt") << QByteArray("one\ncaf\xE9\nthree\n");
  }

  void packedFilesReadAsTheirContent() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, content);
    Files files;
    const std::string plain = files.write(name.toStdString(), content.toStdString());
    const auto expected = openFile(plain);
    const std::string packed = files.pack("packed-" + name.toStdString(), content.toStdString());
    const auto set = openFile(packed);
    QCOMPARE(set->rows(), expected->rows());
    QCOMPARE(set->sample(0).text, std::string("one"));
    QCOMPARE(set->sample(2).text, std::string("three"));
    const auto errors = set->errors(), wanted = expected->errors();
    QCOMPARE(errors.size(), 1u);
    QCOMPARE(errors[0].file, packed);
    QCOMPARE(errors[0].line, wanted[0].line);
    QCOMPARE(errors[0].column, wanted[0].column);
    QCOMPARE(set->files()[0].bytes, static_cast<uint64_t>(QFile(QString::fromStdString(packed)).size()));
    set->checkUnchanged();
    writeFileAtomic(packed, "something else that is longer than what was there before, by far, so that its size differs");
    const auto changed = capture([&] { return set->checkUnchanged(), 0; });
    QVERIFY(!changed.ok());
    QCOMPARE(bytes(changed.error().code), QByteArray("REJ:DATASET_CHANGED"));
  }

  void severalMembersAndPaddingAreOneFile() {
    Files files;
    const std::string a = readFile(files.pack("a.jsonl", "{\"text\": \"one\"}\n"), 1 << 20), b = readFile(files.pack("b.jsonl", "{\"text\": \"two\"}\n"), 1 << 20);
    const auto set = openFile(files.write("both.jsonl.gz", a + b + std::string(512, '\0')));
    QCOMPARE(set->rows(), 2u);
    QCOMPARE(set->sample(1).text, std::string("two"));
    QCOMPARE(bytes(codeOf(files.write("tail.jsonl.gz", a + "and then text"))), QByteArray("REJ:GZIP"));
  }

  void damagedAndCutFilesAreRefused() {
    Files files;
    const std::string good = readFile(files.pack("g.jsonl", randomLines(2000)), 16 << 20);
    QCOMPARE(bytes(codeOf(files.write("cut.jsonl.gz", good.substr(0, good.size() / 2)))), QByteArray("REJ:GZIP"));
    QCOMPARE(bytes(codeOf(files.write("crc.jsonl.gz", good.substr(0, good.size() - 8) + "damaged!"))), QByteArray("REJ:GZIP"));
    std::mt19937 random(9);
    for (int i = 0; i < 40; ++i) { // a flipped bit is found: deflate's structure or the checksum at the end
      std::string bad = good;
      bad[10 + random() % (bad.size() - 18)] ^= static_cast<char>(1 << random() % 8);
      QCOMPARE(bytes(codeOf(files.write("flip.jsonl.gz", bad))), QByteArray("REJ:GZIP"));
    }
  }

  void aBombIsRefusedBeforeItFillsTheDisk() {
    Files files;
    const QString path = QString::fromStdString(files.folder()) + "/bomb.jsonl.gz";
    QProcess shell;
    shell.start("sh", {"-c", "head -c 600000000 /dev/zero | tr '\\0' 'a' | gzip -1 > " + path});
    QVERIFY(shell.waitForFinished(120'000));
    const auto before = freeDiskBytes(files.folder());
    QElapsedTimer timer;
    timer.start();
    const auto result = capture([&] { return openFile(path.toStdString())->rows(); });
    QVERIFY(!result.ok());
    QCOMPARE(bytes(result.error().code), QByteArray("REJ:GZIP_SIZE"));
    QVERIFY2(bytes(result.error().message).contains("200 times"), result.error().message.c_str());
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString("%1 ms").arg(timer.elapsed())));
    const auto after = freeDiskBytes(files.folder());
    QVERIFY2(after + (64u << 20) > before, "the temporary file is still there"); // others use the disk too
    // A bomb behind honest text is found as well.
    std::string behind = readFile(files.pack("honest.jsonl", randomLines(50'000)), 64 << 20);
    behind += readFile(path.toStdString(), 64 << 20);
    QCOMPARE(bytes(codeOf(files.write("behind.jsonl.gz", behind))), QByteArray("REJ:GZIP_SIZE"));
    qInfo("%lld bytes of gzip refused after %lld ms: %s", static_cast<long long>(QFile(path).size()), static_cast<long long>(timer.elapsed()), result.error().message.c_str());
  }

  void aPreviewUnpacksOnlyTheBeginningAndEstimates() {
    Files files;
    const int rows = 110'000;
    const std::string packed = files.pack("big.jsonl", randomLines(rows));
    const auto set = openFile(packed, 2000);
    QCOMPARE(set->rows(), 2000u);
    QVERIFY(!set->files()[0].whole());
    const double estimate = static_cast<double>(set->files()[0].estimatedRows);
    QVERIFY2(std::abs(estimate - rows) < 0.05 * rows, qPrintable(QString::number(estimate)));
    const auto plain = openFile(files.write("plain.jsonl", randomLines(20'000)), 2000);
    QVERIFY(std::abs(static_cast<double>(plain->files()[0].estimatedRows) - 20'000) < 1000);
    QVERIFY(openFile(files.write("small.jsonl", randomLines(2000)), 2000)->files()[0].whole());
  }
};

QTEST_GUILESS_MAIN(TestTables)
#include "tst_tables.moc"
