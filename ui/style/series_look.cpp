// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/series_look.h"

#include "ui/style/style.h"

#include <QPainter>

namespace lathe::ui::style {

SeriesLook seriesLook(int index) {
  static const QList<double> kDashes[] = {{}, {5, 2.5}, {1.2, 2}, {7, 2, 1.2, 2}};
  const auto i = static_cast<size_t>(std::max(index, 0));
  const auto& colors = Style::theme().series;
  return {colors[i % colors.size()], kDashes[i % std::size(kDashes)], static_cast<Marker>(i % kMarkers)};
}

QPen seriesPen(const SeriesLook& look, double width) {
  QPen pen(look.color, width);
  if (!look.dash.isEmpty()) {
    pen.setDashPattern(look.dash);
    pen.setCapStyle(Qt::FlatCap);
  }
  pen.setJoinStyle(Qt::RoundJoin);
  return pen;
}

void drawMarker(QPainter& painter, const QPointF& center, const SeriesLook& look, double radius) {
  const Theme& t = Style::theme();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(t.raised, 1)); // an edge in the ground's colour, so that it stands out on its own line
  painter.setBrush(look.color);
  const double r = radius, x = center.x(), y = center.y();
  switch (look.marker) {
  case Marker::Circle:
    painter.drawEllipse(center, r, r);
    break;
  case Marker::Square:
    painter.drawRect(QRectF(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8));
    break;
  case Marker::Diamond:
    painter.drawPolygon(QPolygonF({{x, y - r * 1.25}, {x + r * 1.25, y}, {x, y + r * 1.25}, {x - r * 1.25, y}}));
    break;
  case Marker::TriangleUp:
    painter.drawPolygon(QPolygonF({{x, y - r * 1.15}, {x + r * 1.15, y + r * 0.9}, {x - r * 1.15, y + r * 0.9}}));
    break;
  case Marker::TriangleDown:
    painter.drawPolygon(QPolygonF({{x, y + r * 1.15}, {x + r * 1.15, y - r * 0.9}, {x - r * 1.15, y - r * 0.9}}));
    break;
  }
  painter.restore();
}

} // namespace lathe::ui::style
