// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_group.h"
#include "ui/models/metrics_history.h"

#include <QWidget>

class QGridLayout;

namespace lathe::ui {

/// The linked charts of one run: loss, throughput, memory, gradient norm, learning rate, and what its GPU does while the window looks on. Follows a
/// MetricsHistory.
class RunCharts : public QWidget {
  Q_OBJECT
public:
  explicit RunCharts(PromptService* prompts, QWidget* parent = nullptr);
  void setHistory(MetricsHistory* history); // not owned; nullptr clears
  void setXAxis(XAxis axis) { m_group->setXAxis(axis); }
  /// What the run's device says now: percent and watt. NaN for both: nothing, and without any there are no such charts.
  void addDeviceSample(double utilisation, double power);
  ChartGroup* group() const { return m_group; }
  LinePlot* loss() const { return m_loss; }
  /// Marks a step and hides every chart but the loss, to make room for what belongs to that point; none: all charts again.
  void showOnly(std::optional<int64_t> step);

Q_SIGNALS:
  void followingChanged(bool following);
  void stepActivated(qint64 step); // a point of the loss chart, by click or Enter

protected:
  void changeEvent(QEvent* event) override;

private:
  LinePlot* addPlot(const char* name, bool fromZero);
  void append(int firstIndex);
  void placeDeviceCharts(bool shown);
  void appendMemory(const XValue& x, const api::MetricRow& row);
  void redraw();
  void showMarks();
  void showSummaries();
  void retranslate();
  XValue xOf(int64_t step) const;

  PromptService* m_prompts;
  MetricsHistory* m_history = nullptr;
  ChartGroup* m_group;
  LinePlot* m_loss;
  LinePlot* m_speed;
  LinePlot* m_memory;
  LinePlot* m_gradient;
  LinePlot* m_rate;
  LinePlot* m_load;  // of the GPU
  LinePlot* m_power; // of the GPU
  QGridLayout* m_grid;
  bool m_stacked = false;       // rows tell memory by category
  std::optional<int64_t> m_only; // the step of showOnly()
  bool m_marksWait = false;     // an event lies behind the last row that is here
  std::vector<double> m_tokens; // tokens seen up to and with each row
};

} // namespace lathe::ui
