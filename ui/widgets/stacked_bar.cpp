// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/stacked_bar.h"

#include "ui/style/format.h"
#include "ui/style/style.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <cmath>

namespace lathe::ui {

namespace {
struct Text {
  Q_DECLARE_TR_FUNCTIONS(Memory)
};
constexpr int kRow = 27;
} // namespace

QString memoryCategoryName(MemoryCategory category) {
  switch (category) {
  case MemoryCategory::Weights:
    return Text::tr("Weights");
  case MemoryCategory::Adapters:
    return Text::tr("Adapters");
  case MemoryCategory::Gradients:
    return Text::tr("Gradients");
  case MemoryCategory::Optimizer:
    return Text::tr("Optimizer");
  case MemoryCategory::Stash:
    return Text::tr("Stash");
  case MemoryCategory::Workspace:
    return Text::tr("Workspace");
  case MemoryCategory::Context:
    return Text::tr("Context, cache");
  case MemoryCategory::Other:
    return Text::tr("Other programs");
  }
  return {};
}

MemoryCategory memoryCategory(const QString& name) {
  static const QStringList names = {QStringLiteral("weights"), QStringLiteral("adapters"),  QStringLiteral("gradients"),
                                    QStringLiteral("optimizer"), QStringLiteral("stash"), QStringLiteral("workspace")};
  const qsizetype at = names.indexOf(name);
  if (at >= 0)
    return static_cast<MemoryCategory>(at);
  return name == QLatin1String("context") || name == QLatin1String("cache") || name == QLatin1String("kv_cache") ? MemoryCategory::Context
                                                                                                               : MemoryCategory::Other;
}

StackedBar::StackedBar(QWidget* parent, int height) : QWidget(parent), m_height(height) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setParts({}, 0);
}

void StackedBar::setParts(const QList<MemoryPart>& parts, double total) {
  m_parts = parts;
  m_total = total;
  setAccessibleName(describe());
  update();
}

double StackedBar::used() const {
  double sum = 0;
  for (const MemoryPart& part : m_parts)
    sum += part.bytes;
  return sum;
}

QString StackedBar::describe() const {
  QStringList lines{tr("%1 of %2 GiB").arg(format::gib(used()), format::gib(m_total))};
  for (const MemoryPart& part : m_parts)
    if (part.bytes > 0)
      lines << QStringLiteral("%1: %2").arg(memoryCategoryName(part.category), format::bytes(part.bytes));
  return lines.join(QLatin1Char('\n'));
}

void StackedBar::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF r(0, (height() - m_height) / 2.0, width(), m_height);
  QPainterPath clip;
  clip.addRoundedRect(r, 3, 3);
  painter.setClipPath(clip);
  painter.fillRect(r, t.track);
  const double sum = used(), whole = std::max(m_total, sum);
  double x = 0;
  painter.setRenderHint(QPainter::Antialiasing, false);
  for (const MemoryPart& part : m_parts) {
    const double w = whole > 0 ? part.bytes / whole * width() : 0;
    const double left = std::round(x), right = std::round(x + w);
    painter.fillRect(QRectF(left, r.top(), std::max(part.bytes > 0 ? 1.0 : 0.0, right - left), r.height()), t.memoryColor(part.category));
    x += w;
  }
  if (m_total > 0 && sum > m_total) {
    const double edge = m_total / whole * width();
    painter.fillRect(QRectF(edge, r.top(), width() - edge, 3), t.bad);
    painter.fillRect(QRectF(edge, r.top(), 2, r.height()), t.bad);
  }
}

bool StackedBar::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), describe(), this);
    return true;
  }
  return QWidget::event(event);
}

MemoryLegend::MemoryLegend(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed); }

void MemoryLegend::setParts(const QList<MemoryPart>& parts) {
  const bool resized = parts.size() != m_parts.size();
  m_parts = parts;
  QStringList rows;
  for (const MemoryPart& part : parts)
    rows << QStringLiteral("%1 %2").arg(memoryCategoryName(part.category), format::bytes(part.bytes));
  setAccessibleName(rows.join(QStringLiteral(", ")));
  if (resized)
    updateGeometry();
  update();
}

void MemoryLegend::setExtra(const QString& name, const QString& value) {
  m_extraName = name;
  m_extraValue = value;
  updateGeometry();
  update();
}

QSize MemoryLegend::sizeHint() const { return {200, int(m_parts.size() + (m_extraName.isEmpty() ? 0 : 1)) * kRow}; }

void MemoryLegend::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  painter.setFont(style::uiFont());
  const auto row = [&](int index, const QString& name, const QString& value, const QColor& color) {
    const QRect r(0, index * kRow, width(), kRow);
    if (color.isValid())
      painter.fillRect(QRect(6, r.center().y() - 4, 10, 10), color);
    painter.setPen(t.text);
    const int valueWidth = painter.fontMetrics().horizontalAdvance(value);
    painter.drawText(r.adjusted(0, 0, -5, 0), Qt::AlignRight | Qt::AlignVCenter, value);
    const int left = color.isValid() ? 22 : 6;
    painter.drawText(r.adjusted(left, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(name, Qt::ElideRight, width() - left - valueWidth - 16));
    painter.fillRect(QRect(0, r.bottom(), width(), 1), t.border);
  };
  int index = 0;
  for (const MemoryPart& part : m_parts)
    row(index++, memoryCategoryName(part.category), format::bytes(part.bytes), t.memoryColor(part.category));
  if (!m_extraName.isEmpty())
    row(index, m_extraName, m_extraValue, QColor());
}

void MemoryLegend::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    setParts(m_parts);
}

ThinProgress::ThinProgress(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed); }

void ThinProgress::setShare(double share) {
  m_share = share;
  setAccessibleName(std::isfinite(share) ? format::percent(share * 100) : tr("unknown progress"));
  update();
}

void ThinProgress::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  const QRectF r(0, (height() - 6) / 2.0, width(), 6);
  style::drawBox(painter, r, t.track, QColor(), 3);
  if (std::isfinite(m_share) && m_share > 0)
    style::drawBox(painter, QRectF(r.left(), r.top(), std::max(6.0, r.width() * std::min(1.0, m_share)), 6), t.accent, QColor(), 3);
}

Sparkline::Sparkline(QWidget* parent) : QWidget(parent) { setAccessibleName(tr("trend")); }

void Sparkline::setValues(const QList<double>& values) {
  m_values = values;
  update();
}

void Sparkline::paint(QPainter& painter, const QRectF& rect, const QList<double>& values, const QColor& color) {
  double lower = std::numeric_limits<double>::infinity(), upper = -lower;
  for (const double v : values)
    if (std::isfinite(v)) {
      lower = std::min(lower, v);
      upper = std::max(upper, v);
    }
  if (values.size() < 2 || !(upper >= lower))
    return;
  const double span = upper > lower ? upper - lower : 1;
  QPolygonF line;
  for (qsizetype i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]))
      line << QPointF(rect.left() + rect.width() * double(i) / double(values.size() - 1), rect.bottom() - (values[i] - lower) / span * rect.height());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPolyline(line);
  painter.restore();
}

void Sparkline::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, QRectF(rect()).adjusted(1, 3, -1, -3), m_values, Style::theme().series[0]);
}

} // namespace lathe::ui
