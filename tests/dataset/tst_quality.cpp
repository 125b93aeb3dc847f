// SPDX-License-Identifier: Apache-2.0
// Duplicates and leakage against a brute-force count of our own, planted pairs, and the cleaned copy.
#include "core/base/files.h"
#include "core/base/random.h"
#include "core/data/data_quality.h"
#include "core/data/row_content.h"
#include "core/data/row_sketches.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

using namespace lathe;
using namespace lathe::data;

namespace {

/// Row `row` of seeded random words out of `vocabulary`.
std::vector<std::string> randomWords(uint64_t seed, uint64_t row, size_t count, uint64_t vocabulary) {
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i)
    out.push_back(fmt::format("word{}", randomBits(seed, row, i) % vocabulary));
  return out;
}

std::string textLine(const std::vector<std::string>& words) { return fmt::format("{{\"text\": \"{}\"}}\n", fmt::join(words, " ")); }

std::string writtenFile(const QTemporaryDir& folder, const char* name, const std::string& content) {
  const std::string path = folder.filePath(name).toStdString();
  writeFileAtomic(path, content);
  return path;
}

std::shared_ptr<const Dataset> openRows(const std::string& path) { return Dataset::open({{path, "auto", Json::object()}}); }

/// Our own way from text to runs of five words: nothing of the product's code.
std::set<std::string> plainShingles(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;)
    words.push_back(word);
  std::set<std::string> out;
  for (size_t i = 0; i + 5 <= words.size(); ++i)
    out.insert(fmt::format("{}", fmt::join(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i) + 5, " ")));
  return out;
}

double plainJaccard(const std::set<std::string>& a, const std::set<std::string>& b) {
  const auto common = std::count_if(a.begin(), a.end(), [&](const std::string& s) { return b.contains(s); });
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - static_cast<size_t>(common));
}

std::vector<std::vector<uint64_t>> groupsOf(const Duplicates& found) {
  std::vector<std::vector<uint64_t>> out;
  for (const RowGroup& group : found.groups)
    out.push_back(group.rows);
  return out;
}

/// Groups by comparing every pair.
std::vector<std::vector<uint64_t>> groupsByForce(const std::vector<std::string>& texts, double threshold) {
  std::vector<std::set<std::string>> sets;
  for (const std::string& text : texts)
    sets.push_back(plainShingles(text));
  std::vector<uint64_t> group(texts.size());
  std::iota(group.begin(), group.end(), uint64_t{0});
  for (size_t i = 0; i < texts.size(); ++i)
    for (size_t j = i + 1; j < texts.size(); ++j)
      if (group[i] != group[j] && plainJaccard(sets[i], sets[j]) >= threshold) {
        const uint64_t from = std::max(group[i], group[j]), to = std::min(group[i], group[j]);
        std::replace(group.begin(), group.end(), from, to);
      }
  std::map<uint64_t, std::vector<uint64_t>> byFirst;
  for (uint64_t i = 0; i < group.size(); ++i)
    byFirst[group[i]].push_back(i);
  std::vector<std::vector<uint64_t>> out;
  for (auto& [first, rows] : byFirst)
    if (rows.size() > 1)
      out.push_back(rows);
  return out;
}

QString groupText(const std::vector<std::vector<uint64_t>>& groups) {
  QString out;
  for (const auto& rows : groups)
    out += QString::fromStdString(fmt::format("({}) ", fmt::join(rows, " ")));
  return out;
}

} // namespace

class TestQuality : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void equalRowsAreFoundWhateverTheirWhiteSpaceAndUnicodeForm() {
    QTemporaryDir folder;
    const auto set = openRows(writtenFile(folder, "a.jsonl",
                                          "{\"instruction\": \"Say hi\", \"output\": \"Caf\\u00e9  now\"}\n"
                                          "{\"instruction\": \"Say hi\", \"output\": \"Caf\\u00e9 later\"}\n"
                                          "{\"instruction\": \" Say\\thi \", \"output\": \"Cafe\\u0301\\nnow\"}\n"
                                          "{\"instruction\": 5}\n"
                                          "{\"output\": \"Caf\\u00e9 now\", \"instruction\": \"Say hi\"}\n"
                                          "{\"instruction\": \"Say HI\", \"output\": \"Caf\\u00e9 now\"}\n"));
    DuplicateOptions options;
    options.near = false;
    const Duplicates found = findDuplicates(*set, options);
    QCOMPARE(groupText(groupsOf(found)), groupText({{0, 2, 4}}));
    QVERIFY(found.rows == 5 && found.unreadable == 1 && found.exactRows == 2 && found.nearRows == 0 && found.groups[0].exact);
    QVERIFY(found.removable() == (std::vector<uint64_t>{2, 4}));
    const api::DuplicateReport report = duplicateReport(*set, found, options);
    QCOMPARE(QString::fromStdString(report.groups[0].rows[1].place), QString("a.jsonl:3"));
    QCOMPARE(QString::fromStdString(report.groups[0].rows[0].text), QString::fromUtf8("Say hi → Café now"));
    QVERIFY(api::encode(api::decode<api::DuplicateReport>(api::encode(report))) == api::encode(report));
  }

  void nearDuplicatesAreThoseOfBruteForce_data() {
    QTest::addColumn<double>("threshold");
    for (const double threshold : {0.5, 0.7, 0.8, 0.9, 1.0})
      QTest::addRow("%.1f", threshold) << threshold;
  }

  void nearDuplicatesAreThoseOfBruteForce() {
    QFETCH(double, threshold);
    std::vector<std::string> texts;
    std::string lines;
    for (uint64_t row = 0; row < 300; ++row) { // every third row is an earlier one with some words changed
      std::vector<std::string> words = randomWords(9, row % 3 == 2 ? row / 6 : row, 60, 3000);
      for (uint64_t change = 0; row % 3 == 2 && change < row % 8; ++change)
        words[randomBits(10, row, change) % words.size()] = "changed";
      texts.push_back(fmt::format("{}", fmt::join(words, " ")));
      lines += textLine(words);
    }
    QTemporaryDir folder;
    DuplicateOptions options;
    options.threshold = threshold;
    const Duplicates found = findDuplicates(*openRows(writtenFile(folder, "t.jsonl", lines)), options);
    const auto expected = groupsByForce(texts, threshold);
    QVERIFY(expected.size() >= 8);
    QCOMPARE(groupText(groupsOf(found)), groupText(expected));
    for (const RowGroup& group : found.groups)
      for (const float similarity : group.similarity)
        QVERIFY2(similarity >= static_cast<float>(threshold), qPrintable(QString::number(similarity)));
  }

  void plantedPairsAmongManyRowsAreFound() {
    constexpr uint64_t kRows = 20'000, kPlanted = 400;
    std::string lines;
    std::set<std::vector<uint64_t>> expected;
    for (uint64_t row = 0; row < kRows; ++row)
      lines += textLine(randomWords(21, row, 100, 20'000));
    for (uint64_t i = 0; i < kPlanted; ++i) { // one of a hundred words changed: 91 of 101 runs in common
      const uint64_t origin = i * (kRows / kPlanted) + 7;
      std::vector<std::string> words = randomWords(21, origin, 100, 20'000);
      words[20 + i % 60] = "planted";
      lines += textLine(words);
      expected.insert({origin, kRows + i});
    }
    QTemporaryDir folder;
    const auto set = openRows(writtenFile(folder, "t.jsonl", lines));
    QElapsedTimer timer;
    timer.start();
    const Duplicates found = findDuplicates(*set, {});
    const auto groups = groupsOf(found);
    qInfo("%llu rows compared in %lld ms", static_cast<unsigned long long>(found.rows), timer.elapsed());
    QCOMPARE(groups.size(), size_t{kPlanted});
    for (const auto& group : groups)
      QVERIFY2(expected.contains(group), qPrintable(groupText({group})));
    QCOMPARE(found.nearRows, kPlanted);
    for (const RowGroup& group : found.groups)
      QVERIFY2(std::abs(group.similarity[1] - 91.0f / 101) < 1e-4f, qPrintable(QString::number(group.similarity[1])));
  }

  void manyRowsOfOneKindDoNotTakeForEver() {
    std::string lines;
    for (uint64_t row = 0; row < 20'000; ++row) // one long phrase for all, with a few words of their own: alike, but less than asked for
      lines += textLine([&] {
        auto words = randomWords(3, 0, 30, 100);
        const auto own = randomWords(4, row, 12, 5000);
        words.insert(words.end(), own.begin(), own.end());
        return words;
      }());
    QTemporaryDir folder;
    const auto set = openRows(writtenFile(folder, "t.jsonl", lines));
    QElapsedTimer timer;
    timer.start();
    const Duplicates found = findDuplicates(*set, {});
    QVERIFY2(timer.elapsed() < 60'000, qPrintable(QString("%1 ms").arg(timer.elapsed())));
    QCOMPARE(found.groups.size(), size_t{0});
  }

  void bandsFindAPairAtTheThreshold() {
    for (double threshold = 0.5; threshold < 1; threshold += 0.01) {
      const BandShape shape = BandShape::forThreshold(threshold);
      const double missed = std::pow(1 - std::pow(threshold, shape.hashes), shape.bands);
      QVERIFY2(missed <= 0.01 && shape.bands * shape.hashes <= 256, qPrintable(QString("%1: %2 × %3 misses %4").arg(threshold).arg(shape.bands).arg(shape.hashes).arg(missed)));
    }
    QTemporaryDir folder;
    const auto set = openRows(writtenFile(folder, "t.jsonl", textLine({"a"}) + textLine({"b"})));
    DuplicateOptions options;
    options.threshold = 0.3;
    QVERIFY(capture([&] { return findDuplicates(*set, options); }).error().kind == ErrorKind::Usage);
  }

  void wordsOfScriptsWithoutSpacesAreCompared() {
    const auto shingles = [](const char* text) {
      Sample sample;
      sample.shape = DatasetShape::Text;
      sample.text = text;
      return shinglesOf(sample, 5);
    };
    QVERIFY(shingles("今天天气很好我们去公园散步吧") == shingles("今天，天气很好！我们去公园 散步吧。"));
    const double alike = jaccard(shingles("今天天气很好我们去公园散步吧"), shingles("今天天气很好我们去公园跑步吧"));
    QVERIFY2(std::abs(alike - 7.0 / 13) < 1e-9, qPrintable(QString::number(alike))); // 10 runs each, 3 of them differ
    QVERIFY(shingles("One, TWO three") == shingles("one two THREE!"));
    QVERIFY(shingles("one two three") != shingles("one two four"));
    QVERIFY(shingles("???") != shingles("!!!"));
  }

  void systemMessagesThatAllShareAreNoReason() {
    QTemporaryDir folder;
    std::string lines;
    const std::string system = fmt::format("{}", fmt::join(randomWords(1, 0, 300, 1000), " "));
    for (uint64_t i = 0; i < 20; ++i)
      lines += dumpJson({{"messages", {{{"role", "system"}, {"content", system}}, {{"role", "user"}, {"content", fmt::format("{}", fmt::join(randomWords(2, i, 12, 1000), " "))}},
                                       {{"role", "assistant"}, {"content", fmt::format("{}", fmt::join(randomWords(3, i, 12, 1000), " "))}}}}}) + "\n";
    QCOMPARE(findDuplicates(*openRows(writtenFile(folder, "t.jsonl", lines)), {}).groups.size(), size_t{0});
  }

  void leakageBetweenFilesIsFound() {
    QTemporaryDir folder;
    std::string train, validation;
    for (uint64_t i = 0; i < 500; ++i)
      train += textLine(randomWords(5, i, 80, 5000));
    for (uint64_t i = 0; i < 60; ++i) { // 10 equal, 20 with one word changed, 30 of their own
      std::vector<std::string> words = randomWords(5, i < 30 ? i * 3 : 10'000 + i, 80, 5000);
      if (i >= 10 && i < 30)
        words[40] = "changed";
      validation += textLine(words);
    }
    const RowSet left = RowSet::whole(openRows(writtenFile(folder, "train.jsonl", train))), right = RowSet::whole(openRows(writtenFile(folder, "val.jsonl", validation)));
    double last = 0;
    const api::LeakageReport report = findLeakage(left, right, "files", {}, [&](double share) {
      QVERIFY(share >= last && share <= 1);
      last = share;
    });
    QVERIFY2(report.exactRows == 10 && report.nearRows == 20, qPrintable(QString("%1 equal, %2 similar").arg(report.exactRows).arg(report.nearRows)));
    QCOMPARE(report.pairs.size(), size_t{30});
    for (const api::LeakagePair& pair : report.pairs)
      QCOMPARE(pair.train.row, pair.validation.row * 3);
    QVERIFY(report.pairs[0].exact && !report.pairs[29].exact && std::abs(report.pairs[29].similarity - 71.0 / 81) < 1e-6);
    QCOMPARE(last, 1.0);
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(capture([&] { return findLeakage(left, right, "files", {}, {}, stop.get_token()); }).error().kind == ErrorKind::Cancelled);
    QVERIFY(capture([&] { return findDuplicates(*left.dataset, {}, {}, stop.get_token()); }).error().kind == ErrorKind::Cancelled);
  }

  void theWholeReportOfASpecification() {
    const std::string tokenizer = LATHE_SHARED_DATA "/tokenizers/gpt2.tokenizer.json";
    if (!fileExists(tokenizer))
      QSKIP("the shared tokenizers are not here");
    QTemporaryDir folder;
    std::string lines;
    for (uint64_t i = 0; i < 200; ++i) {
      std::vector<std::string> words = randomWords(6, i < 100 ? i : i - 100, 50, 5000);
      if (i >= 100)
        words[25] = fmt::format("changed{}", i);
      lines += textLine(words);
    }
    api::TrainSpec spec;
    spec.model.tokenizer = tokenizer;
    spec.data.train.push_back({writtenFile(folder, "t.jsonl", lines + "{broken\n"), "auto"});
    spec.data.validationFraction = 0.2;
    spec.data.maxSeqLen = 64;
    QStringList stages;
    double last = 0;
    const api::DataQuality quality = examineData(spec, {}, [&](const std::string& what, double share) {
      if (stages.isEmpty() || stages.last() != QString::fromStdString(what))
        stages << QString::fromStdString(what);
      QVERIFY2(share >= last - 1e-9 && share <= 1, qPrintable(QString("%1 after %2").arg(share).arg(last)));
      last = share;
    });
    QVERIFY2(stages.size() >= 5, qPrintable(stages.join(", ")));
    QVERIFY(quality.lengths.rows == 200 && quality.lengths.badRows == 1 && quality.lengths.splitRows == 200);
    QVERIFY(quality.duplicates.nearRows == 100 && quality.duplicates.exactRows == 0 && quality.duplicates.groupCount == 100);
    QCOMPARE(QString::fromStdString(quality.leakage.between), QString("split"));
    QVERIFY2(quality.leakage.nearRows > 20 && quality.leakage.nearRows <= quality.leakage.validationRows, qPrintable(QString::number(quality.leakage.nearRows)));
    QVERIFY(quality.packing.rows > 0 && quality.packing.first.size() > 0);
    QCOMPARE(quality.problems.size(), size_t{1});
    QVERIFY(api::encode(api::decode<api::DataQuality>(api::encode(quality))) == api::encode(quality));
    spec.data.longRows = "drop";
    const api::DataQuality nothing = examineData(spec, {});
    QVERIFY(nothing.problems.size() == 1 && nothing.problems[0].find("longer") == std::string::npos && nothing.problems[0].find("more than 64") != std::string::npos);
  }

  void theCleanedCopyHasTheOtherRowsByteByByte() {
    QTemporaryDir folder;
    const std::string content = "\xEF\xBB\xBF{\"text\":  \"one\"}\r\n\n{\"text\": \"two\"}\n{oops\n{\"text\": \"one\"}\n{\"text\": \"three\", \"n\": 1.50}";
    const std::string path = writtenFile(folder, "t.jsonl", content), out = folder.filePath("clean.jsonl").toStdString();
    const auto set = openRows(path);
    const auto removed = findDuplicates(*set, {}).removable();
    QVERIFY(removed == (std::vector<uint64_t>{3}));
    QCOMPARE(writeWithout(*set, removed, out), 4u);
    QCOMPARE(readFile(out, 1 << 20), std::string("\xEF\xBB\xBF{\"text\":  \"one\"}\r\n\n{\"text\": \"two\"}\n{oops\n{\"text\": \"three\", \"n\": 1.50}"));
    QCOMPARE(readFile(path, 1 << 20), content);
    QCOMPARE(listDirectory(folder.path().toStdString()).size(), size_t{2});
    const std::string array = folder.filePath("clean.json").toStdString();
    QCOMPARE(writeWithout(*set, removed, array), 3u);
    const Json rows = parseJsonFile(array);
    QVERIFY(rows.size() == 3 && rows[2]["n"] == 1.5);
  }

  void tablesTextAndPackedFilesAreCleaned() {
    QTemporaryDir folder;
    const auto cleaned = [&](const std::string& path, const char* out) {
      const auto set = openRows(path);
      writeWithout(*set, findDuplicates(*set, {}).removable(), folder.filePath(out).toStdString());
      return readFile(folder.filePath(out).toStdString(), 1 << 20);
    };
    const std::string csv = "instruction,output\n\"a\nb\",x\nq,\"y, z\"\n\"a\nb\",x\nlast,\"w\"\n";
    QCOMPARE(cleaned(writtenFile(folder, "t.csv", csv), "t2.csv"), std::string("instruction,output\n\"a\nb\",x\nq,\"y, z\"\nlast,\"w\"\n"));
    QCOMPARE(cleaned(writtenFile(folder, "t.csv", csv), "t3.jsonl"), std::string("{\"instruction\":\"a\\nb\",\"output\":\"x\"}\n{\"instruction\":\"q\",\"output\":\"y, z\"}\n{\"instruction\":\"last\",\"output\":\"w\"}\n"));
    QCOMPARE(cleaned(writtenFile(folder, "t.txt", "first line\nsecond line\nfirst line\nthird line\n"), "t2.txt"), std::string("first line\nsecond line\nthird line\n"));
    QCOMPARE(cleaned(writtenFile(folder, "t.json", "[{\"text\": \"a\"}, {\"text\": \"b\"},\n {\"text\": \"a\"}]"), "t2.json"), std::string("[\n{\"text\":\"a\"},\n{\"text\":\"b\"}\n]\n"));
  }

  void aCopyThatCannotBeFinishedLeavesNothing() {
    QTemporaryDir folder;
    const std::string path = writtenFile(folder, "t.jsonl", textLine({"one"}) + textLine({"one"}) + textLine({"two"})), out = folder.filePath("clean.jsonl").toStdString();
    const auto set = openRows(path);
    const std::vector<uint64_t> removed = {1};
    QVERIFY(capture([&] { return writeWithout(*set, removed, path); }).error().kind == ErrorKind::Usage);
    QVERIFY(capture([&] { return writeWithout(*set, removed, folder.filePath("clean.csv").toStdString()); }).error().kind == ErrorKind::Usage);
    QVERIFY(capture([&] { return writeWithout(*set, std::vector<uint64_t>{0, 1, 2}, out); }).error().kind == ErrorKind::Usage);
    fault::plan("999999:EIO"); // counts
    QCOMPARE(writeWithout(*set, removed, out), 2u);
    const uint64_t points = fault::count();
    QVERIFY(points >= 4);
    removeTree(out);
    for (uint64_t n = 1; n <= points; ++n) {
      fault::plan(fmt::format("{}:ENOSPC", n));
      const auto result = capture([&] { return writeWithout(*set, removed, out); });
      fault::plan("");
      const bool there = fileExists(out);
      QVERIFY2(!result.ok() || n == points, qPrintable(QString("point %1 of %2 failed and nobody saw it").arg(n).arg(points)));
      QVERIFY2(!there || openRows(out)->rows() == 2, qPrintable(QString("half a copy after point %1").arg(n)));
      if (there)
        removeTree(out);
      QCOMPARE(listDirectory(folder.path().toStdString()).size(), size_t{1});
    }
    fault::plan("");
    writeFileAtomic(path, textLine({"other"}));
    QCOMPARE(capture([&] { return writeWithout(*set, removed, out); }).error().code, std::string("REJ:DATASET_CHANGED"));
  }
};

QTEST_GUILESS_MAIN(TestQuality)
#include "tst_quality.moc"
