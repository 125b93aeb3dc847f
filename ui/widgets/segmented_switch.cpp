// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/segmented_switch.h"

#include "ui/style/shown_state.h"
#include "ui/style/style.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

namespace lathe::ui {

SegmentedSwitch::SegmentedSwitch(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setFont(style::uiFont());
}

SegmentedSwitch::SegmentedSwitch(const QList<Choice>& choices, QWidget* parent) : SegmentedSwitch(parent) { setChoices(choices); }

void SegmentedSwitch::setChoices(const QList<Choice>& choices) {
  const QString before = current();
  m_choices = choices;
  m_current = choices.isEmpty() ? -1 : 0;
  setCurrent(before);
  updateGeometry();
  update();
}

void SegmentedSwitch::setText(const QString& key, const QString& text) {
  for (Choice& choice : m_choices)
    if (choice.key == key)
      choice.text = text;
  updateGeometry();
  update();
}

void SegmentedSwitch::setChoiceEnabled(const QString& key, bool enabled) {
  for (Choice& choice : m_choices)
    if (choice.key == key)
      choice.enabled = enabled;
  update();
}

QString SegmentedSwitch::current() const { return m_current >= 0 && m_current < m_choices.size() ? m_choices[m_current].key : QString(); }

void SegmentedSwitch::setCurrent(const QString& key) {
  for (int i = 0; i < m_choices.size(); ++i)
    if (m_choices[i].key == key)
      m_current = i;
  setAccessibleDescription(m_current >= 0 ? m_choices[m_current].text : QString());
  update();
}

QList<int> SegmentedSwitch::widths() const {
  const QFontMetrics metrics(style::uiFont(size::kBase, QFont::Medium));
  QList<int> out;
  for (const Choice& choice : m_choices)
    out << std::max(30, metrics.horizontalAdvance(choice.text) + 22);
  return out;
}

QSize SegmentedSwitch::sizeHint() const {
  int width = 2;
  for (const int w : widths())
    width += w;
  return {width, size::kControl};
}

QRect SegmentedSwitch::cell(int index) const {
  const QList<int> all = widths();
  int left = 1;
  for (int i = 0; i < index; ++i)
    left += all[i];
  return {left, 1, all.value(index), height() - 2};
}

int SegmentedSwitch::indexAt(const QPoint& point) const {
  for (int i = 0; i < m_choices.size(); ++i)
    if (cell(i).contains(point))
      return i;
  return -1;
}

void SegmentedSwitch::choose(int index) {
  if (index < 0 || index >= m_choices.size() || index == m_current || !m_choices[index].enabled)
    return;
  m_current = index;
  setAccessibleDescription(m_choices[index].text);
  update();
  Q_EMIT chosen(m_choices[index].key);
}

void SegmentedSwitch::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  style::drawBox(painter, rect(), t.raised, style::showsFocus(this) ? t.accent : t.borderStrong);
  QPainterPath clip;
  clip.addRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), size::kRadius - 1, size::kRadius - 1);
  painter.setRenderHint(QPainter::Antialiasing);
  for (int i = 0; i < m_choices.size(); ++i) {
    const QRect r = cell(i);
    const bool chosen = i == m_current, enabled = isEnabled() && m_choices[i].enabled;
    painter.save();
    painter.setClipPath(clip);
    if (chosen)
      painter.fillRect(r, enabled ? t.accentSoft : t.hover);
    else if ((i == m_hover || (style::isShownAs(this, QStyle::State_MouseOver) && i == m_current + 1)) && enabled)
      painter.fillRect(r, t.hover);
    painter.restore();
    if (i > 0)
      painter.fillRect(QRect(r.left(), 1, 1, height() - 2), t.border);
    painter.setFont(style::uiFont(size::kBase, chosen ? QFont::Medium : QFont::Normal));
    painter.setPen(!enabled ? t.disabled : chosen ? t.accentInk : t.muted);
    painter.drawText(r, Qt::AlignCenter, m_choices[i].text);
  }
}

void SegmentedSwitch::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton)
    choose(indexAt(event->pos()));
}

void SegmentedSwitch::mouseMoveEvent(QMouseEvent* event) {
  const int index = indexAt(event->pos());
  if (index != m_hover) {
    m_hover = index;
    update();
  }
}

void SegmentedSwitch::leaveEvent(QEvent*) {
  m_hover = -1;
  update();
}

void SegmentedSwitch::keyPressEvent(QKeyEvent* event) {
  const int step = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Left || event->key() == Qt::Key_Up ? -1 : 0;
  if (step == 0) {
    QWidget::keyPressEvent(event);
    return;
  }
  for (int i = m_current + step; i >= 0 && i < m_choices.size(); i += step)
    if (m_choices[i].enabled) {
      choose(i);
      break;
    }
}

void SegmentedSwitch::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  update();
}

bool SegmentedSwitch::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    const int index = indexAt(help->pos());
    if (index >= 0 && !m_choices[index].tip.isEmpty())
      QToolTip::showText(help->globalPos(), m_choices[index].tip, this, cell(index));
    else
      QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

} // namespace lathe::ui
