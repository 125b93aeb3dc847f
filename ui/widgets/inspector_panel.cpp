// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/inspector_panel.h"

#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollArea>

namespace lathe::ui {

InspectorPanel::InspectorPanel(const QString& key, QWidget* parent) : QWidget(parent), m_key(key) {
  setObjectName(key);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(1, 0, 0, 0);
  all->setSpacing(0);
  m_fold = new IconButton(IconName::ChevronRight, tr("Fold away"), this, 24);
  m_fold->setObjectName(QStringLiteral("fold_") + key);
  m_scroll = new QScrollArea(this);
  m_scroll->setFrameShape(QFrame::NoFrame);
  m_scroll->setWidgetResizable(true);
  m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_scroll->setFocusPolicy(Qt::NoFocus);
  m_scroll->viewport()->setAutoFillBackground(false);
  m_inside = new QWidget;
  m_inside->setAutoFillBackground(false);
  m_blocks = new QVBoxLayout(m_inside);
  m_blocks->setContentsMargins(space::k16, space::k16, space::k16, space::k16);
  m_blocks->setSpacing(space::k16);
  m_scroll->setWidget(m_inside);
  m_inside->setAutoFillBackground(false); // QScrollArea::setWidget turns it on
  m_foot = new QWidget(this);
  m_footer = new QVBoxLayout(m_foot);
  m_footer->setContentsMargins(space::k16, space::k8, space::k16, space::k16);
  m_footer->setSpacing(space::k12);
  all->addWidget(m_scroll, 1);
  all->addWidget(m_foot);
  m_grip = new QWidget(this);
  m_grip->setObjectName(QStringLiteral("grip_") + key);
  m_grip->setCursor(Qt::SplitHCursor);
  m_grip->setToolTip(tr("Drag to make the panel wider or narrower"));
  m_grip->installEventFilter(this);
  connect(m_fold, &QToolButton::clicked, this, [this] {
    setFolded(!m_folded);
    if (!m_narrow)
      Q_EMIT foldedChanged(m_folded);
  });
  setFolded(false);
}

QVBoxLayout* InspectorPanel::addBlock(const QString& heading) {
  auto* block = new QVBoxLayout;
  block->setSpacing(space::k8);
  auto* label = new TextLabel(heading, TextRole::Heading, m_inside);
  if (m_headings.isEmpty())
    label->setContentsMargins(0, 0, 28, 0); // room for the fold button
  block->addWidget(label);
  m_headings << label;
  m_blocks->addLayout(block);
  return block;
}

void InspectorPanel::addWidget(QWidget* block) { m_blocks->addWidget(block); }

void InspectorPanel::setHeading(int block, const QString& heading) { m_headings.at(block)->setText(heading); }

void InspectorPanel::addStretch() { m_blocks->addStretch(1); }

QVBoxLayout* InspectorPanel::footer() {
  m_hasFooter = true;
  m_foot->setVisible(!m_folded);
  return m_footer;
}

void InspectorPanel::setFolded(bool folded) {
  m_folded = folded;
  m_scroll->setVisible(!folded);
  m_foot->setVisible(!folded && m_hasFooter);
  m_grip->setVisible(!folded);
  setFixedWidth(folded ? 32 : m_width);
  m_fold->setIconName(folded ? IconName::ChevronLeft : IconName::ChevronRight);
  m_fold->setName(folded ? tr("Unfold") : tr("Fold away"));
  m_fold->move(folded ? 4 : m_width - 34, 11);
  m_fold->raise();
  m_grip->raise();
}

void InspectorPanel::setOpenWidth(int width) {
  m_width = std::clamp(width, kNarrowest, kWidest);
  setFolded(m_folded);
}

void InspectorPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_grip->setGeometry(0, 0, 5, height());
}

bool InspectorPanel::dragEdge(QMouseEvent* event) {
  const int x = event->globalPosition().toPoint().x();
  switch (event->type()) {
  case QEvent::MouseButtonPress:
    m_pressedX = x;
    m_pressedWidth = m_width;
    return true;
  case QEvent::MouseMove:
    if (event->buttons() & Qt::LeftButton)
      setOpenWidth(std::min(m_pressedWidth + m_pressedX - x, window()->width() / 2));
    return true;
  case QEvent::MouseButtonDblClick:
    setOpenWidth(size::kInspector);
    Q_EMIT openWidthChanged(m_width);
    m_pressedWidth = m_width;
    return true;
  case QEvent::MouseButtonRelease:
    if (m_width != m_pressedWidth)
      Q_EMIT openWidthChanged(m_width);
    return true;
  default:
    return false;
  }
}

void InspectorPanel::fitPage() {
  const bool narrow = m_foldsBelow > 0 && parentWidget()->width() < m_foldsBelow;
  if (narrow == m_narrow)
    return;
  m_narrow = narrow;
  if (narrow)
    m_wanted = m_folded;
  setFolded(narrow || m_wanted);
}

void InspectorPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (m_foldsBelow > 0 && parentWidget()) {
    parentWidget()->removeEventFilter(this);
    parentWidget()->installEventFilter(this);
    fitPage();
  }
}

bool InspectorPanel::eventFilter(QObject* object, QEvent* event) {
  if (object == parentWidget()) {
    if (event->type() == QEvent::Resize)
      fitPage();
    return false;
  }
  switch (event->type()) {
  case QEvent::MouseButtonPress:
  case QEvent::MouseMove:
  case QEvent::MouseButtonDblClick:
  case QEvent::MouseButtonRelease:
    return object == m_grip && dragEdge(static_cast<QMouseEvent*>(event));
  default:
    return QWidget::eventFilter(object, event);
  }
}

void InspectorPanel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), Style::theme().surface);
  painter.fillRect(QRect(0, 0, 1, height()), Style::theme().border);
}

void InspectorPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) {
    m_fold->setName(m_folded ? tr("Unfold") : tr("Fold away"));
    m_grip->setToolTip(tr("Drag to make the panel wider or narrower"));
  }
}

} // namespace lathe::ui
