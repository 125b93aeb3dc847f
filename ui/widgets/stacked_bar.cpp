// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/stacked_bar.h"

#include "ui/style/format.h"
#include "ui/style/style.h"
#include "ui/widgets/memory_help.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <array>
#include <cmath>
#include <numeric>

namespace lathe::ui {

namespace {
struct Text {
  Q_DECLARE_TR_FUNCTIONS(Memory)
};
constexpr int kRow = 25;

/// By MemoryCategory.
const QStringList& engineNames() {
  static const QStringList names = {QStringLiteral("weights"), QStringLiteral("adapters"),  QStringLiteral("masters"), QStringLiteral("gradients"), QStringLiteral("optimizer"),
                                    QStringLiteral("stash"),   QStringLiteral("workspace"), QStringLiteral("cache"),   QStringLiteral("context"),   QStringLiteral("held")};
  return names;
}
} // namespace

QString memoryCategoryName(MemoryCategory category) {
  switch (category) {
  case MemoryCategory::Weights:
    return Text::tr("Weights");
  case MemoryCategory::Adapters:
    return Text::tr("Adapters");
  case MemoryCategory::Masters:
    return Text::tr("Masters");
  case MemoryCategory::Gradients:
    return Text::tr("Gradients");
  case MemoryCategory::Optimizer:
    return Text::tr("Optimizer");
  case MemoryCategory::Stash:
    return Text::tr("Stash");
  case MemoryCategory::Workspace:
    return Text::tr("Workspace");
  case MemoryCategory::Cache:
    return Text::tr("Cache");
  case MemoryCategory::Context:
    return Text::tr("Context");
  case MemoryCategory::Held:
    return Text::tr("Held, free");
  case MemoryCategory::Rest:
    return Text::tr("Not attributed");
  case MemoryCategory::Other:
    return Text::tr("Other programs");
  }
  return {};
}

MemoryCategory memoryCategory(const QString& name) {
  if (name == QLatin1String("kv_cache"))
    return MemoryCategory::Cache;
  if (name.startsWith(QLatin1String("held")))
    return MemoryCategory::Held;
  const qsizetype at = engineNames().indexOf(name);
  return at >= 0 ? static_cast<MemoryCategory>(at) : MemoryCategory::Rest;
}

QList<MemoryPart> memoryParts(const std::map<std::string, int64_t>& categories) {
  std::array<double, kMemoryCategories> sums{};
  for (const auto& [category, bytes] : categories)
    sums[static_cast<size_t>(memoryCategory(QString::fromStdString(category)))] += static_cast<double>(bytes);
  QList<MemoryPart> parts;
  for (int i = 0; i < kMemoryCategories; ++i)
    if (sums[static_cast<size_t>(i)] > 0)
      parts.append({static_cast<MemoryCategory>(i), sums[static_cast<size_t>(i)]});
  return parts;
}

double sumOf(const QList<MemoryPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0, [](double sum, const MemoryPart& part) { return sum + part.bytes; });
}

QList<MemoryPart> withOthers(QList<MemoryPart> parts, double used) {
  if (const double others = used - sumOf(parts); others >= 1)
    parts.append({MemoryCategory::Other, others});
  return parts;
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

double StackedBar::used() const { return sumOf(m_parts); }

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
  setToolTip(memoryHelp(parts));
  speak();
  if (resized)
    updateGeometry();
  update();
}

void MemoryLegend::setExtras(const QList<std::pair<QString, QString>>& rows) {
  const bool resized = rows.size() != m_extras.size();
  m_extras = rows;
  speak();
  if (resized)
    updateGeometry();
  update();
}

void MemoryLegend::speak() {
  QStringList rows;
  for (const MemoryPart& part : m_parts)
    rows << QStringLiteral("%1 %2").arg(memoryCategoryName(part.category), format::bytes(part.bytes));
  for (const auto& [name, value] : m_extras)
    rows << QStringLiteral("%1 %2").arg(name, value);
  setAccessibleName(rows.join(QStringLiteral(", ")));
}

QSize MemoryLegend::sizeHint() const { return {200, int(m_parts.size() + m_extras.size()) * kRow}; }

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
  for (const auto& [name, value] : m_extras)
    row(index++, name, value, QColor());
}

void MemoryLegend::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    setParts(m_parts);
}

ThinProgress::ThinProgress(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Progress"));
}

void ThinProgress::setShare(double share) {
  m_share = share;
  setAccessibleDescription(std::isfinite(share) ? format::percent(share * 100) : tr("unknown progress"));
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
