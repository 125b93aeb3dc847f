// SPDX-License-Identifier: GPL-3.0-or-later
// The running view's probe prompts and the batch behind a step.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/charts/qcustomplot_header.h"
#include "ui/style/style.h"
#include "ui/train/texts_option.h"
#include "ui/train/train_page.h"

#include <QLineEdit>
#include <QListView>
#include <QScrollArea>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

namespace {

constexpr const char* kRunning = "20261122-143055-support-tone-r32";

TrainPage* pageOf(Window& window) { return static_cast<TrainPage*>(window.window.page(QStringLiteral("train"))); }

/// The running run, open and read.
RunView* openRun(Window& window) {
  RunView* view = pageOf(window)->runView();
  (void)QTest::qWaitFor([&] { return view->history() && view->history()->complete() && !view->history()->events().empty(); });
  return view;
}

QString textOf(Window& window, const char* name) { return window.find<QLabel>(name)->text(); }

void clickChartAt(RunView* view, double step) {
  QCustomPlot* plot = view->charts()->loss()->plot();
  view->charts()->group()->drawNow();
  const QPoint at(static_cast<int>(std::lround(plot->xAxis->coordToPixel(step))), plot->axisRect()->center().y());
  QTest::mouseClick(plot, Qt::LeftButton, {}, at);
}

} // namespace

class TestRunView : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void theNewestAnswersAreShownAndTheBaseOnDemand() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    openRun(window);
    QTRY_COMPARE(textOf(window, "samples_heading"), QStringLiteral("Probe prompts · step 800"));
    QVERIFY(textOf(window, "sample_answer_1").startsWith(QStringLiteral("Yes, within 30 days")));
    auto* base = window.find<QLabel>("sample_base_1");
    QVERIFY(!base->isVisible());
    window.click("sample_compare_1");
    QVERIFY(base->isVisible());
    QCOMPARE(base->text(), QStringLiteral("It depends on the shop."));
    QVERIFY(!window.find<QLabel>("sample_base_0")->isVisible());
  }

  void theArrowsGoThroughTheSteps() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    openRun(window);
    QTRY_COMPARE(textOf(window, "samples_heading"), QStringLiteral("Probe prompts · step 800"));
    QVERIFY(!window.find<QWidget>("samples_newer")->isEnabled());
    window.click("samples_older");
    QCOMPARE(textOf(window, "samples_heading"), QStringLiteral("Probe prompts · step 600"));
    QCOMPARE(textOf(window, "sample_answer_1"), QStringLiteral("Yes, usually within 30 days."));
    window.click("samples_older");
    window.click("samples_older");
    QCOMPARE(textOf(window, "samples_heading"), QStringLiteral("Probe prompts · step 200"));
    QVERIFY(!window.find<QWidget>("samples_older")->isEnabled());
  }

  void sampleAsksTheWorkerAndShowsItsAnswers() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    QTRY_VERIFY(window.find<QWidget>("run_sample")->isVisible());
    const auto events = window.find<QListView>("run_events")->model()->rowCount();
    window.click("run_sample");
    QTRY_COMPARE(textOf(window, "samples_heading"), QStringLiteral("Probe prompts · step 864"));
    QCOMPARE(bench.engine.lastParams(api::method::kRunsControl).value("action", ""), std::string("sample"));
    QCOMPARE(window.find<QListView>("run_events")->model()->rowCount(), events); // answers have a place of their own
    QVERIFY(view->charts() != nullptr);
  }

  void aRunWithoutProbePromptsHasNeitherButtonNorPanel() {
    fake::State state = fake::demoState();
    state.runs[kRunning].spec.erase("probes");
    std::erase_if(state.runs[kRunning].events, [](const auto& event) { return event.type == "sample"; });
    Bench bench(std::move(state));
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    openRun(window);
    QTRY_VERIFY(window.find<QWidget>("run_save")->isVisible());
    QVERIFY(!window.find<QWidget>("run_sample")->isVisible());
    QVERIFY(!window.find<QWidget>("run_samples")->isVisible());
  }

  void aClickOnTheLossOpensTheBatchOfThatStep() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    QTRY_VERIFY(view->charts()->loss()->isVisible());
    clickChartAt(view, 700);
    QTRY_VERIFY(view->batch()->isVisible());
    QVERIFY(window.find<QWidget>("batch_cancel")->isVisible()); // working
    QTRY_VERIFY(window.find<QWidget>("batch_chips")->isVisible());
    const auto step = intOr(bench.engine.lastParams(api::method::kRunsBatch), "step", 0);
    QVERIFY2(std::abs(step - 700) <= 3, qPrintable(QString::number(step)));
    QCOMPARE(textOf(window, "batch_title"), QStringLiteral("Batch of step %1").arg(step));
    const QString figures = window.find<ElidedLabel>("batch_figures")->text();
    QVERIFY2(figures.startsWith(QStringLiteral("16 rows · 272 of 480 tokens learned · mean loss")), qPrintable(figures));
    QVERIFY(textOf(window, "batch_weights").contains(QStringLiteral("checkpoint of step 600")));
    QVERIFY(!window.find<QWidget>("chart_speed")->isVisible());
    window.click("batch_close");
    QVERIFY(!view->batch()->isVisible());
    QVERIFY(window.find<QWidget>("chart_speed")->isVisible());
  }

  void theKeyboardOpensBrowsesAndCloses() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    QCustomPlot* plot = view->charts()->loss()->plot();
    view->charts()->group()->drawNow();
    plot->setFocus();
    QTest::keyClick(plot, Qt::Key_Return);
    QTRY_VERIFY(window.find<QWidget>("batch_chips")->isVisible());
    QCOMPARE(textOf(window, "batch_title"), QStringLiteral("Batch of step 864")); // the newest
    QVERIFY(!window.find<QWidget>("batch_next")->isEnabled());
    auto* rows = window.find<QListView>("batch_rows");
    const auto* chips = view->batch()->chips();
    const std::string first = chips->tokens()->row().name;
    QTest::keyClick(rows, Qt::Key_Down);
    QVERIFY(chips->tokens()->row().name != first);
    QVERIFY(chips->tokens()->row().loss <= fake::batchFor(864).rows[0].loss);
    window.click("batch_back");
    QTRY_COMPARE(textOf(window, "batch_title"), QStringLiteral("Batch of step 863"));
    QTRY_VERIFY(window.find<QWidget>("batch_chips")->isVisible());
    QTest::keyClick(rows, Qt::Key_Escape);
    QTRY_VERIFY(!view->batch()->isVisible());
  }

  void chipsTellTheLossInWordsAndTheStrongestAreLinks() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    view->showBatch(500);
    QTRY_VERIFY(window.find<QWidget>("batch_chips")->isVisible());
    LossTokenModel* tokens = view->batch()->chips()->tokens();
    QCOMPARE(tokens->index(0).data(Qt::AccessibleTextRole).toString(), QStringLiteral("<|im_start|>, only read"));
    QCOMPARE(tokens->index(23).data(Qt::DisplayRole).toString(), QStringLiteral(" Rott"));
    QCOMPARE(tokens->index(23).data(Qt::AccessibleTextRole).toString(), QStringLiteral(" Rott, loss 8.700"));
    QVERIFY2(tokens->index(23).data(Qt::ToolTipRole).toString().contains(QStringLiteral("0.02 %")), qPrintable(tokens->index(23).data(Qt::ToolTipRole).toString()));
    QCOMPARE(tokens->strongest(1), std::vector<int>{23});
    QTRY_VERIFY(window.find<QWidget>("batch_strongest_0"));
    window.click("batch_strongest_0");
    QCOMPARE(view->batch()->chips()->currentIndex().row(), 23);
  }

  void aFailureSaysWhatToDoAndCanBeTriedAgain() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    bench.engine.refuse(api::method::kRunsBatch, "The data files changed. Restore them to look at this batch.");
    view->showBatch(10);
    auto* banner = window.find<Banner>("batch_error");
    QTRY_VERIFY(banner->isVisible());
    QCOMPARE(banner->text(), QStringLiteral("The data files changed. Restore them to look at this batch."));
    const int asked = bench.engine.calls(api::method::kRunsBatch);
    QTest::mouseClick(banner->actionButton(), Qt::LeftButton);
    QTRY_VERIFY(bench.engine.calls(api::method::kRunsBatch) > asked);
    QTRY_VERIFY(banner->isVisible());
  }

  void cancelEndsTheHelper() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    view->showBatch(10);
    QTRY_VERIFY(window.find<QWidget>("batch_cancel")->isVisible());
    window.click("batch_cancel");
    QVERIFY(!view->batch()->isVisible());
    QTRY_VERIFY(boolOr(bench.engine.lastParams(api::method::kRunsBatch), "stop", false));
  }

  void thePromptsOfTheFormAreAList() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    TrainPage* page = pageOf(window);
    QTRY_VERIFY(window.session.runsLoaded());
    page->showSetup();
    QTRY_VERIFY(page->setup()->requests()->isSettled());
    auto* field = window.find<TextsOption>("block_probes.prompts");
    QVERIFY(field);
    QCOMPARE(field->value(), Json::array());
    page->setup()->findChild<TrainForm*>()->setShowAll(true);
    const auto add = [&] { // as a person does: it is clicked where it can be seen
      QWidget* button = window.find<QWidget>("add_probes.prompts");
      const auto reveal = [&] { // the form is laid out in its own time
        QCoreApplication::processEvents();
        for (QWidget* above = button->parentWidget(); above; above = above->parentWidget())
          if (auto* area = qobject_cast<QScrollArea*>(above))
            area->ensureWidgetVisible(button);
        return button->visibleRegion().boundingRect().height() >= button->height();
      };
      QTRY_VERIFY2(reveal(), qPrintable(QStringLiteral("visible %1, %2 × %3 at %4").arg(button->isVisible()).arg(button->width()).arg(button->height()).arg(button->mapTo(&window.window, QPoint()).y())));
      window.click("add_probes.prompts");
    };
    add();
    QTest::keyClicks(window.find<QLineEdit>("probes.prompts_0"), QStringLiteral("Where is it?"));
    QVERIFY2(field->value() == Json::array({"Where is it?"}), field->value().dump().c_str());
    add();
    QTest::keyClicks(window.find<QLineEdit>("probes.prompts_1"), QStringLiteral("Hello, you"));
    QTRY_VERIFY2(page->setup()->document()->value("probes.prompts") == Json::array({"Where is it?", "Hello, you"}), page->setup()->document()->value("probes.prompts").dump().c_str());
    window.click("remove_probes.prompts_0");
    QCOMPARE(page->setup()->document()->value("probes.prompts"), Json::array({"Hello, you"}));
    field->setValue(Json::array({"two\nlines"}));
    QCOMPARE(field->value(), Json::array({"two\nlines"}));
  }

  void nothingIsClippedOrUnnamed_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }

  void nothingIsClippedOrUnnamed() {
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    RunView* view = openRun(window);
    QTRY_VERIFY(window.find<QWidget>("run_samples")->isVisible());
    window.click("sample_compare_0");
    check(window, QStringLiteral("run-samples-%1").arg(dark ? "dark" : "light"));
    view->showBatch(696);
    QTRY_VERIFY(window.find<QWidget>("batch_chips")->isVisible());
    check(window, QStringLiteral("run-batch-%1").arg(dark ? "dark" : "light"));
    m_style->setMode(ThemeMode::Light);
  }

private:
  static void check(Window& window, const QString& name) {
    QTest::qWait(150);
    test::screenshot(window.window, name);
    QTRY_VERIFY2(test::clippedTexts(window.window).isEmpty(), qPrintable(test::clippedTexts(window.window).join(QLatin1Char('\n'))));
    QVERIFY2(controlsWithoutName(window.window).isEmpty(), qPrintable(controlsWithoutName(window.window).join(QLatin1Char('\n'))));
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestRunView)
#include "tst_run_view.moc"
