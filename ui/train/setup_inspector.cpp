// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/setup_inspector.h"

#include "core/base/ids.h"
#include "ui/charts/line_plot.h"
#include "ui/models/engine_texts.h"
#include "ui/models/format.h"
#include "ui/train/schedule.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>

namespace lathe::ui {

namespace {

constexpr int kCurveHeight = 120;
constexpr int64_t kUnknownSteps = 100; // the curve's shape before the data is known

} // namespace

QList<MemoryPart> memoryParts(const api::MemoryPlan& plan) {
  QList<MemoryPart> parts;
  const auto add = [&](MemoryCategory category, int64_t bytes) {
    if (bytes > 0)
      parts.append({category, static_cast<double>(bytes)});
  };
  add(MemoryCategory::Weights, plan.weights);
  add(MemoryCategory::Adapters, plan.adapters);
  add(MemoryCategory::Gradients, plan.gradients);
  add(MemoryCategory::Optimizer, plan.optimizer);
  add(MemoryCategory::Stash, plan.stash);
  add(MemoryCategory::Workspace, plan.workspace);
  add(MemoryCategory::Context, plan.context);
  return parts;
}

SetupInspector::SetupInspector(SpecDocument* document, QWidget* parent) : InspectorPanel(QStringLiteral("train_setup"), parent), m_document(document) {
  buildBlocks();
  buildFooter();
  connect(document, &SpecDocument::changed, this, &SetupInspector::refresh);
  connect(document, &SpecDocument::replaced, this, [this] { m_name->setText(fromStd(m_document->text("name"))); });
  retranslate();
}

void SetupInspector::buildBlocks() {
  auto* memory = addBlock({});
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k4);
  m_total = new TextLabel({}, TextRole::Value);
  m_available = new TextLabel({}, TextRole::Caption);
  m_fits = new Badge;
  m_total->setObjectName(QStringLiteral("plan_total"));
  head->addWidget(m_total, 0, Qt::AlignBaseline);
  head->addWidget(m_available, 0, Qt::AlignBaseline);
  head->addStretch();
  head->addWidget(m_fits);
  memory->addLayout(head);
  m_bar = named(new StackedBar, tr("Memory"));
  m_legend = new MemoryLegend;
  m_advice = new TextLabel({}, TextRole::Caption);
  m_advice->setWordWrap(true);
  memory->addWidget(m_bar);
  memory->addWidget(m_legend);
  memory->addWidget(m_advice);

  auto* speed = addBlock({});
  auto* line = new QHBoxLayout;
  m_speed = new TextLabel({}, TextRole::Value);
  m_time = new TextLabel({}, TextRole::Value);
  line->addWidget(m_speed);
  line->addStretch();
  line->addWidget(m_time);
  speed->addLayout(line);

  auto* curve = addBlock({});
  m_curve = new LinePlot;
  m_curve->setFixedHeight(kCurveHeight);
  SeriesOptions rate;
  rate.name = tr("Learning rate");
  rate.color = 4;
  rate.format = format::scientific;
  m_curve->addSeries(rate);
  m_curve->setYFromZero(true);
  m_curve->setYFormat(format::scientific);
  curve->addWidget(m_curve);

  auto* checks = addBlock({});
  m_checks = new QVBoxLayout;
  m_checks->setSpacing(space::k4);
  checks->addLayout(m_checks);
  addStretch();
}

void SetupInspector::buildFooter() {
  m_name = new QLineEdit;
  m_name->setObjectName(QStringLiteral("run_name"));
  connect(m_name, &QLineEdit::textEdited, this, [this](const QString& text) { m_document->set("name", text.trimmed().toStdString()); });
  auto* line = new QHBoxLayout;
  m_command = new ElidedLabel({}, TextRole::MonoCaption);
  m_command->setObjectName(QStringLiteral("command_line"));
  m_copy = new LinkButton({});
  m_copy->setObjectName(QStringLiteral("copy_command"));
  line->addWidget(m_command, 1);
  line->addWidget(m_copy);
  m_reason = new TextLabel({}, TextRole::Caption);
  m_reason->setObjectName(QStringLiteral("start_reason"));
  m_reason->setWordWrap(true);
  m_start = new Button({}, ButtonKind::Primary);
  m_start->setObjectName(QStringLiteral("start"));
  m_start->setMinimumHeight(36);
  footer()->addWidget(m_name);
  footer()->addLayout(line);
  footer()->addWidget(m_reason);
  footer()->addWidget(m_start);
  connect(m_copy, &LinkButton::clicked, this, &SetupInspector::copyRequested);
  connect(m_start, &Button::clicked, this, &SetupInspector::startRequested);
}

QString SetupInspector::commandLine() const {
  const std::string name = slug(m_document->text("name"));
  return QStringLiteral("lathe train %1.json").arg(fromStd(name.empty() ? "run" : name));
}

void SetupInspector::showPlan(const api::MemoryPlan& plan) {
  m_plan = plan;
  m_planFailure.clear();
  refresh();
}

void SetupInspector::showPlanFailure(const QString& message) {
  m_plan = {};
  m_planFailure = message;
  refresh();
}

void SetupInspector::showPreview(const api::DataPreview& preview) {
  m_preview = preview;
  m_previewFailure.clear();
  refresh();
}

void SetupInspector::showPreviewFailure(const QString& message) {
  m_preview = {};
  m_previewFailure = message;
  refresh();
}

void SetupInspector::showProblems(const std::vector<api::Problem>& problems) {
  m_problems = problems;
  refresh();
}

void SetupInspector::setConnected(bool connected) {
  m_connected = connected;
  refresh();
}

void SetupInspector::setStarting(bool starting) {
  m_starting = starting;
  refresh();
}

QString SetupInspector::obstacle() const {
  if (!m_connected)
    return tr("The engine is not connected.");
  if (m_document->text("model.path").empty() && m_document->text("model.config").empty())
    return tr("Choose a base model first.");
  if (m_document->firstDataset().empty())
    return tr("Choose the training data first.");
  for (const auto& problem : m_problems)
    if (problem.severity == api::Severity::Error)
      return engineText(problem.message);
  if (!m_previewFailure.isEmpty())
    return m_previewFailure;
  if (m_preview.exact && m_preview.rows > 0 && m_preview.supervisedTokens == 0)
    return tr("No token of this data would be learned.");
  return m_planFailure;
}

void SetupInspector::refresh() {
  const bool known = m_plan.total > 0;
  m_total->setText(known ? format::bytes(static_cast<double>(m_plan.total)) : QStringLiteral("–"));
  m_available->setText(known && m_plan.available > 0 ? tr("of %1 free · %2").arg(format::bytes(static_cast<double>(m_plan.available)), fromStd(m_plan.device)) : QString());
  const bool fits = m_plan.total <= m_plan.available;
  m_fits->setVisible(known && m_plan.available > 0);
  m_fits->set(fits ? tr("fits") : tr("too much"), fits ? Tone::Good : Tone::Error);
  m_bar->setParts(memoryParts(m_plan), static_cast<double>(std::max(m_plan.available, m_plan.total)));
  m_legend->setParts(memoryParts(m_plan));
  m_legend->setVisible(known);
  QStringList advice;
  for (const auto& line : m_plan.advice)
    advice << fromStd(line);
  if (known && m_plan.modelParameters > 0)
    advice.prepend(tr("Trains %1 of %2 parameters (%3 %).")
                       .arg(format::count(static_cast<double>(m_plan.trainableParameters)), format::count(static_cast<double>(m_plan.modelParameters)),
                            format::number(100.0 * static_cast<double>(m_plan.trainableParameters) / static_cast<double>(m_plan.modelParameters), 2)));
  if (known && m_plan.activeParameters > 0 && m_plan.activeParameters < m_plan.modelParameters)
    advice.insert(1, tr("A mixture of experts: each token is computed with %1 of the parameters.").arg(format::count(static_cast<double>(m_plan.activeParameters))));
  if (!known)
    advice = {tr("Choose a model to see what the run will need.")};
  m_advice->setText(advice.join(QLatin1Char('\n')));
  showTime();
  showCurve();
  showChecks();
  const QString command = commandLine();
  m_command->setText(command);
  const QString why = obstacle();
  m_reason->setText(why);
  m_reason->setVisible(!why.isEmpty());
  m_start->setEnabled(why.isEmpty() && !m_starting);
  m_start->setText(m_starting ? tr("Starting…") : tr("Start"));
  m_start->setToolTip(why);
}

void SetupInspector::showTime() {
  m_speed->setText(m_plan.tokensPerS > 0 ? format::rate(m_plan.tokensPerS) : QStringLiteral("–"));
  const int64_t steps = totalSteps(*m_document, m_preview.steps);
  double seconds = api::kNaN;
  if (m_plan.tokensPerS > 0 && m_preview.steps > 0)
    seconds = static_cast<double>(m_preview.tokens) / static_cast<double>(m_preview.steps) * static_cast<double>(steps) / m_plan.tokensPerS;
  m_time->setText(std::isnan(seconds) ? QString() : format::duration(seconds));
}

void SetupInspector::showCurve() {
  const int64_t steps = totalSteps(*m_document, m_preview.steps);
  const auto curve = learningRateCurve(*m_document, steps > 0 ? steps : kUnknownSteps);
  std::vector<std::pair<XValue, double>> points;
  for (const auto& [step, rate] : curve)
    points.push_back({{step, step, step}, rate});
  m_curve->setPoints(0, points);
  m_curve->setSummary(steps > 0 ? tr("%1 steps").arg(format::grouped(steps)) : tr("% of the steps"));
}

void SetupInspector::showChecks() {
  QList<std::pair<Tone, QString>> rows;
  for (const auto& problem : m_problems)
    rows.append({problem.severity == api::Severity::Error ? Tone::Error : Tone::Warn, engineText(problem.message)});
  for (const auto& text : m_plan.problems)
    rows.append({Tone::Warn, fromStd(text)});
  for (const auto& text : m_preview.problems)
    rows.append({Tone::Warn, fromStd(text)});
  if (!m_planFailure.isEmpty())
    rows.append({Tone::Error, m_planFailure});
  if (!m_previewFailure.isEmpty() && m_previewFailure != m_planFailure)
    rows.append({Tone::Error, m_previewFailure});
  if (m_preview.badRows > 0)
    rows.append({Tone::Warn, tr("%1 rows cannot be read and are left out.").arg(format::grouped(m_preview.badRows))});
  if (m_preview.unsupervisedRows > 0)
    rows.append({Tone::Warn, tr("%1 rows have nothing to learn.").arg(format::grouped(m_preview.unsupervisedRows))});
  if (m_preview.rows > 0 && m_preview.tokens > 0)
    rows.append({Tone::Good, tr("%1 % of the tokens are learned.").arg(100 * m_preview.supervisedTokens / m_preview.tokens)});
  if (m_preview.rows > 0 && m_preview.validationRows > 0)
    rows.append({Tone::Good, tr("%1 rows are kept for validation.").arg(format::grouped(m_preview.validationRows))});
  if (rows.isEmpty())
    rows.append({Tone::Info, tr("Nothing to report yet.")});
  QString listed;
  for (const auto& [tone, text] : rows)
    listed += QString::number(static_cast<int>(tone)) + text + QLatin1Char('\n');
  if (listed == m_listed)
    return;
  m_listed = listed;
  while (QLayoutItem* item = m_checks->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  for (const auto& [tone, text] : rows)
    m_checks->addWidget(new CheckRow(tone, text));
}

void SetupInspector::retranslate() {
  setHeading(0, tr("Memory this run will need"));
  setHeading(1, tr("Speed and time"));
  setHeading(2, tr("Learning rate"));
  setHeading(3, tr("Before you start"));
  m_curve->setSeriesName(0, tr("Learning rate"));
  m_curve->setAccessibleName(tr("Learning rate"));
  m_name->setPlaceholderText(tr("Name of the run"));
  named(m_name, tr("Name of the run"));
  m_copy->setText(tr("copy"));
  named(m_copy, tr("Save the specification and copy its command line"));
  m_copy->setToolTip(tr("Saves the specification and copies the command that runs it in a terminal"));
  m_listed.clear();
  refresh();
}

void SetupInspector::changeEvent(QEvent* event) {
  InspectorPanel::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
