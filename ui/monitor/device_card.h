// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_group.h"
#include "ui/models/device_history.h"
#include "ui/monitor/device_uses.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/memory_key.h"

#include <limits>

class QGridLayout;

namespace lathe::ui {

/// One device: what it is, who uses it, and the last ten minutes of memory, utilisation, power and temperature on linked charts. A figure
/// that the machine does not tell has no chart.
class DeviceCard : public QWidget {
  Q_OBJECT
public:
  DeviceCard(QString id, PromptService* prompts, QWidget* parent = nullptr);
  const QString& id() const { return m_id; }
  /// Draws what is new since the last time; everything when the card was not shown for long.
  void update(const DeviceHistory::Device& device);
  using QWidget::update;
  LinePlot* memory() const { return m_memory; }

Q_SIGNALS:
  void openRequested(const QString& run);

protected:
  void changeEvent(QEvent* event) override;

private:
  static constexpr double kNothing = -std::numeric_limits<double>::infinity();
  LinePlot* addPlot(const char* name);
  void append(const DeviceSample& sample);
  void showHead(const api::DeviceTelemetry& device);
  void showSummaries(const api::DeviceTelemetry& device);
  void place(const api::DeviceTelemetry& device);
  void retranslate();

  QString m_id;
  PromptService* m_prompts;
  Card* m_head;
  ElidedLabel* m_name;
  ElidedLabel* m_model;
  TextLabel* m_clock;
  Badge* m_badge;
  TextLabel* m_problem;
  MemoryKey* m_key;
  DeviceUses* m_uses;
  QGridLayout* m_grid;
  ChartGroup* m_group;
  LinePlot *m_memory, *m_load, *m_power, *m_temperature;
  QList<LinePlot*> m_placed;
  double m_last = kNothing; // time of the newest sample that is drawn
  api::DeviceTelemetry m_now;
};

} // namespace lathe::ui
