// SPDX-License-Identifier: GPL-3.0-or-later
// How the lines of one chart are told apart: by colour, and by dash and marker for whoever cannot tell the colours.
#pragma once

#include "ui/style/tokens.h"

#include <QList>
#include <QPen>

class QPainter;
class QPointF;

namespace lathe::ui {

enum class Marker { Circle, Square, Diamond, TriangleUp, TriangleDown };
inline constexpr int kMarkers = 5;

/// Colours repeat after ten; the pair of dash and marker repeats after twenty.
struct SeriesLook {
  QColor color;
  QList<double> dash; // in pen widths, as QPen::setDashPattern; empty: solid
  Marker marker = Marker::Circle;
};

namespace style {

SeriesLook seriesLook(int index); // of the theme in force
QPen seriesPen(const SeriesLook& look, double width);
void drawMarker(QPainter& painter, const QPointF& center, const SeriesLook& look, double radius);

} // namespace style
} // namespace lathe::ui
