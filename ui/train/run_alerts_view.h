// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QWidget>

class QVBoxLayout;

namespace lathe::ui {

class Button;
class PromptService;
class Session;
class TextLabel;

/// What is wrong with the run that is looked at: newest first, with step, sentence and what can be done about it. Takes no room without alerts.
class RunAlertsView : public QWidget {
  Q_OBJECT
public:
  RunAlertsView(Session* session, PromptService* prompts, QWidget* parent = nullptr);
  void setRun(const api::RunSummary& run, const Json& spec);

protected:
  void changeEvent(QEvent* event) override;

private:
  void rebuild();
  QWidget* makeCard(const api::RunAlert& alert);
  Button* addAction(QWidget* card, const char* name, const QString& text, const QString& tip, std::function<void()> act);
  void addActions(QWidget* card, const api::RunAlert& alert);
  /// Opens the form with this run's specification and one setting changed.
  void duplicate(const std::string& path, Json value);

  Session* m_session;
  PromptService* m_prompts;
  api::RunSummary m_run;
  Json m_spec;
  std::string m_shown; // alerts and state as they are on the screen
  TextLabel* m_heading;
  QVBoxLayout* m_cards;
};

} // namespace lathe::ui
