// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/rail.h"

#include "ui/style/style.h"

#include <QPainter>
#include <QVBoxLayout>

namespace lathe::ui {

RailButton::RailButton(const QString& key, IconName icon, QWidget* parent) : QAbstractButton(parent), m_key(key), m_icon(icon) {
  setCheckable(true);
  setAutoExclusive(false);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  setObjectName(QStringLiteral("rail_") + key);
  setFont(style::uiFont(size::kCaption));
}

void RailButton::setBadge(int badge) {
  m_badge = badge;
  setAccessibleDescription(badge == 0 ? QString() : badge < 0 ? tr("work is running") : tr("%n alert(s)", nullptr, badge));
  update();
}

QSize RailButton::sizeHint() const { return {62, 52}; }

void RailButton::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  const bool on = isChecked();
  if (on || underMouse())
    style::drawBox(painter, rect(), on ? t.accentSoft : t.hover, hasFocus() ? t.accent : QColor(), size::kRadius);
  else if (hasFocus())
    style::drawBox(painter, rect(), QColor(), t.accent, size::kRadius);
  const QRect iconRect((width() - 20) / 2, 8, 20, 20);
  style::icon(m_icon, on ? IconRole::Accent : IconRole::Muted).paint(&painter, iconRect);
  painter.setFont(style::uiFont(size::kCaption, on ? QFont::Medium : QFont::Normal));
  painter.setPen(on ? t.accentInk : t.muted);
  painter.drawText(QRect(0, 30, width(), 18), Qt::AlignCenter, painter.fontMetrics().elidedText(text(), Qt::ElideRight, width() - 2));
  if (m_badge == 0)
    return;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  if (m_badge < 0) {
    painter.setBrush(t.good);
    painter.drawEllipse(QPointF(iconRect.right() + 5, iconRect.top() + 1), 3.5, 3.5);
    return;
  }
  const QString number = m_badge > 9 ? QStringLiteral("9+") : QString::number(m_badge);
  painter.setFont(style::uiFont(9, QFont::Medium));
  const int width = std::max(14, painter.fontMetrics().horizontalAdvance(number) + 7);
  const QRectF pill(iconRect.right() - 1, iconRect.top() - 5, width, 14);
  painter.setBrush(t.accentFill);
  painter.drawRoundedRect(pill, 7, 7);
  painter.setPen(t.onAccent);
  painter.drawText(pill, Qt::AlignCenter, number);
}

namespace {

class Logo : public QWidget {
 public:
  explicit Logo(QWidget* parent) : QWidget(parent) { setFixedSize(34, 34); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    style::icon(IconName::Logo).paint(&painter, rect());
  }
};

} // namespace

Rail::Rail(QWidget* parent) : QWidget(parent) {
  setFixedWidth(size::kRail);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(6, space::k12, 7, space::k8);
  all->setSpacing(0);
  all->addWidget(new Logo(this), 0, Qt::AlignHCenter);
  all->addSpacing(space::k12);
  m_top = new QVBoxLayout;
  m_top->setSpacing(space::k4);
  m_bottom = new QVBoxLayout;
  m_bottom->setSpacing(space::k4);
  all->addLayout(m_top);
  all->addStretch(1);
  all->addLayout(m_bottom);
}

RailButton* Rail::add(const QString& key, IconName icon, bool atBottom) {
  auto* button = new RailButton(key, icon, this);
  connect(button, &QAbstractButton::clicked, this, [this, key] { Q_EMIT chosen(key); });
  (atBottom ? m_bottom : m_top)->addWidget(button, 0, Qt::AlignHCenter);
  m_buttons << button;
  return button;
}

void Rail::setCurrent(const QString& key) {
  for (RailButton* button : std::as_const(m_buttons))
    button->setChecked(button->key() == key);
}

RailButton* Rail::button(const QString& key) const {
  for (RailButton* button : m_buttons)
    if (button->key() == key)
      return button;
  return nullptr;
}

void Rail::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), Style::theme().surface);
  painter.fillRect(QRect(width() - 1, 0, 1, height()), Style::theme().border);
}

} // namespace lathe::ui
