// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

#include <optional>

namespace lathe::ui {

/// A number with range and unit. Wheel only with focus; Up and Down step (×/÷ 10 % in scientific notation). Dragging sideways changes it too: from the
/// unit at any time, from anywhere while the field is not being edited; Shift is ten times finer, Esc takes the drag back. Wrong input keeps
/// the text, shows a red border and says why in the tooltip; value() is then still the last good one.
class NumberField : public QLineEdit {
  Q_OBJECT
 public:
  enum class Notation { Integer, Decimal, Scientific };
  explicit NumberField(Notation notation = Notation::Integer, QWidget* parent = nullptr);
  void setRange(double minimum, double maximum);
  void setStep(double step);            // for Integer and Decimal
  void setDecimals(int decimals);       // most digits after the point
  void setSuffix(const QString& suffix); // right-aligned inside the field: "1 – 1024", "tokens"
  void setOptional(bool optional, const QString& emptyText = {}); // may be empty: optionalValue() is nullopt
  double value() const { return m_value; }
  qint64 integer() const;
  std::optional<double> optionalValue() const;
  void setValue(double value);          // no signal
  void setOptionalValue(std::optional<double> value);
  bool isValid() const { return m_problem.isEmpty(); }
  QString problem() const { return m_problem; }
  bool isScrubbing() const { return m_drag == Drag::On; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void edited(double value); // the person changed it to a valid value (NaN when emptied and optional)
  void validityChanged(bool valid);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  enum class Drag { Off, Waiting, On };
  void read();
  void stepBy(int steps);
  double stepped(double from, double steps) const;
  void take(double value);
  void scrubTo(double x, bool fine);
  void endScrub(bool keep);
  bool isOverSuffix(double x) const;
  void showTip();
  QString shown(double value) const;
  void setProblem(const QString& problem);
  void placeSuffix();
  Notation m_notation;
  double m_minimum, m_maximum, m_step = 1, m_value = 0;
  int m_decimals = 4;
  bool m_optional = false, m_empty = false;
  QString m_suffix, m_problem;
  Drag m_drag = Drag::Off;
  bool m_focusedByPress = false; // the press that is being handled gave the focus
  double m_dragX = 0, m_dragSteps = 0;
  std::optional<double> m_beforeDrag;
};

} // namespace lathe::ui
