// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"
#include "ui/shell/palette_model.h"
#include "ui/shell/rail.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/status_model.h"
#include "ui/shell/status_strip.h"
#include "ui/shell/watchdog.h"
#include "ui/style/style.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_switch.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <ctime>

using namespace lathe;
using namespace lathe::ui;

namespace {

/// A page that says where one is.
class PlainPage : public Page {
 public:
  PlainPage(QString key, QString title, IconName icon) : m_key(std::move(key)), m_title(std::move(title)), m_icon(icon) {
    auto* all = new QVBoxLayout(this);
    auto* empty = new EmptyState(m_icon, m_title, QStringLiteral("A model learns from your conversations here. Choose a model and a file to begin."), QStringLiteral("Begin"));
    all->addWidget(empty);
  }
  QString key() const override { return m_key; }
  QString title() const override { return m_title; }
  IconName icon() const override { return m_icon; }
  void opened() override { ++timesOpened; }
  QList<Command> commands() override { return QList<Command>{{QStringLiteral("Do it in ") + m_title, m_title, [this] { ++timesDone; }}} + more; }
  QList<Command> more;
  using Page::setBadge;
  int timesOpened = 0, timesDone = 0;

 private:
  QString m_key, m_title;
  IconName m_icon;
};

struct Shell {
  QTemporaryDir home;
  WindowSettings settings{home.path()};
  Language language;
  StatusModel status;
  PlainPage* train = new PlainPage(QStringLiteral("train"), QStringLiteral("Train"), IconName::Train);
  PlainPage* runs = new PlainPage(QStringLiteral("runs"), QStringLiteral("Runs"), IconName::Runs);
  PlainPage* chat = new PlainPage(QStringLiteral("chat"), QStringLiteral("Chat"), IconName::Chat);
  SettingsPage* preferences = new SettingsPage(settings, language);
  MainWindow window{{train, runs, chat, preferences}, status, settings};
};

constexpr double kGiB = 1024.0 * 1024 * 1024;

DeviceStatus busyDevice() {
  DeviceStatus device{QStringLiteral("NVIDIA H200"), 40.9 * kGiB, 139.8 * kGiB, 98, 641, 61, {}};
  device.parts = {{MemoryCategory::Weights, 15 * kGiB}, {MemoryCategory::Adapters, 0.6 * kGiB}, {MemoryCategory::Stash, 22.9 * kGiB}, {MemoryCategory::Workspace, 2.4 * kGiB}};
  return device;
}

} // namespace

class TestShell : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() { m_style->setMode(ThemeMode::Light); }

  void nothingIsClippedAtTheSmallestSupportedSize_data() {
    QTest::addColumn<QString>("language");
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QString>("page");
    for (const char* page : {"train", "settings"})
      for (const char* language : {"en", "zh_CN"})
        for (const bool dark : {false, true})
          QTest::addRow("%s %s %s", page, language, dark ? "dark" : "light") << QString::fromLatin1(language) << dark << QString::fromLatin1(page);
  }
  void nothingIsClippedAtTheSmallestSupportedSize() {
    QFETCH(QString, language);
    QFETCH(bool, dark);
    QFETCH(QString, page);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    Shell shell;
    shell.status.setDevices({busyDevice()});
    shell.status.setJobs({{QStringLiteral("r1"), QStringLiteral("support-tone r16"), api::RunState::Running, 0.72, 184}});
    shell.status.setEngine(EngineState::Connected);
    shell.train->setBadge(-1);
    shell.runs->setBadge(2);
    test::settle(shell.window, {1280, 800});
    shell.language.set(language);
    shell.window.showPage(page);
    QTest::qWait(50);
    QTRY_COMPARE(test::clippedTexts(shell.window), QStringList()); // the layout settles over a few turns of the event loop
    QCOMPARE(controlsWithoutName(shell.window), QStringList());
    const auto* strip = shell.window.findChild<StatusStrip*>();
    QVERIFY(strip->minimumSizeHint().width() <= 1280);
    QCOMPARE(test::screenshot(shell.window, QStringLiteral("shell_%1_%2_%3").arg(page, language, dark ? QStringLiteral("dark") : QStringLiteral("light"))), QSize(1280, 800));
  }

  void everyShellTextIsTranslated() {
    Shell shell;
    shell.status.setEngine(EngineState::Lost);
    shell.window.showPage(QStringLiteral("settings"));
    test::settle(shell.window, {1280, 800});
    const QStringList english = test::visibleTexts(shell.window);
    shell.language.set(QStringLiteral("zh_CN"));
    QTest::qWait(20);
    const QStringList chinese = test::visibleTexts(shell.window);
    QCOMPARE(chinese.size(), english.size());
    QStringList same;
    for (qsizetype i = 0; i < english.size(); ++i)
      if (english[i] == chinese[i] && !english[i].startsWith(QLatin1Char('/')) && !QStringList{QStringLiteral("Train"), QStringLiteral("Runs"), QStringLiteral("Chat")}.contains(english[i]))
        same << english[i];
    QCOMPARE(same, QStringList());
    shell.language.set(QStringLiteral("en"));
    QTest::qWait(20);
    QCOMPARE(test::visibleTexts(shell.window), english);
  }

  void ctrlAndADigitOpensThePage() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    shell.window.activateWindow();
    QCOMPARE(shell.window.currentPage()->key(), QStringLiteral("train"));
    QTest::keyClick(&shell.window, Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(shell.window.currentPage()->key(), QStringLiteral("runs"));
    QCOMPARE(shell.runs->timesOpened, 1);
    QTest::keyClick(&shell.window, Qt::Key_4, Qt::ControlModifier);
    QCOMPARE(shell.window.currentPage()->key(), QStringLiteral("settings"));
    QTest::mouseClick(shell.window.findChild<QAbstractButton*>(QStringLiteral("rail_chat")), Qt::LeftButton);
    QCOMPARE(shell.window.currentPage()->key(), QStringLiteral("chat"));
    QVERIFY(shell.window.windowTitle().startsWith(QStringLiteral("Chat")));
  }

  void jobsInTheStripPauseContinueAndStop() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    QSignalSpy pause(&shell.status, &StatusModel::pauseRequested), go(&shell.status, &StatusModel::continueRequested), stop(&shell.status, &StatusModel::stopRequested);
    JobStatus job{QStringLiteral("r1"), QStringLiteral("support-tone"), api::RunState::Running, 0.4, 100};
    shell.status.setJobs({job});
    auto* item = shell.window.findChild<JobItem*>(QStringLiteral("job_r1"));
    QVERIFY(item);
    item->findChild<QToolButton*>(QStringLiteral("job_pause"))->click();
    QCOMPARE(pause.count(), 1);
    job.state = api::RunState::Paused;
    shell.status.setJobs({job});
    QCOMPARE(shell.window.findChild<JobItem*>(QStringLiteral("job_r1")), item); // the same widget, not a new one
    item->findChild<QToolButton*>(QStringLiteral("job_pause"))->click();
    QCOMPARE(go.count(), 1);
    item->findChild<QToolButton*>(QStringLiteral("job_stop"))->click();
    QCOMPARE(stop.first().first().toString(), QStringLiteral("r1"));
    job.state = api::RunState::Stopping;
    shell.status.setJobs({job});
    QVERIFY(!item->findChild<QToolButton*>(QStringLiteral("job_stop"))->isEnabled());
    shell.status.setJobs({});
    QVERIFY(!shell.window.findChild<JobItem*>(QStringLiteral("job_r1")));
  }

  void aLostEngineIsABannerWithAButton() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    auto* banner = shell.window.findChild<Banner*>(QStringLiteral("engine_banner"));
    QVERIFY(!banner->isVisible());
    shell.status.setEngine(EngineState::Lost, QStringLiteral("The engine stopped with signal 11."));
    QVERIFY(banner->isVisible());
    QCOMPARE(banner->text(), QStringLiteral("The engine stopped with signal 11."));
    QSignalSpy restart(&shell.status, &StatusModel::engineRestartRequested);
    banner->actionButton()->click();
    QCOMPARE(restart.count(), 1);
    QTest::qWait(30);
    test::screenshot(shell.window, QStringLiteral("shell_lost"));
    shell.status.setEngine(EngineState::Connected);
    QVERIFY(!banner->isVisible());
  }

  void thePaletteFindsPagesAndActions() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    shell.window.openPalette();
    auto* edit = shell.window.findChild<QLineEdit*>(QStringLiteral("palette_edit"));
    auto* list = shell.window.findChild<QListView*>(QStringLiteral("palette_list"));
    const int all = list->model()->rowCount();
    QTest::qWait(20);
    test::screenshot(shell.window, QStringLiteral("shell_palette"));
    QTest::keyClicks(edit, QStringLiteral("do runs"));
    QCOMPARE(list->model()->rowCount(), 1);
    QVERIFY(all >= 7);
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(shell.runs->timesDone, 1);
    QVERIFY(!shell.window.findChild<CommandPalette*>()->isVisible());
  }

  void thePaletteShowsTheBestMatchFirst() {
    PaletteModel model;
    model.setCommands({{QStringLiteral("Return policy"), QStringLiteral("Run"), {}}, {QStringLiteral("Learning rate"), QStringLiteral("Option"), {}},
                       {QStringLiteral("rate"), QStringLiteral("Run"), {}}, {QStringLiteral("Separate"), QStringLiteral("Run"), {}}});
    model.setWords(QStringLiteral("rate"));
    QStringList found;
    for (int row = 0; row < model.rowCount(); ++row)
      found << model.index(row, 0).data().toString();
    QCOMPARE(found, (QStringList{QStringLiteral("rate"), QStringLiteral("Learning rate"), QStringLiteral("Separate")}));
    model.setWords(QStringLiteral("rate op"));
    QCOMPARE(model.rowCount(), 1);
    model.setWords({});
    QCOMPARE(model.rowCount(), 4);
  }

  void tenThousandRunsInThePaletteCostNoEventMuch() {
    Shell shell;
    for (int i = 0; i < 10000; ++i)
      shell.runs->more.append({QStringLiteral("support tone, attempt %1 with rank %2").arg(i).arg(i % 64), QStringLiteral("Run"), [&shell, i] { shell.runs->timesDone = i; }});
    test::settle(shell.window, {1280, 800});
    Watchdog watchdog;
    QTimer::singleShot(0, &shell.window, &MainWindow::openPalette);
    QTRY_VERIFY(shell.window.findChild<CommandPalette*>() && shell.window.findChild<CommandPalette*>()->isVisible());
    auto* edit = shell.window.findChild<QLineEdit*>(QStringLiteral("palette_edit"));
    for (const QChar letter : QStringLiteral("tone 9876")) {
      QTest::keyClick(edit, letter.toLatin1());
      QTest::qWait(15);
    }
    QTest::keyClick(edit, Qt::Key_Backspace);
    QTest::qWait(30);
    for (int i = 0; i < 9; ++i)
      QTest::keyClick(edit, Qt::Key_Backspace);
    QTest::qWait(30);
    QTest::keyClicks(edit, QStringLiteral("attempt 9876"));
    QTest::qWait(30);
    qInfo("10,000 runs: longest turn %.1f ms CPU", watchdog.longestCpuMs());
    QVERIFY2(watchdog.longestCpuMs() < 50, qPrintable(QString::number(watchdog.longestCpuMs())));
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(shell.runs->timesDone, 9876);
  }

  void themeLanguageAndPageAreRememberedInTheHome() {
    QTemporaryDir home;
    {
      WindowSettings settings(home.path());
      Language language;
      auto* page = new SettingsPage(settings, language);
      StatusModel status;
      MainWindow window({new PlainPage(QStringLiteral("train"), QStringLiteral("Train"), IconName::Train), page}, status, settings);
      test::settle(window, {1100, 700});
      window.showPage(QStringLiteral("settings"));
      auto* theme = window.findChild<SegmentedSwitch*>(QStringLiteral("settings_theme"));
      QTest::keyClick(theme, Qt::Key_Right);
      QTest::keyClick(theme, Qt::Key_Right);
      QVERIFY(Style::theme().dark);
      window.close();
    }
    m_style->setMode(ThemeMode::Light);
    WindowSettings settings(home.path());
    applyStoredTheme(settings);
    QVERIFY(Style::theme().dark);
    StatusModel status;
    Language language;
    MainWindow window({new PlainPage(QStringLiteral("train"), QStringLiteral("Train"), IconName::Train), new SettingsPage(settings, language)}, status, settings);
    QCOMPARE(window.currentPage()->key(), QStringLiteral("settings"));
    QCOMPARE(window.size(), QSize(1100, 700));
  }

  void theWindowIsUsableWithinTwoSeconds() {
    QElapsedTimer timer;
    timer.start();
    Shell shell;
    shell.window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&shell.window));
    qInfo("window up after %lld ms", static_cast<long long>(timer.elapsed()));
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
  }

  void aDeviceInTheStripOpensItsMemoryByCategory() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    shell.status.setDevices({busyDevice()});
    auto* item = shell.window.findChild<DeviceItem*>();
    QVERIFY(item);
    QVERIFY2(item->accessibleDescription().contains(QStringLiteral("Stash: 22.9 GiB")), qPrintable(item->accessibleDescription()));
    QVERIFY(!item->panel());
    QTest::mouseClick(item, Qt::LeftButton);
    QVERIFY(item->panel() && item->panel()->isVisible());
    auto* legend = item->panel()->findChild<MemoryLegend*>();
    QVERIFY2(legend->accessibleName().startsWith(QStringLiteral("Weights 15.0 GiB, Adapters")), qPrintable(legend->accessibleName()));
    QVERIFY2(legend->accessibleName().endsWith(QStringLiteral("Free 98.9 GiB")), qPrintable(legend->accessibleName()));
    QVERIFY(item->panel()->geometry().bottom() < shell.window.mapToGlobal(QPoint(0, shell.window.height() - size::kStatus)).y() + 8);
    test::screenshot(*item->panel(), QStringLiteral("shell_device_panel"));

    DeviceStatus more = busyDevice();
    more.used += 10 * kGiB;
    more.parts.append({MemoryCategory::Cache, 10 * kGiB});
    const int bottom = item->panel()->geometry().bottom();
    shell.status.setDevices({more});
    QVERIFY2(legend->accessibleName().contains(QStringLiteral("Cache 10.0 GiB")), qPrintable(legend->accessibleName())); // it follows while open
    QCOMPARE(item->panel()->geometry().bottom(), bottom);
    QSignalSpy system(&shell.status, &StatusModel::systemRequested);
    item->panel()->findChild<QToolButton*>(QStringLiteral("device_panel_system"))->click();
    QCOMPARE(system.count(), 1);
    QVERIFY(!item->panel()->isVisible());
    QTest::keyClick(item, Qt::Key_Return);
    QVERIFY(item->panel()->isVisible());
    item->panel()->close();
  }

  void updatesOfTheStripCostLittle() {
    Shell shell;
    test::settle(shell.window, {1280, 800});
    Watchdog watchdog;
    for (int i = 0; i < 50; ++i) {
      DeviceStatus device = busyDevice();
      device.used += i * 1e7;
      shell.status.setDevices({device});
      shell.status.setJobs({{QStringLiteral("r1"), QStringLiteral("support-tone"), api::RunState::Running, i / 50.0, 100.0 - i}});
      QTest::qWait(5);
    }
    qInfo("longest turn of the event loop: %.1f ms CPU, %.1f ms wall, %lld turns", watchdog.longestCpuMs(), watchdog.longestWallMs(), static_cast<long long>(watchdog.turns()));
    QVERIFY(watchdog.turns() > 10);
    QVERIFY2(watchdog.longestCpuMs() < 50, qPrintable(QString::number(watchdog.longestCpuMs())));
  }

  void theWatchdogSeesASlowEvent() {
    Watchdog watchdog;
    QTimer::singleShot(5, this, [] {
      timespec start{}, now{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
      do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
      while ((now.tv_sec - start.tv_sec) * 1000.0 + (now.tv_nsec - start.tv_nsec) / 1e6 < 60);
    });
    QTest::qWait(120);
    QTRY_VERIFY2(watchdog.longestCpuMs() >= 60, qPrintable(QString::number(watchdog.longestCpuMs())));
  }

 public:
  TestShell() : m_style(new Style(*qApp)) { m_style->setParent(this); }

 private:
  Style* m_style;
};

QTEST_MAIN(TestShell)
#include "tst_shell.moc"
