// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/line_plot.h"

#include <QObject>

#include <functional>

namespace lathe::ui {

/// Links plots: one x axis, one range, one crosshair, one follow state, the same marks. Does not own them (their parent does).
class ChartGroup : public QObject {
  Q_OBJECT
 public:
  explicit ChartGroup(QObject* parent = nullptr);
  void add(LinePlot* plot);
  const QList<LinePlot*>& plots() const { return m_plots; }
  void setXAxis(XAxis axis);
  XAxis xAxis() const { return m_axis; }
  /// First line of the crosshair's box; default: step, tokens and time.
  void setHeader(std::function<QString(const XValue&)> header) { m_header = std::move(header); }
  /// The crosshair's box names the values of the plot under the pointer only (default: of all plots).
  void setOwnValuesOnly(bool on) { m_ownValues = on; }
  void setMarks(const QList<EventMark>& marks); // labels are drawn on the first plot only
  void addMark(const EventMark& mark);
  void setXEnd(std::optional<XValue> end);
  void clearData();
  void follow();
  bool isFollowing() const;
  void drawNow();

 Q_SIGNALS:
  void followingChanged(bool following);

 private:
  void showCrosshair(LinePlot* source, double x);
  QList<LinePlot*> m_plots;
  XAxis m_axis = XAxis::Step;
  std::function<QString(const XValue&)> m_header;
  bool m_linking = false, m_ownValues = false;
};

} // namespace lathe::ui
