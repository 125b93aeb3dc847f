// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/line_plot_private.h"

#include "ui/style/series_look.h"
#include "ui/style/style.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

SeriesPlottable::SeriesPlottable(QCPAxis* x, QCPAxis* y, LinePlot*, PlotState& state) : QCPAbstractPlottable(x, y), m_state(state) {}

QCPRange SeriesPlottable::getKeyRange(bool& found, QCP::SignDomain) const {
  found = false;
  return {};
}

QCPRange SeriesPlottable::getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const {
  found = false;
  return {};
}

void SeriesPlottable::draw(QCPPainter* painter) {
  drawStack(painter);
  drawMarks(painter);
  for (const auto& series : m_state.series)
    if (series->visible)
      drawSeries(painter, *series);
}

bool PlotState::manyLines() const {
  return std::count_if(series.begin(), series.end(), [](const auto& s) {
           return s->options.style == SeriesStyle::Line || s->options.style == SeriesStyle::RawAndSmooth;
         }) > 1;
}

void SeriesPlottable::drawMarks(QCPPainter* painter) {
  const Theme& t = Style::theme();
  const QRect area = clipRect();
  painter->setFont(style::uiFont(10));
  const QFontMetrics metrics = painter->fontMetrics();
  double free = area.left();
  for (const EventMark& mark : m_state.marks) {
    const double x = std::floor(mKeyAxis->coordToPixel(mark.x.on(m_state.axis))) + 0.5;
    if (x < area.left() || x > area.right())
      continue;
    painter->setAntialiasing(false);
    QPen pen(mark.label.isEmpty() ? t.borderStrong : t.muted, 1);
    pen.setDashPattern({2, 3});
    painter->setPen(pen);
    painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    const int width = metrics.horizontalAdvance(mark.label);
    if (mark.label.isEmpty() || x < free || x + width + 5 > area.right())
      continue;
    painter->setPen(t.muted);
    painter->drawText(QPointF(x + 4, area.top() + metrics.ascent() + 1), mark.label);
    free = x + width + 12;
  }
}

void SeriesPlottable::drawStack(QCPPainter* painter) {
  if (m_state.stack.empty())
    return;
  const Theme& t = Style::theme();
  const QRect area = clipRect();
  const QCPRange range = mKeyAxis->range();
  painter->setAntialiasing(true);
  painter->setPen(Qt::NoPen);
  for (size_t i = m_state.stack.size(); i-- > 0;) {
    m_state.stack[i]->columns(m_state.axis, range.lower, range.upper, area.width(), m_columns);
    painter->setBrush(style::mix(t.raised, t.memoryColor(m_state.stackCategories.at(static_cast<qsizetype>(i))), 0.85));
    const double bottom = mValueAxis->coordToPixel(std::max(0.0, mValueAxis->range().lower));
    QPolygonF polygon;
    const auto close = [&] { // a gap, or the end
      if (polygon.size() > 1) {
        polygon << QPointF(polygon.last().x(), bottom) << QPointF(polygon.first().x(), bottom);
        painter->drawPolygon(polygon);
      }
      polygon.clear();
    };
    for (const auto& column : m_columns)
      if (std::isnan(column.upper))
        close();
      else
        polygon << QPointF(mKeyAxis->coordToPixel(column.x), mValueAxis->coordToPixel(column.upper));
    close();
  }
}

void SeriesPlottable::drawSeries(QCPPainter* painter, const PlotSeries& series) {
  const Theme& t = Style::theme();
  const bool many = m_state.manyLines();
  SeriesLook look = style::seriesLook(series.options.color);
  if (!many)
    look.dash.clear();
  switch (series.options.style) {
  case SeriesStyle::Line:
    drawPyramid(painter, series.raw, style::seriesPen(look, 1.5), false);
    if (many)
      drawMarkers(painter, series, series.raw);
    return;
  case SeriesStyle::RawAndSmooth:
    drawPyramid(painter, series.raw, QPen(style::mix(t.raised, look.color, t.dark ? 0.42 : 0.38), 1), false);
    drawPyramid(painter, series.smooth, style::seriesPen(look, 2), true);
    if (many)
      drawMarkers(painter, series, series.smooth);
    return;
  case SeriesStyle::Points:
    drawPoints(painter, series);
    return;
  case SeriesStyle::Dashed: {
    QPen pen(t.muted, 1);
    pen.setDashPattern({3, 3});
    drawPyramid(painter, series.raw, pen, true);
    return;
  }
  }
}

void SeriesPlottable::drawPyramid(QCPPainter* painter, const SeriesPyramid& points, const QPen& pen, bool middleOnly) {
  const QRect area = clipRect();
  const QCPRange range = mKeyAxis->range();
  points.columns(m_state.axis, range.lower, range.upper, middleOnly ? std::max(1, area.width() / 2) : area.width(), m_columns);
  const bool dense = m_columns.size() > static_cast<size_t>(area.width()) / 2 && points.size() > m_columns.size();
  const auto place = [&](double x, double y) { return QPointF(mKeyAxis->coordToPixel(x), mValueAxis->coordToPixel(y)); };
  const auto isFlat = [&] { // a smooth line stays an antialiased line
    return std::all_of(m_columns.begin(), m_columns.end(), [&](const SeriesPyramid::Column& c) {
      return std::isnan(c.lower) || mValueAxis->coordToPixel(c.lower) - mValueAxis->coordToPixel(c.upper) < 3;
    });
  };
  if (dense && !middleOnly && !isFlat()) { // one vertical line per pixel column, joined to its neighbours: no extreme is lost
    QVector<QLineF> lines;
    lines.reserve(static_cast<qsizetype>(m_columns.size()) * 2);
    double lastX = 0, lastY = std::numeric_limits<double>::quiet_NaN();
    for (const auto& column : m_columns) {
      if (std::isnan(column.lower)) {
        lastY = column.lower;
        continue;
      }
      const double x = std::floor(mKeyAxis->coordToPixel(column.x)) + 0.5;
      if (!std::isnan(lastY) && std::isfinite(column.first))
        lines << QLineF(lastX, lastY, x, mValueAxis->coordToPixel(column.first));
      lines << QLineF(x, mValueAxis->coordToPixel(column.lower), x, mValueAxis->coordToPixel(column.upper) - 0.5);
      lastX = x;
      lastY = std::isfinite(column.last) ? mValueAxis->coordToPixel(column.last) : column.last;
    }
    painter->setAntialiasing(false);
    painter->setPen(QPen(pen.color(), 1));
    painter->drawLines(lines);
    return;
  }
  painter->setAntialiasing(true);
  QPen round = pen;
  round.setJoinStyle(Qt::RoundJoin);
  painter->setPen(round);
  painter->setBrush(Qt::NoBrush);
  QPolygonF line;
  for (const auto& column : m_columns) {
    if (std::isnan(column.lower)) {
      if (line.size() > 1)
        painter->drawPolyline(line);
      line.clear();
      continue;
    }
    line << place(column.x, dense ? (column.lower + column.upper) / 2 : column.first);
  }
  if (line.size() > 1)
    painter->drawPolyline(line);
  else if (line.size() == 1)
    painter->drawPoint(line.first());
}

/// One marker every hundred pixels, those of different series beside each other.
void SeriesPlottable::drawMarkers(QCPPainter* painter, const PlotSeries& series, const SeriesPyramid& points) {
  constexpr int kEvery = 100, kBeside = 23;
  if (points.size() == 0)
    return;
  const SeriesLook look = style::seriesLook(series.options.color);
  const QRect area = clipRect();
  const double last = mKeyAxis->coordToPixel(points.x(points.size() - 1, m_state.axis));
  for (int x = area.left() + 12 + kBeside * (series.options.color % 4); x < area.right(); x += kEvery) {
    const size_t at = points.nearest(m_state.axis, mKeyAxis->pixelToCoord(x));
    const double px = mKeyAxis->coordToPixel(points.x(at, m_state.axis));
    if (std::isfinite(points.y(at)) && std::fabs(px - x) < kEvery / 2.0 && px <= last && area.contains(QPointF(px, area.center().y()).toPoint()))
      style::drawMarker(*painter, QPointF(px, mValueAxis->coordToPixel(points.y(at))), look, 3.5);
  }
}

void SeriesPlottable::drawPoints(QCPPainter* painter, const PlotSeries& series) {
  const Theme& t = Style::theme();
  const QCPRange range = mKeyAxis->range();
  series.raw.columns(m_state.axis, range.lower, range.upper, std::max(1, clipRect().width() / 6), m_columns);
  painter->setAntialiasing(true);
  painter->setPen(QPen(style::seriesLook(series.options.color).color, 2));
  painter->setBrush(t.raised);
  for (const auto& column : m_columns)
    if (!std::isnan(column.lower))
      painter->drawEllipse(QPointF(mKeyAxis->coordToPixel(column.x), mValueAxis->coordToPixel(column.last)), 3.5, 3.5);
}

void LinePlot::paintSample(QPainter& painter, const QRectF& rect, int series) const {
  const Theme& t = Style::theme();
  const PlotSeries& s = d->at(series);
  SeriesLook look = style::seriesLook(s.options.color);
  const QPointF center = rect.center();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const auto line = [&](const QPen& pen) {
    painter.setPen(pen);
    painter.drawLine(QPointF(rect.left(), center.y()), QPointF(rect.right(), center.y()));
  };
  switch (s.options.style) {
  case SeriesStyle::Line:
  case SeriesStyle::RawAndSmooth:
    if (!d->manyLines())
      look.dash.clear();
    line(style::seriesPen(look, 2));
    if (d->manyLines())
      style::drawMarker(painter, center, look, 3.5);
    break;
  case SeriesStyle::Points:
    painter.setPen(QPen(look.color, 2));
    painter.setBrush(t.raised);
    painter.drawEllipse(center, 3.5, 3.5);
    break;
  case SeriesStyle::Dashed: {
    QPen pen(t.muted, 1);
    pen.setDashPattern({3, 3});
    line(pen);
    break;
  }
  }
  painter.restore();
}

OverlayLayerable::OverlayLayerable(QCustomPlot* plot, PlotState& state) : QCPLayerable(plot, QStringLiteral("overlay")), m_state(state) {}

void OverlayLayerable::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void OverlayLayerable::draw(QCPPainter* painter) {
  const Theme& t = Style::theme();
  const QRect area = mParentPlot->axisRect()->rect();
  const QCPAxis* axis = mParentPlot->xAxis;
  if (m_state.brush) {
    const double a = axis->coordToPixel(m_state.brush->first), b = axis->coordToPixel(m_state.brush->second);
    const QRectF box = QRectF(QPointF(std::min(a, b), area.top()), QPointF(std::max(a, b), area.bottom())).intersected(area);
    painter->fillRect(box, style::withAlpha(t.accent, 0.18));
  }
  if (!m_state.crosshair)
    return;
  const double x = std::floor(axis->coordToPixel(*m_state.crosshair)) + 0.5;
  if (x < area.left() || x > area.right() + 1)
    return;
  painter->setPen(QPen(t.accent, 1));
  painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
  if (m_state.box.isEmpty())
    return;
  const QFont head = style::uiFont(size::kCaption), body = style::uiFont(12);
  const QFontMetrics headMetrics(head), bodyMetrics(body);
  int width = headMetrics.horizontalAdvance(m_state.box.first());
  for (qsizetype i = 1; i < m_state.box.size(); ++i)
    width = std::max(width, bodyMetrics.horizontalAdvance(m_state.box[i]));
  const int line = bodyMetrics.height() + 1;
  QRectF box(x + 10, area.top() + 6, width + 20, headMetrics.height() + line * double(m_state.box.size() - 1) + 14);
  if (box.right() > area.right())
    box.moveRight(x - 10);
  if (box.left() < area.left())
    box.moveLeft(area.left());
  style::drawBox(*painter, box, style::withAlpha(t.raised, 0.95), t.borderStrong);
  double y = box.top() + 7;
  for (qsizetype i = 0; i < m_state.box.size(); ++i) {
    const int height = i == 0 ? headMetrics.height() : line;
    painter->setFont(i == 0 ? head : body);
    painter->setPen(i == 0 ? t.muted : t.text);
    painter->drawText(QRectF(box.left() + 10, y, width + 2, height), Qt::AlignLeft | Qt::AlignVCenter, m_state.box[i]);
    y += height;
  }
}

} // namespace lathe::ui
