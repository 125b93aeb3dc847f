// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"
#include "ui/train/run_view.h"
#include "ui/train/setup_view.h"

#include <QStackedWidget>

namespace lathe::ui {

/// Train: the set-up of a new run, or the run that is looked at.
class TrainPage : public Page {
  Q_OBJECT
public:
  TrainPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("train"); }
  QString title() const override { return tr("Train"); }
  IconName icon() const override { return IconName::Train; }
  void opened() override { m_stack->currentWidget()->setFocus(); } // not into the first field
  QList<Command> commands() override;

  void showSetup();
  void showRun(const QString& run);
  SetupView* setup() const { return m_setup; }
  RunView* runView() const { return m_run; }

private:
  void showBadge();
  void showWorkingRun(); // a window that is opened again finds what is going on
  bool m_looked = false;
  Session& m_session;
  QStackedWidget* m_stack;
  SetupView* m_setup;
  RunView* m_run;
};

} // namespace lathe::ui
