// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/monitor/doctor_texts.h"
#include "ui/monitor/engine_log_view.h"
#include "ui/monitor/system_page.h"
#include "ui/shell/rail.h"
#include "ui/shell/status_strip.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTest>
#include <QToolButton>

#include <set>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

namespace {

fake::State quiet() {
  fake::State state = fake::demoState();
  for (auto& [id, run] : state.runs)
    if (run.summary.state == api::RunState::Running)
      run.summary.state = api::RunState::Paused;
  return state;
}

TelemetryArrived arrived(std::vector<api::DeviceTelemetry> devices) {
  TelemetryArrived out;
  out.devices = std::move(devices);
  return out;
}

DeviceCard* card(const Window& window, const char* id) { return window.find<DeviceCard>((std::string("device_") + id).c_str()); }

QString itemTip(const DeviceCombo& box, const QString& id) { return box.itemData(box.findData(id), Qt::ToolTipRole).toString(); }

bool isOffered(const DeviceCombo& box, const QString& id) {
  const int row = box.findData(id);
  return row >= 0 && qobject_cast<const QStandardItemModel*>(box.model())->item(row)->isEnabled();
}

} // namespace

class TestSystemPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void everyTextOfTheDoctorCanBeTranslated() {
    std::set<std::string> known(doctorTexts().begin(), doctorTexts().end());
    for (const char* text : api::doctor_text::kAll)
      QVERIFY2(std::string(text) == "{}" || known.count(text), text);
    for (const char* name : api::doctor_text::kNames)
      QVERIFY2(known.count(name), name);
  }

  void theEnginesOwnWordsStandWhereTheyAreNotKnown() {
    api::DoctorCheck check{"disk", "ok", "3 GiB free for A", "{} free for {}", {"3 GiB", "A"}, "", "", nullptr};
    QCOMPARE(doctorText(check), QStringLiteral("3 GiB free for A"));
    check.args = {"{}", "B"}; // an argument is no place for another one
    QCOMPARE(doctorText(check), QStringLiteral("{} free for B"));
    check.message = "something newer {}";
    QCOMPARE(doctorText(check), QStringLiteral("3 GiB free for A"));
  }

  void theHistoryKeepsTenMinutesAndMarksAGap() {
    DeviceHistory history;
    for (int i = 0; i < 3000; ++i)
      history.add(arrived(fake::gpuMachine(i * 0.5)), i * 0.5);
    const auto* gpu = history.find(QStringLiteral("cuda:0"));
    QVERIFY(gpu);
    QCOMPARE(gpu->samples.size(), size_t(1201)); // both ends of ten minutes at 2 Hz
    QCOMPARE(gpu->samples.front().time, 1499.5 - 600);
    history.add(arrived(fake::gpuMachine(1510)), 1510);
    const auto& samples = history.find(QStringLiteral("cuda:0"))->samples;
    QVERIFY(std::isnan(samples[samples.size() - 2].utilisation));
    double sum = 0;
    for (const MemoryPart& part : partsOf(samples.back()))
      sum += part.bytes;
    QCOMPARE(sum, static_cast<double>(history.find(QStringLiteral("cuda:0"))->now.memoryUsed)); // categories and the rest are the whole
  }

  void aDeviceThatGoesOrComesIsAChangeAndFiguresAreNot() {
    DeviceHistory history;
    QSignalSpy changed(&history, &DeviceHistory::devicesChanged), sampled(&history, &DeviceHistory::sampled);
    history.add(arrived(fake::cpuMachine(0)), 0);
    history.add(arrived(fake::cpuMachine(1)), 0.5);
    QCOMPARE(changed.count(), 1);
    history.add(arrived(fake::gpuMachine(1)), 1);
    QCOMPARE(changed.count(), 2);
    QVERIFY(history.hasGpu());
    QCOMPARE(sampled.count(), 3);
    QCOMPARE(history.find(QStringLiteral("cpu"))->samples.size(), size_t(3)); // the processor's history goes on
  }

  void thePageSaysThatTheEngineIsAway() {
    Bench bench(quiet());
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    QVERIFY(ui::test::visibleTexts(window.window).contains(QStringLiteral("The engine is not connected")));
    QVERIFY(!window.find<QWidget>("doctor_again")->isEnabled());
    bench.engine.listen();
    QTRY_VERIFY(window.find<QWidget>("doctor_again")->isEnabled());
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::cpuMachine(0)));
    QTRY_VERIFY(card(window, "cpu"));
    bench.engine.kill();
    QTRY_VERIFY(window.find<QWidget>("system_banner")->isVisible());
    QVERIFY(card(window, "cpu")->isVisible()); // the last figures stay
  }

  void theEnginesLogIsReadFilteredAndCopied() {
    fake::State state = quiet();
    state.engineLog.clear();
    for (int i = 0; i < 399; ++i)
      state.engineLog.push_back("2026-11-22T14:28:01.113 info line " + std::to_string(i));
    state.engineLog.push_back("2026-11-22T14:31:07.020 warning The disk is nearly full");
    Bench bench(state);
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    QTRY_VERIFY(window.session.isConnected());
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::cpuMachine(0)));
    auto* text = window.find<QPlainTextEdit>("engine_log_text");
    QTRY_COMPARE(text->blockCount(), 400);
    QVERIFY(text->isReadOnly());
    QTest::keyClick(window.find<QWidget>("engine_log_level"), Qt::Key_Right);
    QCOMPARE(text->toPlainText(), QStringLiteral("2026-11-22T14:31:07.020 warning The disk is nearly full"));
    window.find<QAbstractButton>("engine_log_copy")->click();
    QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("nearly full")));
    bench.engine.refuse(api::method::kEngineLog, "The log cannot be read.");
    window.window.findChild<EngineLogView*>()->refresh();
    QTRY_COMPARE(text->toPlainText(), QStringLiteral("The log cannot be read."));
  }

  void withoutAGpuOneSentenceSaysWhatToDo() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    QTRY_VERIFY(window.session.isConnected());
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::cpuMachine(0)));
    QTRY_VERIFY(window.find<QWidget>("system_no_gpu")->isVisible());
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(0)));
    QTRY_VERIFY(!window.find<QWidget>("system_no_gpu")->isVisible());
    QVERIFY(card(window, "cuda:0") && card(window, "cpu"));
  }

  void everyFigureThatIsToldHasAChart() {
    Bench bench(quiet());
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    for (int i = 0; i < 1200; ++i)
      window.session.devices()->add(arrived(fake::gpuMachine(i * 0.5)), i * 0.5);
    auto* gpu = card(window, "cuda:0");
    for (const char* name : {"chart_memory", "chart_load", "chart_power", "chart_temperature"}) {
      auto* plot = gpu->findChild<LinePlot*>(QString::fromUtf8(name));
      QVERIFY2(plot->isVisibleTo(gpu), name);
      plot->drawNow();
      const auto [from, to] = plot->xRange();
      QCOMPARE(to - from, DeviceHistory::kSeconds);
      QCOMPARE(to, 599.5);
    }
    QCOMPARE(gpu->findChild<LinePlot*>(QStringLiteral("chart_load"))->points(0).size(), size_t(1200));
    QVERIFY(gpu->memory()->yRange().second > 139 && gpu->memory()->yRange().second < 140); // the whole device, in GiB
    auto* cpu = card(window, "cpu");
    QVERIFY(!cpu->findChild<LinePlot*>(QStringLiteral("chart_power"))->isVisibleTo(cpu)); // this machine does not tell it
    QVERIFY(cpu->findChild<LinePlot*>(QStringLiteral("chart_temperature"))->isVisibleTo(cpu));
    QVERIFY(gpu->memory()->valuesAt(300).join(QLatin1Char(' ')).contains(QStringLiteral("Memory, GiB")));
  }

  void aYoungHistoryFillsItsCharts() {
    Bench bench(quiet());
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    const auto shown = [&](int samples) {
      for (int i = 0; i < samples; ++i, ++m_samples)
        window.session.devices()->add(arrived(fake::gpuMachine(m_samples * 0.5)), m_samples * 0.5);
      auto* plot = card(window, "cuda:0")->memory();
      plot->drawNow();
      return plot->xRange().second - plot->xRange().first;
    };
    QCOMPARE(shown(60), 60.0);
    QCOMPARE(shown(140), 120.0);
    QCOMPARE(shown(300), 300.0);
    QCOMPARE(shown(300), DeviceHistory::kSeconds);
  }

  void theRunsMemoryStandsInThatOfItsDevice() {
    Bench bench;
    const QString id = QStringLiteral("20261122-143055-support-tone-r32");
    bench.engine.change([id](fake::State& state) {
      state.runs[id.toStdString()].rows.back().memoryByCategory =
          std::map<std::string, int64_t>{{"weights", int64_t(15) << 30}, {"masters", int64_t(1) << 30}, {"stash", int64_t(20) << 30}};
    });
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_VERIFY(train->runView()->run() == id && train->runView()->history()->complete());
    auto devices = fake::gpuMachine(300);
    devices[0].memoryUsed = int64_t(40) << 30;
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(devices));
    auto* legend = window.find<MemoryLegend>("run_memory_legend");
    const QString expected = QStringLiteral("Weights 15.0 GiB, Masters 1.0 GiB, Stash 20.0 GiB, Other programs 4.0 GiB, Free 99.8 GiB");
    QTRY_VERIFY2(legend->accessibleName().startsWith(expected), qPrintable(legend->accessibleName()));
    QCOMPARE(window.find<QLabel>("run_memory_used")->text(), QStringLiteral("36.0 GiB"));
    QCOMPARE(window.find<StackedBar>("run_memory_bar")->total(), static_cast<double>(devices[0].memoryTotal));
  }

  void whatUsesADeviceIsListedAndARunOpensFromThere() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    window.window.showPage(QStringLiteral("system"));
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(300)));
    QTRY_VERIFY(card(window, "cuda:0"));
    const QStringList texts = ui::test::visibleTexts(*card(window, "cuda:0"));
    QVERIFY2(texts.contains(QStringLiteral("support-tone r32")) && texts.contains(QStringLiteral("python3")), qPrintable(texts.join(QStringLiteral(" | "))));
    QVERIFY(texts.indexOf(QStringLiteral("support-tone r32")) < texts.indexOf(QStringLiteral("python3"))); // Lathe's own first
    const auto links = card(window, "cuda:0")->findChildren<QToolButton*>(QStringLiteral("use_open"));
    QVERIFY(links.first()->isVisible() && !links.last()->isVisible());
    links.first()->click();
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    QCOMPARE(static_cast<TrainPage*>(window.window.currentPage())->runView()->run(), QStringLiteral("20261122-143055-support-tone-r32"));
  }

  void theDoctorShowsWhatNeedsAttentionFirstAndCopiesTheRemedy() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    QTRY_VERIFY(window.find<QWidget>("check_governor"));
    QCOMPARE(window.find<QLabel>("doctor_verdict")->text(), QStringLiteral("Everything works; 2 could be better."));
    QTRY_VERIFY(window.find<QWidget>("check_governor")->y() < window.find<QWidget>("check_disk")->y());
    QApplication::clipboard()->clear();
    window.find<QWidget>("check_governor")->findChild<QToolButton*>(QStringLiteral("copy_remedy"))->click();
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("sudo cpupower frequency-set -g performance"));
  }

  void longPathsBreakInsteadOfWideningThePanel() {
    api::DoctorReport report = fake::demoDoctor();
    for (auto& check : report.checks)
      for (auto& arg : check.args)
        arg += "/home/somebody/with-a-long-name/projects/lathe/build/release/bin/../lib/lathe/libtorch_cpu.so";
    DoctorView view;
    view.show(report);
    QVERIFY2(view.minimumSizeHint().width() <= size::kInspector - 2 * space::k16, qPrintable(QString::number(view.minimumSizeHint().width())));
    for (const auto* label : view.findChildren<QLabel*>())
      if (label->textInteractionFlags() & Qt::TextSelectableByMouse)
        QVERIFY2(!label->text().contains(QChar(0x200B)), "what can be copied holds nothing invisible");
  }

  void checkAgainAsksAgainAndAFailureIsABadge() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("system"));
    QTRY_VERIFY(window.find<QWidget>("check_governor"));
    QCOMPARE(window.window.page(QStringLiteral("system"))->badge(), 0);
    const int before = bench.engine.calls("doctor");
    bench.engine.change([](fake::State& state) {
      state.doctor.checks.resize(1);
      state.doctor.checks[0].status = "fail";
    });
    window.click("doctor_again");
    QTRY_COMPARE(window.window.page(QStringLiteral("system"))->badge(), 1);
    QCOMPARE(bench.engine.calls("doctor"), before + 1);
    QVERIFY(!window.find<QWidget>("check_governor"));
    QCOMPARE(window.find<QLabel>("doctor_verdict")->text(), QStringLiteral("1 to fix."));
    bench.engine.refuse("doctor", "The report could not be made.");
    window.click("doctor_again");
    QTRY_COMPARE(window.find<QLabel>("doctor_verdict")->text(), QStringLiteral("The report could not be made."));
  }

  void trainOffersTheDevicesThatAreThereAndWritesTheChoice() {
    Bench bench(quiet());
    Window window(bench);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    train->showSetup();
    auto* box = window.find<DeviceCombo>("field_training.device");
    QVERIFY(box && box->isVisible());
    QCOMPARE(box->count(), 1); // nothing is known yet
    auto devices = fake::gpuMachine(0);
    devices.insert(devices.begin() + 1, devices[0]);
    devices[1].id = "cuda:1";
    devices[1].name = "Quadro P400";
    devices[1].problem = "capability";
    window.session.devices()->add(arrived(devices), 1);
    QCOMPARE(box->count(), 4);
    QVERIFY(box->itemText(0).contains(QStringLiteral("H200")));
    QVERIFY2(box->itemText(1).contains(QStringLiteral("GPU 0")) && box->itemText(1).contains(QStringLiteral("GiB free")), qPrintable(box->itemText(1)));
    QVERIFY(isOffered(*box, QStringLiteral("cuda:0")) && isOffered(*box, QStringLiteral("cpu")));
    QVERIFY(!isOffered(*box, QStringLiteral("cuda:1")));
    QVERIFY(itemTip(*box, QStringLiteral("cuda:1")).contains(QStringLiteral("RTX 30")));
    box->setCurrentIndex(1);
    Q_EMIT box->activated(1);
    QCOMPARE(train->setup()->document()->text("training.device"), std::string("cuda:0"));
    QVERIFY(api::parseTrainSpec(train->setup()->document()->json()).spec.training.device == "cuda:0");
  }

  void onlyNamesOfDevicesAreTakenInASpecification() {
    const auto problems = [](const char* name) {
      Json spec = fake::specFor("x");
      spec["training"]["device"] = name;
      const auto parsed = api::parseTrainSpec(spec);
      return std::count_if(parsed.problems.begin(), parsed.problems.end(), [](const auto& problem) { return problem.path == "training.device"; });
    };
    for (const char* good : {"auto", "cpu", "cuda", "cuda:0", "cuda:15"})
      QVERIFY2(problems(good) == 0, good);
    for (const char* bad : {"", "tpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "gpu"})
      QVERIFY2(problems(bad) == 1, bad);
  }

  void aDeviceOfAnotherMachineIsShownAndExplained() {
    Bench bench(quiet());
    Window window(bench);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    train->showSetup();
    window.session.devices()->add(arrived(fake::cpuMachine(0)), 1);
    Json spec = fake::specFor("elsewhere");
    spec["training"]["device"] = "cuda:3";
    train->setup()->load(spec);
    auto* box = window.find<DeviceCombo>("field_training.device");
    QCOMPARE(box->device(), QStringLiteral("cuda:3"));
    QVERIFY(!box->isUsable());
    QVERIFY2(box->accessibleDescription().contains(QStringLiteral("This machine has no cuda:3")), qPrintable(box->accessibleDescription()));
    QCOMPARE(train->setup()->document()->text("training.device"), std::string("cuda:3")); // not changed behind the person's back
  }

  void chatLoadsTheModelWhereItIsTold() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("chat"));
    auto* chat = static_cast<ChatPage*>(window.window.currentPage());
    QTRY_VERIFY(chat->currentChat() != 0);
    window.session.devices()->add(arrived(fake::cpuMachine(0)), 1);
    auto* box = window.find<DeviceCombo>("pane_device_0");
    QVERIFY(!box->isEnabled());
    QVERIFY(box->toolTip().contains(QStringLiteral("no other device")));
    window.session.devices()->add(arrived(fake::gpuMachine(0)), 2);
    QVERIFY(box->isEnabled());
    const int row = box->findData(QStringLiteral("cpu"));
    box->setCurrentIndex(row);
    Q_EMIT box->activated(row);
    QTRY_COMPARE(stringOr(bench.engine.lastParams("chats/update")["panes"][0], "device", ""), std::string("cpu"));
    QTRY_COMPARE(window.find<DeviceCombo>("pane_device_0")->device(), QStringLiteral("cpu"));
  }

  void memoryByCategoryIsAStackAndTheSumOtherwise() {
    RunCharts charts(nullptr);
    fake::Run run = fake::makeRun("r", "r", api::RunState::Finished, 20, 20);
    Bench bench;
    bench.engine.change([&](fake::State& state) {
      state.runs["r"] = run;
      for (auto& row : run.rows)
        row.memoryByCategory.reset();
      run.summary.id = "plain";
      state.runs["plain"] = run;
    });
    bench.engine.listen();
    Window window(bench);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_VERIFY(window.session.runsLoaded());
    train->showRun(QStringLiteral("r"));
    QTRY_VERIFY(train->runView()->history()->complete());
    auto* plot = window.find<LinePlot>("chart_memory");
    auto* memory = train->runView()->charts()->findChild<LinePlot*>(QStringLiteral("chart_memory"));
    QVERIFY(plot && memory);
    QVERIFY2(memory->toCsv().contains(QStringLiteral("\"Stash\"")), qPrintable(memory->toCsv().left(200)));
    QCOMPARE(memory->points(1).size(), size_t(0)); // the line of the sum is not drawn over the stack
    train->showRun(QStringLiteral("plain"));
    QTRY_VERIFY(train->runView()->history()->complete());
    QVERIFY(!memory->toCsv().contains(QStringLiteral("\"Stash\"")));
    QCOMPARE(memory->points(1).size(), size_t(20));
  }

  void aClickOnAJobInTheStripOpensItsRun() {
    Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    const QString id = QStringLiteral("20261122-143055-support-tone-r32");
    QTRY_VERIFY(window.window.findChild<JobItem*>(QStringLiteral("job_") + id));
    window.window.showPage(QStringLiteral("settings"));
    auto* item = window.window.findChild<JobItem*>(QStringLiteral("job_") + id);
    QTest::mouseClick(item, Qt::LeftButton, {}, QPoint(14, item->height() / 2));
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    QCOMPARE(static_cast<TrainPage*>(window.window.currentPage())->runView()->run(), id);
    window.window.showPage(QStringLiteral("settings"));
    QTest::keyClick(item, Qt::Key_Return);
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
  }

  void aFoldedInspectorStaysFoldedInTheNextWindow() {
    Bench bench(quiet());
    {
      Window window(bench);
      window.window.showPage(QStringLiteral("system"));
      window.click("fold_system_panel");
      QVERIFY(window.find<InspectorPanel>("system_panel")->isFolded());
      window.window.close();
    }
    Window window(bench);
    QVERIFY(window.find<InspectorPanel>("system_panel")->isFolded());
    for (auto* other : window.window.findChildren<InspectorPanel*>())
      QVERIFY(other->objectName() == QStringLiteral("system_panel") || !other->isFolded());
  }

  void theStripShowsTheProcessorBesideAGpuOnlyWhileItWorks() {
    Bench bench(quiet());
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.isConnected());
    auto devices = fake::gpuMachine(300);
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(devices));
    QTRY_COMPARE(window.status.devices().size(), 1);
    devices.back().categories = {{"weights", 1 << 30}};
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(devices));
    QTRY_COMPARE(window.status.devices().size(), 2);
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::cpuMachine(1)));
    QTRY_COMPARE(window.status.devices().size(), 1);
    QCOMPARE(window.status.devices().first().name, QStringLiteral("CPU"));
  }

private:
  int m_samples = 0;
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestSystemPage)
#include "tst_system_page.moc"
