// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/transcript.h"

#include "ui/models/format.h"
#include "ui/style/style.h"

#include <QEvent>
#include <QScrollBar>
#include <QTextBlock>

namespace lathe::ui {

namespace {

QTextCharFormat charFormat(const QColor& color, const QFont& font) {
  QTextCharFormat out;
  out.setForeground(color);
  out.setFont(font);
  return out;
}

bool sameText(const api::ChatMessage& a, const api::ChatMessage& b) {
  const bool waiting = (a.state == "waiting") == (b.state == "waiting");
  return a.id == b.id && a.role == b.role && a.text == b.text && a.error == b.error && waiting;
}

} // namespace

Transcript::Transcript(QWidget* parent) : QPlainTextEdit(parent) {
  setReadOnly(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setFrameShape(QFrame::NoFrame);
  setUndoRedoEnabled(false);
  document()->setDocumentMargin(space::k16);
  viewport()->setAutoFillBackground(false);
  QScrollBar* bar = verticalScrollBar();
  connect(bar, &QScrollBar::valueChanged, this, [this, bar] {
    if (!m_editing)
      m_atEnd = bar->value() >= bar->maximum() - 1;
  });
  connect(bar, &QScrollBar::rangeChanged, this, [this, bar] { // also when the pane becomes lower
    if (m_atEnd)
      bar->setValue(bar->maximum());
  });
}

void Transcript::keepingPlace(const std::function<void()>& edit) {
  QScrollBar* bar = verticalScrollBar();
  const int place = bar->value();
  m_editing = true;
  edit();
  bar->setValue(m_atEnd ? bar->maximum() : place);
  m_editing = false;
}

void Transcript::setMessages(const std::vector<api::ChatMessage>& messages) {
  // What is already written stays: a long conversation is not laid out again for one more message.
  size_t same = 0;
  while (same < m_starts.size() && same < messages.size() && sameText(m_messages[same], messages[same]))
    ++same;
  if (same == messages.size() && same == m_messages.size())
    return;
  m_messages = messages;
  keepingPlace([this, same] { write(same); });
}

void Transcript::appendPiece(const QString& piece) {
  if (m_messages.empty())
    return;
  m_messages.back().text += piece.toStdString();
  keepingPlace([&] {
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(piece, charFormat(Style::theme().text, style::uiFont()));
  });
}

void Transcript::write(size_t first) {
  const Theme& theme = Style::theme();
  const auto role = charFormat(theme.muted, style::uiFont(size::kCaption, QFont::Medium));
  const auto body = charFormat(theme.text, style::uiFont());
  const auto trouble = charFormat(theme.bad, style::uiFont());
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  cursor.setPosition(first < m_starts.size() ? m_starts[first] : document()->characterCount() - 1);
  cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
  cursor.removeSelectedText();
  m_starts.resize(first);
  for (size_t i = first; i < m_messages.size(); ++i) {
    const auto& message = m_messages[i];
    m_starts.push_back(cursor.position());
    if (i > 0)
      cursor.insertText(QStringLiteral("\n\n"), body);
    cursor.insertText((message.role == "user" ? tr("You") : tr("Reply")) + QLatin1Char('\n'), role);
    if (!message.error.empty())
      cursor.insertText(fromStd(message.error) + (message.text.empty() ? QString() : QStringLiteral("\n")), trouble);
    else if (message.state == "waiting")
      cursor.insertText(tr("Loading the model…"), role);
    cursor.insertText(fromStd(message.text), body);
  }
  cursor.endEditBlock();
}

void Transcript::changeEvent(QEvent* event) {
  QPlainTextEdit::changeEvent(event);
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange)
    keepingPlace([this] { write(0); });
}

} // namespace lathe::ui
