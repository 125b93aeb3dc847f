// SPDX-License-Identifier: GPL-3.0-or-later
// Every page, light and dark, in both languages, at 1280×800: no text is clipped. With LATHE_SCREENSHOT_DIR the pictures are kept.
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"
#include "ui/widgets/labels.h"

#include <QDir>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;

class TestScreenshots : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void everyPageShowsAllItsText_data() {
    QTest::addColumn<QString>("language");
    QTest::addColumn<bool>("dark");
    for (const char* language : {"en", "zh_CN"})
      for (const bool dark : {false, true})
        QTest::addRow("%s-%s", language, dark ? "dark" : "light") << QString::fromUtf8(language) << dark;
  }

  void everyPageShowsAllItsText() {
    QFETCH(QString, language);
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    fake::Bench bench;
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    fake::Window window(bench);
    window.language.set(language);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_VERIFY(train->runView()->history() && train->runView()->history()->complete());
    bench.engine.emitEvent("telemetry", "", telemetry());
    take(window, "train-running");

    train->setup()->document()->setAll({{"name", "support tone"}, {"data.train", Json::array({{{"path", "/data/support.jsonl"}}})}, {"data.validation.fraction", 0.02}});
    train->showSetup();
    QTRY_VERIFY(train->setup()->requests()->isSettled());
    take(window, "train-setup");
    window.window.showPage(QStringLiteral("runs"));
    take(window, "runs");
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
    take(window, "system");
    window.window.showPage(QStringLiteral("settings"));
    take(window, "settings");
  }

  void everyPageFitsAtTwoHundredPercent() {
    // 200 % of a 1920×1200 screen leaves 960×600: the smallest window.
    m_style->setMode(ThemeMode::Light);
    for (const char* language : {"en", "zh_CN"}) {
      fake::Bench bench;
      bench.engine.setRowsPerSecond(0);
      bench.engine.listen();
      fake::Window window(bench, {960, 600});
      window.language.set(QString::fromUtf8(language));
      QTRY_VERIFY(window.session.runsLoaded()); // an event that nobody has subscribed to yet is lost
      window.window.showPage(QStringLiteral("system"));
      bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(599.5)));
      QTRY_VERIFY(window.session.devices()->hasGpu());
      fillHistory(window);
      QTRY_VERIFY(window.find<QWidget>("check_disk"));
      QTRY_VERIFY(ui::test::clippedTexts(window.window).isEmpty()); // the layout settles over a few turns of the event loop
      QTest::qWait(100);
      QCOMPARE(window.window.size(), QSize(960, 600));
      const QStringList clipped = ui::test::clippedTexts(window.window);
      QVERIFY2(clipped.isEmpty(), qPrintable(QString::fromUtf8(language) + QStringLiteral(": ") + clipped.join(QStringLiteral(" | "))));
      const QString folder = qEnvironmentVariable("LATHE_SCREENSHOT_SMALL");
      if (!folder.isEmpty())
        QVERIFY(window.window.grab().save(QDir(folder).filePath(QStringLiteral("system-small-%1.png").arg(QString::fromUtf8(language)))));
    }
  }

private:
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

  static void take(fake::Window& window, const char* page) {
    QTest::qWait(250);
    const QString folder = qEnvironmentVariable("LATHE_SCREENSHOT_DIR");
    if (!folder.isEmpty()) {
      QDir().mkpath(folder);
      const QString name = QStringLiteral("%1-%2.png").arg(QString::fromUtf8(page), QString::fromUtf8(QTest::currentDataTag()));
      QVERIFY(window.window.grab().save(QDir(folder).filePath(name)));
    }
    QCOMPARE(window.window.size(), QSize(1280, 800));
    const QStringList clipped = ui::test::clippedTexts(window.window);
    QVERIFY2(clipped.isEmpty(), qPrintable(QString::fromUtf8(page) + QStringLiteral(": ") + clipped.join(QStringLiteral(" | "))));
    const QStringList nameless = ui::controlsWithoutName(window.window);
    QVERIFY2(nameless.isEmpty(), qPrintable(QString::fromUtf8(page) + QStringLiteral(": ") + nameless.join(QStringLiteral(" | "))));
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestScreenshots)
#include "tst_screenshots.moc"
