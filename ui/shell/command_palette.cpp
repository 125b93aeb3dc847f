// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/command_palette.h"

#include "ui/shell/palette_model.h"
#include "ui/style/style.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kPaletteRow = 28, kPaletteWidth = 560, kPaletteHeight = 360, kPaletteStep = 10;

/// Text left, elided in the middle; what it belongs to right, in grey.
class PaletteDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {100, kPaletteRow}; }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const bool chosen = option.state & QStyle::State_Selected;
    if (chosen)
      style::drawBox(*painter, option.rect, Style::theme().accentSoft, QColor(), size::kRadiusSmall);
    const QRect inside = option.rect.adjusted(space::k8, 0, -space::k8, 0);
    const QString note = option.fontMetrics.elidedText(index.data(PaletteModel::NoteRole).toString(), Qt::ElideRight, inside.width() / 3);
    const int noteWidth = option.fontMetrics.horizontalAdvance(note);
    const int room = inside.width() - noteWidth - (noteWidth > 0 ? space::k16 : 0);
    painter->setFont(option.font);
    painter->setPen(Style::theme().text);
    painter->drawText(inside, Qt::AlignVCenter | Qt::AlignLeft, option.fontMetrics.elidedText(index.data().toString().left(500), Qt::ElideMiddle, room));
    painter->setPen(Style::theme().muted);
    painter->drawText(inside, Qt::AlignVCenter | Qt::AlignRight, note);
  }
};

} // namespace

CommandPalette::CommandPalette(QWidget* window) : QFrame(window), m_model(new PaletteModel(this)) {
  setObjectName(QStringLiteral("command_palette"));
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k8, space::k8, space::k8, space::k8);
  m_edit = new QLineEdit(this);
  m_edit->setObjectName(QStringLiteral("palette_edit"));
  m_list = new QListView(this);
  m_list->setObjectName(QStringLiteral("palette_list"));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setUniformItemSizes(true);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setItemDelegate(new PaletteDelegate(m_list));
  m_list->setModel(m_model);
  all->addWidget(m_edit);
  all->addWidget(m_list);
  m_edit->installEventFilter(this);
  connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(m_list, &QListView::clicked, this, &CommandPalette::runCurrent);
  hide();
}

void CommandPalette::open(QList<Command> commands) {
  m_edit->setPlaceholderText(tr("Find a page, an action, an option or a run…"));
  m_edit->setAccessibleName(m_edit->placeholderText());
  m_list->setAccessibleName(tr("Found"));
  m_edit->clear();
  m_model->setCommands(std::move(commands));
  filter();
  setGeometry((parentWidget()->width() - kPaletteWidth) / 2, 70, kPaletteWidth, kPaletteHeight);
  show();
  raise();
  m_edit->setFocus();
}

void CommandPalette::filter() {
  m_model->setWords(m_edit->text());
  m_list->setCurrentIndex(m_model->index(0, 0));
}

void CommandPalette::runCurrent() {
  const QModelIndex index = m_list->currentIndex();
  if (!index.isValid())
    return;
  const auto run = m_model->command(index.row()).run;
  hide();
  if (run)
    run();
}

void CommandPalette::move(int key) {
  const int count = m_model->rowCount(), row = m_list->currentIndex().row();
  if (count == 0)
    return;
  int next = 0;
  if (key == Qt::Key_PageDown || key == Qt::Key_PageUp)
    next = std::clamp(row + (key == Qt::Key_PageDown ? kPaletteStep : -kPaletteStep), 0, count - 1);
  else
    next = (row + (key == Qt::Key_Down ? 1 : count - 1)) % count;
  m_list->setCurrentIndex(m_model->index(next, 0));
}

bool CommandPalette::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::FocusOut)
    hide();
  if (event->type() != QEvent::KeyPress)
    return QFrame::eventFilter(object, event);
  switch (const int key = static_cast<QKeyEvent*>(event)->key()) {
  case Qt::Key_Escape: hide(); return true;
  case Qt::Key_Return:
  case Qt::Key_Enter: runCurrent(); return true;
  case Qt::Key_Down:
  case Qt::Key_Up:
  case Qt::Key_PageDown:
  case Qt::Key_PageUp: move(key); return true;
  default: return false;
  }
}

void CommandPalette::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().borderStrong, 8);
}

} // namespace lathe::ui
