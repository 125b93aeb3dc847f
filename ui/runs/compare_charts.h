// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_group.h"
#include "ui/charts/plot_legend.h"
#include "ui/models/metrics_history.h"

#include <QIcon>

namespace lathe::ui {

class Session;

/// Overlaid curves of several runs on one linked axis: loss, validation loss, learning rate, gradient norm, throughput. Every run has a colour with a
/// dash and a marker of its own, and the legend shows and hides it in all plots at once. Live runs go on.
class CompareCharts : public QWidget {
  Q_OBJECT
public:
  CompareCharts(Session& session, PromptService* prompts, const QStringList& runs, QWidget* parent = nullptr);
  void setXAxis(XAxis axis) { m_group->setXAxis(axis); }
  const QList<MetricsHistory*>& histories() const { return m_histories; }
  PlotLegend* legend() const { return m_legend; }
  ChartGroup* group() const { return m_group; }
  QPixmap sample(int run) const; // a piece of its line, for the head of a table

Q_SIGNALS:
  void changed();     // rows or states
  void specsChanged();
  void failed(const QString& message);

protected:
  void changeEvent(QEvent* event) override;

private:
  enum Plot { Loss, EvalLoss, Rate, Gradient, Speed, PlotCount };
  void build();
  void follow(int run, MetricsHistory* history);
  void append(int run, int firstIndex);
  void redraw(int run);
  void retranslate();

  ChartGroup* m_group;
  LinePlot* m_plots[PlotCount];
  PlotLegend* m_legend;
  QList<MetricsHistory*> m_histories;
  std::vector<std::vector<double>> m_tokens; // per run: tokens seen up to and with each row
};

} // namespace lathe::ui
