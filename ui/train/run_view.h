// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/models/metrics_history.h"
#include "ui/models/run_events_model.h"
#include "ui/train/batch_view.h"
#include "ui/train/run_alerts_view.h"
#include "ui/train/run_charts.h"
#include "ui/train/samples_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/inspector_panel.h"
#include "ui/widgets/segmented_switch.h"
#include "ui/widgets/stacked_bar.h"

class QListView;

namespace lathe::ui {

class PromptService;

/// One run, live or ended: figures, linked charts, memory, events.
class RunView : public QWidget {
  Q_OBJECT
public:
  RunView(Session* session, PromptService* prompts, QWidget* parent = nullptr);
  void open(const QString& run);
  QString run() const { return m_history ? m_history->run() : QString(); }
  const MetricsHistory* history() const { return m_history; }
  RunCharts* charts() const { return m_charts; }
  InspectorPanel* inspector() const { return m_inspector; }
  BatchView* batch() const { return m_batch; }
  /// Opens the rows behind a step below the loss chart, with the loss of each token.
  void showBatch(int64_t step);
  void askBatch(); // the same, after asking for the step

Q_SIGNALS:
  void newRunRequested();

protected:
  void changeEvent(QEvent* event) override;

private:
  void buildHeader();
  QWidget* buildFigures();
  void buildInspector();
  void buildEvents();
  Button* addAction(const char* name, IconName icon, ButtonKind kind, std::function<void()> act);
  void showSummary();
  void showFigures();
  void showActions();
  void showMemory();
  void showMemoryOf(const QList<MemoryPart>& parts, bool onDevice);
  void takeTelemetry(const TelemetryArrived& telemetry);
  void askPlan();
  void closeBatch();
  QString checkpoint() const; // folder of the newest one with an adapter; empty without one
  void stop();
  void retranslate();

  Session* m_session;
  PromptService* m_prompts;
  MetricsHistory* m_history = nullptr;
  RunEventsModel m_events;
  api::MemoryPlan m_plan;
  bool m_evaluates = false; // the run has validation rows
  QStringList m_probes;     // prompts of its specification
  api::DeviceTelemetry m_device; // the one it works on, as told last; no name: not known

  PageHeader* m_header;
  StatePill* m_state;
  Button *m_pause, *m_stop, *m_save, *m_evaluate, *m_sample, *m_resume, *m_chat, *m_duplicate, *m_new;
  Banner* m_banner;
  Figure *m_step, *m_epoch, *m_loss, *m_speed, *m_memory, *m_left;
  ThinProgress* m_progress;
  class PreparingView* m_preparing;
  SegmentedSwitch* m_axis;
  Button* m_follow;
  RunCharts* m_charts;
  BatchView* m_batch;
  InspectorPanel* m_inspector;
  RunAlertsView* m_alerts;
  SamplesView* m_samples;
  TextLabel* m_used;
  TextLabel* m_whole;
  StackedBar* m_bar;
  MemoryLegend* m_legend;
  TextLabel* m_noEvents;
  QListView* m_eventList;
  TextLabel* m_folder;
};

} // namespace lathe::ui
