// SPDX-License-Identifier: GPL-3.0-or-later
// Fusion, drawn from the tokens.
#pragma once

#include "ui/style/shown_state.h"

#include <QProxyStyle>
#include <QStyleOption>

namespace lathe::ui {

/// Dynamic property of a QPushButton: 0 normal, 1 primary, 2 danger, 3 quiet (ButtonKind).
inline constexpr const char* kButtonKindProperty = "latheButtonKind";
/// Dynamic property of an input: true draws its border in the colour of errors.
inline constexpr const char* kProblemProperty = "latheProblem";

inline bool hasState(const QStyleOption* option, QStyle::StateFlag flag) {
  return option->state.testFlag(flag) || style::isShownAs(option->styleObject, flag);
}

class ProxyStyle : public QProxyStyle {
  Q_OBJECT
 public:
  ProxyStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
  QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub, const QWidget* widget) const override;
  QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const override;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* result) const override;
  void polish(QWidget* widget) override;
  using QProxyStyle::polish;

 private:
  void drawButton(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
  void drawButtonLabel(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
  void drawComboBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
  void drawScrollBar(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
  void drawSlider(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
  void drawToolButton(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
  void drawMenuItem(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
};

} // namespace lathe::ui
