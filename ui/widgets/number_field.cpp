// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_field.h"

#include "ui/style/format.h"
#include "ui/style/proxy_style.h"
#include "ui/style/style.h"

#include <QKeyEvent>
#include <QPainter>
#include <QWheelEvent>

#include <cmath>
#include <limits>

namespace lathe::ui {

NumberField::NumberField(Notation notation, QWidget* parent)
    : QLineEdit(parent), m_notation(notation), m_minimum(-std::numeric_limits<double>::max()), m_maximum(std::numeric_limits<double>::max()) {
  connect(this, &QLineEdit::textEdited, this, &NumberField::read);
  setText(shown(m_value));
  placeSuffix();
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
  setToolTip(problem);
  setAccessibleDescription(problem);
  setProperty(kProblemProperty, !problem.isEmpty());
  update();
  if (changed)
    Q_EMIT validityChanged(problem.isEmpty());
}

void NumberField::stepBy(int steps) {
  if (isReadOnly() || !isEnabled())
    return;
  double value = m_value;
  if (m_notation == Notation::Scientific)
    value = value == 0 ? std::max(m_minimum, 1e-5) : value * std::pow(10.0, steps * 0.1);
  else
    value += steps * m_step;
  if (m_notation == Notation::Scientific && value != 0) {
    const double scale = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 1);
    value = std::round(value / scale) * scale;
  }
  value = std::clamp(value, m_minimum, m_maximum);
  if (value == m_value && !m_empty)
    return;
  setValue(value);
  Q_EMIT edited(value);
}

void NumberField::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)
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
  if (event->type() == QEvent::LanguageChange && !isValid())
    read();
}

} // namespace lathe::ui
