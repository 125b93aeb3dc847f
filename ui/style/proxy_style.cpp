// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/proxy_style.h"

#include "ui/style/icons.h"
#include "ui/style/style.h"

#include <QAbstractItemView>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolButton>

namespace lathe::ui {

namespace {

QColor inputBorder(const QStyleOption* option, const QWidget* widget) {
  const Theme& t = Style::theme();
  if (widget && widget->property(kProblemProperty).toBool())
    return t.bad;
  return hasState(option, QStyle::State_HasFocus) && hasState(option, QStyle::State_Enabled) ? t.accent : t.borderStrong;
}

void drawCheck(const QStyleOption* option, QPainter* painter, bool round) {
  const Theme& t = Style::theme();
  const bool checked = hasState(option, QStyle::State_On), enabled = hasState(option, QStyle::State_Enabled);
  const QColor fill = checked ? (enabled ? t.accentFill : t.track) : t.raised;
  const QColor border = checked ? fill : hasState(option, QStyle::State_HasFocus) ? t.accent : t.borderStrong;
  const QRectF r = option->rect;
  style::drawBox(*painter, r, fill, border, round ? r.width() / 2 : 4);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (checked && round) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(t.onAccent);
    painter->drawEllipse(r.center(), r.width() * 0.18, r.width() * 0.18);
  } else if (checked) {
    painter->setPen(QPen(t.onAccent, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF points[3] = {{r.left() + r.width() * 0.26, r.top() + r.height() * 0.52},
                               {r.left() + r.width() * 0.44, r.top() + r.height() * 0.70},
                               {r.left() + r.width() * 0.75, r.top() + r.height() * 0.33}};
    painter->drawPolyline(points, 3);
  } else if (hasState(option, QStyle::State_NoChange)) {
    painter->fillRect(QRectF(r.left() + 4, r.center().y() - 0.5, r.width() - 8, 2), t.muted);
  }
  painter->restore();
}

} // namespace

ProxyStyle::ProxyStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void ProxyStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const Theme& t = Style::theme();
  switch (element) {
  case PE_PanelLineEdit:
  case PE_FrameLineEdit:
    if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth <= 0)
      return;
    style::drawBox(*painter, option->rect, hasState(option, State_Enabled) ? t.raised : t.background, inputBorder(option, widget), 5);
    return;
  case PE_Frame:
    style::drawBox(*painter, option->rect, QColor(), hasState(option, State_HasFocus) ? t.accent : t.border, size::kRadius);
    return;
  case PE_PanelTipLabel:
    painter->fillRect(option->rect, t.raised);
    painter->setPen(t.borderStrong);
    painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
    return;
  case PE_PanelMenu:
    painter->fillRect(option->rect, t.raised);
    return;
  case PE_FrameMenu:
    painter->setPen(t.borderStrong);
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
    return;
  case PE_FrameFocusRect: {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(t.accent, 1.5));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), 4, 4);
    painter->restore();
    return;
  }
  case PE_IndicatorCheckBox:
  case PE_IndicatorItemViewItemCheck:
    drawCheck(option, painter, false);
    return;
  case PE_IndicatorRadioButton:
    drawCheck(option, painter, true);
    return;
  case PE_PanelItemViewItem:
  case PE_PanelItemViewRow:
    if (hasState(option, State_Selected))
      painter->fillRect(option->rect, t.accentSoft);
    else if (hasState(option, State_MouseOver) && hasState(option, State_Enabled) && element == PE_PanelItemViewItem)
      painter->fillRect(option->rect, t.hover);
    return;
  case PE_PanelButtonTool:
    if (hasState(option, State_Sunken) || hasState(option, State_On) || hasState(option, State_MouseOver))
      style::drawBox(*painter, option->rect, hasState(option, State_On) ? t.accentSoft : t.hover, QColor(), 5);
    return;
  case PE_FrameStatusBarItem:
  case PE_IndicatorToolBarSeparator:
    return;
  default:
    QProxyStyle::drawPrimitive(element, option, painter, widget);
  }
}

void ProxyStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const Theme& t = Style::theme();
  switch (element) {
  case CE_PushButtonBevel:
    drawButton(option, painter, widget);
    return;
  case CE_PushButtonLabel:
    drawButtonLabel(option, painter, widget);
    return;
  case CE_HeaderSection:
    painter->fillRect(option->rect, t.surface);
    painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), t.border);
    return;
  case CE_HeaderEmptyArea:
    painter->fillRect(option->rect, t.surface);
    painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), t.border);
    return;
  case CE_HeaderLabel:
    if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
      QStyleOptionHeaderV2 copy;
      if (const auto* v2 = qstyleoption_cast<const QStyleOptionHeaderV2*>(option))
        copy = *v2;
      else
        static_cast<QStyleOptionHeader&>(copy) = *header;
      copy.palette.setColor(QPalette::ButtonText, t.muted);
      copy.state.setFlag(State_On, false); // no bold on selection: columns would jump
      QProxyStyle::drawControl(element, &copy, painter, widget);
      return;
    }
    break;
  case CE_ComboBoxLabel:
    if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option); combo && !combo->editable) {
      QStyleOptionComboBox copy = *combo;
      const int icon = combo->currentIcon.isNull() ? 0 : combo->iconSize.width() + 4;
      const int room = proxy()->subControlRect(CC_ComboBox, combo, SC_ComboBoxEditField, widget).width() - icon - 4;
      copy.currentText = combo->fontMetrics.elidedText(combo->currentText, Qt::ElideMiddle, room);
      QProxyStyle::drawControl(element, &copy, painter, widget);
      return;
    }
    break;
  case CE_Splitter:
    painter->fillRect(option->rect, t.border);
    return;
  case CE_MenuItem:
    drawMenuItem(option, painter, widget);
    return;
  case CE_MenuEmptyArea:
    painter->fillRect(option->rect, t.raised);
    return;
  case CE_ShapedFrame:
    if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->frameShape == QFrame::StyledPanel) {
      proxy()->drawPrimitive(PE_Frame, option, painter, widget);
      return;
    }
    break;
  default:
    break;
  }
  QProxyStyle::drawControl(element, option, painter, widget);
}

void ProxyStyle::drawButton(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const Theme& t = Style::theme();
  const int kind = widget ? widget->property(kButtonKindProperty).toInt() : 0;
  const bool enabled = hasState(option, State_Enabled), down = hasState(option, State_Sunken) || hasState(option, State_On);
  const bool hover = enabled && hasState(option, State_MouseOver);
  QColor fill = t.raised, border = t.borderStrong;
  if (kind == 1) {
    fill = enabled ? t.accentFill : t.track;
    if (down || hover)
      fill = style::mix(fill, t.text, down ? 0.15 : 0.07);
    border = fill;
  } else {
    if (kind == 3)
      fill = border = QColor(Qt::transparent);
    if (down || hover)
      fill = t.hover;
    if (!enabled && kind != 3)
      border = t.border;
  }
  style::drawBox(*painter, option->rect, fill, border, size::kRadius);
  if (hasState(option, State_HasFocus) && hasState(option, State_KeyboardFocusChange)) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(kind == 1 ? t.onAccent : t.accent, 1.5));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(QRectF(option->rect).adjusted(2, 2, -2, -2), 4, 4);
    painter->restore();
  }
}

void ProxyStyle::drawButtonLabel(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
  if (!button)
    return;
  const Theme& t = Style::theme();
  const int kind = widget ? widget->property(kButtonKindProperty).toInt() : 0;
  const bool enabled = hasState(option, State_Enabled);
  QColor ink = !enabled ? (kind == 1 ? t.muted : t.disabled) : kind == 1 ? t.onAccent : kind == 2 ? t.bad : t.text;
  const int iconSide = button->icon.isNull() ? 0 : 16;
  const int gap = iconSide && !button->text.isEmpty() ? 6 : 0;
  const int textWidth = button->fontMetrics.size(Qt::TextShowMnemonic, button->text).width();
  const QRect r = option->rect;
  const int left = r.left() + std::max(4, (r.width() - iconSide - gap - textWidth) / 2);
  if (iconSide)
    button->icon.paint(painter, QRect(left, r.center().y() - iconSide / 2 + (r.height() % 2 ? 0 : 1), iconSide, iconSide), Qt::AlignCenter,
                       enabled ? QIcon::Normal : QIcon::Disabled);
  painter->setPen(ink);
  painter->drawText(QRect(left + iconSide + gap, r.top(), r.right() - left - iconSide - gap, r.height()),
                    Qt::AlignLeft | Qt::AlignVCenter | Qt::TextHideMnemonic | Qt::TextSingleLine, button->text);
}

void ProxyStyle::drawMenuItem(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
  if (!item)
    return;
  const Theme& t = Style::theme();
  if (item->menuItemType == QStyleOptionMenuItem::Separator) {
    if (item->text.isEmpty()) {
      painter->fillRect(QRect(option->rect.left() + 8, option->rect.center().y(), option->rect.width() - 16, 1), t.border);
    } else {
      painter->setFont(style::uiFont(size::kCaption));
      painter->setPen(t.muted);
      painter->drawText(option->rect.adjusted(12, 0, -12, 0), Qt::AlignLeft | Qt::AlignVCenter, item->text);
    }
    return;
  }
  const bool enabled = hasState(option, State_Enabled);
  if (hasState(option, State_Selected) && enabled)
    style::drawBox(*painter, option->rect.adjusted(4, 0, -4, 0), t.accentSoft, QColor(), 4);
  const QRect r = option->rect.adjusted(12, 0, -12, 0);
  if (item->checkType != QStyleOptionMenuItem::NotCheckable && item->checked)
    style::icon(IconName::Check, IconRole::Accent).paint(painter, QRect(r.left(), r.center().y() - 7, 16, 16));
  else if (!item->icon.isNull())
    item->icon.paint(painter, QRect(r.left(), r.center().y() - 7, 16, 16), Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
  const int indent = item->menuHasCheckableItems || item->maxIconWidth > 0 ? 22 : 0;
  const QStringList parts = item->text.split(QLatin1Char('\t'));
  painter->setPen(enabled ? t.text : t.disabled);
  painter->drawText(r.adjusted(indent, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextHideMnemonic | Qt::TextSingleLine, parts.value(0));
  if (parts.size() > 1) {
    painter->setPen(enabled ? t.muted : t.disabled);
    painter->drawText(r, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, parts.value(1));
  }
  if (item->menuItemType == QStyleOptionMenuItem::SubMenu)
    style::icon(IconName::ChevronRight).paint(painter, QRect(r.right() - 14, r.center().y() - 7, 14, 14));
}

void ProxyStyle::polish(QWidget* widget) {
  QProxyStyle::polish(widget);
  if (qobject_cast<QPushButton*>(widget) || qobject_cast<QToolButton*>(widget) || qobject_cast<QScrollBar*>(widget))
    widget->setAttribute(Qt::WA_Hover);
  if (auto* view = qobject_cast<QAbstractItemView*>(widget))
    view->viewport()->setAttribute(Qt::WA_Hover);
}

} // namespace lathe::ui
