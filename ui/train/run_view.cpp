// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/run_view.h"

#include "core/api/protocol.h"
#include "ui/models/format.h"
#include "ui/train/preparing_view.h"
#include "ui/train/setup_inspector.h"
#include "ui/widgets/prompt_service.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QListView>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

bool hasValidation(const Json& spec) {
  const Json* data = find(spec, "data");
  const Json* validation = data ? find(*data, "validation") : nullptr;
  return validation && (doubleOr(*validation, "fraction", 0) > 0 || intOr(*validation, "count", 0) > 0 || !stringOr(*validation, "path", "").empty());
}

} // namespace

RunView::RunView(Session* session, PromptService* prompts, QWidget* parent)
    : QWidget(parent), m_session(session), m_prompts(prompts), m_header(new PageHeader), m_state(new StatePill), m_banner(new Banner(Tone::Error)),
      m_charts(new RunCharts(prompts)), m_batch(new BatchView(session->client())), m_inspector(new InspectorPanel(QStringLiteral("train_run"))) {
  setObjectName(QStringLiteral("train_run"));
  constexpr int kRoomForBoth = 1100; // at 200 % of a full-HD screen charts and figures need it all
  m_inspector->setFoldsBelow(kRoomForBoth);
  buildHeader();
  auto* left = new QVBoxLayout;
  left->setContentsMargins(20, space::k16, 20, space::k16);
  left->setSpacing(space::k12);
  left->addWidget(m_header);
  left->addWidget(m_banner);
  m_preparing = new PreparingView;
  left->addWidget(m_preparing);
  left->addWidget(buildFigures());
  left->addWidget(m_charts, 4);
  left->addWidget(m_batch, 6);
  buildInspector();
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addLayout(left, 1);
  row->addWidget(m_inspector);
  connect(m_charts, &RunCharts::stepActivated, this, &RunView::showBatch);
  connect(m_batch, &BatchView::closed, this, &RunView::closeBatch);
  connect(m_batch, &BatchView::stepShown, this, [this](qint64 step) { m_charts->showOnly(step); });
  connect(m_charts, &RunCharts::followingChanged, this, [this](bool following) { m_follow->setVisible(!following); });
  connect(m_preparing, &PreparingView::cancelRequested, this, [this] { m_session->control(run(), "stop"); });
  connect(session->client(), &EngineClient::runProgressed, this, [this](const QString& of, const QString& what, double share) {
    if (of == run())
      m_preparing->show(what, share);
  });
  connect(session->client(), &EngineClient::telemetryArrived, this, &RunView::takeTelemetry);
  connect(session, &Session::trouble, this, [this](const QString& text) {
    m_banner->setText(text);
    m_banner->setVisible(true);
  });
  retranslate();
}

Button* RunView::addAction(const char* name, IconName icon, ButtonKind kind, std::function<void()> act) {
  auto* button = new Button(icon, {}, kind);
  button->setObjectName(QString::fromUtf8(name));
  connect(button, &Button::clicked, this, std::move(act));
  m_header->addAction(button);
  return button;
}

void RunView::buildHeader() {
  const auto control = [this](const char* action) { return [this, action] { m_session->control(run(), action); }; };
  m_header->addAction(m_state);
  m_state->setObjectName(QStringLiteral("run_state"));
  m_evaluate = addAction("run_evaluate", IconName::Evaluate, ButtonKind::Normal, control("evaluate"));
  m_sample = addAction("run_sample", IconName::Sample, ButtonKind::Normal, control("sample"));
  m_save = addAction("run_save", IconName::Save, ButtonKind::Normal, control("save"));
  m_pause = addAction("run_pause", IconName::Pause, ButtonKind::Normal, [this] {
    m_session->control(run(), m_history->summary().state == api::RunState::Paused ? "continue" : "pause");
  });
  m_stop = addAction("run_stop", IconName::Stop, ButtonKind::Danger, [this] { stop(); });
  m_resume = addAction("run_resume", IconName::Play, ButtonKind::Normal, [this] { m_session->resume(run()); });
  m_duplicate = addAction("run_duplicate", IconName::Copy, ButtonKind::Normal, [this] { m_session->duplicate(run()); });
  m_chat = addAction("run_chat", IconName::Chat, ButtonKind::Primary, [this] { m_session->chatWithRun(run(), m_history->summary().hasResult ? QString() : checkpoint()); });
  m_new = addAction("run_new", IconName::Plus, ButtonKind::Normal, [this] { Q_EMIT newRunRequested(); });
  m_banner->hide();
}

QWidget* RunView::buildFigures() {
  auto* card = new Card;
  auto* row = new QHBoxLayout;
  row->setContentsMargins(space::k16, space::k8, space::k12, space::k8);
  row->setSpacing(space::k24);
  const auto figure = [&](const char* name) {
    auto* out = new Figure({});
    out->setObjectName(QString::fromUtf8(name));
    row->addWidget(out);
    return out;
  };
  m_step = figure("figure_step");
  m_epoch = figure("figure_epoch");
  m_loss = figure("figure_loss");
  m_speed = figure("figure_speed");
  m_memory = figure("figure_memory");
  m_left = figure("figure_left");
  m_progress = new ThinProgress;
  m_progress->setMaximumWidth(160);
  row->addWidget(m_progress, 1, Qt::AlignVCenter);
  row->addStretch();
  m_follow = new Button({}, ButtonKind::Quiet);
  m_follow->setObjectName(QStringLiteral("follow_charts"));
  m_follow->hide();
  connect(m_follow, &Button::clicked, this, [this] { m_charts->group()->follow(); });
  row->addWidget(m_follow, 0, Qt::AlignVCenter);
  m_axis = new SegmentedSwitch;
  m_axis->setObjectName(QStringLiteral("chart_axis"));
  connect(m_axis, &SegmentedSwitch::chosen, this, [this](const QString& key) {
    m_charts->setXAxis(key == QStringLiteral("tokens") ? XAxis::Tokens : key == QStringLiteral("time") ? XAxis::Time : XAxis::Step);
  });
  row->addWidget(m_axis, 0, Qt::AlignVCenter);
  card->body()->addLayout(row);
  return card;
}

void RunView::buildInspector() {
  m_alerts = new RunAlertsView(m_session, m_prompts);
  m_inspector->addWidget(m_alerts);
  m_samples = new SamplesView;
  m_inspector->addWidget(m_samples);
  auto* memory = m_inspector->addBlock({});
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k4);
  m_used = new TextLabel({}, TextRole::Value);
  m_used->setObjectName(QStringLiteral("run_memory_used"));
  m_whole = new TextLabel({}, TextRole::Caption);
  head->addWidget(m_used, 0, Qt::AlignBaseline);
  head->addWidget(m_whole, 0, Qt::AlignBaseline);
  head->addStretch();
  memory->addLayout(head);
  m_bar = new StackedBar;
  m_bar->setObjectName(QStringLiteral("run_memory_bar"));
  m_legend = new MemoryLegend;
  m_legend->setObjectName(QStringLiteral("run_memory_legend"));
  memory->addWidget(m_bar);
  memory->addWidget(m_legend);
  buildEvents();
  m_inspector->addStretch();
}

void RunView::buildEvents() {
  auto* events = m_inspector->addBlock({});
  m_noEvents = new TextLabel({}, TextRole::Caption);
  m_noEvents->setWordWrap(true);
  m_eventList = new QListView;
  m_eventList->setObjectName(QStringLiteral("run_events"));
  m_eventList->setModel(&m_events);
  m_eventList->setWordWrap(true);
  m_eventList->setFrameShape(QFrame::NoFrame);
  m_eventList->setMinimumHeight(220);
  m_eventList->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_eventList->setResizeMode(QListView::Adjust);
  m_eventList->viewport()->setAutoFillBackground(false);
  events->addWidget(m_noEvents);
  events->addWidget(m_eventList);
  auto* files = m_inspector->addBlock({});
  m_folder = new TextLabel({}, TextRole::Caption);
  m_folder->setCopyable(true);
  m_folder->setWordWrap(true);
  files->addWidget(m_folder);
}

void RunView::open(const QString& run) {
  if (m_history && m_history->run() == run)
    return;
  closeBatch();
  m_charts->setHistory(nullptr);
  delete m_history;
  m_history = new MetricsHistory(m_session->client(), run, this);
  m_preparing->begin();
  m_plan = {};
  m_device = {};
  m_events.setEvents({});
  m_samples->reset();
  m_probes.clear();
  m_charts->setHistory(m_history);
  connect(m_history, &MetricsHistory::summaryChanged, this, &RunView::showSummary);
  connect(m_history, &MetricsHistory::specLoaded, this, &RunView::askPlan);
  connect(m_history, &MetricsHistory::appended, this, &RunView::showFigures);
  connect(m_history, &MetricsHistory::rewritten, this, &RunView::showFigures);
  connect(m_history, &MetricsHistory::eventsChanged, this, [this] {
    m_events.setEvents(withoutSamples(m_history->events()));
    m_samples->setEvents(m_history->events(), m_probes);
    showActions();
    m_noEvents->setVisible(m_events.rowCount() == 0);
    m_eventList->setVisible(m_events.rowCount() > 0);
  });
  showSummary();
}

void RunView::showBatch(int64_t step) {
  if (!m_history || m_history->rows().empty())
    return;
  m_charts->showOnly(step);
  m_batch->open(run(), step, m_history->rows().back().step);
}

void RunView::askBatch() {
  if (!m_history || m_history->rows().empty())
    return;
  const int64_t last = m_history->rows().back().step;
  const auto answer = m_prompts->askText(this, tr("Batch behind a step"), tr("Step, from 1 to %1").arg(format::grouped(last)), QString::number(last));
  if (const qlonglong step = answer ? answer->trimmed().toLongLong() : 0; step > 0)
    showBatch(std::min<int64_t>(step, last));
}

void RunView::closeBatch() {
  if (m_batch->isHidden())
    return;
  m_batch->close();
  m_charts->showOnly(std::nullopt);
  m_charts->loss()->setFocus();
}

/// A stopped run has no result, but what it saved can be talked to.
QString RunView::checkpoint() const {
  if (!m_history || fromStd(m_history->summary().method).startsWith(QStringLiteral("full"), Qt::CaseInsensitive))
    return {};
  const auto& events = m_history->events();
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->type == "saved" && event->data.is_object() && !stringOr(event->data, "path", "").empty())
      return fromStd(stringOr(event->data, "path", ""));
  return {};
}

void RunView::askPlan() {
  m_evaluates = hasValidation(m_history->spec());
  m_probes = probePrompts(m_history->spec());
  m_samples->setEvents(m_history->events(), m_probes);
  showActions();
  m_session->client()->call<api::MemoryPlan>(api::method::kPlan, {{"spec", m_history->spec()}}, m_history, [this](const auto& answer) {
    if (answer)
      m_plan = *answer;
    showMemory();
  });
}

void RunView::showSummary() {
  const api::RunSummary& summary = m_history->summary();
  m_header->setTitle(fromStd(summary.name.empty() ? (summary.id.empty() ? run().toStdString() : summary.id) : summary.name));
  QStringList context;
  for (const auto& part : {summary.method, summary.model, summary.data})
    if (!part.empty())
      context << fromStd(part);
  m_header->setContext(context.join(QStringLiteral(" · ")));
  m_state->setState(summary.state);
  const bool trouble = !summary.error.empty();
  m_banner->setVisible(trouble);
  if (trouble)
    m_banner->setText(fromStd(summary.error));
  m_alerts->setRun(summary, m_history->spec());
  m_folder->setText(fromStd(summary.folder));
  showActions();
  showFigures();
}

void RunView::showActions() {
  const api::RunSummary& summary = m_history->summary();
  const bool alive = !api::isEnded(summary.state) && !summary.id.empty();
  const bool paused = summary.state == api::RunState::Paused;
  const bool moving = summary.state == api::RunState::Running || paused;
  const bool prepares = summary.state == api::RunState::Preparing;
  if (prepares && m_preparing->isHidden()) // again, after a resume: nothing of the last time counts
    m_preparing->begin();
  m_preparing->setVisible(prepares);
  m_pause->setVisible(alive);
  m_pause->setEnabled(moving);
  m_pause->setText(paused ? tr("Continue") : tr("Pause"));
  m_pause->setIconName(paused ? IconName::Play : IconName::Pause);
  m_stop->setVisible(alive && !prepares); // Cancel stands beside the progress
  m_stop->setEnabled(summary.state != api::RunState::Stopping);
  m_save->setVisible(alive);
  m_save->setEnabled(moving);
  m_evaluate->setVisible(alive && m_evaluates);
  m_evaluate->setEnabled(moving);
  m_sample->setVisible(alive && !m_probes.isEmpty());
  m_sample->setEnabled(moving);
  m_resume->setVisible(api::isEnded(summary.state) && api::isResumable(summary.state));
  m_duplicate->setVisible(!alive);
  m_chat->setVisible(summary.hasResult || (!alive && !checkpoint().isEmpty()));
}

void RunView::showFigures() {
  const api::RunSummary& summary = m_history->summary();
  const auto& rows = m_history->rows();
  const int64_t step = rows.empty() ? summary.step : rows.back().step;
  m_step->setValue(format::grouped(step), summary.totalSteps > 0 ? QStringLiteral("/ ") + format::grouped(summary.totalSteps) : QString());
  const QString none = QStringLiteral("–");
  m_epoch->setValue(rows.empty() ? none : QString::number(rows.back().epoch, 'f', 2));
  m_loss->setValue(rows.empty() ? none : lossText(std::isnan(rows.back().loss) ? rows.back().loss : m_history->smoothed().back()));
  m_speed->setValue(rows.empty() ? none : format::count(rows.back().tokensPerS), rows.empty() ? QString() : tr("tok/s"));
  m_memory->setValue(bytesText(rows.empty() ? summary.peakMemory : std::max(summary.peakMemory, rows.back().memoryAllocated)));
  const bool ended = api::isEnded(summary.state);
  m_left->setTitle(ended ? tr("Took") : tr("Left"));
  const double seconds = ended ? (rows.empty() ? api::kNaN : rows.back().time) : summary.secondsLeft;
  m_left->setValue(std::isfinite(seconds) ? format::clock(seconds) : none);
  m_progress->setShare(summary.totalSteps > 0 ? static_cast<double>(step) / static_cast<double>(summary.totalSteps) : 0);
  showMemory();
}

void RunView::takeTelemetry(const TelemetryArrived& telemetry) {
  const auto mine = std::find_if(telemetry.devices.begin(), telemetry.devices.end(), [this](const api::DeviceTelemetry& device) {
    return std::any_of(device.processes.begin(), device.processes.end(), [id = run().toStdString()](const auto& process) { return !id.empty() && process.run == id; });
  });
  m_device = mine == telemetry.devices.end() ? api::DeviceTelemetry() : *mine;
  if (m_device.id.rfind("cuda", 0) == 0)
    m_charts->addDeviceSample(m_device.utilisation, m_device.power);
  showMemory();
}

/// The run's own figures say more than those of all workers of its device together, and those more than a prediction.
void RunView::showMemory() {
  if (!m_history)
    return;
  const bool works = isWorking(m_history->summary().state);
  const auto& rows = m_history->rows();
  QList<MemoryPart> measured;
  if (!rows.empty() && rows.back().memoryByCategory)
    measured = memoryParts(*rows.back().memoryByCategory);
  else if (works)
    measured = memoryParts(m_device.categories);
  m_inspector->setHeading(0, measured.isEmpty() ? tr("Memory by category, predicted") : tr("Memory by category"));
  showMemoryOf(measured.isEmpty() ? memoryParts(m_plan) : measured, works && !measured.isEmpty() && m_device.memoryTotal > 0);
}

void RunView::showMemoryOf(const QList<MemoryPart>& own, bool onDevice) {
  const auto whole = static_cast<double>(onDevice ? m_device.memoryTotal : std::max(m_plan.available, m_plan.total));
  const auto used = static_cast<double>(m_device.memoryUsed);
  const QList<MemoryPart> parts = onDevice ? withOthers(own, used) : own;
  QString where = fromStd(onDevice ? m_device.name : m_plan.device);
  where.remove(QStringLiteral("NVIDIA "));
  m_used->setText(own.isEmpty() ? QStringLiteral("–") : format::bytes(sumOf(own)));
  m_whole->setText(whole > 0 ? tr("of %1 · %2").arg(format::bytes(whole), where) : QString());
  m_bar->setParts(parts, whole);
  m_legend->setParts(parts);
  QList<std::pair<QString, QString>> extras;
  if (onDevice)
    extras.append({tr("Free"), format::bytes(std::max(0.0, whole - std::max(used, sumOf(parts))))});
  if (const int64_t peak = m_history->summary().peakMemory; m_plan.total > 0 && peak > 0)
    extras.append({tr("Predicted / measured"), format::bytes(static_cast<double>(m_plan.total)) + QStringLiteral(" / ") + bytesText(peak)});
  m_legend->setExtras(extras);
}

void RunView::stop() {
  if (m_prompts->confirm(this, tr("Stop this run?"), tr("It saves a checkpoint first, so it can be resumed from there."), tr("Stop the run")))
    m_session->control(run(), "stop");
}

void RunView::retranslate() {
  m_evaluate->setText(tr("Evaluate"));
  m_sample->setText(tr("Sample"));
  m_sample->setToolTip(tr("Answer the probe prompts now, with the weights of this step"));
  m_save->setText(tr("Save"));
  m_stop->setText(tr("Stop"));
  m_resume->setText(tr("Resume"));
  m_duplicate->setText(tr("Duplicate"));
  m_chat->setText(tr("Chat with it"));
  m_new->setText(tr("New run"));
  m_step->setTitle(tr("Step"));
  m_epoch->setTitle(tr("Epoch"));
  m_loss->setTitle(tr("Loss"));
  m_speed->setTitle(tr("Throughput"));
  m_memory->setTitle(tr("Peak memory"));
  m_left->setTitle(tr("Left"));
  m_follow->setText(tr("Show all"));
  named(m_progress, tr("Progress of the run"));
  const QString axis = m_axis->current();
  m_axis->setChoices({{QStringLiteral("step"), tr("step"), {}, true}, {QStringLiteral("tokens"), tr("tokens"), {}, true}, {QStringLiteral("time"), tr("time"), {}, true}});
  m_axis->setCurrent(axis.isEmpty() ? QStringLiteral("step") : axis);
  named(m_axis, tr("Horizontal axis of the charts"));
  m_inspector->setHeading(0, tr("Memory by category"));
  m_inspector->setHeading(1, tr("Events"));
  m_inspector->setHeading(2, tr("Folder"));
  m_noEvents->setText(tr("Saves, evaluations and anything unusual will be listed here."));
  named(m_eventList, tr("Events"));
  if (m_history)
    showSummary();
}

void RunView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
