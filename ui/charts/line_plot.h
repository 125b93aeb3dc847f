// SPDX-License-Identifier: GPL-3.0-or-later
// A chart in a card: title, summary, and a plot of append-only series.
#pragma once

#include "ui/charts/series_pyramid.h"
#include "ui/style/tokens.h"

#include <QList>
#include <QWidget>

#include <functional>
#include <memory>
#include <optional>

class QCustomPlot;
class QKeyEvent;
class QMouseEvent;

namespace lathe::ui {
class PromptService;

enum class SeriesStyle {
  Line,          // one line
  RawAndSmooth,  // faint raw values, smoothed line over them
  Points,        // evaluation points: rings in the accent colour
  Dashed,        // a prediction
};

struct SeriesOptions {
  QString name;      // translated: legend, crosshair box, table
  SeriesStyle style = SeriesStyle::Line;
  int color = 0;     // index of a look: colour, dash and marker (style::seriesLook)
  std::function<QString(double)> format; // value with unit for the crosshair; default 4 digits
};

struct EventMark {
  XValue x;
  QString label;    // "saved"
};

class LinePlot : public QWidget {
  Q_OBJECT
 public:
  explicit LinePlot(const QString& title = {}, QWidget* parent = nullptr);
  ~LinePlot() override;

  void setTitle(const QString& title);
  QString title() const;
  void setSummary(const QString& summary); // right of the title
  void setUnit(const QString& unit);       // for export and the spoken summary

  int addSeries(const SeriesOptions& options);      // → index
  void setSeriesName(int series, const QString& name);
  const SeriesOptions& seriesOptions(int series) const;
  /// A hidden series is not drawn, not spoken of by the crosshair and does not set the scale; tables and files still have it.
  void setSeriesVisible(int series, bool visible);
  bool isSeriesVisible(int series) const;
  /// A short piece of the series as the plot draws it (line with dash and marker, ring, dashes), for legends.
  void paintSample(QPainter& painter, const QRectF& rect, int series) const;
  void append(int series, XValue x, double y);      // cheap: the plot is drawn later
  void setPoints(int series, const std::vector<std::pair<XValue, double>>& points); // replaces all
  const SeriesPyramid& points(int series) const;
  int seriesCount() const;
  /// Stacked areas: names and colours once, then all values of one x at a time, in the order of the categories.
  void setStack(const QList<MemoryCategory>& categories);
  void appendStack(XValue x, const std::vector<double>& values);
  void setMarks(const QList<EventMark>& marks);
  void addMark(const EventMark& mark);
  void clearData(); // points and marks; the series stay

  void setXAxis(XAxis axis);
  XAxis xAxis() const;
  void setLogY(bool on);
  bool logY() const;
  void setYFromZero(bool on);             // lower end of y is 0 (not with log)
  void setYFormat(std::function<QString(double)> format); // axis labels
  /// A scale that stays, with about so many labels; none: fits the points.
  void setYRange(std::optional<std::pair<double, double>> range, int labels = 4);
  /// A sliding window: while following, x shows the last `seconds` of the time axis and its labels count back from the newest point. While
  /// there are few points, a tenth, a fifth or half of it is enough.
  void setXWindow(double seconds);
  /// The series are different runs: each has tokens and times of its own and ends where it ends. The crosshair stops at the nearest point of any of
  /// them and is silent about those that are over; the CSV file has a line per series and point.
  void setSeparateRuns(bool on);
  void setXEnd(std::optional<XValue> end); // where the run will end: x reaches to there while following
  void setSmoothing(double weight);        // 0 … 1 exponential, default 0.95

  bool isFollowing() const;  // shows all and follows new points until the person pans or zooms
  void follow();
  void setXRange(double from, double to);
  std::pair<double, double> xRange() const;
  std::pair<double, double> yRange() const;
  std::pair<double, double> dataXRange() const;
  void setCrosshair(std::optional<double> x, const QStringList& box = {}); // box: lines beside the cross
  /// Lines for the crosshair's box at x: "loss 1.042 (raw 1.107)".
  QStringList valuesAt(double x) const;
  std::optional<XValue> xAt(double x) const; // nearest point of the first series that has any

  /// Draws now what has changed (otherwise: at most every 33 ms while visible). Returns whether something was drawn.
  bool drawNow();
  void markDirty();
  QCustomPlot* plot() const; // for tests

  /// A legend beside the title, which shows and hides the series. For few of them.
  void showLegend();
  class PlotLegend* legend() const; // nullptr without
  void setPrompts(PromptService* prompts); // offers "Export…" in the menu
  bool exportTo(const QString& path); // .png, .svg or .csv by name
  QString toCsv() const;
  QString summaryText() const; // for people who cannot see the chart
  QWidget* makeTable(QWidget* parent) const; // the same data as a table: of each series at most 2000 points

 Q_SIGNALS:
  void rangeChanged(double from, double to);   // by the person (or by follow())
  void followingChanged(bool following);
  void hovered(double x);
  void unhovered();
  void pointActivated(double x); // click on a point of the plot, or Enter at the crosshair
  void exportRequested();        // "Export…" in the menu, when there are no prompts to ask for the file
  void seriesChanged();          // another one, another name, shown or hidden

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  bool mouseEvent(QMouseEvent* event);
  void zoomAt(double x, double factor);
  void moveTo(double from, double to); // by the person
  bool keyEvent(QKeyEvent* event);
  void openMenu(const QPoint& global);
  void showTable();
  void describe();
  void applyTheme();
  void retranslate();
  void fitX();
  void fitY();
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace lathe::ui
