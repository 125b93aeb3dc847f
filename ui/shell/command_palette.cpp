// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/command_palette.h"

#include "ui/style/style.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QVBoxLayout>

namespace lathe::ui {

CommandPalette::CommandPalette(QWidget* window) : QFrame(window) {
  setObjectName(QStringLiteral("command_palette"));
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k8, space::k8, space::k8, space::k8);
  m_edit = new QLineEdit(this);
  m_edit->setObjectName(QStringLiteral("palette_edit"));
  m_list = new QListWidget(this);
  m_list->setObjectName(QStringLiteral("palette_list"));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setUniformItemSizes(true);
  all->addWidget(m_edit);
  all->addWidget(m_list);
  m_edit->installEventFilter(this);
  connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
  hide();
}

void CommandPalette::open(QList<Command> commands) {
  m_commands = std::move(commands);
  m_edit->setPlaceholderText(tr("Find a page, an action or a run…"));
  m_edit->setAccessibleName(m_edit->placeholderText());
  m_list->setAccessibleName(tr("Found"));
  m_edit->clear();
  filter();
  const int width = 520, height = 340;
  setGeometry((parentWidget()->width() - width) / 2, 70, width, height);
  show();
  raise();
  m_edit->setFocus();
}

void CommandPalette::filter() {
  const auto words = m_edit->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  m_list->clear();
  for (qsizetype i = 0; i < m_commands.size(); ++i) {
    const QString text = m_commands[i].note.isEmpty() ? m_commands[i].text : QStringLiteral("%1   —   %2").arg(m_commands[i].text, m_commands[i].note);
    bool all = true;
    for (const QString& word : words)
      all = all && text.contains(word, Qt::CaseInsensitive);
    if (!all)
      continue;
    auto* item = new QListWidgetItem(text, m_list);
    item->setData(Qt::UserRole, i);
    item->setSizeHint(QSize(100, 28));
  }
  m_list->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
  const QListWidgetItem* item = m_list->currentItem();
  if (!item)
    return;
  const auto run = m_commands.at(item->data(Qt::UserRole).toLongLong()).run;
  hide();
  if (run)
    run();
}

bool CommandPalette::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::FocusOut)
    hide();
  if (event->type() != QEvent::KeyPress)
    return QFrame::eventFilter(object, event);
  const int key = static_cast<QKeyEvent*>(event)->key();
  if (key == Qt::Key_Escape) {
    hide();
    return true;
  }
  if (key == Qt::Key_Return || key == Qt::Key_Enter) {
    runCurrent();
    return true;
  }
  if (key == Qt::Key_Down || key == Qt::Key_Up) {
    const int count = m_list->count();
    if (count > 0)
      m_list->setCurrentRow((m_list->currentRow() + (key == Qt::Key_Down ? 1 : count - 1)) % count);
    return true;
  }
  return false;
}

void CommandPalette::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().borderStrong, 8);
}

} // namespace lathe::ui
