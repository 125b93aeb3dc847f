// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/host_check.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"

#include <QDialog>

class QLineEdit;

namespace lathe::ui {

class NumberField;
class PathField;
class PromptService;

/// Adds a machine that is reached over ssh, or changes one. Test shows each step with its reason and remedy; Add does not insist on it.
class HostDialog : public QDialog {
  Q_OBJECT
 public:
  /// `home`: the folder whose hosts.json is changed. `existing`: the name of the machine to change; empty: a new one.
  HostDialog(const QString& home, const QString& existing, PromptService* prompts, QWidget* parent = nullptr);

 Q_SIGNALS:
  void saved(const QString& name); // written to the file

 private:
  void makeFields(PromptService* prompts);
  QWidget* buildFields();
  QLayout* buildButtons();
  api::Host host() const;
  bool showProblems();
  void test();
  void showSteps();
  void save();
  QString m_home, m_existing;
  HostCheck m_check;
  QLineEdit *m_name, *m_target, *m_port, *m_program, *m_remoteHome;
  PathField* m_identity;
  QList<FieldBlock*> m_blocks; // in the order of checkHost()'s fields
  Banner* m_banner;
  QWidget* m_stepsHolder;
  QVBoxLayout* m_steps;
  Button *m_test, *m_save;
};

} // namespace lathe::ui
