// SPDX-License-Identifier: GPL-3.0-or-later
// The window's manners towards the desktop, its first page, and the way to other machines.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/fake_desktop.h"
#include "tests/gui/support_gui.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/application.h"
#include "ui/shell/desktop/desktop.h"
#include "ui/shell/hosts/host_dialog.h"
#include "ui/shell/status_strip.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::FakeDesktop;
using fake::Window;

namespace {

constexpr const char* kRun = "live";

fake::State oneRun(api::RunState state) {
  fake::State out;
  out.runs[kRun] = fake::makeRun(kRun, "support <b>tone</b>", state, 40, 400);
  return out;
}

void announce(Bench& bench, api::RunState state, const std::string& error = {}) {
  bench.engine.change([&](fake::State& world) {
    world.runs[kRun].summary.state = state;
    world.runs[kRun].summary.error = error;
  });
  bench.engine.emitEvent("run", kRun, api::encode(bench.engine.state().runs[kRun].summary));
}

/// Window, engine and desktop together.
struct Manners {
  explicit Manners(FakeDesktop* desktop, bool remote = false, api::RunState state = api::RunState::Running)
      : bench(oneRun(state)), window((bench.engine.setRowsPerSecond(0), bench.engine.listen(), bench)),
        desktop(window.session, window.settings, desktop ? desktop->addresses() : BusAddresses(), [this] { return active; }, remote) {}
  bool active = false;
  Bench bench;
  Window window;
  Desktop desktop;
};

QString writeScript(const QTemporaryDir& folder, const QByteArray& text) {
  const QString path = folder.filePath(QStringLiteral("ssh"));
  QFile file(path);
  file.open(QIODevice::WriteOnly);
  file.write("#!/bin/sh\n" + text);
  file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  return path;
}

} // namespace

class TestDesktop : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    m_style = std::make_unique<Style>(*qApp);
    if (FakeDesktop::isAvailable())
      m_desktop = std::make_unique<FakeDesktop>();
  }
  void cleanup() { qunsetenv("LATHE_SSH"); }

  void aRunThatEndsIsToldWhileNobodyLooks() {
    if (!m_desktop)
      QSKIP("dbus-daemon is not installed.");
    m_desktop->offerNotifications();
    auto& shown = m_desktop->notifications.shown;
    shown.clear();
    Manners manners(m_desktop.get());
    QTRY_VERIFY(manners.desktop.isConnected() && manners.window.session.runsLoaded());
    QTest::qWait(100); // what the service can do is asked first
    announce(manners.bench, api::RunState::Finished);
    QTRY_COMPARE(shown.size(), 1);
    QVERIFY2(shown[0].title.contains(QStringLiteral("is finished")), qPrintable(shown[0].title));
    QVERIFY(shown[0].actions.contains(QStringLiteral("default")));
    QCOMPARE(shown[0].urgency, uchar(1));
    announce(manners.bench, api::RunState::Running);
    announce(manners.bench, api::RunState::Failed, "Loss <i>is</i> NaN.");
    QTRY_COMPARE(shown.size(), 2);
    QCOMPARE(shown[1].replaces, shown[0].id); // one run, one notification
    QVERIFY2(shown[1].text.contains(QStringLiteral("&lt;i&gt;")), qPrintable(shown[1].text)); // names and reasons are no markup
    QCOMPARE(shown[1].urgency, uchar(2));
    QSignalSpy asked(&manners.desktop, &Desktop::runRequested);
    Q_EMIT m_desktop->notifications.ActionInvoked(shown[1].id, QStringLiteral("default"));
    QTRY_COMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toString(), QLatin1String(kRun));
    Q_EMIT m_desktop->notifications.ActionInvoked(99, QStringLiteral("default")); // somebody else's
    QTest::qWait(50);
    QCOMPARE(asked.count(), 1);
  }

  void nothingIsToldWhileThePersonLooksOrHasStoppedItOrDoesNotWantIt() {
    if (!m_desktop)
      QSKIP("dbus-daemon is not installed.");
    m_desktop->offerNotifications();
    m_desktop->notifications.shown.clear();
    Manners manners(m_desktop.get());
    QTRY_VERIFY(manners.desktop.isConnected() && manners.window.session.runsLoaded());
    const auto stateIs = [&](api::RunState state) { return manners.window.session.runs()->find(QLatin1String(kRun))->state == state; };
    manners.active = true;
    announce(manners.bench, api::RunState::Finished);
    QTRY_VERIFY(stateIs(api::RunState::Finished));
    manners.active = false;
    announce(manners.bench, api::RunState::Running);
    QTRY_VERIFY(stateIs(api::RunState::Running));
    manners.window.session.control(QLatin1String(kRun), "stop");
    QTRY_VERIFY(stateIs(api::RunState::Stopped));
    announce(manners.bench, api::RunState::Running);
    QTRY_VERIFY(stateIs(api::RunState::Running));
    manners.window.find<QCheckBox>("settings_notify")->click();
    announce(manners.bench, api::RunState::Finished);
    QTRY_VERIFY(stateIs(api::RunState::Finished));
    QTest::qWait(100);
    QCOMPARE(m_desktop->notifications.shown.size(), 0);
    manners.window.find<QCheckBox>("settings_notify")->click();
    announce(manners.bench, api::RunState::Running);
    announce(manners.bench, api::RunState::Stopped); // by itself: an early stop, a guard
    QTRY_COMPARE(m_desktop->notifications.shown.size(), 1);
    QVERIFY(m_desktop->notifications.shown[0].title.contains(QStringLiteral("has stopped")));
  }

  void theMachineStaysAwakeExactlyWhileARunWorks() {
    if (!m_desktop)
      QSKIP("dbus-daemon is not installed.");
    m_desktop->offerLogin();
    Manners manners(m_desktop.get());
    connect(manners.window.window.findChild<SettingsPage*>(), &SettingsPage::desktopChanged, &manners.desktop, &Desktop::settingsChanged);
    QTRY_VERIFY(m_desktop->login.isHeld());
    QVERIFY(manners.desktop.keepsAwake());
    QCOMPARE(m_desktop->login.what, QStringLiteral("sleep:idle"));
    QCOMPARE(m_desktop->login.mode, QStringLiteral("block"));
    announce(manners.bench, api::RunState::Paused);
    QTRY_VERIFY(!m_desktop->login.isHeld());
    announce(manners.bench, api::RunState::Running);
    QTRY_VERIFY(m_desktop->login.isHeld());
    manners.window.find<QCheckBox>("settings_awake")->click();
    QTRY_VERIFY(!m_desktop->login.isHeld());
    manners.window.find<QCheckBox>("settings_awake")->click();
    QTRY_VERIFY(m_desktop->login.isHeld());
    announce(manners.bench, api::RunState::Failed);
    QTRY_VERIFY(!m_desktop->login.isHeld());
  }

  void aRunOfAnotherMachineKeepsNobodyAwake() {
    if (!m_desktop)
      QSKIP("dbus-daemon is not installed.");
    m_desktop->offerLogin();
    const int before = m_desktop->login.asked;
    Manners manners(m_desktop.get(), true);
    QTRY_VERIFY(manners.desktop.isConnected() && manners.window.session.runsLoaded());
    QTest::qWait(100);
    QCOMPARE(m_desktop->login.asked, before);
  }

  void withoutLoginTheScreenSaverIsAsked() {
    if (!FakeDesktop::isAvailable())
      QSKIP("dbus-daemon is not installed.");
    m_desktop.reset();
    m_desktop = std::make_unique<FakeDesktop>();
    m_desktop->offerScreenSaver();
    {
      Manners manners(m_desktop.get());
      QTRY_COMPARE(m_desktop->screenSaver.held.size(), 1);
      announce(manners.bench, api::RunState::Finished);
      QTRY_COMPARE(m_desktop->screenSaver.held.size(), 0);
    }
  }

  void withoutABusNothingHappens() {
    Manners manners(nullptr);
    QTRY_VERIFY(manners.window.session.runsLoaded());
    announce(manners.bench, api::RunState::Finished);
    QTRY_COMPARE(manners.window.session.runs()->find(QLatin1String(kRun))->state, api::RunState::Finished);
    QVERIFY(!manners.desktop.isConnected() && !manners.desktop.keepsAwake());
  }

  void closingSaysOnceThatRunsGoOn() {
    Bench bench(oneRun(api::RunState::Running));
    bench.engine.listen();
    WindowSettings settings(bench.folder.path());
    Language language;
    ScriptedPrompts prompts;
    Application app(settings, language, prompts, {});
    app.setLocalEngine(localEngine(bench));
    app.open({});
    QTRY_VERIFY(app.session()->runsLoaded());
    prompts.cancel();
    QVERIFY(!app.window()->close());
    QCOMPARE(prompts.asked().size(), 1);
    QVERIFY2(prompts.asked()[0].contains(QStringLiteral("will go on")), qPrintable(prompts.asked()[0]));
    QVERIFY(app.window()->close()); // said once
    QCOMPARE(prompts.asked().size(), 1);
  }

  void anEmptyHomeOpensWithThreeWaysToBegin_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void anEmptyHomeOpensWithThreeWaysToBegin() {
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    Bench bench(fake::State{});
    bench.engine.listen();
    Window window(bench);
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("welcome"));
    QTest::qWait(50);
    QCOMPARE(test::clippedTexts(window.window), QStringList());
    QCOMPARE(controlsWithoutName(window.window), QStringList());
    test::screenshot(window.window, dark ? QStringLiteral("welcome_dark") : QStringLiteral("welcome_light"));
    m_style->setMode(ThemeMode::Light);
    if (!window.find<QWidget>("welcome_demo")->isEnabled())
      QSKIP("No model is bundled yet.");
    window.click("welcome_demo");
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    const Json spec = bench.engine.lastParams(api::method::kRunsStart).at("spec");
    QCOMPARE(QString::fromStdString(spec["method"]["type"].get<std::string>()), QStringLiteral("lora"));
    QVERIFY(spec["model"].contains("path") && spec["data"].contains("train"));
    QVERIFY(!window.settings.value(QStringLiteral("window/page")).toString().contains(QStringLiteral("welcome")));
  }

  void aHomeWithRunsDoesNotShowTheFirstPage() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    QTest::qWait(100);
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
  }

  void onesOwnModelFillsTheForm() {
    Bench bench(fake::State{});
    bench.engine.listen();
    Window window(bench);
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("welcome"));
    QTemporaryDir model;
    window.prompts.answer(model.path());
    window.click("welcome_model");
    auto* banner = window.find<QWidget>("page_welcome")->findChild<Banner*>();
    QVERIFY(banner->isVisible() && banner->text().contains(QStringLiteral("config.json")));
    QFile(model.filePath(QStringLiteral("config.json"))).open(QIODevice::WriteOnly);
    window.prompts.answer(model.path());
    window.click("welcome_model");
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QCOMPARE(QString::fromStdString(train->setup()->document()->text("model.path")), model.path());
  }

  void theDialogTestsAMachineStepByStep();
  void theStripOffersTheMachinesAndSwitches();
  void aMachineThatIsNotKnownOpensThisComputer();

private:
  static EngineOptions localEngine(const Bench& bench) {
    EngineOptions out;
    out.home = bench.folder.path();
    out.socket = bench.folder.filePath(QStringLiteral("e.sock"));
    out.startEngine = false;
    return out;
  }
  void type(const QDialog& dialog, const char* name, const char* text) {
    auto* edit = dialog.findChild<QLineEdit*>(QLatin1String(name));
    edit->clear();
    QTest::keyClicks(edit, QLatin1String(text));
  }
  std::unique_ptr<Style> m_style;
  std::unique_ptr<FakeDesktop> m_desktop;
};

void TestDesktop::theDialogTestsAMachineStepByStep() {
  QTemporaryDir home, folder;
  qputenv("LATHE_SSH", writeScript(folder, "echo \"$@\" >>" + folder.filePath(QStringLiteral("log")).toUtf8() +
                                               "\ncase \"$*\" in *--stdio*) head -c 20 >/dev/null; body='{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"home\":\"/data/lathe\"}}'; "
                                               "printf 'Content-Length: %d\\r\\n\\r\\n%s' ${#body} \"$body\"; sleep 5;; *) echo lathe-probe ssh yes; echo lathe-probe found "
                                               "/opt/lathe/bin/lathe; echo lathe-probe version 0.1.0;; esac\n").toUtf8());
  ScriptedPrompts prompts;
  HostDialog dialog(home.path(), {}, &prompts);
  test::settle(dialog, {600, 560});
  QTest::mouseClick(dialog.findChild<QWidget*>(QStringLiteral("host_test")), Qt::LeftButton);
  QVERIFY(test::visibleTexts(dialog).join(QLatin1Char('|')).contains(QStringLiteral("short name"))); // nothing is tried before the fields are right
  type(dialog, "host_name", "gpu-box");
  type(dialog, "host_target", "anna@gpu.example.org");
  type(dialog, "host_port", "2222");
  QTest::mouseClick(dialog.findChild<QWidget*>(QStringLiteral("host_test")), Qt::LeftButton);
  const auto texts = [&] { return test::visibleTexts(dialog).join(QLatin1Char('|')); };
  QTRY_VERIFY2(texts().contains(QStringLiteral("The engine answers (home /data/lathe)")), qPrintable(texts()));
  for (const char* step : {"ssh reaches anna@gpu.example.org", "lathe is /opt/lathe/bin/lathe", "Version 0.1.0 on both"})
    QVERIFY2(texts().contains(QLatin1String(step)), step);
  QTest::qWait(30);
  test::screenshot(dialog, QStringLiteral("host_dialog"));
  QCOMPARE(controlsWithoutName(dialog), QStringList());
  QSignalSpy saved(&dialog, &HostDialog::saved);
  QTest::mouseClick(dialog.findChild<QWidget*>(QStringLiteral("host_save")), Qt::LeftButton);
  QCOMPARE(saved.count(), 1);
  const auto hosts = api::readHosts(home.path().toStdString());
  QCOMPARE(hosts.size(), size_t(1));
  QCOMPARE(hosts[0].port, int64_t(2222));
  QFile log(folder.filePath(QStringLiteral("log")));
  QVERIFY(log.open(QIODevice::ReadOnly));
  const QByteArray said = log.readAll();
  QVERIFY2(said.contains("BatchMode=yes") && said.contains("-p 2222") && said.contains("-- anna@gpu.example.org"), said.constData());
}

void TestDesktop::theStripOffersTheMachinesAndSwitches() {
  QTemporaryDir folder;
  qputenv("LATHE_SSH", writeScript(folder, "echo 'u@gpu: Permission denied (publickey).' >&2; exit 255\n").toUtf8());
  Bench bench;
  bench.engine.listen();
  api::Host host;
  host.name = "gpu";
  host.target = "u@gpu";
  api::writeHosts(bench.folder.path().toStdString(), {host});
  WindowSettings settings(bench.folder.path());
  Language language;
  ScriptedPrompts prompts;
  Application app(settings, language, prompts, {});
  app.setLocalEngine(localEngine(bench));
  app.open({});
  QTRY_VERIFY(app.session()->runsLoaded());
  QTest::mouseClick(app.window()->findChild<EngineItem*>(), Qt::LeftButton);
  auto* menu = app.window()->findChild<QMenu*>(QStringLiteral("host_menu"));
  QVERIFY(menu);
  QStringList offered;
  for (QAction* action : menu->actions())
    offered << action->text();
  QCOMPARE(offered, (QStringList{QStringLiteral("This computer"), QStringLiteral("gpu"), QString(), QStringLiteral("Add a machine…")}));
  menu->actions()[1]->trigger();
  QTRY_COMPARE(app.host(), QStringLiteral("gpu"));
  QVERIFY(app.session()->isRemote());
  auto* banner = app.window()->findChild<Banner*>(QStringLiteral("engine_banner"));
  QTRY_VERIFY(banner->isVisible());
  QVERIFY2(banner->text().contains(QStringLiteral("ssh-copy-id u@gpu")), qPrintable(banner->text()));
  QCOMPARE(settings.value(QStringLiteral("host")).toString(), QStringLiteral("gpu"));
  test::screenshot(*app.window(), QStringLiteral("host_refused"));
  app.switchTo({});
  QTRY_VERIFY(app.session()->runsLoaded() && !app.session()->isRemote());
}

void TestDesktop::aMachineThatIsNotKnownOpensThisComputer() {
  Bench bench;
  bench.engine.listen();
  WindowSettings settings(bench.folder.path());
  Language language;
  ScriptedPrompts prompts;
  Application app(settings, language, prompts, {});
  app.setLocalEngine(localEngine(bench));
  app.open(QStringLiteral("gone"));
  QTRY_VERIFY(app.session()->runsLoaded());
  auto* notice = app.window()->findChild<Banner*>(QStringLiteral("window_notice"));
  QVERIFY(notice->isVisible() && notice->text().contains(QStringLiteral("gone")));
}

QTEST_MAIN(TestDesktop)
#include "tst_desktop.moc"
