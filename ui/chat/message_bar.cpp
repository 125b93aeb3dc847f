// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/message_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {
constexpr int kSide = 22;
}

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, kSide)), m_position(new TextLabel({}, TextRole::Caption)),
      m_next(new IconButton(IconName::ChevronRight, {}, nullptr, kSide)), m_edit(new IconButton(IconName::Pencil, {}, nullptr, kSide)),
      m_copy(new IconButton(IconName::Copy, {}, nullptr, kSide)), m_regenerate(new IconButton(IconName::Refresh, {}, nullptr, kSide)),
      m_branch(new IconButton(IconName::Branch, {}, nullptr, kSide)) {
  setObjectName(QStringLiteral("message_bar"));
  setCursor(Qt::ArrowCursor);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(2, 1, 2, 1);
  row->setSpacing(0);
  const std::pair<QWidget*, const char*> parts[] = {{m_back, "message_back"}, {m_position, "message_version"}, {m_next, "message_next"}, {m_edit, "message_edit"},
                                                    {m_copy, "message_copy"}, {m_regenerate, "message_regenerate"}, {m_branch, "message_branch"}};
  for (const auto& [widget, name] : parts) {
    widget->setObjectName(QString::fromUtf8(name));
    widget->setFocusPolicy(Qt::NoFocus); // the keys are the transcript's
    row->addWidget(widget);
  }
  connect(m_back, &IconButton::clicked, this, [this] { Q_EMIT versionTriggered(-1); });
  connect(m_next, &IconButton::clicked, this, [this] { Q_EMIT versionTriggered(1); });
  connect(m_edit, &IconButton::clicked, this, &MessageBar::editTriggered);
  connect(m_copy, &IconButton::clicked, this, &MessageBar::copyTriggered);
  connect(m_regenerate, &IconButton::clicked, this, &MessageBar::regenerateTriggered);
  connect(m_branch, &IconButton::clicked, this, &MessageBar::branchTriggered);
  retranslate();
  hide();
}

void MessageBar::setMessage(bool reply, int version, int versions, bool busy) {
  m_reply = reply;
  for (QWidget* widget : {static_cast<QWidget*>(m_back), static_cast<QWidget*>(m_position), static_cast<QWidget*>(m_next)})
    widget->setVisible(versions > 1);
  m_position->setText(QStringLiteral("%1/%2").arg(version).arg(versions));
  m_back->setEnabled(version > 1);
  m_next->setEnabled(version < versions);
  m_edit->setEnabled(!busy);
  m_regenerate->setEnabled(!busy);
  m_branch->setVisible(reply);
  m_branch->setEnabled(!busy);
  retranslate();
  adjustSize();
}

void MessageBar::retranslate() {
  m_back->setName(tr("Previous version (Alt+Left)"));
  m_next->setName(tr("Next version (Alt+Right)"));
  m_edit->setName(m_reply ? tr("Put other words into this reply (F2)") : tr("Edit and send again (F2)"));
  m_copy->setName(tr("Copy this message (Ctrl+Shift+C)"));
  m_regenerate->setName(m_reply ? tr("Write this reply again (Ctrl+R)") : tr("Answer this message again (Ctrl+R)"));
  m_branch->setName(tr("Go on from here; what follows stays as a branch (Ctrl+B)"));
}

void MessageBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  style::drawBox(painter, QRectF(rect()), Style::theme().raised, Style::theme().border, size::kRadiusSmall);
}

void MessageBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

InlineEditor::InlineEditor(QWidget* parent)
    : QFrame(parent), m_text(new QPlainTextEdit), m_hint(new TextLabel({}, TextRole::Caption)), m_accept(new Button({}, ButtonKind::Primary)), m_cancel(new Button({}, ButtonKind::Normal)) {
  setObjectName(QStringLiteral("inline_editor"));
  setCursor(Qt::ArrowCursor);
  m_text->setObjectName(QStringLiteral("inline_text"));
  m_text->setTabChangesFocus(true);
  m_text->installEventFilter(this);
  m_accept->setObjectName(QStringLiteral("inline_accept"));
  m_cancel->setObjectName(QStringLiteral("inline_cancel"));
  auto* line = new QHBoxLayout;
  line->setSpacing(space::k8);
  line->addWidget(m_hint, 1);
  line->addWidget(m_cancel);
  line->addWidget(m_accept);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::k8, space::k8, space::k8, space::k8);
  column->setSpacing(space::k8);
  column->addWidget(m_text, 1);
  column->addLayout(line);
  const auto accept = [this] {
    if (!m_text->toPlainText().trimmed().isEmpty())
      Q_EMIT accepted(m_text->toPlainText());
  };
  connect(m_accept, &Button::clicked, this, accept);
  connect(m_cancel, &Button::clicked, this, &InlineEditor::cancelled);
  connect(m_text, &QPlainTextEdit::textChanged, this, [this] { m_accept->setEnabled(!m_text->document()->isEmpty()); });
  hide();
}

void InlineEditor::open(const QString& text, bool reply) {
  m_reply = reply;
  retranslate();
  m_text->setPlainText(text);
  m_text->moveCursor(QTextCursor::End);
  show();
  raise();
  m_text->setFocus(Qt::OtherFocusReason);
}

bool InlineEditor::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && !(key->modifiers() & Qt::ShiftModifier)) {
      m_accept->click();
      return true;
    }
    if (key->key() == Qt::Key_Escape) {
      Q_EMIT cancelled();
      return true;
    }
  }
  return QFrame::eventFilter(object, event);
}

void InlineEditor::retranslate() {
  m_accept->setText(m_reply ? tr("Take over") : tr("Send"));
  m_cancel->setText(tr("Cancel"));
  m_hint->setText(tr("The old one stays."));
  named(m_text, m_reply ? tr("Other words for this reply") : tr("Other words for your message"));
}

void InlineEditor::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), Style::theme().background);
  style::drawBox(painter, QRectF(rect()), Style::theme().surface, Style::theme().accent);
}

void InlineEditor::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
