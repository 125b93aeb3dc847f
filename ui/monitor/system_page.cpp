// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/system_page.h"

#include "core/api/protocol.h"
#include "ui/models/format.h"
#include "ui/monitor/engine_log_view.h"
#include "ui/shell/settings_store.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QStackedWidget>

#include <algorithm>

namespace lathe::ui {

SystemPage::SystemPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_header(new PageHeader), m_again(new Button(IconName::Refresh, {}, ButtonKind::Normal)),
      m_banner(new Banner(Tone::Warn)), m_noGpu(new Banner(Tone::Info)), m_stack(new QStackedWidget), m_empty(new EmptyState(IconName::System, {}, {})),
      m_inspector(new InspectorPanel(QStringLiteral("system_panel"))) {
  setObjectName(QStringLiteral("page_system"));
  m_again->setObjectName(QStringLiteral("doctor_again"));
  m_banner->setObjectName(QStringLiteral("system_banner"));
  m_noGpu->setObjectName(QStringLiteral("system_no_gpu"));
  m_header->addAction(m_again);
  m_banner->hide();
  m_noGpu->hide();
  m_stack->addWidget(m_empty);
  m_stack->addWidget(buildDevices());
  auto* top = new QVBoxLayout;
  top->setContentsMargins(20, space::k16, 20, 0);
  top->setSpacing(space::k12);
  top->addWidget(m_header);
  top->addWidget(m_banner);
  auto* left = new QVBoxLayout;
  left->setSpacing(space::k12);
  left->addLayout(top);
  left->addWidget(m_stack, 1);
  buildInspector();
  keepFolded(*m_inspector, settings);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addLayout(left, 1);
  row->addWidget(m_inspector);
  connect(m_again, &Button::clicked, this, &SystemPage::askDoctor);
  connect(session.devices(), &DeviceHistory::sampled, this, [this] {
    if (isVisible())
      showDevices();
  });
  connect(session.client(), &EngineClient::connected, this, &SystemPage::askDoctor);
  connect(session.client(), &EngineClient::stateChanged, this, &SystemPage::showState);
  retranslate();
}

QWidget* SystemPage::buildDevices() {
  auto* scroll = new QScrollArea;
  scroll->setObjectName(QStringLiteral("system_devices"));
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* inside = new QWidget;
  m_column = new QVBoxLayout(inside);
  m_column->setContentsMargins(20, 0, space::k8, space::k16); // the scroll bar takes the rest
  m_column->setSpacing(space::k24);
  m_column->addWidget(m_noGpu);
  auto* log = new EngineLogView(m_session);
  connect(log, &EngineLogView::bundleRequested, this, &SystemPage::bundleRequested);
  m_column->addWidget(log);
  m_column->addStretch(1);
  scroll->setWidget(inside);
  return scroll;
}

void SystemPage::buildInspector() {
  auto* block = m_inspector->addBlock({});
  m_verdict = new TextLabel({}, TextRole::Body);
  m_verdict->setObjectName(QStringLiteral("doctor_verdict"));
  m_verdict->setWordWrap(true);
  m_doctor = new DoctorView;
  m_doctor->setObjectName(QStringLiteral("doctor"));
  block->addWidget(m_verdict);
  block->addSpacing(space::k4);
  block->addWidget(m_doctor);
  auto* engine = m_inspector->addBlock({});
  m_engine = new TextLabel({}, TextRole::Caption);
  m_engine->setWordWrap(true);
  m_engine->setCopyable(true);
  engine->addWidget(m_engine);
  m_inspector->addStretch();
}

void SystemPage::opened() {
  if (!m_asked)
    askDoctor();
  showDevices();
}

void SystemPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  showDevices();
}

void SystemPage::askDoctor() {
  if (m_asking || !m_session.isConnected())
    return showState();
  m_asking = m_asked = true;
  showState();
  m_session.client()->call<api::DoctorReport>(api::method::kDoctor, Json::object(), this, [this](const Result<api::DoctorReport>& answer) {
    m_asking = false;
    m_failure = answer ? QString() : fromStd(answer.error().message);
    if (answer) {
      m_report = *answer;
      m_doctor->show(m_report);
    }
    setBadge(m_doctor->failures());
    showFindings();
    showState();
  });
}

void SystemPage::showFindings() {
  const auto count = [this](const char* status) {
    return static_cast<int>(std::count_if(m_report.checks.begin(), m_report.checks.end(), [&](const auto& check) { return check.status == status; }));
  };
  const int bad = count("fail"), weak = count("warn");
  if (!m_failure.isEmpty())
    m_verdict->setText(m_failure);
  else if (m_report.checks.empty())
    m_verdict->setText(tr("Nothing was checked yet."));
  else if (bad + weak == 0)
    m_verdict->setText(tr("Everything is in order."));
  else if (bad == 0)
    m_verdict->setText(tr("Everything works; %1 could be better.").arg(weak));
  else
    m_verdict->setText(weak > 0 ? tr("%1 to fix, %2 that could be better.").arg(bad).arg(weak) : tr("%1 to fix.").arg(bad));
  m_verdict->setRole(!m_failure.isEmpty() || bad > 0 ? TextRole::Bad : TextRole::Body);
}

void SystemPage::showDevices() {
  const auto& devices = m_session.devices()->devices();
  QStringList wanted, present;
  for (const auto& device : devices)
    wanted << fromStd(device.now.id);
  for (const DeviceCard* card : m_cards)
    present << card->id();
  if (wanted != present) {
    qDeleteAll(m_cards);
    m_cards.clear();
    for (const QString& id : wanted) {
      auto* card = new DeviceCard(id, &m_prompts);
      connect(card, &DeviceCard::openRequested, &m_session, &Session::openRunRequested);
      m_column->insertWidget(m_column->count() - 2, card); // above the log
      m_cards << card;
    }
  }
  for (qsizetype i = 0; i < m_cards.size(); ++i)
    m_cards[i]->update(devices[static_cast<size_t>(i)]);
  m_stack->setCurrentIndex(devices.empty() ? 0 : 1);
  m_noGpu->setVisible(!devices.empty() && !m_session.devices()->hasGpu());
  QStringList names;
  for (const auto& device : devices)
    names << (device.now.id == "cpu" ? tr("processor") : shortDeviceName(fromStd(device.now.name)));
  m_header->setContext(names.join(QStringLiteral(" · ")));
}

void SystemPage::showState() {
  const bool connected = m_session.isConnected();
  m_again->setEnabled(connected && !m_asking);
  m_again->setText(m_asking ? tr("Checking…") : tr("Check again"));
  m_again->setToolTip(connected ? QString() : tr("The engine is not connected."));
  m_banner->setVisible(!connected && !m_session.devices()->devices().empty());
  m_banner->setText(tr("The engine is not connected: these are the last figures it sent."));
  if (connected)
    m_empty->setTexts(tr("Looking at the devices"), tr("Their memory, utilisation, power and temperature appear here in a moment."), {});
  else
    m_empty->setTexts(tr("The engine is not connected"), tr("The devices of its machine and what they do appear here as soon as it answers."), {});
  const Json& hello = m_session.client()->hello();
  QStringList lines;
  if (hello.is_object())
    lines << tr("Lathe %1, process %2").arg(fromStd(stringOr(hello, "version", "?"))).arg(intOr(hello, "pid", 0)) << fromStd(stringOr(hello, "home", ""));
  else
    lines << tr("not connected yet");
  m_engine->setText(lines.join(QLatin1Char('\n')));
}

QList<Command> SystemPage::commands() {
  return {{tr("Check this machine"), title(), [this] {
             askDoctor();
             Q_EMIT pageRequested(key());
           }}};
}

void SystemPage::retranslate() {
  m_header->setTitle(tr("System"));
  m_again->setMinimumWidth(0);
  m_again->setText(tr("Checking…"));
  const int busy = m_again->sizeHint().width();
  m_again->setText(tr("Check again"));
  m_again->setMinimumWidth(std::max(busy, m_again->sizeHint().width())); // it must not jump
  m_inspector->setHeading(0, tr("What the machine offers"));
  m_inspector->setHeading(1, tr("Engine"));
  m_noGpu->setText(tr("No NVIDIA GPU can be used here, so everything runs on the processor."), tr("With an NVIDIA card: install its driver, version 580 or later, then check again."));
  showFindings();
  showState();
  if (isVisible())
    showDevices();
}

void SystemPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
