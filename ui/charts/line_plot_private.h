// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of LinePlot, shared by its implementation files.
#pragma once

#include "ui/charts/line_plot.h"
#include "ui/widgets/labels.h"

#include "ui/charts/qcustomplot_header.h"

#include <QElapsedTimer>
#include <QTimer>

namespace lathe::ui {

struct PlotSeries {
  SeriesOptions options;
  SeriesPyramid raw, smooth; // smooth is filled for RawAndSmooth only
  bool visible = true;
  double average = 0, weight = 0; // exponential mean, not yet divided by its weight
};

class PlotLegend;

/// Marks, areas and lines.
class SeriesPlottable : public QCPAbstractPlottable {
 public:
  SeriesPlottable(QCPAxis* x, QCPAxis* y, LinePlot* owner, struct PlotState& state);
  double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }
  QCPRange getKeyRange(bool& found, QCP::SignDomain) const override;
  QCPRange getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const override;

 protected:
  void draw(QCPPainter* painter) override;
  void drawLegendIcon(QCPPainter*, const QRectF&) const override {}

 private:
  void drawStack(QCPPainter* painter);
  void drawMarks(QCPPainter* painter);
  void drawSeries(QCPPainter* painter, const PlotSeries& series);
  void drawPyramid(QCPPainter* painter, const SeriesPyramid& points, const QPen& pen, bool middleOnly);
  void drawPoints(QCPPainter* painter, const PlotSeries& series);
  void drawMarkers(QCPPainter* painter, const PlotSeries& series, const SeriesPyramid& points);
  PlotState& m_state;
  std::vector<SeriesPyramid::Column> m_columns;
  std::vector<SeriesPyramid::Column> m_lower;
};

/// Crosshair, its box and the brush, on a layer of their own.
class OverlayLayerable : public QCPLayerable {
 public:
  OverlayLayerable(QCustomPlot* plot, struct PlotState& state);

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  PlotState& m_state;
};

/// What is drawn, apart from how.
struct PlotState {
  QCustomPlot* plot = nullptr;
  XAxis axis = XAxis::Step;
  std::vector<std::unique_ptr<PlotSeries>> series;
  /// Whether colour needs its second channel: more than one line is drawn.
  bool manyLines() const;
  QList<MemoryCategory> stackCategories;
  std::vector<std::unique_ptr<SeriesPyramid>> stack; // cumulative, lowest first
  QList<EventMark> marks;
  std::optional<double> crosshair;
  QStringList box;
  std::optional<std::pair<double, double>> brush;
  std::function<QString(double)> yFormat;
};

struct LinePlot::Private : PlotState {
  TextLabel* title = nullptr;
  ElidedLabel* summary = nullptr;
  QHBoxLayout* head = nullptr;
  PlotLegend* legend = nullptr;
  IconButton* menu = nullptr;
  SeriesPlottable* plottable = nullptr;
  OverlayLayerable* overlay = nullptr;
  QTimer timer;
  QElapsedTimer sinceDraw;
  bool dirty = true, following = true, logY = false, fromZero = false;
  double smoothing = 0.95;
  std::optional<XValue> xEnd;
  std::optional<std::pair<double, double>> yRange;
  double window = 0; // seconds; 0: none
  QString unit;
  bool separateRuns = false;
  class PromptService* prompts = nullptr;
  // Mouse
  bool pressed = false, moved = false, brushing = false;
  QPointF pressedAt;
  double pressedFrom = 0, pressedTo = 0;

  PlotSeries& at(int index) { return *series.at(static_cast<size_t>(index)); }
  void push(PlotSeries& s, XValue x, double y);
};

} // namespace lathe::ui
