// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/value_histogram.h"

#include "ui/library/library_texts.h"
#include "ui/style/format.h"
#include "ui/style/style.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kHistogramAxis = 18, kHistogramTop = 6;

} // namespace

ValueHistogram::ValueHistogram(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setToolTip(tr("How many values lie in each part of the range. ← and → go through the bars, L shows the logarithm of the counts."));
  clear();
}

void ValueHistogram::clear() {
  m_statistics = {};
  m_current = -1;
  setAccessibleName(tr("Histogram"));
  setAccessibleDescription(tr("nothing measured yet"));
  update();
}

void ValueHistogram::setStatistics(const api::TensorStatistics& statistics) {
  m_statistics = statistics;
  m_current = -1;
  const auto most = std::max_element(statistics.bins.begin(), statistics.bins.end());
  setAccessibleName(tr("Histogram of the values"));
  setAccessibleDescription(most == statistics.bins.end() ? tr("no finite values")
                                                         : tr("%1 bars from %2 to %3; the highest: %4")
                                                               .arg(statistics.bins.size())
                                                               .arg(librarytext::value(statistics.low), librarytext::value(statistics.high), binText(static_cast<int>(most - statistics.bins.begin()))));
  Q_EMIT currentChanged({});
  update();
}

void ValueHistogram::setLogarithmic(bool on) {
  m_logarithmic = on;
  update();
}

QString ValueHistogram::binText(int bin) const {
  if (bin < 0 || bin >= static_cast<int>(m_statistics.bins.size()))
    return {};
  const double width = (m_statistics.high - m_statistics.low) / static_cast<double>(m_statistics.bins.size());
  const int64_t count = m_statistics.bins[static_cast<size_t>(bin)];
  return tr("%1 to %2: %3 values").arg(librarytext::value(m_statistics.low + width * bin), librarytext::value(m_statistics.low + width * (bin + 1)), format::grouped(count));
}

QRectF ValueHistogram::plotRect() const { return QRectF(rect()).adjusted(1, kHistogramTop, -1, -kHistogramAxis); }

double ValueHistogram::heightOf(int64_t count) const {
  const int64_t most = m_statistics.bins.empty() ? 0 : *std::max_element(m_statistics.bins.begin(), m_statistics.bins.end());
  if (count <= 0 || most <= 0)
    return 0;
  return m_logarithmic ? std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most)) : static_cast<double>(count) / static_cast<double>(most);
}

int ValueHistogram::binAt(double x) const {
  const auto bins = static_cast<int>(m_statistics.bins.size());
  const QRectF plot = plotRect();
  if (bins == 0 || x < plot.left() || x > plot.right())
    return -1;
  return std::min(bins - 1, static_cast<int>((x - plot.left()) / plot.width() * bins));
}

void ValueHistogram::choose(int bin) {
  if (bin == m_current)
    return;
  m_current = bin;
  Q_EMIT currentChanged(binText(bin));
  update();
}

void ValueHistogram::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Style::theme();
  const QRectF plot = plotRect();
  painter.setPen(theme.grid);
  for (const double share : {0.0, 0.5, 1.0})
    painter.drawLine(QPointF(plot.left(), plot.bottom() - share * plot.height()), QPointF(plot.right(), plot.bottom() - share * plot.height()));
  if (hasFocus())
    style::drawBox(painter, QRectF(rect()).adjusted(0, 0, 0, -kHistogramAxis + 2), QColor(), theme.accent);
  const auto bins = static_cast<int>(m_statistics.bins.size());
  if (bins == 0)
    return;
  const double step = plot.width() / bins;
  for (int i = 0; i < bins; ++i) {
    const double high = heightOf(m_statistics.bins[static_cast<size_t>(i)]) * plot.height();
    if (high > 0)
      painter.fillRect(QRectF(plot.left() + i * step, plot.bottom() - std::max(1.0, high), std::max(1.0, step - 1), std::max(1.0, high)), i == m_current ? theme.accent : theme.series[0]);
  }
  painter.setFont(style::uiFont(size::kCaption));
  painter.setPen(theme.muted);
  const QRectF axis(plot.left(), plot.bottom() + 2, plot.width(), kHistogramAxis - 2);
  painter.drawText(axis, Qt::AlignLeft | Qt::AlignVCenter, librarytext::value(m_statistics.low));
  painter.drawText(axis, Qt::AlignRight | Qt::AlignVCenter, librarytext::value(m_statistics.high));
  if (m_statistics.low < 0 && m_statistics.high > 0) {
    const double zero = plot.left() - m_statistics.low / (m_statistics.high - m_statistics.low) * plot.width();
    if (zero - plot.left() > 56 && plot.right() - zero > 56)
      painter.drawText(QRectF(zero - 20, axis.top(), 40, axis.height()), Qt::AlignCenter, QStringLiteral("0"));
  }
}

void ValueHistogram::mouseMoveEvent(QMouseEvent* event) { choose(binAt(event->position().x())); }
void ValueHistogram::leaveEvent(QEvent*) { choose(-1); }

void ValueHistogram::focusOutEvent(QFocusEvent* event) {
  choose(-1);
  QWidget::focusOutEvent(event);
}

void ValueHistogram::keyPressEvent(QKeyEvent* event) {
  const auto bins = static_cast<int>(m_statistics.bins.size());
  if (bins > 0 && (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right))
    return choose(std::clamp(m_current < 0 ? (event->key() == Qt::Key_Right ? 0 : bins - 1) : m_current + (event->key() == Qt::Key_Right ? 1 : -1), 0, bins - 1));
  if (event->key() == Qt::Key_L)
    return setLogarithmic(!m_logarithmic);
  QWidget::keyPressEvent(event);
}

} // namespace lathe::ui
