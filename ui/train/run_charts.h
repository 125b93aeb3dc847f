// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_group.h"
#include "ui/models/metrics_history.h"

#include <QWidget>

namespace lathe::ui {

/// The linked charts of one run: loss, throughput, memory, gradient norm, learning rate. Follows a MetricsHistory.
class RunCharts : public QWidget {
  Q_OBJECT
public:
  explicit RunCharts(PromptService* prompts, QWidget* parent = nullptr);
  void setHistory(MetricsHistory* history); // not owned; nullptr clears
  void setXAxis(XAxis axis) { m_group->setXAxis(axis); }
  ChartGroup* group() const { return m_group; }
  LinePlot* loss() const { return m_loss; }

Q_SIGNALS:
  void followingChanged(bool following);

protected:
  void changeEvent(QEvent* event) override;

private:
  LinePlot* addPlot(const char* name, bool fromZero);
  void append(int firstIndex);
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
  bool m_stacked = false;       // rows tell memory by category
  bool m_marksWait = false;     // an event lies behind the last row that is here
  std::vector<double> m_tokens; // tokens seen up to and with each row
};

} // namespace lathe::ui
