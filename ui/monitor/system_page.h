// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/monitor/device_card.h"
#include "ui/monitor/doctor_view.h"
#include "ui/shell/page.h"
#include "ui/widgets/inspector_panel.h"

class QStackedWidget;

namespace lathe::ui {

class WindowSettings;

/// System: every device with its last ten minutes, what uses it, and what the doctor says about the machine.
class SystemPage : public Page {
  Q_OBJECT
public:
  SystemPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("system"); }
  QString title() const override { return tr("System"); }
  IconName icon() const override { return IconName::System; }
  void opened() override;
  QList<Command> commands() override;

Q_SIGNALS:
  void bundleRequested();

protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildDevices();
  void buildInspector();
  void askDoctor();
  void showDevices();
  void showState();
  void showFindings();
  void retranslate();

  Session& m_session;
  PromptService& m_prompts;
  PageHeader* m_header;
  Button* m_again;
  Banner* m_banner;
  Banner* m_noGpu;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  QVBoxLayout* m_column;
  QList<DeviceCard*> m_cards;
  InspectorPanel* m_inspector;
  TextLabel* m_verdict;
  DoctorView* m_doctor;
  TextLabel* m_engine;
  api::DoctorReport m_report;
  QString m_failure;
  bool m_asking = false, m_asked = false;
};

} // namespace lathe::ui
