// SPDX-License-Identifier: Apache-2.0
// What rows come in: objects around arrays, JSON over several lines, tables, text cut in three ways, folders, zstd.
#include "core/base/files.h"
#include "core/data/csv_rows.h"
#include "core/data/data_folder.h"
#include "core/data/dataset.h"
#include "core/data/unpack_file.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>
#include <zstd.h>

#include <random>

#include <sys/stat.h>
#include <unistd.h>

using namespace lathe;

namespace {

class ContainerFiles {
public:
  std::string path(const std::string& name) const { return m_folder.filePath(QString::fromStdString(name)).toStdString(); }
  std::string write(const std::string& name, const std::string& content) {
    const std::string out = path(name);
    makeDirectories(out.substr(0, out.rfind('/')));
    writeFileAtomic(out, content);
    return out;
  }

private:
  QTemporaryDir m_folder;
};

QByteArray asBytes(const std::string& text) { return QByteArray::fromStdString(text); }

std::shared_ptr<const data::Dataset> openPath(const std::string& path, const std::string& format = "auto", uint64_t maxRows = UINT64_MAX) {
  data::DatasetOptions options;
  options.maxRows = maxRows;
  return data::Dataset::open({{path, format, Json::object()}}, options);
}

Error errorOf(const std::string& path) {
  const auto result = capture([&] { return openPath(path)->rows(); });
  return result.ok() ? Error{ErrorKind::Internal, "opened", {}, "opened"} : result.error();
}

std::string textsOf(const data::Dataset& set) {
  std::string out;
  for (uint64_t i = 0; i < set.rows(); ++i)
    out += (i == 0 ? "" : "|") + set.sample(i).text;
  return out;
}

std::string zstdPacked(const std::string& content, int level = 3) {
  std::string out(::ZSTD_compressBound(content.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), content.data(), content.size(), level));
  return out;
}

std::string wordLines(int rows) {
  std::mt19937 random(4);
  std::string out;
  for (int i = 0; i < rows; ++i) {
    std::string words;
    for (int k = 0; k < 20; ++k)
      words += fmt::format("{:x} ", random());
    out += fmt::format("{{\"text\": \"{}{}\"}}\n", i, words);
  }
  return out;
}
} // namespace

class TestContainers : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void jsonIsReadHoweverItIsWrapped_data();
  void jsonIsReadHoweverItIsWrapped();
  void rowsInsideAnObjectAreFoundWhereTheyAre();
  void plainTextIsCutByLinesParagraphsOrNot_data();
  void plainTextIsCutByLinesParagraphsOrNot();
  void tabsAndQuotesFollowTheStandard();
  void aFolderGivesItsDataAndLeavesTestsOut();
  void aFolderOfTextsIsOneRowEach();
  void foldersThatMakeNoSenseAreRefused();
  void zstdReadsAsItsContent();
  void damagedZstdIsRefused();
  void aZstdBombIsRefused();
  void foreignFilesAreNamed_data();
  void foreignFilesAreNamed();
};

void TestContainers::jsonIsReadHoweverItIsWrapped_data() {
  QTest::addColumn<QByteArray>("content");
  QTest::addColumn<QByteArray>("texts");
  QTest::addColumn<QByteArray>("member");
  const auto add = [](const char* name, const char* content, const char* texts, const char* member) { QTest::newRow(name) << QByteArray(content) << QByteArray(texts) << QByteArray(member); };
  add("object around an array, one line", R"({"version":"1","meta":{"a":[1,{"x":"]}"}]},"data":[{"text":"one"},{"text":"t]w}o"}],"more":[{"text":"no"}]})", "one|t]w}o", "data");
  add("object around an array, several lines", "{\n  \"version\": \"[{\",\n  \"rows\": [\n    {\"text\": \"one\"},\n    {\"text\":\n \"two\"}\n  ]\n}\n", "one|two", "rows");
  add("objects over several lines", "{\n \"text\": \"one\"\n}\n{\n \"text\": \"}two{\"\n}", "one|}two{", "");
  add("one object over several lines", "{\n \"text\": \"one\"\n}\n", "one", "");
  add("array over several lines", "[\n {\"text\":\n\"one\"}\n,\n{\"text\":\"two\\\\\"} ]\n", "one|two\\", "");
  add("array of texts", "[\"one\", \"two, ]\"]", "one|two, ]", "");
  add("one line that is a row", R"({"text":"one","tools":[{"name":"x"}],"items":[{"text":"no"}]})", "one", "");
  add("byte order mark before an array", "\xEF\xBB\xBF[{\"text\":\"one\"}]", "one", "");
}

void TestContainers::jsonIsReadHoweverItIsWrapped() {
  QFETCH(QByteArray, content);
  QFETCH(QByteArray, texts);
  QFETCH(QByteArray, member);
  ContainerFiles files;
  const auto set = openPath(files.write("t.json", content.toStdString()));
  QCOMPARE(asBytes(textsOf(*set)), texts);
  QCOMPARE(asBytes(set->files()[0].member), member);
}

void TestContainers::rowsInsideAnObjectAreFoundWhereTheyAre() {
  ContainerFiles files;
  const auto set = openPath(files.write("t.json", "{\"a\": 1,\n\"data\": [\n  {\"text\": \"one\"}, {\"text\": oops},\n  {\"text\": \"three\"}\n]}"));
  QCOMPARE(set->rows(), 3u);
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QCOMPARE(errors[0].line, 3u);
  QCOMPARE(errors[0].column, 29u);
  QCOMPARE(set->place(2).line, 4u);
  QCOMPARE(asBytes(set->sample(2).text), QByteArray("three"));
  const auto cut = openPath(files.write("cut.json", "{\"a\": 1,\n\"data\": [\n  {\"text\": \"one\"}, {\"text\": \"tw"));
  QCOMPARE(cut->rows(), 2u);
  QVERIFY(asBytes(cut->errors().at(0).message).contains("may have been cut"));
}

void TestContainers::plainTextIsCutByLinesParagraphsOrNot_data() {
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<QByteArray>("format");
  QTest::addColumn<QByteArray>("how");
  QTest::addColumn<QByteArray>("texts");
  const auto add = [](const char* title, const char* name, const char* format, const char* how, const char* texts) { QTest::newRow(title) << QByteArray(name) << QByteArray(format) << QByteArray(how) << QByteArray(texts); };
  add("blank lines", "gaps.txt", "auto", "paragraphs", "a\nb|c|d");
  add("no blank lines", "lines.txt", "auto", "lines", "a|b|c");
  add("Markdown", "gaps.md", "auto", "document", "\na\nb\n\n \nc\n\nd");
  add("lines by hand", "gaps.txt", "lines", "lines", "a|b|c|d");
  add("whole by hand", "lines.txt", "document", "document", "a\nb\nc\n");
  add("paragraphs by hand", "lines.txt", "paragraphs", "paragraphs", "a\nb\nc");
  add("old line ends", "old.txt", "auto", "lines", "a|b");
  add("CRLF paragraphs", "crlf.txt", "auto", "paragraphs", "a\r\nb|c");
}

void TestContainers::plainTextIsCutByLinesParagraphsOrNot() {
  QFETCH(QByteArray, name);
  QFETCH(QByteArray, format);
  QFETCH(QByteArray, how);
  QFETCH(QByteArray, texts);
  ContainerFiles files;
  for (const char* file : {"gaps.txt", "gaps.md"})
    files.write(file, "\na\nb\n\n \nc\n\nd");
  files.write("lines.txt", "a\nb\nc\n");
  files.write("old.txt", "a\rb\r");
  files.write("crlf.txt", "a\r\nb\r\n\r\nc\r\n");
  const auto set = openPath(files.path(name.toStdString()), format.toStdString());
  QCOMPARE(asBytes(textsOf(*set)), texts);
  QCOMPARE(asBytes(set->files()[0].textRows), how);
  if (how == "paragraphs" && set->rows() == 3)
    QCOMPARE(set->place(1).line, 6u);
}

void TestContainers::tabsAndQuotesFollowTheStandard() {
  ContainerFiles files;
  const auto set = openPath(files.write("t.tsv", "\xEF\xBB\xBFquestion\tanswer\r\n\"two\r\nlines\"\t\"a \"\"b\"\"\"\r\nplain\tx,y\r\n"));
  QCOMPARE(set->rows(), 2u);
  QCOMPARE(asBytes(set->sample(0).messages[0]["content"].get<std::string>()), QByteArray("two\r\nlines"));
  QCOMPARE(asBytes(set->sample(0).messages[1]["content"].get<std::string>()), QByteArray("a \"b\""));
  QCOMPARE(asBytes(set->sample(1).messages[1]["content"].get<std::string>()), QByteArray("x,y"));
  QVERIFY(set->files()[0].format == data::FileFormat::Tsv);
}

void TestContainers::aFolderGivesItsDataAndLeavesTestsOut() {
  ContainerFiles files;
  files.write("set/data/train-00000-of-00002.jsonl", "{\"text\":\"a\"}\n");
  files.write("set/data/train-00001-of-00002.jsonl", "{\"text\":\"b\"}\n{\"text\":\"c\"}\n");
  files.write("set/data/latest.csv", "text\nd\n");
  files.write("set/data/validation.jsonl", "{\"text\":\"no\"}\n");
  files.write("set/odd.json", "{\"a\": 1}");
  files.write("set/notes.txt", "notes");
  for (const char* name : {"set/README.md", "set/dataset_infos.json", "set/.hidden.jsonl", "set/tokenizer.json"})
    files.write(name, "{\"text\":\"no\"}");
  const auto set = openPath(files.path("set"));
  QCOMPARE(asBytes(textsOf(*set)), QByteArray("d|a|b|c"));
  QCOMPARE(set->files().size(), 3u);
  QCOMPARE(set->place(3).line, 2u);
  QString left;
  for (const std::string& reason : set->leftOut())
    left += QString::fromStdString(reason) + "\n";
  QVERIFY2(left.contains("data/validation.jsonl: by its name it is for testing") && left.contains("notes.txt: a text file beside") && left.contains("odd.json: ") && set->leftOut().size() == 3, qPrintable(left));
  files.write("set/data/latest.csv", "text\nchanged\n");
  QVERIFY(!capture([&] { return set->checkUnchanged(), 0; }).ok());
  files.write("only/test.jsonl", "{\"text\":\"t\"}\n"); // nothing else is there
  QCOMPARE(openPath(files.path("only"))->rows(), 1u);
}

void TestContainers::aFolderOfTextsIsOneRowEach() {
  ContainerFiles files;
  files.write("texts/a.txt", "one\n\ntwo");
  files.write("texts/b/c.md", "# three");
  files.write("texts/bad.txt", "fine\ncaf\xE9");
  files.write("texts/empty.txt", "");
  files.write("texts/packed.txt.zst", zstdPacked("four"));
  const auto set = openPath(files.path("texts"));
  QCOMPARE(set->rows(), 4u);
  QVERIFY(set->files()[0].format == data::FileFormat::TextFolder);
  QCOMPARE(asBytes(set->sample(0).text), QByteArray("one\n\ntwo"));
  QCOMPARE(asBytes(set->sample(3).text), QByteArray("four"));
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QVERIFY2(asBytes(errors[0].text()).startsWith("bad.txt:2:4: the row is not valid UTF-8"), errors[0].text().c_str());
  const std::string before = set->contentHash();
  files.write("texts/a.txt", "one\n\ntwo!");
  QVERIFY(openPath(files.path("texts"))->contentHash() != before);
  QCOMPARE(openPath(files.path("texts"), "auto", 2)->files()[0].estimatedRows, 4u);
  QVERIFY(openPath(files.path("texts"), "lines")->files().size() > 1);
}

void TestContainers::foldersThatMakeNoSenseAreRefused() {
  ContainerFiles files;
  files.write("model/config.json", "{}");
  files.write("model/model.safetensors", "x");
  QCOMPARE(asBytes(errorOf(files.path("model")).code), QByteArray("REJ:DATASET_FOLDER"));
  files.write("odd/a.json", "{\"a\": 1}");
  QCOMPARE(asBytes(errorOf(files.path("odd")).code), QByteArray("REJ:DATASET_SHAPE"));
  files.write("loop/a.jsonl", "{\"text\":\"a\"}\n");
  QVERIFY(::symlink("..", files.path("loop/again").c_str()) == 0);
  QVERIFY(::mkfifo(files.path("loop/pipe.jsonl").c_str(), 0600) == 0);
  QCOMPARE(openPath(files.path("loop"))->rows(), 1u);
  QVERIFY(errorOf(files.path("loop/pipe.jsonl")).kind == ErrorKind::Refused);
  QVERIFY(errorOf(files.path("nothing here")).kind == ErrorKind::NotFound);
}

void TestContainers::zstdReadsAsItsContent() {
  ContainerFiles files;
  const std::string lines = wordLines(30'000);
  const auto set = openPath(files.write("t.jsonl.zst", zstdPacked(lines)));
  const auto expected = openPath(files.write("t.jsonl", lines));
  QCOMPARE(set->rows(), 30'000u);
  QVERIFY(set->files()[0].packed == data::Packed::Zstd && set->files()[0].bytes < expected->files()[0].bytes);
  for (const uint64_t row : {0u, 29'999u, 12'345u})
    QCOMPARE(asBytes(set->sample(row).text), asBytes(expected->sample(row).text));
  const std::string skippable("\x50\x2A\x4D\x18\x04\x00\x00\x00skip", 12);
  const auto frames = openPath(files.write("two.csv.zst", skippable + zstdPacked("text\none\n") + zstdPacked("two\n")));
  QCOMPARE(asBytes(textsOf(*frames)), QByteArray("one|two"));
  const auto preview = openPath(files.write("big.jsonl.zst", zstdPacked(wordLines(250'000), 1)), "auto", 500);
  QCOMPARE(preview->rows(), 500u);
  QVERIFY2(std::abs(static_cast<double>(preview->files()[0].estimatedRows) - 250'000) < 15'000, qPrintable(QString::number(preview->files()[0].estimatedRows)));
}

void TestContainers::damagedZstdIsRefused() {
  ContainerFiles files;
  const std::string lines = wordLines(2000);
  ::ZSTD_CCtx* context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ::ZSTD_c_checksumFlag, 1);
  std::string good(::ZSTD_compressBound(lines.size()), '\0');
  good.resize(::ZSTD_compress2(context, good.data(), good.size(), lines.data(), lines.size()));
  ::ZSTD_freeCCtx(context);
  QCOMPARE(openPath(files.write("good.jsonl.zst", good))->rows(), 2000u);
  for (const size_t keep : {size_t{5}, good.size() / 2, good.size() - 1}) {
    const Error error = errorOf(files.write("cut.jsonl.zst", good.substr(0, keep)));
    QCOMPARE(asBytes(error.code), QByteArray("REJ:ZSTD"));
    QVERIFY(asBytes(error.message).contains("Download it again"));
  }
  QCOMPARE(asBytes(errorOf(files.write("tail.jsonl.zst", good + "and then text")).code), QByteArray("REJ:ZSTD"));
  std::mt19937 random(9);
  for (int i = 0; i < 40; ++i) {
    std::string bad = good;
    bad[10 + random() % (bad.size() - 10)] ^= static_cast<char>(1 << random() % 8);
    QCOMPARE(asBytes(errorOf(files.write("flip.jsonl.zst", bad)).code), QByteArray("REJ:ZSTD"));
  }
}

void TestContainers::aZstdBombIsRefused() {
  ContainerFiles files;
  const std::string block = zstdPacked(std::string(64 << 20, 'a'));
  std::string bomb;
  for (int i = 0; i < 20; ++i)
    bomb += block; // 1.25 GiB
  QElapsedTimer timer;
  timer.start();
  const Error error = errorOf(files.write("bomb.jsonl.zst", bomb));
  QCOMPARE(asBytes(error.code), QByteArray("REJ:ZSTD_SIZE"));
  QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
}

void TestContainers::foreignFilesAreNamed_data() {
  QTest::addColumn<QByteArray>("begin");
  QTest::addColumn<QByteArray>("says");
  QTest::newRow("Arrow") << QByteArray("ARROW1\0\0", 8) << QByteArray("to_parquet");
  QTest::newRow("zip") << QByteArray("PK\x03\x04") << QByteArray("zip archive or a spreadsheet");
  QTest::newRow("bzip2") << QByteArray("BZh91AY") << QByteArray("bunzip2");
  QTest::newRow("xz") << QByteArray("\xFD" "7zXZ\0", 6) << QByteArray("unxz");
  QTest::newRow("pickle") << QByteArray("\x80\x04\x95") << QByteArray("never opened");
  QTest::newRow("PDF") << QByteArray("%PDF-1.7") << QByteArray("PDF");
}

void TestContainers::foreignFilesAreNamed() {
  QFETCH(QByteArray, begin);
  QFETCH(QByteArray, says);
  ContainerFiles files;
  const Error error = errorOf(files.write("t.jsonl", begin.toStdString() + std::string(100, '\x01')));
  QCOMPARE(asBytes(error.code), QByteArray("REJ:DATASET_FORMAT"));
  QVERIFY2(asBytes(error.message).contains(says), error.message.c_str());
}

QTEST_GUILESS_MAIN(TestContainers)
#include "tst_containers.moc"
