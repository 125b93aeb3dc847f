// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QWidget>

class QStackedWidget;

namespace lathe::ui {

class Banner;
class Button;
class ElidedLabel;
class OpenDataset;
class PromptService;
class QualityView;
class RolesView;
class RowsView;
class SegmentedSwitch;
class Session;
class StatisticsView;
class TextLabel;
class TokenChoices;
class WindowSettings;

/// One dataset: what it is, how it becomes tokens, and its rows, roles, statistics and quality.
class DatasetView : public QWidget {
  Q_OBJECT
public:
  DatasetView(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent = nullptr);
  OpenDataset& dataset() { return *m_dataset; }
  TokenChoices& choices() { return *m_choices; }
  RowsView* rows() const { return m_rows; }
  void showTab(const QString& key); // rows | roles | statistics | quality

Q_SIGNALS:
  void removeRequested();

protected:
  void changeEvent(QEvent* event) override;

private:
  void connectParts();
  void showDataset();
  void showProblem();
  void retranslate();
  Session& m_session;
  TokenChoices* m_choices;
  OpenDataset* m_dataset;
  ElidedLabel *m_name, *m_about;
  Button* m_remove;
  Banner* m_problem;
  SegmentedSwitch* m_tabs;
  TextLabel* m_state;
  QStackedWidget* m_stack;
  RowsView* m_rows;
  RolesView* m_roles;
  StatisticsView* m_statistics;
  QualityView* m_quality;
};

} // namespace lathe::ui
