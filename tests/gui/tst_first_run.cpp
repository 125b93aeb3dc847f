// SPDX-License-Identifier: GPL-3.0-or-later
// The first ten minutes with nothing scripted: the window starts the engine, fine-tunes the bundled model on the bundled data, is closed and
// opened again, and talks to base and fine-tuned model side by side.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "ui/chat/chat_page.h"
#include "ui/shell/hosts/remote_prompts.h"
#include "ui/style/style.h"
#include "ui/train/recipes.h"
#include "ui/train/train_page.h"

#include <QFileInfo>
#include <QLineEdit>
#include <QListWidget>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace lathe;
using namespace lathe::ui;
using fake::Window;

namespace {

constexpr int kStartMs = 20000, kTrainMs = 180000, kReplyMs = 60000;

TrainPage* trainPage(Window& window) { return static_cast<TrainPage*>(window.window.page(QStringLiteral("train"))); }

} // namespace

class TestFirstRun : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    for (const char* program : {"/lathe", "/lathe-worker"})
      if (!QFileInfo(QStringLiteral(LATHE_BUILD_BIN) + QString::fromUtf8(program)).isExecutable())
        QSKIP("lathe or lathe-worker is not built here: the real first run cannot be driven.");
    m_style = std::make_unique<Style>(*qApp);
  }

  void fromAnEmptyHomeToAnAnswerOfTheFineTunedModel() {
    QString run;
    {
      Window window(options());
      QTRY_COMPARE_WITH_TIMEOUT(window.session.client()->state(), LinkState::Connected, kStartMs);
      window.window.showPage(QStringLiteral("train"));
      if (!window.find<QWidget>("recipe_first"))
        QSKIP("No model is bundled yet.");
      window.click("recipe_first");
      QTRY_VERIFY_WITH_TIMEOUT(window.find<QWidget>("start")->isEnabled(), kStartMs);
      window.click("start");
      auto* view = trainPage(window)->runView();
      QTRY_VERIFY_WITH_TIMEOUT(view->history() && view->history()->rows().size() >= 3, kTrainMs);
      run = view->run();
    }
    Window again(options());
    auto* view = trainPage(again)->runView();
    QTRY_VERIFY_WITH_TIMEOUT(again.session.runsLoaded() && again.session.runs()->find(run), kStartMs);
    trainPage(again)->showRun(run);
    QTRY_COMPARE_WITH_TIMEOUT(view->history()->summary().state, api::RunState::Finished, kTrainMs);
    QTRY_COMPARE(static_cast<int64_t>(view->history()->rows().size()), view->history()->summary().totalSteps);
    const auto& rows = view->history()->rows();
    for (size_t i = 0; i < rows.size(); ++i)
      QCOMPARE(rows[i].step, static_cast<int64_t>(i + 1));
    QVERIFY2(rows.back().loss < rows.front().loss, qPrintable(QStringLiteral("%1 then %2").arg(rows.front().loss).arg(rows.back().loss)));

    again.click("run_chat");
    auto* chat = static_cast<ChatPage*>(again.window.page(QStringLiteral("chat")));
    QTRY_VERIFY_WITH_TIMEOUT(chat->pane(1), kStartMs);
    QTest::keyClicks(again.find<QWidget>("composer"), QStringLiteral("What is 2 + 6?"));
    QTRY_VERIFY(again.find<QWidget>("chat_send")->isEnabled());
    again.click("chat_send");
    for (int pane = 0; pane < 2; ++pane)
      QTRY_VERIFY_WITH_TIMEOUT(again.find<QWidget>(pane == 0 ? "regenerate_0" : "regenerate_1")->isVisible(), kReplyMs);
    qInfo("base: %s", qPrintable(chat->pane(0)->transcript()->toPlainText()));
    qInfo("fine-tuned: %s", qPrintable(chat->pane(1)->transcript()->toPlainText()));
    QVERIFY(chat->pane(0)->transcript()->toPlainText() != chat->pane(1)->transcript()->toPlainText());
  }

  void oneClickOnTheFirstPageTrains() {
    QTemporaryDir home;
    EngineOptions fresh = options();
    fresh.home = home.path();
    {
      Window window(fresh);
      QTRY_VERIFY_WITH_TIMEOUT(window.window.currentPage()->key() == QStringLiteral("welcome"), kStartMs);
      if (!window.find<QWidget>("welcome_demo")->isEnabled())
        QSKIP("No model is bundled yet.");
      window.click("welcome_demo"); // the only click
      auto* view = trainPage(window)->runView();
      QTRY_VERIFY_WITH_TIMEOUT(view->history() && view->history()->rows().size() >= 2, kTrainMs);
      QCOMPARE(QString::fromStdString(view->history()->summary().method).left(4), QStringLiteral("LoRA"));
      endRun(window, view->run());
    }
    shutDown(home.path());
  }

  void anotherMachineOverAPipe() {
    QTemporaryDir there, folder;
    QFile script(folder.filePath(QStringLiteral("ssh")));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write("#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\necho $$ >>" + folder.filePath(QStringLiteral("pids")).toUtf8() + "\nexec sh -c \"exec env $*\"\n");
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    script.close();
    qputenv("LATHE_SSH", script.fileName().toUtf8());
    EngineOptions far = options();
    far.host = api::Host{"there", "me@there", 0, {}, LATHE_BUILD_BIN "/lathe", there.path().toStdString()};
    far.firstRetryMs = 50;
    workFarAway(far, folder.filePath(QStringLiteral("pids")));
    qunsetenv("LATHE_SSH");
    shutDown(there.path());
  }

  void cleanupTestCase() { shutDown(m_home.path()); }

private:
  void workFarAway(const EngineOptions& far, const QString& pids) {
    Window window(far);
    QTRY_COMPARE_WITH_TIMEOUT(window.session.client()->state(), LinkState::Connected, kStartMs);
    QCOMPARE(QString::fromStdString(stringOr(window.session.client()->hello(), "home", "")), QString::fromStdString(far.host->home));
    const auto known = recipes();
    const auto first = std::find_if(known.begin(), known.end(), [](const Recipe& recipe) { return recipe.key == QStringLiteral("first"); });
    if (first == known.end())
      QSKIP("No model is bundled yet.");
    SpecDocument document;
    document.setAll(first->settings);
    document.setAll({{"training.steps", 5000}});
    window.session.client()->tell(api::method::kRunsStart, {{"spec", document.json()}, {"name", "far"}});
    QTRY_VERIFY_WITH_TIMEOUT(!window.session.runs()->runs().empty(), kStartMs);
    const QString run = QString::fromStdString(window.session.runs()->runs().front().id);
    trainPage(window)->showRun(run);
    auto* view = trainPage(window)->runView();
    QTRY_VERIFY_WITH_TIMEOUT(view->history() && view->history()->rows().size() >= 3, kTrainMs);
    chooseOverThere(window, QString::fromStdString(far.host->home));
    QSignalSpy back(window.session.client(), &EngineClient::connected);
    for (int i = 0; i < 3; ++i) { // the pipe breaks while rows come
      const size_t had = view->history()->rows().size();
      QVERIFY(breakPipe(pids));
      QTRY_COMPARE_WITH_TIMEOUT(back.count(), i + 1, kStartMs);
      QVERIFY(back.last()[0].toBool()); // continued: no event was missed
      QTRY_VERIFY_WITH_TIMEOUT(view->history()->rows().size() >= had + 2, kTrainMs);
    }
    window.click("run_pause");
    QTRY_COMPARE_WITH_TIMEOUT(view->history()->summary().state, api::RunState::Paused, kTrainMs);
    const auto& rows = view->history()->rows();
    for (size_t i = 0; i < rows.size(); ++i)
      QCOMPARE(rows[i].step, static_cast<int64_t>(i + 1));
    qInfo("%zu rows over four pipes, no gap and no duplicate", rows.size());
    endRun(window, run);
  }

  /// The chooser shows folders of the machine that the engine runs on.
  static void chooseOverThere(Window& window, const QString& home) {
    RemoteChooser chooser(*window.session.client(), QStringLiteral("Choose"), home, true);
    chooser.show();
    auto* list = chooser.findChild<QListWidget*>(QStringLiteral("remote_list"));
    QTRY_VERIFY(!list->findItems(QStringLiteral("runs"), Qt::MatchExactly).isEmpty());
    auto* runs = list->findItems(QStringLiteral("runs"), Qt::MatchExactly).first();
    list->setCurrentItem(runs);
    QCOMPARE(chooser.path(), home + QStringLiteral("/runs"));
    Q_EMIT list->itemActivated(runs);
    QTRY_COMPARE(chooser.findChild<QLineEdit*>(QStringLiteral("remote_path"))->text(), home + QStringLiteral("/runs"));
    QTRY_VERIFY(list->count() >= 2); // the way up, and the run
    Q_EMIT list->itemActivated(list->item(0));
    QTRY_COMPARE(chooser.findChild<QLineEdit*>(QStringLiteral("remote_path"))->text(), home);
  }
  /// SIGKILL to the newest process that stands for ssh.
  static bool breakPipe(const QString& pids) {
    QFile file(pids);
    return file.open(QIODevice::ReadOnly) && ::kill(file.readAll().trimmed().split('\n').last().toInt(), SIGKILL) == 0;
  }
  static void endRun(Window& window, const QString& run) {
    window.session.control(run, "stop");
    QTRY_VERIFY_WITH_TIMEOUT(api::isEnded(window.session.runs()->find(run)->state), kTrainMs);
  }
  void shutDown(const QString& home) const {
    EngineOptions last = options();
    last.home = home;
    last.startEngine = false; // or the client would start it again at once
    EngineClient client(last);
    client.start();
    if (QTest::qWaitFor([&] { return client.state() == LinkState::Connected; }, 3000))
      client.tell(api::method::kShutdown, Json::object());
    QTest::qWait(500);
  }
  EngineOptions options() const {
    EngineOptions out;
    out.home = m_home.path();
    out.program = QStringLiteral(LATHE_BUILD_BIN "/lathe");
    return out;
  }
  QTemporaryDir m_home;
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestFirstRun)
#include "tst_first_run.moc"
