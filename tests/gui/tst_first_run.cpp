// SPDX-License-Identifier: GPL-3.0-or-later
// The first ten minutes with nothing scripted: the window starts the engine, fine-tunes the bundled model on the bundled data, is closed and
// opened again, and talks to base and fine-tuned model side by side.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "ui/chat/chat_page.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QFileInfo>
#include <QTest>

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

  void cleanupTestCase() {
    EngineOptions last = options();
    last.startEngine = false; // or the client would start it again at once
    EngineClient client(last);
    client.start();
    if (QTest::qWaitFor([&] { return client.state() == LinkState::Connected; }, 3000))
      client.tell(api::method::kShutdown, Json::object());
    QTest::qWait(500);
  }

private:
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
