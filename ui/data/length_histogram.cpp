// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/length_histogram.h"

#include "ui/style/format.h"
#include "ui/style/style.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kAxis = 22, kAbove = 18, kLabelGap = 14;

} // namespace

LengthHistogram::LengthHistogram(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("length_histogram"));
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setLengths({});
}

void LengthHistogram::setLengths(const api::LengthStatistics& lengths) {
  m_lengths = lengths;
  if (m_lengths.edges.size() != m_lengths.counts.size() + 1) { // nothing that could be drawn
    m_lengths.edges.clear();
    m_lengths.counts.clear();
  }
  setAccessibleName(tr("Lengths of the rows"));
  setAccessibleDescription(describe());
  update();
}

QString LengthHistogram::describe() const {
  if (m_lengths.counts.empty())
    return tr("Not counted yet.");
  QString out = tr("Half of the rows have at most %1 tokens, 95 % at most %2, the longest has %3.").arg(format::grouped(m_lengths.median), format::grouped(m_lengths.p95), format::grouped(m_lengths.longest));
  return out + QLatin1Char(' ') + tr("%1 are longer than the sequence length of %2.").arg(format::grouped(m_lengths.longerRows), format::grouped(m_lengths.maxSeqLen));
}

QRectF LengthHistogram::plot() const { return QRectF(1, kAbove, width() - 2, height() - kAbove - kAxis); }

/// All bars are equally wide; within one the length runs evenly.
double LengthHistogram::xOf(double length) const {
  const QRectF area = plot();
  const auto& edges = m_lengths.edges;
  const auto bins = static_cast<double>(m_lengths.counts.size());
  const auto after = std::upper_bound(edges.begin(), edges.end(), static_cast<int64_t>(length));
  if (after == edges.begin())
    return area.left();
  if (after == edges.end())
    return area.right();
  const auto bin = static_cast<double>(after - edges.begin() - 1);
  const double low = static_cast<double>(*(after - 1)), high = static_cast<double>(*after);
  return area.left() + area.width() * (bin + (length - low) / std::max(1.0, high - low)) / bins;
}

double LengthHistogram::lineAt() const { return m_lengths.counts.empty() || m_lengths.maxSeqLen <= 0 ? -1 : xOf(static_cast<double>(m_lengths.maxSeqLen)); }

void LengthHistogram::paintAxis(QPainter& painter, const QRectF& area) const {
  const Theme& theme = Style::theme();
  painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), theme.borderStrong);
  painter.setFont(style::uiFont(size::kCaption));
  painter.setPen(theme.muted);
  const auto bins = static_cast<double>(m_lengths.counts.size());
  double free = area.left();
  for (size_t i = 0; i < m_lengths.edges.size(); ++i) {
    const QString text = format::count(static_cast<double>(m_lengths.edges[i]));
    const double wide = painter.fontMetrics().horizontalAdvance(text);
    const double x = area.left() + area.width() * static_cast<double>(i) / bins;
    const double left = std::clamp(x - wide / 2, area.left(), area.right() - wide);
    if (left < free)
      continue;
    painter.drawText(QRectF(left, area.bottom() + 3, wide + 2, kAxis - 3), Qt::AlignLeft | Qt::AlignTop, text);
    free = left + wide + kLabelGap;
  }
}

void LengthHistogram::paintEvent(QPaintEvent*) {
  const Theme& theme = Style::theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF area = plot();
  if (m_lengths.counts.empty())
    return;
  const int64_t most = std::max<int64_t>(1, *std::max_element(m_lengths.counts.begin(), m_lengths.counts.end()));
  const double wide = area.width() / static_cast<double>(m_lengths.counts.size());
  const double line = lineAt();
  for (size_t i = 0; i < m_lengths.counts.size(); ++i) {
    if (m_lengths.counts[i] == 0)
      continue;
    const double high = std::max(2.0, area.height() * static_cast<double>(m_lengths.counts[i]) / static_cast<double>(most));
    const QRectF bar(area.left() + wide * static_cast<double>(i) + 0.5, area.bottom() - high, std::max(1.0, wide - 1), high);
    painter.fillRect(bar, theme.series[0]);
    if (line >= 0 && bar.right() > line) { // what is cut
      const QRectF beyond = bar.intersected(QRectF(line, area.top(), area.right() - line, area.height()));
      painter.fillRect(beyond, theme.raised);
      painter.fillRect(beyond, QBrush(theme.bad, Qt::BDiagPattern));
      painter.setPen(QPen(theme.bad, 1));
      painter.drawRect(beyond.adjusted(0.5, 0.5, -0.5, -0.5));
    }
  }
  paintAxis(painter, area);
  if (line < 0)
    return;
  painter.setPen(QPen(theme.accent, 1.5, Qt::DashLine));
  painter.drawLine(QPointF(line, area.top() - 2), QPointF(line, area.bottom()));
  const QString text = tr("sequence length %1").arg(format::grouped(m_lengths.maxSeqLen));
  const double room = painter.fontMetrics().horizontalAdvance(text) + 2;
  painter.setPen(theme.accentInk);
  painter.drawText(QRectF(std::clamp(line - room / 2, 0.0, std::max(0.0, width() - room)), 0, room, kAbove - 3), Qt::AlignLeft | Qt::AlignVCenter, text);
}

bool LengthHistogram::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || m_lengths.counts.empty())
    return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QRectF area = plot();
  const auto bin = static_cast<int64_t>((help->pos().x() - area.left()) / area.width() * static_cast<double>(m_lengths.counts.size()));
  const size_t i = static_cast<size_t>(std::clamp<int64_t>(bin, 0, static_cast<int64_t>(m_lengths.counts.size()) - 1));
  const QString rows = format::grouped(m_lengths.counts[i]);
  const bool last = i + 1 == m_lengths.counts.size();
  QToolTip::showText(help->globalPos(), last ? tr("%1 rows with %2 tokens or more").arg(rows, format::grouped(m_lengths.edges[i]))
                                             : tr("%1 rows with %2 to %3 tokens").arg(rows, format::grouped(m_lengths.edges[i]), format::grouped(m_lengths.edges[i + 1] - 1)), this);
  return true;
}

void LengthHistogram::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    setLengths(api::LengthStatistics(m_lengths));
}

} // namespace lathe::ui
