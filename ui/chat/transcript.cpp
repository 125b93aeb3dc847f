// SPDX-License-Identifier: GPL-3.0-or-later
// The document: what is written where, and that it stays in place.
#include "ui/chat/transcript.h"

#include "ui/models/format.h"
#include "ui/style/style.h"

#include <QEvent>
#include <QMimeData>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>
#include <map>

namespace lathe::ui {

namespace {

constexpr int kLongestLine = 1000, kLookBack = 80; // characters; a block of a document is laid out as a whole
constexpr size_t kAtOnce = 80, kPerTurn = 40;      // messages written when a conversation opens, and in each turn of the event loop after that

QTextCharFormat charFormat(const QColor& color, const QFont& font) {
  QTextCharFormat out;
  out.setForeground(color);
  out.setFont(font);
  return out;
}

bool sameLook(const ShownMessage& a, const ShownMessage& b) {
  const bool waiting = (a.state == "waiting") == (b.state == "waiting");
  return a.id == b.id && a.reply == b.reply && a.edited == b.edited && a.version == b.version && a.versions == b.versions && a.error == b.error && waiting && a.text == b.text;
}

} // namespace

Transcript::Transcript(QWidget* parent)
    : QPlainTextEdit(parent), m_bar(new MessageBar(viewport())), m_editor(new InlineEditor(viewport())), m_popup(new TokenPopup(this)) {
  setReadOnly(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setFrameShape(QFrame::NoFrame);
  setUndoRedoEnabled(false);
  document()->setDocumentMargin(space::k16);
  viewport()->setAutoFillBackground(false);
  build();
}

void Transcript::keepingPlace(const std::function<void()>& edit) {
  QScrollBar* bar = verticalScrollBar();
  const int place = bar->value();
  m_editing = true;
  edit();
  bar->setValue(m_atEnd ? bar->maximum() : place);
  m_editing = false;
  placeOverlays();
  m_recolour.start();
}

void Transcript::setMessages(std::vector<ShownMessage> messages) {
  // What is already written stays: a long conversation is not laid out again for one more message.
  size_t same = 0;
  while (same < m_entries.size() && same < messages.size() && sameLook(m_entries[same].message, messages[same])) {
    m_entries[same].message.state = messages[same].state;
    m_entries[same].message.traced = messages[same].traced;
    ++same;
  }
  if (same == messages.size() && same == m_entries.size())
    return;
  const bool other = same == 0; // another conversation, or the first one
  const bool anew = other || (m_written > 0 && same <= m_written);
  if (other && !m_entries.empty() && !messages.empty() && m_entries.front().message.id != messages.front().id)
    m_atEnd = true;
  const int from = anew ? 0 : same < m_entries.size() ? m_entries[same].start : document()->characterCount() - 1;
  std::map<int64_t, std::vector<api::TokenTrace>> traced; // what is written again keeps its tokens
  for (size_t i = same; i < m_entries.size(); ++i)
    if (!m_entries[i].tokens.empty())
      traced[m_entries[i].message.id] = std::move(m_entries[i].tokens);
  std::vector<Entry> fresh(messages.size() - same);
  for (size_t i = 0; i < fresh.size(); ++i) {
    fresh[i].message = std::move(messages[same + i]);
    if (const auto known = traced.find(fresh[i].message.id); known != traced.end())
      fresh[i].tokens = std::move(known->second);
  }
  m_entries.resize(same);
  std::move(fresh.begin(), fresh.end(), std::back_inserter(m_entries));
  m_popup->hide();
  if (anew)
    m_written = m_entries.size() > kAtOnce ? m_entries.size() - kAtOnce : 0;
  keepingPlace([&] { write(anew ? m_written : same, from); });
  if (m_written > 0)
    m_fill.start();
  if (m_editMessage != 0 && !entryOf(m_editMessage))
    m_editor->hide(), m_editMessage = 0;
  if (m_barMessage != 0)
    showBar(m_barMessage);
}

/// The text with long lines broken, where it follows what the entry holds already.
QString Transcript::broken(Entry& entry, const QString& text) {
  QString out;
  out.reserve(text.size() + text.size() / kLongestLine + 1);
  for (qsizetype at = 0; at < text.size();) {
    const qsizetype room = std::max(0, kLongestLine - entry.lastLine);
    const qsizetype newline = QStringView(text).mid(at, room + 1).indexOf(QLatin1Char('\n')); // no further: a line may be the whole text
    const bool ends = newline >= 0;
    qsizetype take = ends ? newline : std::min(room, text.size() - at);
    const bool cut = !ends && at + take < text.size();
    if (cut) { // after a space where there is one, never inside a pair of surrogates
      for (qsizetype back = 0; back < std::min<qsizetype>(kLookBack, take); ++back)
        if (text[at + take - 1 - back].isSpace()) {
          take -= back;
          break;
        }
      if (take > 0 && text[at + take - 1].isHighSurrogate())
        --take;
    }
    out += QStringView(text).mid(at, take);
    at += take;
    entry.length += static_cast<int>(take);
    entry.lastLine += static_cast<int>(take);
    if (cut) {
      entry.breaks.push_back(entry.length);
      out += QLatin1Char('\n');
      entry.lastLine = 0;
    } else if (ends) {
      out += QLatin1Char('\n');
      ++at;
      ++entry.length;
      entry.lastLine = 0;
    }
  }
  return out;
}

void Transcript::appendPiece(const QString& piece, const std::vector<api::TokenTrace>& tokens, size_t before) {
  if (m_entries.empty())
    return;
  Entry& last = m_entries.back();
  last.message.text += piece.toStdString();
  if (last.tokens.size() == before) // else some are missing, and the whole list comes when the reply is complete
    last.tokens.insert(last.tokens.end(), tokens.begin(), tokens.end());
  if (piece.isEmpty())
    return m_recolour.start();
  keepingPlace([&] {
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(broken(last, piece), charFormat(Style::theme().text, style::uiFont()));
  });
}

/// From the place `from` on the document holds the messages from `first` on.
void Transcript::write(size_t first, int from) {
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  cursor.setPosition(from);
  cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
  cursor.removeSelectedText();
  writeEntries(cursor, first, m_entries.size());
  cursor.endEditBlock();
}

void Transcript::writeEntries(QTextCursor& cursor, size_t first, size_t end) {
  const Theme& theme = Style::theme();
  const auto role = charFormat(theme.muted, style::uiFont(size::kCaption, QFont::Medium));
  const auto body = charFormat(theme.text, style::uiFont());
  const auto trouble = charFormat(theme.bad, style::uiFont());
  for (size_t i = first; i < end; ++i) {
    Entry& entry = m_entries[i];
    const ShownMessage& message = entry.message;
    entry.start = cursor.position();
    if (i > m_written)
      cursor.insertText(QStringLiteral("\n\n"), body);
    QString head = message.reply ? tr("Reply") : tr("You");
    if (message.edited)
      head += QStringLiteral(" · ") + tr("edited");
    if (message.versions > 1)
      head += QStringLiteral(" · ") + tr("version %1 of %2").arg(message.version).arg(message.versions);
    cursor.insertText(head + QLatin1Char('\n'), role);
    if (!message.error.empty())
      cursor.insertText(fromStd(message.error) + (message.text.empty() ? QString() : QStringLiteral("\n")), trouble);
    else if (message.state == "waiting")
      cursor.insertText(tr("Loading the model…"), role);
    entry.body = cursor.position();
    entry.breaks.clear();
    entry.tokenEnds.clear();
    entry.length = entry.lastLine = 0;
    entry.tokenBytes = 0;
    cursor.insertText(broken(entry, fromStd(message.text)), body);
  }
}

/// Puts some of the messages that are not in the document yet before those that are; what is on the screen stays.
void Transcript::fillEarlier() {
  if (m_written == 0)
    return;
  const size_t end = m_written, first = end > kPerTurn ? end - kPerTurn : 0;
  QScrollBar* bar = verticalScrollBar();
  const int place = bar->value(), blocks = document()->blockCount();
  m_editing = true;
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  cursor.setPosition(0);
  m_written = first;
  writeEntries(cursor, first, end);
  const int gap = cursor.position();
  cursor.insertText(QStringLiteral("\n\n"), charFormat(Style::theme().text, style::uiFont()));
  const int shift = cursor.position();
  cursor.endEditBlock();
  for (size_t i = end; i < m_entries.size(); ++i) {
    m_entries[i].start += i == end ? gap : shift;
    m_entries[i].body += shift;
  }
  bar->setValue(m_atEnd ? bar->maximum() : place + document()->blockCount() - blocks);
  m_editing = false;
  placeOverlays();
  m_recolour.start();
  if (m_written > 0)
    m_fill.start();
}

void Transcript::fillUpTo(qint64 message) {
  for (const Entry* entry = entryOf(message); entry && entry->start < 0 && m_written > 0;)
    fillEarlier();
}

Transcript::Entry* Transcript::entryOf(qint64 message) {
  const auto found = std::find_if(m_entries.rbegin(), m_entries.rend(), [&](const Entry& entry) { return entry.message.id == message; });
  return found == m_entries.rend() ? nullptr : &*found;
}

const Transcript::Entry* Transcript::entryAt(int position) const {
  const auto after = std::upper_bound(m_entries.begin(), m_entries.end(), position, [](int at, const Entry& entry) { return at < entry.start + (entry.start > 0 ? 1 : 0); });
  return after == m_entries.begin() ? nullptr : &*std::prev(after);
}

int Transcript::positionOf(const Entry& entry, int offset) const {
  const auto before = std::upper_bound(entry.breaks.begin(), entry.breaks.end(), offset) - entry.breaks.begin();
  return entry.body + offset + static_cast<int>(before);
}

int Transcript::offsetOf(const Entry& entry, int position) const {
  const int inside = position - entry.body;
  int before = 0;
  for (size_t k = 0; k < entry.breaks.size() && entry.breaks[k] + static_cast<int>(k) < inside; ++k)
    ++before;
  return inside - before;
}

QRect Transcript::rectOf(qint64 message, int offset) const {
  for (const Entry& entry : m_entries)
    if (entry.message.id == message && entry.start >= 0) {
      QTextCursor cursor(document());
      cursor.setPosition(positionOf(entry, offset));
      return cursorRect(cursor);
    }
  return {};
}

QString Transcript::textOf(qint64 message) const {
  for (const Entry& entry : m_entries)
    if (entry.message.id == message)
      return fromStd(entry.message.text);
  return {};
}

/// What was selected, without the breaks that only the transcript has put in.
QMimeData* Transcript::createMimeDataFromSelection() const {
  const QTextCursor cursor = textCursor();
  QString text = cursor.selectedText();
  text.replace(QChar::ParagraphSeparator, QLatin1Char('\n'));
  const int begin = cursor.selectionStart(), end = cursor.selectionEnd();
  std::vector<int> extra;
  for (const Entry& entry : m_entries)
    for (size_t k = 0; k < entry.breaks.size(); ++k)
      if (const int at = entry.body + entry.breaks[k] + static_cast<int>(k); at >= begin && at < end)
        extra.push_back(at - begin);
  QString out;
  int from = 0;
  for (const int at : extra) {
    out += QStringView(text).mid(from, at - from);
    from = at + 1;
  }
  out += QStringView(text).mid(from);
  auto* data = new QMimeData;
  data->setText(out);
  return data;
}

void Transcript::reveal(qint64 message, const QString& text) {
  fillUpTo(message);
  const Entry* entry = entryOf(message);
  if (!entry)
    return;
  const int found = text.isEmpty() ? -1 : static_cast<int>(fromStd(entry->message.text).indexOf(text, 0, Qt::CaseInsensitive));
  QTextCursor cursor(document());
  cursor.setPosition(found < 0 ? entry->body : positionOf(*entry, found));
  if (found >= 0)
    cursor.setPosition(positionOf(*entry, found + static_cast<int>(text.size())), QTextCursor::KeepAnchor);
  setTextCursor(cursor);
  centerCursor();
}

void Transcript::changeEvent(QEvent* event) {
  QPlainTextEdit::changeEvent(event);
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange)
    keepingPlace([this] { write(m_written, 0); });
}

} // namespace lathe::ui
