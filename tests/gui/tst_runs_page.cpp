// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "ui/runs/runs_page.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QLineEdit>
#include <QTableView>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

class TestRunsPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void aDeletedRunGoesAtOnceAndComesBackWithUndo() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    const int before = table->model()->rowCount();
    select(table, "returns, attention only");
    window.click("runs_delete");
    QCOMPARE(table->model()->rowCount(), before - 1);
    QTRY_VERIFY(bench.engine.state().runs["20261122-101500-returns"].summary.deleted);
    auto* undo = window.find<QWidget>("page_runs")->findChild<UndoBar*>();
    QTest::mouseClick(undo->undoButton(), Qt::LeftButton);
    QTRY_COMPARE(table->model()->rowCount(), before);
    QVERIFY(!bench.engine.state().runs["20261122-101500-returns"].summary.deleted);
  }

  void aRunThatWorksCannotBeDeleted() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    select(table, "support-tone r32");
    QVERIFY(!window.find<QWidget>("runs_delete")->isEnabled());
    QVERIFY(!window.find<QWidget>("runs_delete")->toolTip().isEmpty());
  }

  void enterOpensTheRunWithItsHistory() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    select(table, "support-tone r16");
    QTest::keyClick(table, Qt::Key_Return);
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    auto* page = static_cast<TrainPage*>(window.window.currentPage());
    QTRY_COMPARE(page->runView()->history()->rows().size(), size_t(1200));
    QVERIFY(window.find<QWidget>("run_chat")->isVisible());
  }

  void duplicateFillsTheFormWithThatSpecification() {
    Bench bench;
    bench.engine.change([](fake::State& state) { state.runs["20261122-101500-returns"].spec["method"]["r"] = 77; });
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    select(table, "returns, attention only");
    window.click("runs_duplicate");
    auto* page = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_COMPARE(page->setup()->document()->value("method.r"), Json(77));
    QVERIFY(page->setup()->isVisible());
  }

  void renameAsksAndTells() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    select(table, "night run");
    window.prompts.answer(QStringLiteral("long run"));
    window.click("runs_rename");
    QTRY_VERIFY(window.session.runs()->find(QStringLiteral("20261120-090101-night"))->name == "long run");
  }

  void anInterruptedRunCanBeResumed() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    select(table, "night run");
    window.click("runs_resume");
    QTRY_COMPARE(window.session.runs()->find(QStringLiteral("20261120-090101-night"))->state, api::RunState::Running);
  }

  void theFilterHidesWhatDoesNotMatch() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    window.find<QLineEdit>("runs_filter")->setText(QStringLiteral("night"));
    QCOMPARE(table->model()->rowCount(), 1);
  }

  void anEmptyHomeSaysWhatThePageIsFor() {
    Bench bench(fake::State{});
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("runs"));
    QTRY_VERIFY(window.find<QWidget>("runs_first")->isVisible());
    window.click("runs_first");
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
  }

private:
  static QTableView* open(Window& window) {
    window.window.showPage(QStringLiteral("runs"));
    auto* table = window.find<QTableView>("runs_table");
    (void)QTest::qWaitFor([&] { return table->model()->rowCount() == 6; });
    return table;
  }
  static void select(QTableView* table, const char* name) {
    for (int row = 0; row < table->model()->rowCount(); ++row)
      if (table->model()->index(row, 0).data().toString() == QString::fromUtf8(name))
        return table->selectRow(row);
    qFatal("There is no run %s", name);
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestRunsPage)
#include "tst_runs_page.moc"
