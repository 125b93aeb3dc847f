// SPDX-License-Identifier: GPL-3.0-or-later
// The scripted tour: every page over a demo home with a dozen runs, light and dark, in both languages, at 1280×800 and at 200 %. On each: no text is
// clipped or overlaps another, no control lacks name or role, every text stands out, Tab reaches everything. `./dev.sh screenshots` keeps the
// pictures (LATHE_SCREENSHOT_DIR) in docs/screenshots.
#include "tests/gui/bench.h"
#include "tests/gui/fake_models.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/library/library_page.h"
#include "ui/data/data_page.h"
#include "ui/data/dataset_view.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"
#include "ui/widgets/labels.h"

#include <QDir>
#include <QLabel>
#include <QListView>
#include <QProcess>
#include <QTableView>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr const char* kDoubled = "LATHE_TOUR_DOUBLED"; // set: this process shows the window at 200 %

/// A dozen runs: running, finished, stopped, failed, interrupted; with tags; some of them a search over the learning rate.
fake::State tourState() {
  fake::State state = fake::demoState();
  struct More {
    const char *id, *name, *method, *data;
    api::RunState state;
    int64_t steps, total;
    double hoursAgo;
    std::vector<std::string> tags;
  };
  const double now = 1795356000;
  const std::vector<More> more = {
      {"20261122-081100-sweep-1e-4", "sweep, lr 1e-4", "LoRA r16", "support.jsonl", api::RunState::Finished, 600, 600, 8, {"sweep"}},
      {"20261122-082500-sweep-2e-4", "sweep, lr 2e-4", "LoRA r16", "support.jsonl", api::RunState::Finished, 600, 600, 7.8, {"best", "sweep"}},
      {"20261122-084000-sweep-4e-4", "sweep, lr 4e-4", "LoRA r16", "support.jsonl", api::RunState::Finished, 600, 600, 7.5, {"sweep"}},
      {"20261119-150030-invoices", "invoices", "DoRA r8", "invoices.csv", api::RunState::Finished, 900, 900, 71, {"paper"}},
      {"20261119-111300-stories-zh", "故事续写 r32", "LoRA r32", "stories-zh.jsonl", api::RunState::Finished, 750, 750, 75, {"chinese"}},
      {"20261118-200405-long-context", "a run with a name that is much longer than its column can ever be", "LoRA r64", "manuals.jsonl", api::RunState::Stopped, 210, 1500, 90, {}},
  };
  double lower = 0.05;
  for (const More& one : more) {
    fake::Run run = fake::makeRun(one.id, one.name, one.state, one.steps, one.total);
    for (auto& row : run.rows)
      row.loss += lower;
    lower += 0.09;
    fake::summarize(run);
    run.summary.created = now - 3600 * one.hoursAgo;
    run.summary.method = one.method;
    run.summary.data = one.data;
    run.summary.tags = one.tags;
    run.summary.diskBytes = 24'000'000 + static_cast<int64_t>(lower * 9e8);
    run.spec["data"]["train"][0]["path"] = std::string("/data/") + one.data;
    state.runs[one.id] = std::move(run);
  }
  const auto specified = [&](const char* id, const Json& changes) { state.runs[id].spec.merge_patch(changes); };
  specified("20261122-081100-sweep-1e-4", {{"training", {{"learning_rate", 1e-4}}}});
  specified("20261122-084000-sweep-4e-4", {{"training", {{"learning_rate", 4e-4}}}});
  specified("20261119-150030-invoices", {{"method", {{"r", 8}, {"alpha", 16}, {"use_dora", true}}}, {"training", {{"epochs", 3}}}});
  specified("20261119-111300-stories-zh", {{"method", {{"r", 32}, {"alpha", 64}}}});
  return state;
}

} // namespace

class TestScreenshots : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void theTour_data() {
    QTest::addColumn<QString>("language");
    QTest::addColumn<bool>("dark");
    for (const char* language : {"en", "zh_CN"})
      for (const bool dark : {false, true})
        QTest::addRow("%s-%s", language, dark ? "dark" : "light") << QString::fromUtf8(language) << dark;
  }

  void theTour() {
    m_found.clear();
    QFETCH(QString, language);
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    fake::Bench bench(tourState());
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    fake::Window window(bench, doubled() ? QSize(960, 600) : QSize(1280, 800));
    window.language.set(language);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_VERIFY(window.session.runsLoaded());
    window.window.showPage(QStringLiteral("train"));
    train->showRun(QStringLiteral("20261122-143055-support-tone-r32"));
    QTRY_VERIFY(train->runView()->history() && train->runView()->history()->complete());
    bench.engine.emitEvent("telemetry", "", telemetry());
    take(window, "train-running");

    train->setup()->document()->setAll({{"name", "support tone"}, {"data.train", Json::array({{{"path", "/data/support.jsonl"}}})}, {"data.validation.fraction", 0.02}});
    train->showSetup();
    QTRY_VERIFY(train->setup()->requests()->isSettled());
    take(window, "train-setup");
    window.window.showPage(QStringLiteral("runs"));
    take(window, "runs");
    for (const char* id : {"20261122-081100-sweep-1e-4", "20261122-082500-sweep-2e-4", "20261122-084000-sweep-4e-4", "20261122-140211-support-tone", "20261119-150030-invoices"})
      window.session.runs()->setTicked(QString::fromUtf8(id), true);
    window.click("runs_compare");
    const QLabel* caption = window.find<QLabel>("compare_caption");
    const QString reading = caption->text();
    (void)QTest::qWaitFor([&] { return caption->text() != reading; }, 3000); // it says what differs as soon as all are read
    QTest::qWait(300);
    take(window, "compare");
    takeModels(bench, window);
    if (QTest::currentTestFailed())
      return;
    window.window.showPage(QStringLiteral("data"));
    QTRY_VERIFY(window.find<QListView>("row_chips")->model()->rowCount() > 0);
    take(window, "data");
    static_cast<DataPage*>(window.window.currentPage())->view()->showTab(QStringLiteral("statistics"));
    QTRY_VERIFY(window.find<QWidget>("packing_strip")->isVisible());
    take(window, "data-statistics");
    window.window.showPage(QStringLiteral("chat"));
    auto* chat = static_cast<ChatPage*>(window.window.currentPage());
    QTRY_VERIFY(chat->currentChat() != 0);
    chat->openChat(1);
    QTRY_COMPARE(chat->currentChat(), 1);
    take(window, "chat");
    window.window.showPage(QStringLiteral("system"));
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(599.5)));
    QTRY_VERIFY(window.session.devices()->hasGpu());
    fillHistory(window);
    QTRY_VERIFY(window.find<QWidget>("check_disk"));
    take(window, "system");
    window.window.showPage(QStringLiteral("settings"));
    take(window, "settings");
    window.window.showPage(QStringLiteral("welcome"));
    take(window, "welcome");
    QVERIFY2(m_found.isEmpty(), qPrintable(QLatin1Char('\n') + m_found.join(QLatin1Char('\n'))));
  }

  void theTourAtTwoHundredPercent() { // of a 1920×1200 screen: 960×600, the smallest window. Qt reads the factor once, so in another process
    if (doubled())
      return;
    QProcess self;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_SCALE_FACTOR"), QStringLiteral("2"));
    environment.insert(QLatin1String(kDoubled), QStringLiteral("1"));
    self.setProcessEnvironment(environment);
    self.setProcessChannelMode(QProcess::MergedChannels);
    self.start(QCoreApplication::applicationFilePath(), {QStringLiteral("theTour")});
    QVERIFY(self.waitForFinished(280000));
    QVERIFY2(self.exitCode() == 0, self.readAll().constData());
  }

private:
  /// The list of somebody who has worked for a while: overview, then the tensors of the chosen model.
  void takeModels(fake::Bench& bench, fake::Window& window) {
    bench.engine.change([](fake::State& state) { state.models = fake::libraryModels(); });
    bench.engine.emitEvent("models", "", Json::object());
    window.window.showPage(QStringLiteral("models"));
    auto* models = static_cast<LibraryPage*>(window.window.currentPage());
    const QString base = QStringLiteral("/models/SmolLM2-135M-Instruct");
    QTRY_VERIFY(window.session.models()->find(QStringLiteral("/models/Qwen3-0.6B")));
    models->showModel(base);
    QTRY_VERIFY(window.find<QWidget>("library_types"));
    take(window, "models");
    auto* views = window.find<SegmentedSwitch>("library_view");
    views->setFocus();
    QTest::keyClick(views, Qt::Key_Right);
    QTRY_VERIFY(window.find<QTableView>("tensors_table")->model()->rowCount() > 0);
    window.find<QTableView>("tensors_table")->selectRow(2);
    window.click("tensor_measure");
    QTRY_VERIFY(window.find<QLabel>("tensor_notes")->text().size() > 3);
    take(window, "models-tensors");
    QTest::keyClick(views, Qt::Key_Left);
  }

  /// Ten minutes of a story in which a run begins.
  static void fillHistory(fake::Window& window) {
    const double begin = window.session.devices()->devices().front().samples.back().time + 5; // a gap: the first sample is another story
    for (int i = 0; i < 1200; ++i) {
      TelemetryArrived telemetry;
      telemetry.devices = fake::gpuMachine(i * 0.5);
      window.session.devices()->add(telemetry, begin + i * 0.5);
    }
  }

  static Json telemetry() {
    constexpr int64_t kMiB = 1 << 20;
    api::DeviceTelemetry cpu;
    cpu.id = "cpu";
    cpu.name = "CPU";
    cpu.processes = {{48211, "support-tone r32", 2110 * kMiB, "train", "20261122-143055-support-tone-r32"}};
    cpu.memoryUsed = 6810 * kMiB;
    cpu.memoryTotal = 16384 * kMiB;
    cpu.utilisation = 97;
    cpu.temperature = 61;
    cpu.categories = {{"weights", 257 * kMiB}, {"adapters", 37 * kMiB}, {"gradients", 37 * kMiB}, {"optimizer", 75 * kMiB}, {"stash", 1310 * kMiB}, {"workspace", 202 * kMiB}};
    return {{"devices", api::encode(std::vector{cpu})}, {"host", {{"memory_used", 6810 * kMiB}, {"memory_total", 16384 * kMiB}, {"cpu", 97}}}};
  }

  static bool doubled() { return qEnvironmentVariableIsSet(kDoubled); }

  /// All four of the usual size; of the doubled one the fullest pages, English in light and Chinese in dark.
  static bool isKept(const char* page) {
    const QString tag = QString::fromUtf8(QTest::currentDataTag());
    static const QStringList doubledPages = {QStringLiteral("train-running"), QStringLiteral("train-setup"), QStringLiteral("runs"), QStringLiteral("chat")};
    return !doubled() || ((tag == QStringLiteral("en-light") || tag == QStringLiteral("zh_CN-dark")) && doubledPages.contains(QString::fromUtf8(page)));
  }

  static void keep(fake::Window& window, const char* page) {
    const QString folder = qEnvironmentVariable("LATHE_SCREENSHOT_DIR");
    if (folder.isEmpty() || !isKept(page))
      return;
    for (QLabel* label : window.window.findChildren<QLabel*>()) // the test's own folder is nobody's home
      if (label->text() == window.settings.home())
        label->setText(QStringLiteral("~/.local/share/lathe"));
    QDir().mkpath(folder);
    const QString name = QStringLiteral("%1-%2%3.png").arg(QString::fromUtf8(page), QString::fromUtf8(QTest::currentDataTag()), doubled() ? QStringLiteral("-200") : QString());
    QVERIFY(window.window.grab().toImage().convertToFormat(QImage::Format_RGB888).save(QDir(folder).filePath(name), "PNG", 0)); // smallest file
  }

  /// Keeps the picture and collects what is wrong with the page.
  void take(fake::Window& window, const char* page) {
    QTest::qWait(250);
    (void)QTest::qWaitFor([&] { return ui::test::clippedTexts(window.window).isEmpty(); }, 2000); // the layout settles over a few turns of the event loop
    keep(window, page);
    const auto none = [&](const char* what, const QStringList& found) {
      if (!found.isEmpty())
        m_found << QStringLiteral("%1, %2: %3").arg(QString::fromUtf8(page), QString::fromUtf8(what), found.join(QStringLiteral(" | ")));
    };
    none("clipped", ui::test::clippedTexts(window.window));
    none("overlapping", ui::test::overlappingTexts(window.window));
    none("without a name", ui::controlsWithoutName(window.window));
    none("for a screen reader", ui::test::accessibleProblems(window.window));
    none("faint", ui::test::faintTexts(window.window));
    none("keyboard", ui::test::tabOrderProblems(window.window));
    if (window.window.size() != (doubled() ? QSize(960, 600) : QSize(1280, 800)))
      none("size", {QStringLiteral("%1×%2").arg(window.window.width()).arg(window.window.height())});
  }
  QStringList m_found;
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestScreenshots)
#include "tst_screenshots.moc"
