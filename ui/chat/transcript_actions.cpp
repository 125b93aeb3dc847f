// SPDX-License-Identifier: GPL-3.0-or-later
// What lies over the text and what a person does with it: message bar, editing in place, token colours and alternatives.
#include "ui/chat/transcript.h"

#include "ui/models/format.h"
#include "ui/style/style.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>
#include <cstdlib>

namespace lathe::ui {

namespace {
constexpr int kHoverMs = 250, kEditorLeast = 116, kOnText = 12;
}

void Transcript::build() {
  viewport()->setMouseTracking(true);
  QScrollBar* bar = verticalScrollBar();
  connect(bar, &QScrollBar::valueChanged, this, [this, bar] {
    if (m_editing)
      return;
    m_atEnd = bar->value() >= bar->maximum() - 1;
    m_popup->hide();
    placeOverlays();
    m_recolour.start();
  });
  connect(bar, &QScrollBar::rangeChanged, this, [this, bar] { // also when the pane becomes lower
    if (m_atEnd)
      bar->setValue(bar->maximum());
  });
  m_fill.setSingleShot(true);
  m_fill.setInterval(0);
  connect(&m_fill, &QTimer::timeout, this, &Transcript::fillEarlier);
  m_recolour.setSingleShot(true);
  m_recolour.setInterval(0);
  connect(&m_recolour, &QTimer::timeout, this, &Transcript::colourVisible);
  m_hover.setSingleShot(true);
  m_hover.setInterval(kHoverMs);
  connect(&m_hover, &QTimer::timeout, this, [this] { showToken(m_hoverPosition, false); });
  connect(this, &QPlainTextEdit::cursorPositionChanged, this, [this] {
    if (hasFocus())
      showBar(currentMessage());
  });
  connect(m_bar, &MessageBar::editTriggered, this, [this] { editMessage(m_barMessage); });
  connect(m_bar, &MessageBar::copyTriggered, this, [this] { QGuiApplication::clipboard()->setText(textOf(m_barMessage)); });
  connect(m_bar, &MessageBar::regenerateTriggered, this, [this] { Q_EMIT regenerateRequested(m_barMessage); });
  connect(m_bar, &MessageBar::branchTriggered, this, [this] { Q_EMIT branchRequested(m_barMessage); });
  connect(m_bar, &MessageBar::versionTriggered, this, [this](int by) { Q_EMIT versionRequested(m_barMessage, by); });
  connect(m_editor, &InlineEditor::accepted, this, [this](const QString& text) {
    m_editor->hide();
    setFocus(Qt::OtherFocusReason);
    Q_EMIT editAccepted(std::exchange(m_editMessage, 0), text);
  });
  connect(m_editor, &InlineEditor::cancelled, this, [this] {
    m_editor->hide();
    m_editMessage = 0;
    setFocus(Qt::OtherFocusReason);
  });
  connect(m_popup, &TokenPopup::chosen, this, [this](qint64 token) {
    setFocus(Qt::OtherFocusReason);
    Q_EMIT alternativeChosen(m_popupMessage, m_popupToken, token);
  });
}

qint64 Transcript::currentMessage() const {
  const Entry* entry = entryAt(textCursor().position());
  return entry ? entry->message.id : 0;
}

void Transcript::setCurrentMessage(qint64 message) {
  fillUpTo(message);
  if (const Entry* entry = entryOf(message)) {
    QTextCursor cursor(document());
    cursor.setPosition(entry->body);
    setTextCursor(cursor);
  }
}

void Transcript::setBusy(bool busy) {
  if (m_busy == busy)
    return;
  m_busy = busy;
  if (m_barMessage != 0)
    showBar(m_barMessage);
}

/// Over the first line of the message, at the right; over the top of the viewport where that line is scrolled away.
void Transcript::showBar(qint64 message) {
  const Entry* entry = entryOf(message);
  m_barMessage = entry ? message : 0;
  if (!entry || entry->message.id == m_editMessage)
    return m_bar->hide();
  const ShownMessage& shown = entry->message;
  const bool writing = shown.state == "waiting" || shown.state == "streaming";
  m_bar->setMessage(shown.reply, shown.version, shown.versions, m_busy || writing);
  m_bar->show();
  placeOverlays();
}

void Transcript::placeOverlays() {
  const auto topOf = [this](const Entry& entry) {
    if (entry.start < 0)
      return -1;
    const QTextBlock block = document()->findBlock(entry.body).previous(); // the line with the role
    if (block.blockNumber() < firstVisibleBlock().blockNumber())
      return -1;
    return static_cast<int>(blockBoundingGeometry(block.isValid() ? block : document()->findBlock(entry.body)).translated(contentOffset()).top());
  };
  const int width = viewport()->width();
  if (const Entry* entry = m_bar->isHidden() ? nullptr : entryOf(m_barMessage)) {
    const int top = topOf(*entry);
    m_bar->move(width - m_bar->width() - space::k8, std::clamp(top - 8, 2, std::max(2, viewport()->height() - m_bar->height())));
    if (top > viewport()->height())
      m_bar->hide();
  }
  if (const Entry* entry = m_editor->isHidden() ? nullptr : entryOf(m_editMessage)) {
    const int top = topOf(*entry);
    const QTextBlock last = document()->findBlock(positionOf(*entry, entry->length));
    const int bottom = top < 0 ? 0 : static_cast<int>(blockBoundingGeometry(last).translated(contentOffset()).bottom());
    const int height = std::clamp(bottom - top, std::min(kEditorLeast, viewport()->height()), viewport()->height());
    m_editor->setGeometry(space::k8, std::clamp(top, 0, viewport()->height() - height), width - 2 * space::k8, height);
  }
}

void Transcript::editMessage(qint64 message, const QString& words) {
  const Entry* entry = entryOf(message);
  if (!entry || m_busy || entry->message.state == "waiting" || entry->message.state == "streaming")
    return;
  m_editMessage = message;
  m_bar->hide();
  m_editor->open(words.isEmpty() ? fromStd(entry->message.text) : words, entry->message.reply);
  placeOverlays();
}

void Transcript::keyPressEvent(QKeyEvent* event) {
  const auto modifiers = event->modifiers();
  const bool alt = modifiers == Qt::AltModifier, control = modifiers == Qt::ControlModifier;
  const qint64 message = currentMessage();
  if (event->key() == Qt::Key_F2 && modifiers == Qt::NoModifier)
    editMessage(message);
  else if (alt && (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right))
    Q_EMIT versionRequested(message, event->key() == Qt::Key_Left ? -1 : 1);
  else if (control && event->key() == Qt::Key_R && !m_busy)
    Q_EMIT regenerateRequested(message);
  else if (control && event->key() == Qt::Key_B && !m_busy)
    Q_EMIT branchRequested(message);
  else if (modifiers == (Qt::ControlModifier | Qt::ShiftModifier) && event->key() == Qt::Key_C)
    QGuiApplication::clipboard()->setText(textOf(message));
  else if (alt && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter))
    showToken(textCursor().position(), true);
  else
    return QPlainTextEdit::keyPressEvent(event);
  event->accept();
}

void Transcript::mouseMoveEvent(QMouseEvent* event) {
  QPlainTextEdit::mouseMoveEvent(event);
  QTextCursor under = cursorForPosition(event->pos());
  const QRect place = cursorRect(under);
  if (place.left() > event->pos().x()) // the nearest gap between characters lies behind the one that is meant
    under.movePosition(QTextCursor::PreviousCharacter);
  const int position = under.position();
  const Entry* entry = entryAt(position);
  if (entry && (entry->message.id != m_barMessage || m_bar->isHidden()) && event->buttons() == Qt::NoButton)
    showBar(entry->message.id);
  if (m_colour == TokenColour::Off)
    return;
  const bool onText = std::abs(place.left() - event->pos().x()) <= kOnText && place.adjusted(0, -2, 0, 2).bottom() >= event->pos().y();
  m_hoverPosition = onText ? position : -1;
  m_hover.start();
}

void Transcript::leaveEvent(QEvent* event) {
  QPlainTextEdit::leaveEvent(event);
  m_hover.stop();
  if (!hasFocus() && !m_bar->underMouse() && !m_popup->underMouse()) {
    m_bar->hide();
    m_barMessage = 0;
  }
}

void Transcript::focusInEvent(QFocusEvent* event) {
  QPlainTextEdit::focusInEvent(event);
  if (m_entries.empty() || (event->reason() != Qt::TabFocusReason && event->reason() != Qt::BacktabFocusReason))
    return;
  if (textCursor().position() == 0 && m_entries.size() > 1) // keys act on the newest message first
    keepingPlace([this] { setCurrentMessage(m_entries.back().message.id); });
  showBar(currentMessage());
}

void Transcript::contextMenuEvent(QContextMenuEvent* event) {
  const int position = event->reason() == QContextMenuEvent::Keyboard ? textCursor().position() : cursorForPosition(event->pos()).position();
  const Entry* entry = entryAt(position);
  QMenu* menu = createStandardContextMenu();
  if (entry) {
    const qint64 id = entry->message.id;
    const bool reply = entry->message.reply, idle = !m_busy;
    menu->addSeparator();
    const auto add = [&](IconName icon, const QString& text, bool enabled, const std::function<void()>& what) {
      menu->addAction(style::icon(icon), text, this, what)->setEnabled(enabled);
    };
    add(IconName::Copy, tr("Copy message"), true, [this, id] { QGuiApplication::clipboard()->setText(textOf(id)); });
    add(IconName::Pencil, tr("Edit message"), idle, [this, id] { editMessage(id); });
    add(IconName::Refresh, reply ? tr("Write again") : tr("Answer again"), idle, [this, id] { Q_EMIT regenerateRequested(id); });
    if (reply)
      add(IconName::Branch, tr("Branch from here"), idle, [this, id] { Q_EMIT branchRequested(id); });
    if (m_colour != TokenColour::Off && reply)
      add(IconName::More, tr("Alternatives to this token"), true, [this, position] { showToken(position, true); });
  }
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->popup(event->globalPos());
}

void Transcript::setColour(TokenColour by) {
  if (m_colour == by)
    return;
  m_colour = by;
  m_popup->hide();
  m_hover.stop();
  m_recolour.start();
}

void Transcript::setTokens(qint64 message, std::vector<api::TokenTrace> tokens) {
  Entry* entry = entryOf(message);
  if (!entry || tokens.size() < entry->tokens.size())
    return;
  entry->tokens = std::move(tokens);
  entry->tokenEnds.clear();
  entry->tokenBytes = 0;
  m_recolour.start();
}

/// Where each token ends in the text, as far as the text is here.
void Transcript::measureTokens(Entry& entry) {
  while (entry.tokenEnds.size() < entry.tokens.size()) {
    const auto bytes = static_cast<size_t>(std::max<int64_t>(0, entry.tokens[entry.tokenEnds.size()].bytes));
    if (entry.tokenBytes + bytes > entry.message.text.size())
      return;
    const QString text = QString::fromUtf8(entry.message.text.data() + entry.tokenBytes, static_cast<qsizetype>(bytes));
    entry.tokenEnds.push_back((entry.tokenEnds.empty() ? 0 : entry.tokenEnds.back()) + static_cast<int>(text.size()));
    entry.tokenBytes += bytes;
  }
}

/// Colours what is on the screen and nothing else, so that the length of a conversation does not matter.
void Transcript::colourVisible() {
  QList<QTextEdit::ExtraSelection> out;
  if (m_colour != TokenColour::Off && !m_entries.empty()) {
    const int from = firstVisibleBlock().position(), to = cursorForPosition(viewport()->rect().bottomRight()).position();
    const Entry* first = entryAt(from);
    for (auto i = first ? static_cast<size_t>(first - m_entries.data()) : 0; i < m_entries.size() && m_entries[i].start <= to; ++i) {
      Entry& entry = m_entries[i];
      if (entry.message.traced && entry.tokens.empty() && !std::exchange(entry.asked, true))
        Q_EMIT tokensWanted(entry.message.id);
      if (!entry.tokens.empty())
        colourEntry(entry, from, to, out);
    }
  }
  if (!out.isEmpty() || !extraSelections().isEmpty())
    setExtraSelections(out);
}

void Transcript::colourEntry(Entry& entry, int from, int to, QList<QTextEdit::ExtraSelection>& out) {
  measureTokens(entry);
  const int offset = std::max(0, offsetOf(entry, std::max(from, entry.body)));
  auto at = static_cast<size_t>(std::upper_bound(entry.tokenEnds.begin(), entry.tokenEnds.end(), offset) - entry.tokenEnds.begin());
  for (; at < entry.tokenEnds.size(); ++at) {
    const int begin = at == 0 ? 0 : entry.tokenEnds[at - 1], end = entry.tokenEnds[at];
    if (positionOf(entry, begin) > to)
      return;
    const int step = tokens::stepOf(entry.tokens[at], m_colour);
    if (step == 0 || begin == end)
      continue;
    QTextEdit::ExtraSelection selection;
    selection.cursor = QTextCursor(document());
    selection.cursor.setPosition(positionOf(entry, begin));
    selection.cursor.setPosition(positionOf(entry, end - 1) + 1, QTextCursor::KeepAnchor);
    selection.format = tokens::formatOf(step);
    out.append(selection);
  }
}

void Transcript::showToken(int position, bool takeFocus) {
  const Entry* known = position < 0 ? nullptr : entryAt(position);
  Entry* entry = known ? entryOf(known->message.id) : nullptr;
  if (!entry || m_colour == TokenColour::Off || position < entry->body)
    return m_popup->hide();
  measureTokens(*entry);
  const int offset = offsetOf(*entry, position);
  const auto end = std::upper_bound(entry->tokenEnds.begin(), entry->tokenEnds.end(), offset);
  if (end == entry->tokenEnds.end())
    return m_popup->hide();
  const auto place = static_cast<size_t>(end - entry->tokenEnds.begin());
  const int begin = place == 0 ? 0 : entry->tokenEnds[place - 1];
  QTextCursor from(document()), to(document());
  from.setPosition(positionOf(*entry, begin));
  to.setPosition(positionOf(*entry, *end));
  m_popupMessage = entry->message.id;
  m_popupToken = static_cast<int>(place);
  const QRect around = cursorRect(from).united(cursorRect(from)).translated(viewport()->pos());
  m_popup->setEnabled(!m_busy);
  m_popup->show(entry->tokens[place], fromStd(entry->message.text).mid(begin, *end - begin), around, takeFocus);
}

void Transcript::resizeEvent(QResizeEvent* event) {
  QPlainTextEdit::resizeEvent(event);
  placeOverlays();
  m_recolour.start();
}

} // namespace lathe::ui
