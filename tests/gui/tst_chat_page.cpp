// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/style/style.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSlider>
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
    auto* back = window.find<QWidget>("version_back_0");
    QTRY_VERIFY(back->isVisible() && back->isEnabled());
    window.click("version_back_0");
    QTRY_VERIFY(!back->isEnabled());
    QVERIFY(bench.engine.calls(api::method::kChatsChoose) == 1); // the conversation goes on from what is shown
    QVERIFY(page->pane(0)->transcript()->toPlainText().contains(QStringLiteral("version 1 of 2")));
    window.click("copy_reply_0");
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("Unfortunately")));
  }

  /// The flow "branch a chat", by mouse and by keys: nothing that was said goes away.
  void aConversationBranchesAndEveryBranchStays() {
    Bench bench;
    bench.engine.setPiecesPerTick(50);
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    say(window, page, QStringLiteral("Second question"));
    Transcript* transcript = page->pane(0)->transcript();
    // The bar over the person's second message: edit in place.
    const qint64 second = idOf(bench, "Second question");
    QTest::mouseMove(transcript->viewport(), transcript->rectOf(second, 3).center());
    QTRY_VERIFY(transcript->findChild<QWidget*>(QStringLiteral("message_bar"))->isVisible());
    QTest::mouseClick(transcript->findChild<QWidget*>(QStringLiteral("message_edit")), Qt::LeftButton);
    QTRY_VERIFY(transcript->editor()->isVisible());
    QCOMPARE(transcript->editor()->text(), QStringLiteral("Second question"));
    test::screenshot(window.window, QStringLiteral("chat_edit"));
    auto* field = transcript->editor()->findChild<QPlainTextEdit*>(QStringLiteral("inline_text"));
    QTest::keyClick(field, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(field, QStringLiteral("Better question"));
    QTest::keyClick(field, Qt::Key_Return);
    settle(page);
    QTRY_VERIFY(transcript->toPlainText().contains(QStringLiteral("Better question")));
    QVERIFY(!transcript->toPlainText().contains(QStringLiteral("Second question")));
    // Keys: back to the first wording, escape leaves an edit without a trace.
    const qint64 better = idOf(bench, "Better question");
    transcript->setFocus();
    transcript->setCurrentMessage(better);
    QTest::keyClick(transcript, Qt::Key_Left, Qt::AltModifier);
    QTRY_VERIFY(transcript->toPlainText().contains(QStringLiteral("Second question")));
    transcript->setCurrentMessage(second);
    QTest::keyClick(transcript, Qt::Key_F2);
    QVERIFY(transcript->editor()->isVisible());
    QTest::keyClick(transcript->editor()->findChild<QWidget*>(QStringLiteral("inline_text")), Qt::Key_Escape);
    QVERIFY(!transcript->editor()->isVisible());
    // Branch after the first reply; what followed is one click away.
    const int64_t firstReply = bench.engine.state().chats[1].messages[1].id;
    transcript->setCurrentMessage(firstReply);
    QTest::keyClick(transcript, Qt::Key_B, Qt::ControlModifier);
    QTRY_VERIFY(!transcript->toPlainText().contains(QStringLiteral("Second question")));
    QTRY_VERIFY(window.find<QWidget>("goes_on_0")->isVisible());
    say(window, page, QStringLiteral("Third question"));
    QTRY_VERIFY(transcript->toPlainText().contains(QStringLiteral("version 3 of 3")));
    QVERIFY(!window.find<QWidget>("goes_on_0")->isVisible());
    // A reply in other words.
    const int64_t last = bench.engine.state().chats[1].messages.back().id;
    const size_t before = bench.engine.state().chats[1].messages.size();
    page->pane(1)->transcript()->editMessage(last);
    auto* other = page->pane(1)->transcript()->editor();
    QTest::keyClick(other->findChild<QWidget*>(QStringLiteral("inline_text")), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(other->findChild<QWidget*>(QStringLiteral("inline_text")), QStringLiteral("Mine"));
    QTest::mouseClick(other->findChild<QWidget*>(QStringLiteral("inline_accept")), Qt::LeftButton);
    QTRY_VERIFY(page->pane(1)->transcript()->toPlainText().endsWith(QStringLiteral("Mine")));
    const auto chat = bench.engine.state().chats[1];
    QCOMPARE(chat.messages.size(), before + 1);
    for (const char* text : {"Second question", "Better question", "Third question"})
      QVERIFY(idOf(bench, text) != 0);
  }

  void wordsThatWereRefusedAreStillThere() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTRY_VERIFY(!page->pane(0)->isStreaming());
    const int64_t message = bench.engine.state().chats[1].messages[0].id;
    bench.engine.refuse(api::method::kChatsEdit, "The disk is full.");
    auto* transcript = page->pane(0)->transcript();
    transcript->editMessage(message);
    auto* text = transcript->editor()->findChild<QPlainTextEdit*>(QStringLiteral("inline_text"));
    QTest::keyClick(text, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(text, QStringLiteral("Long thought about"));
    QTest::mouseClick(transcript->editor()->findChild<QWidget*>(QStringLiteral("inline_accept")), Qt::LeftButton);
    QTRY_COMPARE(bench.engine.calls(api::method::kChatsEdit), 1);
    QTRY_VERIFY(transcript->editor()->isVisible());
    QCOMPARE(text->toPlainText(), QStringLiteral("Long thought about"));
  }

  void theAdapterStrengthHoldsFromTheNextMessageOn() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QVERIFY(!window.find<QWidget>("strength_row_0")->isVisible()); // no adapter, no slider
    auto* slider = window.find<QSlider>("strength_1");
    QVERIFY(slider->isVisible());
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(window.find<QLabel>("strength_value_1")->text(), QStringLiteral("1.05×"));
    QTRY_COMPARE(bench.engine.state().chats[1].panes[1].strength, 1.05);
    QTest::keyClick(slider, Qt::Key_Home);
    QTRY_COMPARE(bench.engine.state().chats[1].panes[1].strength, 0.0);
    QTest::keyClick(slider, Qt::Key_End);
    QTRY_COMPARE(bench.engine.state().chats[1].panes[1].strength, 2.0);
    QTest::mouseDClick(slider, Qt::LeftButton);
    QTRY_COMPARE(bench.engine.state().chats[1].panes[1].strength, 1.0);
    QCOMPARE(page->pane(1)->choice().strength, 1.0);
    QCOMPARE(bench.engine.state().chats[1].panes[0].strength, 1.0);
  }

  void aPaneHasParametersOfItsOwnWhereItNeedsThem() {
    Bench bench;
    bench.engine.listen();
    Window window(bench);
    open(window, 1);
    window.click("toggle_parameters");
    auto* scope = window.window.findChild<SegmentedSwitch*>(QStringLiteral("parameters_scope"));
    QTRY_VERIFY(scope->isVisible());
    scope->setFocus();
    QTest::keyClick(scope, Qt::Key_Right);
    QTest::keyClick(scope, Qt::Key_Right);
    QCOMPARE(scope->current(), QStringLiteral("2"));
    auto* temperature = window.find<NumberField>("sampling_temperature");
    QVERIFY(!window.find<QWidget>("sampling_seed")->isEnabled()); // the same seed for all
    temperature->setFocus();
    temperature->selectAll();
    QTest::keyClicks(temperature, QStringLiteral("0.2"));
    QTest::keyClick(temperature, Qt::Key_Return);
    QTRY_VERIFY(bench.engine.state().chats[1].panes[1].sampling.has_value());
    QCOMPARE(bench.engine.state().chats[1].panes[1].sampling->temperature, 0.2);
    QVERIFY(!bench.engine.state().chats[1].panes[0].sampling.has_value());
    QCOMPARE(bench.engine.state().chats[1].sampling.temperature, api::Sampling().temperature);
    test::screenshot(window.window, QStringLiteral("chat_parameters"));
    QTest::mouseClick(window.find<QWidget>("parameters_as_all"), Qt::LeftButton);
    QTRY_VERIFY(!bench.engine.state().chats[1].panes[1].sampling.has_value());
    QCOMPARE(temperature->value(), api::Sampling().temperature);
  }

  void fourPanesAnswerSideBySide() {
    Bench bench;
    bench.engine.setPiecesPerTick(50);
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    window.window.findChild<SegmentedSwitch*>(QStringLiteral("pane_count"))->setFocus();
    QTest::keyClick(window.find<QWidget>("pane_count"), Qt::Key_Right);
    QTRY_VERIFY(page->pane(2) != nullptr);
    QTest::keyClick(window.find<QWidget>("pane_count"), Qt::Key_Right);
    QTRY_VERIFY(page->pane(3) != nullptr);
    QTRY_COMPARE(window.find<QPushButton>("regenerate_3")->text(), QStringLiteral("Answer")); // this pane came later
    window.click("regenerate_3");
    settle(page);
    QTRY_VERIFY(page->pane(3)->transcript()->toPlainText().contains(QStringLiteral("Reply")));
    say(window, page, QStringLiteral("All of you"));
    for (int pane = 0; pane < 4; ++pane) {
      QVERIFY(page->pane(pane)->transcript()->toPlainText().contains(QStringLiteral("All of you")));
      QVERIFY2(window.window.findChild<QLabel*>(QStringLiteral("pane_stats_%1").arg(pane))->text().contains(QStringLiteral("tok/s")), "figures of every pane");
    }
    test::screenshot(window.window, QStringLiteral("chat_four_panes"));
    QVERIFY2(test::clippedTexts(window.window).isEmpty(), qPrintable(test::clippedTexts(window.window).join('\n')));
    QVERIFY2(test::overlappingTexts(window.window).isEmpty(), qPrintable(test::overlappingTexts(window.window).join('\n')));
    QVERIFY2(controlsWithoutName(window.window).isEmpty(), qPrintable(controlsWithoutName(window.window).join('\n')));
  }

  void tokensAreColouredAndAnAlternativeBranches() {
    Bench bench;
    bench.engine.setPiecesPerTick(50);
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 3);
    Transcript* transcript = page->pane(0)->transcript();
    auto* colours = window.window.findChild<SegmentedSwitch*>(QStringLiteral("token_colours"));
    colours->setFocus();
    QTest::keyClick(colours, Qt::Key_Right);
    QTRY_COMPARE(bench.engine.state().chats[3].sampling.logprobs, 5);
    say(window, page, QStringLiteral("Colour"));
    QTRY_VERIFY(!transcript->extraSelections().isEmpty());
    QTRY_VERIFY(bench.engine.state().chats[3].messages.back().traced);
    const auto chat = bench.engine.state().chats[3];
    const auto words = fake::pieces(chat.messages.back().text);
    const auto shown = transcript->extraSelections();
    QCOMPARE(shown.size(), static_cast<qsizetype>(words.size() - (words.size() + 2) / 3)); // every third word is sure
    QCOMPARE(shown[0].cursor.selectedText(), QString::fromStdString(words[1]));
    QVERIFY(shown[0].format.underlineStyle() != shown[1].format.underlineStyle()); // not by colour alone
    QTest::keyClick(colours, Qt::Key_Right);
    QTRY_COMPARE(transcript->extraSelections().size(), shown.size());
    // Closed and opened again: the tokens come from the engine.
    page->openChat(1);
    QTRY_COMPARE(page->currentChat(), 1);
    page->openChat(3);
    QTRY_COMPARE(page->currentChat(), 3);
    QTRY_COMPARE(transcript->extraSelections().size(), shown.size());
    const int second = static_cast<int>(words[0].size()) + 1;
    const QPoint over = transcript->rectOf(chat.messages.back().id, second).center() + QPoint(2, 0);
    QTest::mouseMove(transcript->viewport(), over);
    QTRY_VERIFY(transcript->popup()->isVisible());
    test::screenshot(window.window, QStringLiteral("chat_tokens"));
    QVERIFY(transcript->popup()->findChild<QAbstractButton*>(QStringLiteral("alternative_1"))->accessibleName().contains(QStringLiteral("2.0 %")));
    QTest::mouseClick(transcript->popup()->findChild<QAbstractButton*>(QStringLiteral("alternative_1")), Qt::LeftButton);
    settle(page);
    const QString text = transcript->toPlainText();
    QVERIFY2(text.contains(QString::fromStdString(words[0]) + QStringLiteral(" instead")), qPrintable(text));
    const Json asked = bench.engine.lastParams(api::method::kChatsRegenerate);
    QVERIFY(asked["keep"] == 1 && asked["token"] == 7);
    QCOMPARE(bench.engine.state().chats[3].messages.size(), chat.messages.size() + 1);
    // The same by keys.
    transcript->setFocus();
    transcript->setCurrentMessage(bench.engine.state().chats[3].messages.back().id);
    QTest::keyClick(transcript, Qt::Key_Return, Qt::AltModifier);
    QVERIFY(transcript->popup()->isVisible());
    QTest::keyClick(transcript->popup(), Qt::Key_Escape);
    QVERIFY(!transcript->popup()->isVisible());
  }

  void tokenGroundsKeepTheTextReadable() {
    for (const bool dark : {false, true}) {
      m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
      for (int step = 1; step < tokens::kSteps; ++step) {
        const double contrast = contrastRatio(Style::theme().text, tokens::formatOf(step).background().color());
        QVERIFY2(contrast >= 4.5, qPrintable(QStringLiteral("step %1 %2: %3").arg(step).arg(dark ? "dark" : "light").arg(contrast)));
      }
    }
    m_style->setMode(ThemeMode::Light);
  }

  void searchFindsWhatWasSaidAndOpensIt() {
    Bench bench;
    bench.engine.change([](fake::State& state) {
      auto& chat = state.chats[4];
      for (int turn = 0; turn < 40; ++turn) {
        api::ChatMessage message;
        message.id = 1000 + 2 * turn;
        message.parent = turn == 0 ? 0 : message.id - 2;
        message.role = "user";
        message.text = "Question " + std::to_string(turn);
        message.state = "done";
        if (turn > 0)
          message.follows = {message.id - 1};
        chat.messages.push_back(message);
        message.follows.clear();
        message.parent = message.id++;
        message.role = "assistant";
        message.pane = 0;
        message.text = turn == 7 ? "There is a lighthouse beside it" : "No";
        chat.messages.push_back(message);
      }
    });
    bench.engine.listen();
    Window window(bench);
    ChatPage* page = open(window, 1);
    QTest::keyClicks(window.find<QWidget>("chat_search"), QStringLiteral("lighthouse"));
    auto* hits = window.find<QListView>("chat_hits");
    QTRY_VERIFY(hits->isVisible());
    QCOMPARE(hits->model()->rowCount(), 1);
    QTest::mouseClick(hits->viewport(), Qt::LeftButton, {}, hits->visualRect(hits->model()->index(0, 0)).center());
    QTRY_COMPARE(page->currentChat(), 4);
    QTRY_COMPARE(page->pane(0)->transcript()->textCursor().selectedText(), QStringLiteral("lighthouse"));
    const QRect place = page->pane(0)->transcript()->cursorRect();
    QVERIFY(page->pane(0)->transcript()->viewport()->rect().contains(place));
    test::screenshot(window.window, QStringLiteral("chat_search"));
    window.find<QLineEdit>("chat_search")->clear();
    QTRY_VERIFY(!hits->isVisible());
  }

  void aLongLineIsCopiedAsItWasWritten() {
    Transcript transcript;
    std::string line;
    for (int word = 0; word < 2000; ++word)
      line += "word" + std::to_string(word) + " ";
    line += "\nsecond line";
    transcript.setMessages({{1, false, false, false, line, {}, "done", 1, 1}});
    QVERIFY(transcript.document()->blockCount() > 10);
    transcript.selectAll();
    transcript.copy();
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("You\n") + QString::fromStdString(line));
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
  static void settle(ChatPage* page) {
    QTest::qWait(60);
    (void)QTest::qWaitFor([&] {
      for (int pane = 0; page->pane(pane); ++pane)
        if (page->pane(pane)->isStreaming())
          return false;
      return true;
    });
    QTest::qWait(20);
  }
  static void say(Window& window, ChatPage* page, const QString& text) {
    QTest::keyClicks(window.find<QWidget>("composer"), text);
    QTest::keyClick(window.find<QWidget>("composer"), Qt::Key_Return);
    settle(page);
  }
  static qint64 idOf(Bench& bench, const std::string& text) {
    for (const auto& message : bench.engine.state().chats[1].messages)
      if (message.text == text)
        return message.id;
    return 0;
  }
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
