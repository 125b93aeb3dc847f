// SPDX-License-Identifier: Apache-2.0
// Data that is large or long must not cost memory or time that a person notices, and can be stopped.
#include "core/base/files.h"
#include "core/data/dataset.h"
#include "core/data/row_table.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>
#include <zstd.h>

#include <fstream>
#include <random>

#include <unistd.h>

using namespace lathe;

namespace {

class LargeFiles {
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

QByteArray shown(const std::string& text) { return QByteArray::fromStdString(text); }

std::shared_ptr<const data::Dataset> openLarge(const std::string& path, const std::string& format = "auto", uint64_t maxRows = UINT64_MAX) {
  data::DatasetOptions options;
  options.maxRows = maxRows;
  return data::Dataset::open({{path, format, Json::object()}}, options);
}

std::string packedByZstd(const std::string& content, int level = 3) {
  std::string out(::ZSTD_compressBound(content.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), content.data(), content.size(), level));
  return out;
}

std::string manyWords(int rows) {
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

/// Memory of this process that no file stands behind, in MiB.
double anonymousMiB() {
  long pages = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident >> shared;
  return static_cast<double>(resident - shared) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

} // namespace

class TestLargeData : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theRowTableGivesBackWhatWasPutIn();
  void millionsOfRowsCostFewBytesEach();
  void aLineOfTwoGigabytesIsARowErrorInBoundedMemory();
  void readingStopsWhenAsked();
  void checksCountEveryFileAndKeepTheFirstErrors();
};

void TestLargeData::theRowTableGivesBackWhatWasPutIn() {
  std::mt19937_64 random(11);
  data::RowTable table;
  std::vector<data::RowRange> rows;
  data::RowRange at{0, 0, 1, 1};
  for (int i = 0; i < 20'000; ++i) {
    const int bits = static_cast<int>(random() % 40);
    at.begin = at.end + random() % (1ull << (bits % 20));
    at.end = at.begin + random() % (1ull << bits);
    at.line += random() % 3;
    at.column = random() % 2 ? 1 : static_cast<uint32_t>(random());
    table.push_back(at);
    rows.push_back(at);
    if (random() % 7 == 0) {
      table.pop_back();
      rows.pop_back();
      at = rows.empty() ? data::RowRange{0, 0, 1, 1} : rows.back();
    }
  }
  QCOMPARE(table.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const data::RowRange got = table[i];
    QVERIFY2(got.begin == rows[i].begin && got.end == rows[i].end && got.line == rows[i].line && got.column == rows[i].column,
             qPrintable(QString("row %1: %2–%3, expected %4–%5").arg(i).arg(got.begin).arg(got.end).arg(rows[i].begin).arg(rows[i].end)));
  }
}

void TestLargeData::millionsOfRowsCostFewBytesEach() {
  LargeFiles files;
  const std::string path = files.path("many.jsonl");
  {
    AtomicFile file(path);
    std::string block;
    for (int i = 0; i < 10'000; ++i)
      block += fmt::format("{{\"text\": \"row number {:07}\"}}\n", i);
    for (int i = 0; i < 200; ++i)
      file.write(std::string_view(block));
    file.commit();
  }
  const double before = anonymousMiB();
  QElapsedTimer timer;
  timer.start();
  const auto set = openLarge(path);
  const double grown = anonymousMiB() - before;
  QCOMPARE(set->rows(), 2'000'000u);
  QCOMPARE(shown(set->sample(1'999'999).text), QByteArray("row number 0009999"));
  QCOMPARE(set->place(1'234'567).line, 1'234'568u);
  qInfo("2,000,000 rows indexed in %lld ms; %.1f MiB more memory", static_cast<long long>(timer.elapsed()), grown);
  QVERIFY2(grown < 24, qPrintable(QString("%1 MiB").arg(grown)));
  timer.restart();
  QCOMPARE(openLarge(path, "auto", 200)->rows(), 200u);
  QVERIFY2(timer.elapsed() < 500, qPrintable(QString("a preview took %1 ms").arg(timer.elapsed())));
}

void TestLargeData::aLineOfTwoGigabytesIsARowErrorInBoundedMemory() {
  LargeFiles files;
  const std::string begin = "{\"text\":\"first\"}\n{\"text\":\"", end = "\"}\n{\"text\":\"last\"}\n";
  const std::string path = files.write("long.jsonl", begin + std::string(8192, 'x'));
  const uint64_t size = 2ull << 30; // a hole in the file: no disk is used
  QVERIFY(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
  std::ofstream(path, std::ios::app) << end;
  const double before = anonymousMiB();
  QElapsedTimer timer;
  timer.start();
  const auto set = openLarge(path);
  QCOMPARE(set->rows(), 3u);
  const auto errors = set->errors();
  QCOMPARE(errors.size(), 1u);
  QCOMPARE(errors[0].line, 2u);
  QVERIFY2(shown(errors[0].message).contains("the limit is 64"), errors[0].message.c_str());
  QCOMPARE(shown(set->sample(2).text), QByteArray("last"));
  const double grown = anonymousMiB() - before;
  qInfo("read in %lld ms; %.1f MiB more memory", static_cast<long long>(timer.elapsed()), grown);
  QVERIFY2(grown < 64, qPrintable(QString("%1 MiB").arg(grown)));
}

void TestLargeData::readingStopsWhenAsked() {
  LargeFiles files;
  const std::string content = manyWords(60'000);
  for (const std::string& path : {files.write("t.jsonl", content), files.write("t.jsonl.zst", packedByZstd(content)), files.write("t.csv", "text\n" + content), files.write("t.json", "[1,\n" + content + "]")}) {
    std::stop_source stop;
    double seen = 0;
    const auto result = capture([&] {
      return data::Dataset::open({{path, "auto", Json::object()}}, {}, [&](double share) {
               seen = std::max(seen, share);
               stop.request_stop();
             }, stop.get_token())->rows();
    });
    QVERIFY2(!result.ok() && result.error().kind == ErrorKind::Cancelled, path.c_str());
    QVERIFY(seen < 0.9);
  }
  const auto set = openLarge(files.path("t.jsonl"));
  std::stop_source stop;
  const auto checked = capture([&] { return set->check(10, UINT64_MAX, 2, [&](double) { stop.request_stop(); }, stop.get_token()).totalBad(); });
  QVERIFY(!checked.ok() && checked.error().kind == ErrorKind::Cancelled);
}

void TestLargeData::checksCountEveryFileAndKeepTheFirstErrors() {
  LargeFiles files;
  std::string odd, good;
  for (int i = 0; i < 5000; ++i) {
    odd += i % 2 ? "{\"text\": 5}\n" : "{\"text\": \"x\"}\n";
    good += "{\"text\": \"y\"}\n";
  }
  const auto set = data::Dataset::open({{files.write("good.jsonl", good), "auto", Json::object()}, {files.write("odd.jsonl", odd), "auto", Json::object()}});
  const auto check = set->check(100, UINT64_MAX, 4);
  QCOMPARE(check.bad[0], 0u);
  QCOMPARE(check.bad[1], 2500u);
  QCOMPARE(check.checked[1], 5000u);
  QCOMPARE(check.errors.size(), 100u);
  for (size_t i = 0; i < check.errors.size(); ++i)
    QCOMPARE(check.errors[i].line, 2 * i + 2);
  const auto all = set->check(10'000, UINT64_MAX, 4);
  QCOMPARE(all.errors.size(), 2500u);
  for (size_t i = 0; i < all.errors.size(); ++i)
    QCOMPARE(all.errors[i].line, 2 * i + 2);
  QCOMPARE(set->check(100, 10).bad[1], 5u);
}

QTEST_GUILESS_MAIN(TestLargeData)
#include "tst_large_data.moc"
