// SPDX-License-Identifier: Apache-2.0
// data/preview against what a run would really train on: exact where the data is small, near where it is estimated.
#include "core/base/files.h"
#include "core/data/spec_data.h"
#include "core/engine/preview.h"

#include <QtTest>

#include <fmt/format.h>

#include <cmath>
#include <random>

using namespace lathe;

namespace {

const std::string kModel = std::string(LATHE_TEST_DATA) + "/ember";
constexpr uint64_t kSample = 2000;

std::string conversation(std::mt19937& random, bool system) {
  std::string words;
  for (unsigned i = 0; i < 6 + random() % 30; ++i)
    words += fmt::format("word{} ", random() % 500);
  return fmt::format(R"({{"messages": [{}{{"role": "user", "content": "{}"}}, {{"role": "assistant", "content": "A reply of {} words."}}]}})", system ? R"({"role": "system", "content": "Be brief."}, )" : "",
                     words, words.size()) +
         "\n";
}

} // namespace

class PreviewTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;

  std::string file(const char* name, int rows, bool system = false) {
    std::mt19937 random(17);
    std::string text;
    for (int i = 0; i < rows; ++i)
      text += conversation(random, system);
    const std::string path = m_folder.filePath(name).toStdString();
    writeFileAtomic(path, text);
    return path;
  }

  static api::TrainSpec specFor(const std::string& data) {
    const Json json = {{"model", {{"path", kModel}}}, {"data", {{"train", Json::array({{{"path", data}}})}, {"validation", {{"fraction", 0.1}}}, {"max_seq_len", 200}}}, {"training", {{"sequences_per_step", 16}}}};
    return api::parseTrainSpec(json).spec;
  }

  static bool near(int64_t got, uint64_t expected, double share) { return std::abs(static_cast<double>(got) - static_cast<double>(expected)) <= share * static_cast<double>(expected); }

private Q_SLOTS:
  void initTestCase() {
    if (!isDirectory(kModel))
      QSKIP("tests/data/ember is missing");
  }

  void smallDataIsCountedExactly_data() {
    QTest::addColumn<int>("rows");
    QTest::newRow("fewer rows than the sample") << 300;
    QTest::newRow("as many") << int(kSample);
    QTest::newRow("more, but few bytes") << 5000;
  }

  void smallDataIsCountedExactly() {
    QFETCH(int, rows);
    const api::TrainSpec spec = specFor(file("small.jsonl", rows));
    const api::DataPreview preview = engine::previewData(spec, 3, kSample, {});
    const data::DatasetStats truth = data::openSpecData(spec, {}).rows->stats();
    QVERIFY(preview.exact);
    QCOMPARE(preview.rows, int64_t(rows));
    QCOMPARE(uint64_t(preview.tokens), truth.tokens);
    QCOMPARE(uint64_t(preview.supervisedTokens), truth.supervisedTokens);
    QCOMPARE(uint64_t(preview.validationRows), truth.validationRows);
    QCOMPARE(uint64_t(preview.truncatedRows), truth.truncatedRows);
    QCOMPARE(uint64_t(preview.steps), (truth.trainRows + 15) / 16);
    QCOMPARE(preview.first.size(), size_t(3));
    QVERIFY(preview.problems.empty());
  }

  void largeDataIsEstimatedAndSaysSo() {
    api::TrainSpec spec = specFor(file("large.jsonl", 40'000));
    const data::DatasetStats truth = data::openSpecData(spec, {}).rows->stats();
    QElapsedTimer timer;
    timer.start();
    const api::DataPreview preview = engine::previewData(spec, 3, kSample, {});
    qInfo("40,000 rows previewed in %lld ms: %lld rows, %lld tokens (truth %llu)", static_cast<long long>(timer.elapsed()), static_cast<long long>(preview.rows),
          static_cast<long long>(preview.tokens), static_cast<unsigned long long>(truth.tokens));
    QVERIFY(!preview.exact);
    QVERIFY2(near(preview.rows, 40'000, 0.03), qPrintable(QString::number(preview.rows)));
    QVERIFY2(near(preview.tokens, truth.tokens, 0.04), qPrintable(QString("%1 against %2").arg(preview.tokens).arg(truth.tokens)));
    QVERIFY(near(preview.supervisedTokens, truth.supervisedTokens, 0.04));
    QVERIFY2(near(preview.validationRows, truth.validationRows, 0.04), qPrintable(QString("%1 against %2").arg(preview.validationRows).arg(truth.validationRows)));
    QVERIFY2(near(preview.truncatedRows, truth.truncatedRows, 0.15), qPrintable(QString("%1 against %2").arg(preview.truncatedRows).arg(truth.truncatedRows)));
    QVERIFY2(near(preview.steps, (truth.trainRows + 15) / 16, 0.04), qPrintable(QString("%1 against %2").arg(preview.steps).arg((truth.trainRows + 15) / 16)));
    // More validation rows than the sample has are no reason to refuse.
    spec.data.validationFraction = 0;
    spec.data.validationCount = 3000;
    const api::DataPreview counted = engine::previewData(spec, 1, kSample, {});
    QVERIFY2(counted.problems.empty(), counted.problems.empty() ? "" : counted.problems[0].c_str());
    QCOMPARE(counted.validationRows, int64_t(3000));
  }

  void aTemplateThatDropsSystemMessagesIsNamedWhereTheDataHasSome() {
    const std::string path = m_folder.filePath("dropping.jinja").toStdString();
    writeFileAtomic(path, "{% for m in messages %}{% if m.role != 'system' %}[{{ m.role }}] {{ m.content }}\n{% endif %}{% endfor %}");
    api::TrainSpec spec = specFor(file("with.jsonl", 50, true));
    const api::DataPreview own = engine::previewData(spec, 1, kSample, {});
    QVERIFY2(own.problems.empty(), own.problems.empty() ? "" : own.problems[0].c_str()); // the model's own template keeps them
    spec.data.templateName = path;
    const api::DataPreview with = engine::previewData(spec, 1, kSample, {});
    QCOMPARE(with.problems.size(), size_t(1));
    QVERIFY2(with.problems[0].find("drops system messages (line 1: ") != std::string::npos && with.problems[0].find("50 of the first 50 rows") != std::string::npos, with.problems[0].c_str());
    spec = specFor(file("without.jsonl", 50));
    spec.data.templateName = path;
    QVERIFY(engine::previewData(spec, 1, kSample, {}).problems.empty());
  }

  void aReplacedPreviewStops() {
    std::stop_source stop;
    stop.request_stop();
    const auto result = capture([&] { return engine::previewData(specFor(file("any.jsonl", 10)), 1, kSample, stop.get_token()); });
    QVERIFY(!result.ok());
    QVERIFY(result.error().kind == ErrorKind::Cancelled);
  }
};

QTEST_GUILESS_MAIN(PreviewTest)
#include "tst_preview.moc"
