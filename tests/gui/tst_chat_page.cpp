// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "ui/chat/chat_page.h"
#include "ui/style/style.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QScrollBar>
#include <QTest>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

class TestChatPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void bothPanesStreamTheirOwnReply() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTest::keyClicks(window.find<QWidget>("composer"), QStringLiteral("Where is it?"));
    QTest::keyClick(window.find<QWidget>("composer"), Qt::Key_Return);
    QTRY_VERIFY(page->pane(0)->isStreaming() && page->pane(1)->isStreaming());
    QVERIFY(window.find<QWidget>("chat_stop")->isVisible());
    QTRY_COMPARE(window.find<QLabel>("pane_stats_0")->text(), QStringLiteral("writing…")); // the first piece ends the loading
    QVERIFY2(!page->pane(0)->transcript()->toPlainText().contains(QStringLiteral("Loading")), qPrintable(page->pane(0)->transcript()->toPlainText()));
    QTRY_VERIFY(!page->pane(0)->isStreaming() && !page->pane(1)->isStreaming());
    const auto chat = bench.engine.state().chats[1];
    for (int pane = 0; pane < 2; ++pane) {
      const QString reply = QString::fromStdString(fake::replyText(chat.panes[static_cast<size_t>(pane)], ""));
      const QString text = page->pane(pane)->transcript()->toPlainText();
      QVERIFY2(text.endsWith(reply), qPrintable(text));
      QCOMPARE(text.count(QStringLiteral("Where is it?")), 1);
    }
    QVERIFY(window.find<QPlainTextEdit>("composer")->toPlainText().isEmpty());
  }

  void shiftEnterStartsANewLine() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    open(window, 1);
    auto* composer = window.find<QPlainTextEdit>("composer");
    QTest::keyClicks(composer, QStringLiteral("a"));
    QTest::keyClick(composer, Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClicks(composer, QStringLiteral("b"));
    QCOMPARE(composer->document()->lineCount(), 2);
    QCOMPARE(bench.engine.calls(api::method::kChatsSend), 0);
  }

  void stopKeepsWhatWasSaid() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTest::keyClicks(window.find<QWidget>("composer"), QStringLiteral("Hello"));
    window.click("chat_send");
    QTRY_VERIFY(page->pane(0)->isStreaming());
    QTest::qWait(200);
    QCOMPARE(window.window.focusWidget(), window.find<QWidget>("composer")); // one can go on typing
    window.click("chat_stop");
    QTRY_VERIFY(!page->pane(0)->isStreaming());
    QCOMPARE(page->currentChat(), 1);
    QVERIFY(page->pane(0)->transcript()->toPlainText().contains(QStringLiteral("Hello")));
    QCOMPARE(window.window.focusWidget(), window.find<QWidget>("composer"));
    QTRY_VERIFY(window.find<QWidget>("chat_send")->isVisible());
  }

  void regeneratingAddsASiblingAndTheOldReplyStaysReachable() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTRY_VERIFY(window.find<QWidget>("regenerate_0")->isVisible());
    window.click("regenerate_0");
    QTRY_VERIFY(page->pane(0)->isStreaming());
    QTRY_VERIFY(!page->pane(0)->isStreaming());
    auto* back = window.window.findChild<ChatPaneView*>(QStringLiteral("pane_0"))->findChildren<IconButton*>().front();
    QTRY_VERIFY(back->isVisible() && back->isEnabled());
    QTest::mouseClick(back, Qt::LeftButton);
    QVERIFY(!back->isEnabled());
    window.click("copy_reply_0");
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("Unfortunately")));
  }

  void streamingDoesNotMoveWhatIsBeingRead() {
    Bench bench;
    bench.engine.change([](fake::State& state) {
      auto& message = state.chats[1].messages[1];
      for (int line = 0; line < 200; ++line)
        message.text += "\nline " + std::to_string(line);
    });
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QScrollBar* bar = page->pane(0)->transcript()->verticalScrollBar();
    QTRY_VERIFY(bar->maximum() > 10);
    bar->setValue(3);
    QTest::keyClicks(window.find<QWidget>("composer"), QStringLiteral("Hello"));
    window.click("chat_send");
    QTRY_VERIFY(page->pane(0)->isStreaming());
    QTRY_VERIFY(!page->pane(0)->isStreaming());
    QCOMPARE(bar->value(), 3);
    bar->setValue(bar->maximum());
    QTest::keyClicks(window.find<QWidget>("composer"), QStringLiteral("Again"));
    window.click("chat_send");
    QTRY_VERIFY(page->pane(0)->isStreaming());
    QTRY_VERIFY(!page->pane(0)->isStreaming());
    QVERIFY(bar->value() >= bar->maximum() - 2);
  }

  void markupInAReplyStaysText() {
    Bench bench;
    bench.engine.change([](fake::State& state) { state.chats[1].messages[1].text = "<b>bold</b> &amp; <img src=x>"; });
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTRY_VERIFY(page->pane(0)->transcript()->toPlainText().contains(QStringLiteral("<b>bold</b> &amp; <img src=x>")));
  }

  void aConversationIsDeletedWithUndo() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    open(window, 1);
    const int before = window.session.chats()->rowCount();
    window.click("chat_delete");
    QTRY_COMPARE(window.session.chats()->rowCount(), before - 1);
    auto* undo = window.find<QWidget>("chat_side")->findChild<UndoBar*>();
    QTest::mouseClick(undo->undoButton(), Qt::LeftButton);
    QTRY_COMPARE(window.session.chats()->rowCount(), before);
  }

  void chatWithARunComparesBaseAndFineTunedModel() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    window.session.chatWithRun(QStringLiteral("20261122-140211-support-tone"));
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("chat"));
    auto* page = static_cast<ChatPage*>(window.window.currentPage());
    QTRY_VERIFY(page->pane(1) != nullptr);
    QVERIFY(page->pane(0)->choice().adapterPath.empty());
    QCOMPARE(page->pane(1)->choice().adapterPath, std::string("/runs/20261122-140211-support-tone/adapter"));
  }

  void theConversationThatWasAskedForStaysWhenThePageOpensWithOthers() {
    Bench bench;
    bench.engine.setAnswerDelay(api::method::kChatsGet, 30);
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.chats()->rowCount() > 1);
    auto* page = static_cast<ChatPage*>(window.window.page(QStringLiteral("chat")));
    const qint64 last = window.session.chats()->chats().back().id;
    page->openChat(last);
    window.window.showPage(QStringLiteral("chat")); // would open the newest one
    QTRY_COMPARE(page->currentChat(), last);
    QTest::qWait(120);
    QCOMPARE(page->currentChat(), last);
    page->openChat(window.session.chats()->chats().front().id);
    page->openChat(window.session.chats()->chats()[1].id); // before the first answer
    QTest::qWait(150);
    QCOMPARE(page->currentChat(), window.session.chats()->chats()[1].id);
  }

  void theFirstConversationIsReadyToBeTypedInto() {
    Bench bench;
    bench.engine.change([](fake::State& state) { state.chats.clear(); });
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    window.session.chatWithRun(QStringLiteral("20261122-140211-support-tone"));
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("chat"));
    QTRY_VERIFY(static_cast<ChatPage*>(window.window.currentPage())->pane(1) != nullptr);
    QTRY_COMPARE(window.window.focusWidget(), window.find<QWidget>("composer"));
  }

  void theWordsStayWhenTheyCouldNotBeSent() {
    Bench bench;
    bench.engine.refuse(api::method::kChatsSend, "The disk is full.");
    bench.engine.listen();
    Window window(bench);
    open(window, 1);
    QTest::keyClicks(window.find<QWidget>("composer"), QStringLiteral("Hello"));
    window.click("chat_send");
    QTRY_COMPARE(window.find<QPlainTextEdit>("composer")->toPlainText(), QStringLiteral("Hello"));
  }

private:
  static ChatPage* open(Window& window, qint64 chat) {
    window.window.showPage(QStringLiteral("chat"));
    auto* page = static_cast<ChatPage*>(window.window.currentPage());
    (void)QTest::qWaitFor([&] { return window.session.chats()->rowCount() > 0; });
    page->openChat(chat);
    (void)QTest::qWaitFor([&] { return page->currentChat() == chat; });
    return page;
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestChatPage)
#include "tst_chat_page.moc"
