// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/train/spec_document.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/inspector_panel.h"
#include "ui/widgets/stacked_bar.h"

class QLineEdit;

namespace lathe::ui {

class LinePlot;

QList<MemoryPart> memoryParts(const api::MemoryPlan& plan);

/// Beside the form: memory anatomy, speed and time, learning-rate curve, what to know before the start, name, command line and Start.
class SetupInspector : public InspectorPanel {
  Q_OBJECT
public:
  explicit SetupInspector(SpecDocument* document, QWidget* parent = nullptr);

  void showPlan(const api::MemoryPlan& plan);
  void showPlanFailure(const QString& message);
  void showPreview(const api::DataPreview& preview);
  void showPreviewFailure(const QString& message);
  void showProblems(const std::vector<api::Problem>& problems);
  void setConnected(bool connected);
  void setStarting(bool starting);
  /// Why Start is disabled; empty when the run can start.
  QString obstacle() const;
  Button* startButton() const { return m_start; }

Q_SIGNALS:
  void startRequested();
  void copyRequested();

protected:
  void changeEvent(QEvent* event) override;

private:
  void buildBlocks();
  void buildFooter();
  void refresh();
  void showTime();
  void showCurve();
  void showChecks();
  QString commandLine() const;
  void retranslate();

  SpecDocument* m_document;
  api::MemoryPlan m_plan;
  api::DataPreview m_preview;
  std::vector<api::Problem> m_problems;
  QString m_planFailure, m_previewFailure, m_listed;
  bool m_connected = false, m_starting = false;

  TextLabel* m_total;
  TextLabel* m_available;
  Badge* m_fits;
  StackedBar* m_bar;
  MemoryLegend* m_legend;
  TextLabel* m_advice;
  TextLabel* m_speed;
  TextLabel* m_time;
  LinePlot* m_curve;
  QVBoxLayout* m_checks;
  QLineEdit* m_name;
  ElidedLabel* m_command;
  LinkButton* m_copy;
  TextLabel* m_reason;
  Button* m_start;
};

} // namespace lathe::ui
