// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

/// An icon label that follows the theme.
class IconLabel : public QWidget {
 public:
  IconLabel(IconName icon, int side, QWidget* parent) : QWidget(parent), m_icon(style::icon(icon)), m_side(side) { setFixedSize(side, side); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    m_icon.paint(&painter, QRect(0, 0, m_side, m_side));
  }

 private:
  QIcon m_icon;
  int m_side;
};

} // namespace

EmptyState::EmptyState(IconName icon, const QString& title, const QString& text, const QString& action, QWidget* parent) : QWidget(parent) {
  auto* all = new QVBoxLayout(this);
  all->setSpacing(space::k8);
  all->addStretch(2);
  all->addWidget(new IconLabel(icon, 40, this), 0, Qt::AlignHCenter);
  m_title = new TextLabel(title, TextRole::Value, this);
  m_title->setAlignment(Qt::AlignHCenter);
  m_text = new TextLabel(text, TextRole::Muted, this);
  m_text->setAlignment(Qt::AlignHCenter);
  m_text->setWordWrap(true);
  m_text->setFixedWidth(420);
  m_action = new Button(action, ButtonKind::Primary, this);
  all->addWidget(m_title);
  all->addWidget(m_text, 0, Qt::AlignHCenter);
  all->addSpacing(space::k8);
  all->addWidget(m_action, 0, Qt::AlignHCenter);
  all->addStretch(3);
  connect(m_action, &QPushButton::clicked, this, &EmptyState::actionTriggered);
  setTexts(title, text, action);
}

void EmptyState::setTexts(const QString& title, const QString& text, const QString& action) {
  m_title->setText(title);
  m_text->setText(text);
  m_text->setMinimumHeight(std::max(0, m_text->heightForWidth(420)));
  m_action->setText(action);
  m_action->setVisible(!action.isEmpty());
}

UndoBar::UndoBar(QWidget* parent) : QFrame(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(14, 6, 6, 6);
  row->setSpacing(space::k12);
  m_text = new TextLabel({}, TextRole::Body, this);
  m_undo = new Button(IconName::Undo, tr("Undo"), ButtonKind::Normal, this);
  m_undo->setObjectName(QStringLiteral("undo"));
  m_close = new IconButton(IconName::Close, tr("Close"), this, 24);
  row->addWidget(m_text, 1);
  row->addWidget(m_undo);
  row->addWidget(m_close);
  m_timer.setSingleShot(true);
  connect(&m_timer, &QTimer::timeout, this, &UndoBar::finish);
  connect(m_close, &QToolButton::clicked, this, &UndoBar::finish);
  connect(m_undo, &QPushButton::clicked, this, [this] {
    m_timer.stop();
    hide();
    m_onFinal = nullptr;
    if (const auto undo = std::exchange(m_onUndo, nullptr))
      undo();
  });
  hide();
}

void UndoBar::offer(const QString& text, std::function<void()> undo, std::function<void()> makeFinal, int milliseconds) {
  finish();
  m_text->setText(text);
  m_onUndo = std::move(undo);
  m_onFinal = std::move(makeFinal);
  show();
  m_timer.start(milliseconds);
}

void UndoBar::finish() {
  m_timer.stop();
  hide();
  m_onUndo = nullptr;
  if (const auto makeFinal = std::exchange(m_onFinal, nullptr))
    makeFinal();
}

void UndoBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().borderStrong);
}

void UndoBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() != QEvent::LanguageChange)
    return;
  m_undo->setText(tr("Undo"));
  m_close->setName(tr("Close"));
}

} // namespace lathe::ui
