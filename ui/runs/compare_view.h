// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/compare_model.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_switch.h"

#include <QTimer>
#include <QWidget>

class QTableView;
class QVBoxLayout;

namespace lathe::ui {

class CompareCharts;
class PromptService;
class Session;

/// Several runs side by side: overlaid charts above, results and settings below. Escape or "Back to the runs" leaves it.
class CompareView : public QWidget {
  Q_OBJECT
public:
  static constexpr int kMostRuns = 12;

  CompareView(Session& session, PromptService& prompts, QWidget* parent = nullptr);
  void open(const QStringList& runs); // ids; at most kMostRuns
  void leave();                       // follows the runs no longer
  const QStringList& runs() const { return m_runs; }
  CompareCharts* charts() const { return m_charts; }

Q_SIGNALS:
  void closed();

protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void buildLayout();
  void buildTable();
  void connectParts();
  void showTable();
  void showSamples();
  void fitColumns();
  void retranslate();

  Session& m_session;
  PromptService& m_prompts;
  QStringList m_runs;
  CompareModel m_model;
  QTimer m_later; // results are read at most four times a second
  PageHeader* m_header;
  SegmentedSwitch* m_axis;
  Button *m_follow, *m_back;
  Banner* m_banner;
  QVBoxLayout* m_chartPlace;
  CompareCharts* m_charts = nullptr;
  TextLabel* m_caption;
  SegmentedSwitch* m_fields;
  QTableView* m_table;
};

} // namespace lathe::ui
