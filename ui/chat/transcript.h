// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/chat/message_bar.h"
#include "ui/chat/token_colours.h"
#include "ui/chat/token_popup.h"

#include <QPlainTextEdit>
#include <QTimer>

#include <functional>

namespace lathe::ui {

/// A message and where it stands among its versions.
struct ShownMessage {
  int64_t id = 0;
  bool reply = false, edited = false, traced = false;
  std::string text, error, state;
  int version = 1, versions = 1;
};

/// The messages of one pane as plain text, always: nothing in a reply is interpreted. Grows at the end without touching what is above;
/// follows the end only while the person is there. Lines of any length are shown in parts, because a line is laid out as a whole.
class Transcript : public QPlainTextEdit {
  Q_OBJECT
public:
  explicit Transcript(QWidget* parent = nullptr);
  void setMessages(std::vector<ShownMessage> messages);
  /// Adds to the last message.
  void appendPiece(const QString& piece, const std::vector<api::TokenTrace>& tokens = {}, size_t before = 0); // after so many tokens
  /// Tokens of a finished reply, after tokensWanted().
  void setTokens(qint64 message, std::vector<api::TokenTrace> tokens);
  void setColour(TokenColour by);
  /// Whether something may be asked of the engine now.
  void setBusy(bool busy);
  /// Shows a message and selects the first place of `text` in it.
  void reveal(qint64 message, const QString& text);
  /// The message that keys and menu act on: where the text cursor is.
  qint64 currentMessage() const;
  void setCurrentMessage(qint64 message);
  /// Opens the editor in place; with `words` instead of the message's own text (those that could not be sent).
  void editMessage(qint64 message, const QString& words = {});
  InlineEditor* editor() const { return m_editor; }
  TokenPopup* popup() const { return m_popup; }
  /// Of a message's character (UTF-16), in the viewport; for tests.
  QRect rectOf(qint64 message, int offset) const;

Q_SIGNALS:
  void tokensWanted(qint64 message);
  void editAccepted(qint64 message, const QString& text);
  void regenerateRequested(qint64 message);
  void branchRequested(qint64 message);
  void versionRequested(qint64 message, int by);
  void alternativeChosen(qint64 message, int place, qint64 token);

protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  QMimeData* createMimeDataFromSelection() const override;

private:
  struct Entry {
    ShownMessage message;
    int start = -1, body = 0; // where it and its text begin in the document; −1: not there yet
    std::vector<int> breaks;  // places in the text (UTF-16) where a long line is broken, each one character more in the document
    int length = 0;           // of the text (UTF-16)
    int lastLine = 0;         // length of what follows the last line end or break
    std::vector<api::TokenTrace> tokens;
    std::vector<int> tokenEnds; // in the text (UTF-16), of those whose text is here
    size_t tokenBytes = 0;      // of the text, up to the last of them
    bool asked = false;
  };
  void build();
  void write(size_t first, int from);
  void writeEntries(QTextCursor& cursor, size_t first, size_t end);
  void fillEarlier();
  void fillUpTo(qint64 message);
  QString broken(Entry& entry, const QString& text);
  void keepingPlace(const std::function<void()>& edit);
  Entry* entryOf(qint64 message);
  const Entry* entryAt(int position) const;
  int positionOf(const Entry& entry, int offset) const;
  int offsetOf(const Entry& entry, int position) const;
  void measureTokens(Entry& entry);
  void colourVisible();
  void colourEntry(Entry& entry, int from, int to, QList<QTextEdit::ExtraSelection>& out);
  void showBar(qint64 message);
  void placeOverlays();
  void showToken(int position, bool takeFocus);
  QString textOf(qint64 message) const;
  void act(qint64 message, const std::function<void()>& what);

  std::vector<Entry> m_entries;
  size_t m_written = 0; // entries before this one are not in the document yet: of a long conversation the end comes first
  QTimer m_fill;
  bool m_atEnd = true, m_editing = false, m_busy = false;
  TokenColour m_colour = TokenColour::Off;
  QTimer m_recolour, m_hover;
  int m_hoverPosition = -1;
  MessageBar* m_bar;
  InlineEditor* m_editor;
  TokenPopup* m_popup;
  qint64 m_barMessage = 0, m_editMessage = 0, m_popupMessage = 0;
  int m_popupToken = 0;
};

} // namespace lathe::ui
