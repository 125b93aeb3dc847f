// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/train_page.h"

#include "ui/models/format.h"
#include "ui/shell/settings_store.h"

#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace lathe::ui {

TrainPage::TrainPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent)
    : Page(parent), m_session(session), m_stack(new QStackedWidget), m_setup(new SetupView(&session, &prompts, &settings)),
      m_run(new RunView(&session, &prompts)) {
  setObjectName(QStringLiteral("page_train"));
  keepFolded(*m_run->inspector(), settings);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_stack);
  m_stack->addWidget(m_setup);
  m_stack->addWidget(m_run);
  auto* find = new QShortcut(QKeySequence::Find, this, [this] {
    if (m_stack->currentWidget() == m_setup)
      m_setup->focusSearch();
  });
  find->setContext(Qt::WidgetWithChildrenShortcut);
  connect(m_setup, &SetupView::started, this, &TrainPage::showRun);
  connect(m_run, &RunView::newRunRequested, this, &TrainPage::showSetup);
  connect(&session, &Session::openRunRequested, this, [this](const QString& run) {
    showRun(run);
    Q_EMIT pageRequested(key());
  });
  connect(&session, &Session::specRequested, this, [this](const Json& spec) {
    m_setup->load(spec);
    showSetup();
    Q_EMIT pageRequested(key());
  });
  connect(&session, &Session::setupRequested, this, [this] {
    showSetup();
    Q_EMIT pageRequested(key());
  });
  connect(session.runs(), &QAbstractItemModel::dataChanged, this, &TrainPage::showBadge);
  connect(&session, &Session::runsRead, this, [this] {
    showBadge();
    if (!std::exchange(m_looked, true))
      showWorkingRun();
  });
}

void TrainPage::showSetup() {
  m_stack->setCurrentWidget(m_setup);
  m_setup->setFocus();
}

void TrainPage::showRun(const QString& run) {
  m_run->open(run);
  m_stack->setCurrentWidget(m_run);
  m_run->setFocus();
}

void TrainPage::showWorkingRun() {
  for (const auto& run : m_session.runs()->runs())
    if (isWorking(run.state) || run.state == api::RunState::Paused)
      return showRun(fromStd(run.id));
}

/// The number of open alerts of what is at work, else a dot while something is.
void TrainPage::showBadge() {
  int alerts = 0;
  bool working = false;
  for (const auto& run : m_session.runs()->runs()) {
    if (!isWorking(run.state) && run.state != api::RunState::Paused)
      continue;
    working = working || isWorking(run.state);
    alerts += static_cast<int>(std::count_if(run.alerts.begin(), run.alerts.end(), [](const api::RunAlert& alert) { return !alert.over; }));
  }
  setBadge(alerts > 0 ? alerts : working ? -1 : 0);
}

QList<Command> TrainPage::commands() {
  QList<Command> out = {{tr("New fine-tuning run"), title(), [this] {
                           showSetup();
                           Q_EMIT pageRequested(key());
                         }}};
  if (m_run->history() && !m_run->history()->rows().empty())
    out.append({tr("Show the batch behind a step"), tr("Run"), [this] {
                  Q_EMIT pageRequested(key());
                  showRun(m_run->run());
                  m_run->askBatch();
                }});
  for (const auto& option : api::trainOptions())
    if (auto* field = m_setup->findChild<OptionField*>(QStringLiteral("block_") + QString::fromUtf8(option.path)))
      out.append({field->label(), tr("Option"), [this, field] {
                    showSetup();
                    m_setup->showOption(field);
                    Q_EMIT pageRequested(key());
                  }});
  return out;
}

} // namespace lathe::ui
