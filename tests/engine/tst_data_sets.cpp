// SPDX-License-Identifier: Apache-2.0
// Rows, roles and long work as the Data page gets them.
#include "core/base/paths.h"
#include "core/engine/data_rows.h"
#include "core/engine/data_sets.h"
#include "core/engine/data_works.h"
#include "core/engine/raw_row.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <thread>

using namespace lathe;

namespace {

std::string writeRows(const QTemporaryDir& folder, const char* name, const std::string& content) {
  const std::string path = folder.filePath(QString::fromUtf8(name)).toStdString();
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

api::DataWorkState waitForWork(const engine::DataWorks& works, int64_t work) {
  for (int i = 0; i < 500; ++i) {
    const api::DataWorkState state = works.state(work);
    if (state.state != "waiting" && state.state != "working")
      return state;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return works.state(work);
}

} // namespace

class TestDataSets : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aBadRowIsFoundAgainByItsPlaceAndItsLinesAreReadAsTheyStand() {
    const auto path = writeRows(m_folder, "rows.csv", "text,n\n\"first\nof two lines\",1\n\"second\",2\n\"open,3\n");
    const auto set = data::Dataset::open({{path, "auto", Json::object()}});
    const api::BadDataRows bad = engine::badDataRows(*set, {}, {});
    QCOMPARE(bad.bad, 1);
    QCOMPARE(bad.rows.at(0).row, static_cast<int64_t>(set->rows()) - 1);
    const std::string raw = engine::rawRow(*set, static_cast<uint64_t>(bad.rows.at(0).row)).text;
    QVERIFY2(raw == "\"open,3", raw.c_str());
    QVERIFY(engine::rawRow(*set, 0).text.find("of two lines") != std::string::npos);
  }

  void theListShowsWhatWasAskedOnOneLine() {
    const auto path = writeRows(m_folder, "chat.jsonl", R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "  one\n\n two\t three"}, {"role": "assistant", "content": "a"}]})" "\n{broken\n");
    const auto set = data::Dataset::open({{path, "auto", Json::object()}});
    const api::DataRowLines lines = engine::dataRowLines(*set, 0, 10);
    QCOMPARE(lines.rows.size(), size_t(2));
    QCOMPARE(QString::fromStdString(lines.rows[0].text), QStringLiteral("one two three"));
    QVERIFY(lines.rows[1].problem.starts_with("chat.jsonl:2:"));
    QVERIFY(engine::dataRowLines(*set, 2, 10).rows.empty());
  }

  void aLongTextIsShownInPartAndSaysHowMuchIsLeftOut() {
    std::string text;
    for (int i = 0; i < 20000; ++i)
      text += "ü";
    const auto path = writeRows(m_folder, "long.jsonl", "{\"text\": \"" + text + "\"}\n");
    const auto set = data::Dataset::open({{path, "auto", Json::object()}});
    engine::RowTokens none;
    none.problem = "no model";
    const api::DataRowView row = engine::dataRowView(*set, 0, none);
    QCOMPARE(row.turns.at(0).text.size() + static_cast<size_t>(row.turns.at(0).leftOut), text.size());
    QVERIFY(row.turns.at(0).text.size() <= 16384 && row.turns.at(0).text.size() % 2 == 0); // whole characters
    QCOMPARE(QString::fromStdString(row.tokenProblem), QStringLiteral("no model"));
  }

  void columnsOfAFileThatNobodyUnderstandsCanBeChosen() {
    const auto path = writeRows(m_folder, "unknown.csv", "frage,antwort\nWo?,Hier.\nWann?,Jetzt.\n");
    const data::DatasetEntry entry{path, "auto", Json::object()};
    const auto opened = capture([&] { return data::Dataset::open({entry}); });
    QVERIFY(!opened.ok());
    const api::DatasetDetail detail = engine::describeUnread(entry, opened.error());
    QCOMPARE(detail.columns.size(), size_t(2));
    QCOMPARE(QString::fromStdString(detail.columns[1].name), QStringLiteral("antwort"));
    QVERIFY(!detail.summary.problem.empty() && detail.readableRows == 0);
    QVERIFY(std::any_of(detail.roles.begin(), detail.roles.end(), [](const api::DataRole& role) { return role.shape == "alpaca" && role.key == "output" && role.needed; }));
  }

  void workTellsHowFarItIsAndStopsWhenAsked() {
    engine::DataWorks works;
    const int64_t endless = works.start([](const engine::DataWorks::Report& report, std::stop_token stop) -> Json {
      while (!stop.stop_requested()) {
        report("turning", 0.25);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      throw Exception(ErrorKind::Cancelled, "Stopped.");
    });
    const int64_t waiting = works.start([](const engine::DataWorks::Report&, std::stop_token) { return Json{{"answer", 42}}; });
    QTRY_COMPARE(QString::fromStdString(works.state(endless).what), QStringLiteral("turning"));
    QCOMPARE(works.state(endless).share, 0.25);
    QCOMPARE(QString::fromStdString(works.state(waiting).state), QStringLiteral("waiting"));
    works.stop(endless);
    QCOMPARE(QString::fromStdString(works.state(endless).state), QStringLiteral("stopped"));
    const api::DataWorkState done = waitForWork(works, waiting);
    QCOMPARE(QString::fromStdString(done.state), QStringLiteral("done"));
    QCOMPARE(done.result.at("answer").get<int>(), 42);
    QCOMPARE(QString::fromStdString(works.state(endless).state), QStringLiteral("stopped")); // its exception is no failure
  }

  void failedWorkSaysWhyAndForgottenWorkIsNotFound() {
    engine::DataWorks works;
    const int64_t failing = works.start([](const engine::DataWorks::Report&, std::stop_token) -> Json { throw Exception(ErrorKind::Io, "The disk is gone."); });
    const api::DataWorkState state = waitForWork(works, failing);
    QCOMPARE(QString::fromStdString(state.state), QStringLiteral("failed"));
    QCOMPARE(QString::fromStdString(state.error), QStringLiteral("The disk is gone."));
    const auto unknown = capture([&] { return works.state(9999); });
    QVERIFY(!unknown.ok() && unknown.error().kind == ErrorKind::NotFound);
  }

private:
  QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestDataSets)
#include "tst_data_sets.moc"
