// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_field.h"

#include "ui/style/format.h"
#include "ui/style/proxy_style.h"
#include "ui/style/style.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QStyleHints>
#include <QWheelEvent>

#include <cmath>
#include <limits>

namespace lathe::ui {

NumberField::NumberField(Notation notation, QWidget* parent)
    : QLineEdit(parent), m_notation(notation), m_minimum(-std::numeric_limits<double>::max()), m_maximum(std::numeric_limits<double>::max()) {
  connect(this, &QLineEdit::textEdited, this, &NumberField::read);
  setText(shown(m_value));
  placeSuffix();
  showTip();
}

void NumberField::setRange(double minimum, double maximum) {
  m_minimum = minimum;
  m_maximum = maximum;
}

void NumberField::setStep(double step) { m_step = step; }
void NumberField::setDecimals(int decimals) { m_decimals = decimals; }

void NumberField::setSuffix(const QString& suffix) {
  m_suffix = suffix;
  placeSuffix();
}

void NumberField::placeSuffix() {
  const int width = m_suffix.isEmpty() ? 0 : QFontMetrics(style::uiFont(size::kCaption)).horizontalAdvance(m_suffix) + 10;
  setTextMargins(0, 0, width, 0);
  update();
}

void NumberField::setOptional(bool optional, const QString& emptyText) {
  m_optional = optional;
  setPlaceholderText(emptyText);
}

qint64 NumberField::integer() const { return std::llround(m_value); }

std::optional<double> NumberField::optionalValue() const { return m_empty ? std::nullopt : std::optional<double>(m_value); }

void NumberField::setValue(double value) {
  m_value = value;
  m_empty = false;
  setText(shown(value));
  setProblem({});
}

void NumberField::setOptionalValue(std::optional<double> value) {
  if (value) {
    setValue(*value);
    return;
  }
  m_empty = true;
  clear();
  setProblem({});
}

QString NumberField::shown(double value) const {
  switch (m_notation) {
  case Notation::Integer:
    return format::grouped(std::llround(value));
  case Notation::Scientific:
    return format::scientific(value);
  case Notation::Decimal:
    break;
  }
  QString text = QString::number(value, 'f', m_decimals);
  if (text.contains(QLatin1Char('.'))) {
    while (text.endsWith(QLatin1Char('0')))
      text.chop(1);
    if (text.endsWith(QLatin1Char('.')))
      text.chop(1);
  }
  return text;
}

void NumberField::read() {
  QString text = this->text().trimmed();
  if (text.isEmpty() && m_optional) {
    m_empty = true;
    setProblem({});
    Q_EMIT edited(std::numeric_limits<double>::quiet_NaN());
    return;
  }
  for (const QChar space : {QChar(' '), QChar(0x202F), QChar(0x00A0), QChar('_')})
    text.remove(space);
  text.replace(QChar(0x2212), QLatin1Char('-'));
  static const QRegularExpression grouped(QStringLiteral("^-?\\d{1,3}(,\\d{3})+$"));
  if (m_notation == Notation::Integer && grouped.match(text).hasMatch()) // 10,000
    text.remove(QLatin1Char(','));
  text.replace(QLatin1Char(','), QLatin1Char('.'));
  bool ok = false;
  const double value = text.toDouble(&ok);
  if (!ok || !std::isfinite(value))
    return setProblem(tr("\"%1\" is not a number.").arg(this->text()));
  if (m_notation == Notation::Integer && value != std::floor(value))
    return setProblem(tr("A whole number is needed."));
  if (value < m_minimum)
    return setProblem(tr("The smallest possible value is %1.").arg(shown(m_minimum)));
  if (value > m_maximum)
    return setProblem(tr("The largest possible value is %1.").arg(shown(m_maximum)));
  setProblem({});
  m_empty = false;
  m_value = value;
  Q_EMIT edited(value);
}

void NumberField::setProblem(const QString& problem) {
  const bool changed = problem.isEmpty() != m_problem.isEmpty();
  m_problem = problem;
  showTip();
  setAccessibleDescription(problem);
  setProperty(kProblemProperty, !problem.isEmpty());
  update();
  if (changed)
    Q_EMIT validityChanged(problem.isEmpty());
}

void NumberField::showTip() { setToolTip(m_problem.isEmpty() ? tr("Drag sideways to change it; Shift is finer, Esc takes it back.") : m_problem); }

double NumberField::stepped(double from, double steps) const {
  if (m_notation != Notation::Scientific)
    return m_notation == Notation::Integer ? from + std::trunc(steps) * m_step : from + steps * m_step;
  const double value = from == 0 ? std::max(m_minimum, 1e-5) : from * std::pow(10.0, steps * 0.1);
  const double scale = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - (steps == std::trunc(steps) ? 1 : 2));
  return std::round(value / scale) * scale;
}

void NumberField::take(double value) {
  value = std::clamp(value, m_minimum, m_maximum);
  if (value == m_value && !m_empty && isValid())
    return;
  setValue(value);
  Q_EMIT edited(value);
}

void NumberField::stepBy(int steps) {
  if (!isReadOnly() && isEnabled())
    take(stepped(m_value, steps));
}

bool NumberField::isOverSuffix(double x) const { return !m_suffix.isEmpty() && x >= width() - textMargins().right(); }

void NumberField::mousePressEvent(QMouseEvent* event) {
  const bool first = std::exchange(m_focusedByPress, false);
  if (event->button() == Qt::LeftButton && !isReadOnly() && (first || isOverSuffix(event->position().x()))) {
    m_drag = Drag::Waiting;
    m_dragX = event->position().x();
    m_dragSteps = 0;
    m_beforeDrag = optionalValue();
  }
  QLineEdit::mousePressEvent(event);
}

void NumberField::mouseMoveEvent(QMouseEvent* event) {
  const double x = event->position().x();
  if (m_drag == Drag::Off) {
    setCursor(isOverSuffix(x) || !hasFocus() ? Qt::SizeHorCursor : Qt::IBeamCursor);
    if (event->buttons() != Qt::NoButton)
      QLineEdit::mouseMoveEvent(event);
    return;
  }
  if (m_drag == Drag::Waiting && std::fabs(x - m_dragX) >= QGuiApplication::styleHints()->startDragDistance() / 2.0) {
    m_drag = Drag::On;
    m_dragX = x;
    setCursor(Qt::SizeHorCursor);
  }
  if (m_drag == Drag::On)
    scrubTo(x, event->modifiers() & Qt::ShiftModifier);
}

/// Four pixels are a step. Steps are counted from where the drag began, so that going back brings the same number back.
void NumberField::scrubTo(double x, bool fine) {
  constexpr double kPixels = 4, kFine = 10;
  m_dragSteps += (x - m_dragX) / kPixels / (fine ? kFine : 1);
  m_dragX = x;
  const double tenths = std::trunc(m_dragSteps * kFine) / kFine;
  take(stepped(m_beforeDrag.value_or(m_value), fine ? tenths : std::trunc(m_dragSteps)));
  deselect();
}

void NumberField::endScrub(bool keep) {
  m_drag = Drag::Off;
  setCursor(Qt::IBeamCursor);
  if (keep)
    return;
  setOptionalValue(m_beforeDrag);
  Q_EMIT edited(m_beforeDrag.value_or(std::numeric_limits<double>::quiet_NaN()));
}

void NumberField::mouseReleaseEvent(QMouseEvent* event) {
  if (m_drag == Drag::On && event->button() == Qt::LeftButton) {
    endScrub(true);
    selectAll(); // ready to be typed over
    return;
  }
  m_drag = Drag::Off;
  QLineEdit::mouseReleaseEvent(event);
}

void NumberField::focusInEvent(QFocusEvent* event) {
  m_focusedByPress = event->reason() == Qt::MouseFocusReason;
  QLineEdit::focusInEvent(event);
}

void NumberField::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && m_drag == Drag::On)
    endScrub(false);
  else if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)
    stepBy((event->key() == Qt::Key_Up ? 1 : -1) * (event->modifiers() & Qt::ShiftModifier ? 10 : 1));
  else
    QLineEdit::keyPressEvent(event);
}

void NumberField::wheelEvent(QWheelEvent* event) {
  if (!hasFocus()) {
    event->ignore();
    return;
  }
  stepBy(event->angleDelta().y() > 0 ? 1 : -1);
  event->accept();
}

void NumberField::focusOutEvent(QFocusEvent* event) {
  m_focusedByPress = false;
  QLineEdit::focusOutEvent(event);
  if (isValid() && !m_empty)
    setText(shown(m_value));
}

QSize NumberField::sizeHint() const { return {160, size::kControl}; }

QSize NumberField::minimumSizeHint() const { return {70, size::kControl}; }

void NumberField::paintEvent(QPaintEvent* event) {
  QLineEdit::paintEvent(event);
  if (m_suffix.isEmpty())
    return;
  QPainter painter(this);
  painter.setFont(style::uiFont(size::kCaption));
  painter.setPen(isEnabled() ? Style::theme().muted : Style::theme().disabled);
  painter.drawText(rect().adjusted(0, 0, -9, 0), Qt::AlignRight | Qt::AlignVCenter, m_suffix);
}

void NumberField::changeEvent(QEvent* event) {
  QLineEdit::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) {
    showTip();
    if (!isValid())
      read();
  }
}

} // namespace lathe::ui
