// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/models/alert_texts.h"
#include "ui/runs/compare_charts.h"
#include "ui/runs/compare_view.h"
#include "ui/runs/runs_page.h"
#include "ui/runs/tag_strip.h"
#include "ui/shell/watchdog.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QComboBox>
#include <QDir>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QTableView>
#include <QTest>
#include <QTreeWidget>

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

  void whatWasDeletedIsInTheBinAndComesBackFromIt() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    const int before = table->model()->rowCount();
    for (const char* name : {"returns, attention only", "support-tone r16"}) { // the second makes the first one's Undo final
      select(table, name);
      window.click("runs_delete");
    }
    window.session.deleteChat(1);
    QTRY_VERIFY(bench.engine.state().deletedChats[1] && table->model()->rowCount() == before - 2);
    window.click("runs_bin");
    auto* dialog = window.find<QDialog>("bin_dialog");
    auto* list = dialog->findChild<QTreeWidget*>(QStringLiteral("bin_list"));
    QTRY_COMPARE(list->topLevelItemCount(), 3);
    auto* remove = dialog->findChild<QAbstractButton*>(QStringLiteral("bin_remove"));
    list->clearSelection();
    list->findItems(QStringLiteral("Conversation"), Qt::MatchExactly, 1).first()->setSelected(true);
    QVERIFY(!remove->isEnabled()); // conversations are only put back
    list->findItems(QStringLiteral("returns, attention only"), Qt::MatchExactly).first()->setSelected(true);
    QTest::mouseClick(dialog->findChild<QWidget*>(QStringLiteral("bin_restore")), Qt::LeftButton);
    QTRY_COMPARE(table->model()->rowCount(), before - 1);
    QTRY_VERIFY(!bench.engine.state().deletedChats[1]);
    QTRY_COMPARE(list->topLevelItemCount(), 1);
    QTRY_VERIFY(remove->isEnabled());
    QTest::mouseClick(remove, Qt::LeftButton); // not confirmed
    QCOMPARE(bench.engine.calls(api::method::kRunsPurge), 0);
    window.prompts.answer(QStringLiteral("yes"));
    QTest::mouseClick(remove, Qt::LeftButton);
    QTRY_COMPARE(list->topLevelItemCount(), 0);
    QCOMPARE(bench.engine.calls(api::method::kRunsPurge), 1);
    QTest::mouseClick(dialog->findChild<QWidget*>(QStringLiteral("bin_close")), Qt::LeftButton);
  }

  void theBinShowsEveryRunHoweverManyThereAre() {
    fake::State state = fake::demoState();
    for (int i = 0; i < 1203; ++i) { // three pages
      fake::Run run;
      run.summary.id = "20251101-" + std::to_string(100000 + i);
      run.summary.deleted = true;
      state.runs[run.summary.id] = run;
    }
    Bench bench(std::move(state));
    bench.engine.listen();
    Window window(bench);
    open(window);
    window.click("runs_bin");
    auto* list = window.find<QDialog>("bin_dialog")->findChild<QTreeWidget*>(QStringLiteral("bin_list"));
    QTRY_COMPARE(list->topLevelItemCount(), 1203);
    QCOMPARE(list->findItems(QStringLiteral("20251101-101202"), Qt::MatchExactly).size(), 1);
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

  void twoRunsAreTickedWithTheMouseAndCompared() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.change([](fake::State& state) {
      state.runs["20261122-101500-returns"].spec["method"]["r"] = 8;
      state.runs["20261122-101500-returns"].spec["training"]["learning_rate"] = 1e-5;
    });
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    QVERIFY(!window.find<QWidget>("runs_compare")->isEnabled());
    for (const char* name : {"support-tone r16", "returns, attention only"}) {
      const QRect cell = table->visualRect(table->model()->index(rowOf(table, name), RunsModel::Name));
      QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, QPoint(cell.left() + 18, cell.center().y()));
    }
    QCOMPARE(window.session.runs()->ticked().size(), 2);
    window.click("runs_compare");
    auto* view = window.find<CompareView>("runs_compare_view");
    QVERIFY(view->isVisible());
    QTRY_VERIFY(view->charts()->histories()[0]->complete() && view->charts()->histories()[1]->complete());
    auto* loss = window.find<LinePlot>("compare_loss");
    QCOMPARE(loss->seriesCount(), 2);
    QCOMPARE(loss->points(0).size(), size_t(1200));
    QCOMPARE(loss->points(1).size(), size_t(412));
    QVERIFY(loss->toCsv().startsWith(QStringLiteral("series,step,tokens,seconds,value\n\"support-tone r16\",1,")));
    // What differs, and nothing else; then everything.
    auto* settings = window.find<QTableView>("compare_table");
    QTRY_COMPARE(settingsOf(settings), (QStringList{QStringLiteral("Rank: 16 | 8"), QStringLiteral("Learning rate: 2e-4 | 1e-5")}));
    auto* which = window.find<SegmentedSwitch>("compare_fields");
    which->setFocus();
    QTest::keyClick(which, Qt::Key_Right);
    QCOMPARE(settingsOf(settings).size(), qsizetype(api::trainOptions().size() - 1));
    QVERIFY(settingsOf(settings).contains(QStringLiteral("≠ Rank: 16 | 8")));
    // The legend hides a run in every chart.
    QTest::mouseClick(view->charts()->legend()->entry(1), Qt::LeftButton);
    for (const char* chart : {"compare_loss", "compare_eval", "compare_rate", "compare_gradient", "compare_speed"})
      QVERIFY(!window.find<LinePlot>(chart)->isSeriesVisible(1) && window.find<LinePlot>(chart)->isSeriesVisible(0));
    window.click("compare_back");
    QVERIFY(table->isVisible());
    QCOMPARE(window.session.runs()->ticked().size(), 2); // still ticked
  }

  void runsAreTickedComparedAndLeftByKeyboard() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    table->selectRow(0);
    table->setFocus();
    for (const Qt::Key key : {Qt::Key_Space, Qt::Key_Down, Qt::Key_Space, Qt::Key_Down, Qt::Key_Space, Qt::Key_Space})
      QTest::keyClick(table, key);
    QCOMPARE(window.session.runs()->ticked().size(), 2); // the third was ticked and unticked
    QTest::keyClick(table, Qt::Key_Return, Qt::ControlModifier);
    auto* view = window.find<CompareView>("runs_compare_view");
    QVERIFY(view->isVisible());
    auto* first = view->charts()->legend()->entry(0);
    QCOMPARE(QApplication::focusWidget(), first);
    QTest::keyClick(first, Qt::Key_Space);
    QVERIFY(!window.find<LinePlot>("compare_loss")->isSeriesVisible(0));
    auto* axis = window.find<SegmentedSwitch>("compare_axis");
    axis->setFocus();
    QTest::keyClick(axis, Qt::Key_Right);
    QCOMPARE(window.find<LinePlot>("compare_rate")->xAxis(), XAxis::Tokens);
    QTest::keyClick(axis, Qt::Key_Escape);
    QVERIFY(table->isVisible() && table->hasFocus());
    window.click("runs_untick");
    QVERIFY(window.session.runs()->ticked().isEmpty());
  }

  void tenRunsAreOverlaidEachWithALookOfItsOwn() {
    fake::State state = fake::demoState();
    for (int i = 0; i < 10; ++i) {
      const std::string id = "20261119-10000" + std::to_string(i) + "-sweep";
      state.runs[id] = fake::makeRun(id, "sweep, learning rate " + std::to_string(i + 1) + "e-4", api::RunState::Finished, 300, 300);
      for (auto& row : state.runs[id].rows)
        row.loss += 0.05 * i;
    }
    Bench bench(state);
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("runs"));
    QTRY_COMPARE(window.session.runs()->rowCount(), 16);
    for (int i = 0; i < 10; ++i)
      window.session.runs()->setTicked(QStringLiteral("20261119-10000%1-sweep").arg(i), true);
    window.click("runs_compare");
    auto* view = window.find<CompareView>("runs_compare_view");
    for (const MetricsHistory* history : view->charts()->histories())
      QTRY_VERIFY(history->complete());
    QTest::qWait(100);
    QList<QImage> looks;
    for (int i = 0; i < 10; ++i) {
      const QImage look = view->charts()->sample(i).toImage();
      QVERIFY2(!looks.contains(look), qPrintable(QString::number(i)));
      looks << look;
    }
    QVERIFY(ui::test::clippedTexts(window.window).isEmpty());
    QCOMPARE(ui::controlsWithoutName(window.window), QStringList());
    // Of the crosshair: only the runs that still go on at that step, and only the plot under the pointer.
    auto* loss = window.find<LinePlot>("compare_loss");
    QCOMPARE(loss->valuesAt(150).size(), 10);
    keep(window, "compare");
    const auto shown = [&] {
      int count = 0;
      for (int i = 0; i < 10; ++i)
        count += loss->isSeriesVisible(i);
      return count;
    };
    QTest::mouseDClick(view->charts()->legend()->entry(4), Qt::LeftButton);
    QCOMPARE(shown(), 1);
    QVERIFY(loss->isSeriesVisible(4));
    QTest::mouseDClick(view->charts()->legend()->entry(4), Qt::LeftButton);
    QCOMPARE(shown(), 10);
  }

  void aTagIsAddedFilteredByRemovedAndBroughtBack() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    const std::string night = "20261120-090101-night";
    select(table, "night run");
    auto* field = window.find<QLineEdit>("runs_tag_field");
    QTest::keyClicks(field, QStringLiteral("keep"));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE(bench.engine.state().runs[night].summary.tags, (std::vector<std::string>{"keep", "rank", "returns", "support"}));
    QTRY_VERIFY(window.find<TagChip>("tag_keep"));
    // The chip of the filter leaves the runs that have it.
    QTRY_VERIFY(window.find<QAbstractButton>("chip_keep"));
    window.click("chip_keep");
    QCOMPARE(table->model()->rowCount(), 1);
    window.click("chip_keep");
    QCOMPARE(table->model()->rowCount(), 6);
    select(table, "night run");
    window.click("tag_rank");
    QTRY_COMPARE(bench.engine.state().runs[night].summary.tags, (std::vector<std::string>{"keep", "returns", "support"}));
    QTest::mouseClick(window.find<QWidget>("page_runs")->findChild<UndoBar*>()->undoButton(), Qt::LeftButton);
    QTRY_COMPARE(bench.engine.state().runs[night].summary.tags, (std::vector<std::string>{"keep", "rank", "returns", "support"}));
  }

  void aTagOfSeveralTickedRunsKeepsWhatEachHadWhenItIsUndone() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    open(window);
    window.session.runs()->setTicked(QStringLiteral("20261120-090101-night"), true); // has "support"
    window.session.runs()->setTicked(QStringLiteral("20261122-101500-returns"), true); // has not
    auto* field = window.find<QLineEdit>("runs_tag_field");
    QTest::keyClicks(field, QStringLiteral("support"));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE(bench.engine.state().runs["20261122-101500-returns"].summary.tags, (std::vector<std::string>{"returns", "support"}));
    QCOMPARE(bench.engine.calls("runs/tag"), 1);
    QTest::mouseClick(window.find<QWidget>("page_runs")->findChild<UndoBar*>()->undoButton(), Qt::LeftButton);
    QTRY_COMPARE(bench.engine.state().runs["20261122-101500-returns"].summary.tags, std::vector<std::string>{"returns"});
    QCOMPARE(bench.engine.state().runs["20261120-090101-night"].summary.tags, (std::vector<std::string>{"rank", "returns", "support"}));
  }

  void theFilterLooksAtTagsAndStatesToo() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    auto* search = window.find<QLineEdit>("runs_filter");
    search->setText(QStringLiteral("baseline"));
    QCOMPARE(table->model()->rowCount(), 1);
    search->setText(QStringLiteral("interrupted rank"));
    QCOMPARE(table->model()->rowCount(), 1);
    search->clear();
    auto* states = window.find<QComboBox>("runs_states");
    states->setFocus();
    QTest::keyClick(states, Qt::Key_Down);
    QCOMPARE(table->model()->rowCount(), 1); // at work
    QTest::keyClick(states, Qt::Key_Down);
    QCOMPARE(table->model()->rowCount(), 2); // finished
    QTest::keyClick(states, Qt::Key_Down);
    QCOMPARE(table->model()->rowCount(), 3);
  }

  void alertsAreShownNewestFirstWithActionsThatWork() {
    fake::State state = fake::demoState();
    const std::string id = "20261122-143055-support-tone-r32";
    auto& alerts = state.runs[id].summary.alerts;
    alerts.push_back({api::AlertKind::NonFinite, 411, api::alert_text::kNonFinite, {"2", "412"}, api::alert_text::kNonFiniteRemedy, true});
    alerts.push_back({api::AlertKind::Divergence, 841, api::alert_text::kDivergence, {"1.62", "1.04", "803"}, api::alert_text::kDivergenceRemedy, false});
    Bench bench(state);
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("train"));
    auto* page = static_cast<TrainPage*>(window.window.currentPage());
    QTRY_VERIFY(page->runView()->history() && page->runView()->history()->complete());
    QTRY_COMPARE(page->badge(), 1); // the one that is not over
    auto* view = window.find<QWidget>("run_alerts");
    QTRY_VERIFY(view->isVisible());
    QTest::qWait(50);
    const auto* rising = view->findChild<QWidget*>(QStringLiteral("alert_divergence"));
    const auto* past = view->findChild<QWidget*>(QStringLiteral("alert_non_finite"));
    QVERIFY(rising->mapTo(view, QPoint()).y() < past->mapTo(view, QPoint()).y());
    QVERIFY(ui::test::visibleTexts(*view).contains(QStringLiteral("The loss rises: 1.62 over the last 20 steps, and it was 1.04 at step 803.")));
    QVERIFY(past->findChildren<QAbstractButton*>().isEmpty());
    QVERIFY(ui::test::clippedTexts(window.window).isEmpty());
    keep(window, "alerts");
    window.click("alert_pause");
    QTRY_COMPARE(window.session.runs()->find(QString::fromStdString(id))->state, api::RunState::Paused);
    QTRY_VERIFY(!view->findChild<QWidget*>(QStringLiteral("alert_pause")) || view->findChild<QWidget*>(QStringLiteral("alert_pause"))->isHidden());
    window.click("alert_lower_rate");
    QTRY_VERIFY(page->setup()->isVisible());
    QCOMPARE(page->setup()->document()->number("training.learning_rate"), 6.7e-5);
    page->showRun(QString::fromStdString(id));
    window.prompts.answer(QStringLiteral("yes"));
    window.click("alert_stop");
    QTRY_COMPARE(window.session.runs()->find(QString::fromStdString(id))->state, api::RunState::Stopped);
    QTRY_COMPARE(page->badge(), 0);
  }

  void everySentenceOfAnAlertCanBeTranslated() {
    namespace say = api::alert_text;
    const char* const all[] = {say::kNonFinite, say::kNonFiniteRemedy, say::kDivergence, say::kDivergenceRemedy, say::kPlateau, say::kPlateauRemedy,
                               say::kOverfitting, say::kOverfittingRemedy, say::kDeadAdapter, say::kDeadAdapterRemedy, say::kCpuFallback, say::kCpuFallbackRemedy};
    const auto known = alertTexts();
    QCOMPARE(known.size(), std::size(all));
    for (const char* text : all)
      QVERIFY2(std::any_of(known.begin(), known.end(), [text](const char* other) { return QByteArray(text) == other; }), text);
  }

  void headersAndCellsKeepApart() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    QTableView* table = open(window);
    QTest::qWait(50);
    auto* header = table->horizontalHeader();
    for (int column = 1; column < RunsModel::ColumnCount; ++column) {
      const int room = header->sectionSize(column) - 16 - (header->sortIndicatorSection() == column ? 12 : 0);
      const QString text = table->model()->headerData(column, Qt::Horizontal).toString();
      QVERIFY2(header->fontMetrics().horizontalAdvance(text) <= room, qPrintable(text));
    }
    QVERIFY(header->length() <= table->viewport()->width()); // nothing to scroll at 1280 × 800
    keep(window, "runs");
  }

  void listAndComparisonFitTheSmallestWindow() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench, {960, 600});
    open(window);
    for (const char* id : {"20261122-140211-support-tone", "20261122-101500-returns", "20261120-090101-night"})
      window.session.runs()->setTicked(QString::fromUtf8(id), true);
    QTest::qWait(100);
    QStringList clipped = ui::test::clippedTexts(window.window);
    keep(window, "runs-small");
    window.click("runs_compare");
    QTest::qWait(300);
    clipped += ui::test::clippedTexts(window.window);
    keep(window, "compare-small");
    QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QStringLiteral(" | "))));
    QCOMPARE(window.window.size(), QSize(960, 600));
  }

  void tenThousandRunsOpenFilterSortAndChangeWithoutAStall() {
    fake::State state;
    const fake::Run pattern = fake::makeRun("x", "x", api::RunState::Finished, 120, 120);
    for (int i = 0; i < 10'000; ++i) {
      const std::string id = QStringLiteral("20261101-%1-run").arg(i, 6, 10, QLatin1Char('0')).toStdString();
      fake::Run& run = state.runs[id];
      run.spec = pattern.spec;
      run.summary = pattern.summary;
      run.summary.id = id;
      run.summary.name = "run " + std::to_string(i * 7919 % 10'000) + (i % 3 == 0 ? " odd" : " even");
      run.summary.tags = {i % 2 == 0 ? "a" : "b"};
      run.summary.created = 1795356000.0 - 60 * i;
      run.summary.loss = 1 + 0.0001 * (i * 7919 % 10'000);
      run.summary.state = i == 5000 ? api::RunState::Running : api::RunState::Finished;
    }
    Bench bench(state);
    bench.engine.setRowsPerSecond(30);
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("runs"));
    auto* table = window.find<QTableView>("runs_table");
    const Json working = api::encode(state.runs["20261101-005000-run"].summary);
    Watchdog watchdog;
    QStringList said;
    const auto calm = [&](const char* what) {
      QTest::qWait(30);
      said << QStringLiteral("%1 %2 ms").arg(QString::fromUtf8(what)).arg(watchdog.longestCpuMs(), 0, 'f', 1);
      const bool good = watchdog.longestCpuMs() < 50;
      watchdog.reset();
      return good;
    };
    QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 10'000, 20'000);
    QTRY_VERIFY(window.session.runsLoaded());
    const bool opened = calm("open");
    auto* search = window.find<QLineEdit>("runs_filter");
    bool typed = true;
    for (const QChar letter : QStringLiteral("odd 12")) {
      QTest::keyClick(search, letter.toLatin1());
      typed = calm("type") && typed;
    }
    search->clear();
    const bool cleared = calm("clear");
    auto* header = table->horizontalHeader();
    bool sorted = true;
    for (const int column : {RunsModel::Name, RunsModel::Loss, RunsModel::Tags, RunsModel::Started}) {
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(header->sectionViewportPosition(column) + 20, 10));
      sorted = calm("sort") && sorted;
    }
    for (int i = 0; i < 40; ++i)
      bench.engine.emitEvent("run", "20261101-005000-run", working);
    const bool updated = calm("update");
    table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum());
    const bool scrolled = calm("scroll");
    window.session.runs()->setTicked(QStringLiteral("20261101-009999-run"), true);
    const bool ticked = calm("tick");
    qInfo("%s", qPrintable(said.join(QStringLiteral(", "))));
    QVERIFY2(opened && typed && cleared && sorted && updated && scrolled && ticked, qPrintable(said.join(QStringLiteral(", "))));
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
  static int rowOf(QTableView* table, const char* name) {
    for (int row = 0; row < table->model()->rowCount(); ++row)
      if (table->model()->index(row, 0).data().toString() == QString::fromUtf8(name))
        return row;
    qFatal("There is no run %s", name);
  }
  static void select(QTableView* table, const char* name) { table->selectRow(rowOf(table, name)); }
  /// "Rank: 16 | 8": the lines of the first section.
  static QStringList settingsOf(QTableView* table) {
    QStringList out;
    const auto* model = static_cast<const CompareModel*>(table->model());
    int sections = 0;
    for (int row = 0; row < model->rowCount(); ++row) {
      sections += model->isSection(row);
      if (sections != 1 || model->isSection(row))
        continue;
      QStringList values;
      for (int column = 0; column < model->columnCount(); ++column)
        values << model->index(row, column).data().toString();
      out << QStringLiteral("%1: %2").arg(model->headerData(row, Qt::Vertical, Qt::DisplayRole).toString(), values.join(QStringLiteral(" | ")));
    }
    return out;
  }
  /// With LATHE_SCREENSHOT_DIR: the window in both themes.
  void keep(Window& window, const char* name) {
    const QString folder = qEnvironmentVariable("LATHE_SCREENSHOT_DIR");
    if (folder.isEmpty())
      return;
    QDir().mkpath(folder);
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
      m_style->setMode(mode);
      QTest::qWait(150);
      QVERIFY(window.window.grab().save(QDir(folder).filePath(QStringLiteral("%1-%2.png").arg(QString::fromUtf8(name), mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light")))));
    }
    m_style->setMode(ThemeMode::Light);
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestRunsPage)
#include "tst_runs_page.moc"
