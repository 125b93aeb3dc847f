// SPDX-License-Identifier: GPL-3.0-or-later
// Complex controls and metrics of the proxy style.
#include "ui/style/icons.h"
#include "ui/style/proxy_style.h"
#include "ui/style/style.h"

#include <QComboBox>
#include <QPainter>
#include <QStyleOption>

namespace lathe::ui {

void ProxyStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                    const QWidget* widget) const {
  switch (control) {
  case CC_ComboBox:
    drawComboBox(option, painter, widget);
    return;
  case CC_ScrollBar:
    drawScrollBar(option, painter, widget);
    return;
  case CC_Slider:
    drawSlider(option, painter, widget);
    return;
  case CC_ToolButton:
    drawToolButton(option, painter, widget);
    return;
  default:
    QProxyStyle::drawComplexControl(control, option, painter, widget);
  }
}

void ProxyStyle::drawComboBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
  const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
  if (!combo)
    return;
  const Theme& t = Style::theme();
  const bool enabled = hasState(option, State_Enabled), open = hasState(option, State_On);
  if (combo->frame) {
    const QColor border = (hasState(option, State_HasFocus) || open) && enabled ? t.accent : t.borderStrong;
    const QColor fill = !enabled ? t.background : hasState(option, State_MouseOver) && !combo->editable ? style::mix(t.raised, t.hover, 0.5) : t.raised;
    style::drawBox(*painter, option->rect, fill, border, 5);
  }
  const QRect arrow = proxy()->subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget);
  style::icon(IconName::ChevronDown).paint(painter, QRect(arrow.center().x() - 6, arrow.center().y() - 6, 14, 14), Qt::AlignCenter,
                                           enabled ? QIcon::Normal : QIcon::Disabled);
}

void ProxyStyle::drawScrollBar(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
  const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
  if (!bar || bar->maximum <= bar->minimum)
    return;
  const Theme& t = Style::theme();
  QRectF thumb = proxy()->subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
  const bool active = (option->activeSubControls & SC_ScrollBarSlider) && (hasState(option, State_MouseOver) || hasState(option, State_Sunken));
  const double inset = active ? 2 : 3;
  thumb = bar->orientation == Qt::Vertical ? thumb.adjusted(inset, 1, -inset, -1) : thumb.adjusted(1, inset, -1, -inset);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(Qt::NoPen);
  painter->setBrush(active ? t.muted : t.borderStrong);
  const double radius = std::min(thumb.width(), thumb.height()) / 2;
  painter->drawRoundedRect(thumb, radius, radius);
  painter->restore();
}

void ProxyStyle::drawSlider(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
  const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
  if (!slider || slider->orientation != Qt::Horizontal) {
    QProxyStyle::drawComplexControl(CC_Slider, option, painter, widget);
    return;
  }
  const Theme& t = Style::theme();
  const QRect handle = proxy()->subControlRect(CC_Slider, option, SC_SliderHandle, widget);
  const double middle = option->rect.center().y() + 0.5;
  const QRectF groove(option->rect.left() + 2, middle - 2, option->rect.width() - 4, 4);
  style::drawBox(*painter, groove, t.track, QColor(), 2);
  const bool enabled = hasState(option, State_Enabled);
  QRectF filled = groove;
  filled.setRight(handle.center().x());
  style::drawBox(*painter, filled, enabled ? t.accent : t.borderStrong, QColor(), 2);
  const QRectF knob(handle.center().x() - 6.5, middle - 7, 14, 14);
  style::drawBox(*painter, knob, t.raised, hasState(option, State_HasFocus) && enabled ? t.accent : t.borderStrong, 7);
}

void ProxyStyle::drawToolButton(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
  const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
  if (!button)
    return;
  proxy()->drawPrimitive(PE_PanelButtonTool, option, painter, widget);
  if (hasState(option, State_HasFocus) && hasState(option, State_KeyboardFocusChange)) {
    QStyleOptionFocusRect focus;
    focus.QStyleOption::operator=(*option);
    proxy()->drawPrimitive(PE_FrameFocusRect, &focus, painter, widget);
  }
  QStyleOptionToolButton label = *button;
  label.features &= ~QStyleOptionToolButton::HasMenu;
  proxy()->drawControl(CE_ToolButtonLabel, &label, painter, widget);
}

QRect ProxyStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub, const QWidget* widget) const {
  if (control == CC_ScrollBar) {
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!bar)
      return QProxyStyle::subControlRect(control, option, sub, widget);
    const bool vertical = bar->orientation == Qt::Vertical;
    const int length = vertical ? option->rect.height() : option->rect.width();
    const qint64 range = qint64(bar->maximum) - bar->minimum;
    int thumb = length;
    if (range > 0)
      thumb = std::clamp(int(qint64(length) * bar->pageStep / (range + bar->pageStep)), std::min(28, length), length);
    const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
    const auto part = [&](int from, int size) {
      return vertical ? QRect(option->rect.left(), option->rect.top() + from, option->rect.width(), size)
                      : QRect(option->rect.left() + from, option->rect.top(), size, option->rect.height());
    };
    switch (sub) {
    case SC_ScrollBarSlider:
      return part(start, thumb);
    case SC_ScrollBarSubPage:
      return part(0, start);
    case SC_ScrollBarAddPage:
      return part(start + thumb, length - start - thumb);
    case SC_ScrollBarGroove:
      return option->rect;
    default:
      return {};
    }
  }
  if (control == CC_ComboBox) {
    const QRect r = option->rect;
    if (sub == SC_ComboBoxArrow)
      return QRect(r.right() - 25, r.top(), 24, r.height());
    if (sub == SC_ComboBoxEditField)
      return r.adjusted(8, 2, -26, -2);
    if (sub == SC_ComboBoxFrame)
      return r;
  }
  return QProxyStyle::subControlRect(control, option, sub, widget);
}

QRect ProxyStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
  if (element == SE_LineEditContents)
    if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0)
      return option->rect.adjusted(6, 1, -6, -1);
  return QProxyStyle::subElementRect(element, option, widget);
}

QSize ProxyStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const {
  QSize out = QProxyStyle::sizeFromContents(type, option, size, widget);
  switch (type) {
  case CT_PushButton:
    if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
      const int text = button->fontMetrics.size(Qt::TextShowMnemonic, button->text).width();
      const int icon = button->icon.isNull() ? 0 : 16 + (text ? 6 : 0);
      out = QSize(text + icon + 26, std::max(size::kControl, button->fontMetrics.height() + 10));
    }
    break;
  case CT_LineEdit:
    out.setHeight(std::max(out.height(), size::kControl));
    break;
  case CT_ComboBox:
    out.setWidth(size.width() + 38);
    out.setHeight(std::max(size::kControl, size.height() + 8));
    break;
  case CT_HeaderSection:
    out.setHeight(std::max(out.height(), 28));
    break;
  case CT_MenuItem:
    if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
      if (item->menuItemType == QStyleOptionMenuItem::Separator)
        out.setHeight(item->text.isEmpty() ? 9 : 24);
      else
        out = QSize(out.width() + 24, std::max(28, item->fontMetrics.height() + 10));
    }
    break;
  default:
    break;
  }
  return out;
}

int ProxyStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  switch (metric) {
  case PM_ScrollBarExtent:
    return 12;
  case PM_ScrollBarSliderMin:
    return 28;
  case PM_IndicatorWidth:
  case PM_IndicatorHeight:
  case PM_ExclusiveIndicatorWidth:
  case PM_ExclusiveIndicatorHeight:
    return 16;
  case PM_CheckBoxLabelSpacing:
  case PM_RadioButtonLabelSpacing:
    return 8;
  case PM_SplitterWidth:
    return 1;
  case PM_ButtonIconSize:
  case PM_SmallIconSize:
    return 16;
  case PM_ScrollView_ScrollBarSpacing:
    return 0;
  case PM_MenuVMargin:
    return 5;
  case PM_ToolTipLabelFrameWidth:
    return 6;
  default:
    return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

int ProxyStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* result) const {
  switch (hint) {
  case SH_EtchDisabledText:
  case SH_ComboBox_Popup:
  case SH_Widget_Animate:
    return 0;
  case SH_Widget_Animation_Duration:
    return 0;
  case SH_ScrollBar_Transient:
    return 0;
  case SH_ToolTip_WakeUpDelay:
    return 400;
  default:
    return QProxyStyle::styleHint(hint, option, widget, result);
  }
}

} // namespace lathe::ui
