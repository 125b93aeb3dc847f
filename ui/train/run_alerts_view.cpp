// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/run_alerts_view.h"

#include "core/api/train_spec.h"
#include "ui/bridge/session.h"
#include "ui/models/alert_texts.h"
#include "ui/models/format.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/prompt_service.h"
#include "ui/widgets/tone_icon.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr size_t kMostCards = 6;

double learningRateOf(const Json& spec) {
  const Json* training = find(spec, "training");
  return training ? doubleOr(*training, "learning_rate", 0) : 0;
}

/// A third of it, with two digits.
double lowerRate(double rate) { return QString::number(rate / 3, 'g', 2).toDouble(); }

} // namespace

RunAlertsView::RunAlertsView(Session* session, PromptService* prompts, QWidget* parent) : QWidget(parent), m_session(session), m_prompts(prompts), m_heading(new TextLabel({}, TextRole::Strong)) {
  setObjectName(QStringLiteral("run_alerts"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addWidget(m_heading);
  m_cards = new QVBoxLayout;
  m_cards->setSpacing(space::k8);
  column->addLayout(m_cards);
  hide();
}

void RunAlertsView::setRun(const api::RunSummary& run, const Json& spec) {
  m_run = run;
  m_spec = spec;
  const std::string shown = run.id + dumpJson(api::encode(run.alerts)) + api::enumName(run.state) + (spec.is_object() ? "s" : "");
  if (shown == m_shown)
    return;
  m_shown = shown;
  rebuild();
}

void RunAlertsView::rebuild() {
  while (QLayoutItem* item = m_cards->takeAt(0)) {
    item->widget()->hide();
    item->widget()->deleteLater(); // one of its buttons may be at work
    delete item;
  }
  m_heading->setText(tr("Alerts"));
  size_t shown = 0;
  for (auto alert = m_run.alerts.rbegin(); alert != m_run.alerts.rend() && shown < kMostCards; ++alert, ++shown)
    m_cards->addWidget(makeCard(*alert));
  setVisible(!m_run.alerts.empty());
}

QWidget* RunAlertsView::makeCard(const api::RunAlert& alert) {
  auto* card = new Card;
  card->setObjectName(QStringLiteral("alert_%1").arg(QString::fromUtf8(api::enumName(alert.kind))));
  auto* body = new QVBoxLayout;
  body->setContentsMargins(space::k12, space::k8, space::k12, space::k8);
  body->setSpacing(space::k4);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addWidget(new ToneIcon(alert.over ? Tone::Info : Tone::Warn, alert.over ? tr("over") : tr("alert")));
  head->addWidget(new TextLabel(alertTitle(alert.kind), alert.over ? TextRole::Muted : TextRole::Strong));
  head->addStretch();
  head->addWidget(new TextLabel(alert.over ? tr("step %1 · over").arg(format::grouped(alert.step)) : tr("step %1").arg(format::grouped(alert.step)), TextRole::Caption));
  body->addLayout(head);
  const auto sentence = [&](const QString& text, TextRole role) {
    auto* label = new TextLabel(text, role);
    label->setWordWrap(true);
    label->setCopyable(true);
    body->addWidget(label);
  };
  sentence(alertText(alert), alert.over ? TextRole::Muted : TextRole::Body);
  if (!alert.over) {
    sentence(alertRemedy(alert), TextRole::Caption);
    auto* actions = new QWidget;
    new FlowLayout(actions, space::k8);
    addActions(actions, alert);
    body->addWidget(actions);
  }
  card->body()->addLayout(body);
  return card;
}

Button* RunAlertsView::addAction(QWidget* card, const char* name, const QString& text, const QString& tip, std::function<void()> act) {
  auto* button = new Button(text);
  button->setObjectName(QString::fromUtf8(name));
  button->setToolTip(tip);
  named(button, text, tip);
  connect(button, &Button::clicked, this, std::move(act));
  card->layout()->addWidget(button);
  return button;
}

void RunAlertsView::addActions(QWidget* card, const api::RunAlert& alert) {
  const QString id = fromStd(m_run.id);
  if (m_run.state == api::RunState::Running)
    addAction(card, "alert_pause", tr("Pause"), tr("Pauses the run until you continue it"), [this, id] { m_session->control(id, "pause"); });
  if (!api::isEnded(m_run.state) && m_run.state != api::RunState::Stopping)
    addAction(card, "alert_stop", tr("Stop"), tr("Saves a checkpoint and ends the run"), [this, id] {
      if (m_prompts->confirm(this, tr("Stop this run?"), tr("It saves a checkpoint first, so it can be resumed from there."), tr("Stop the run")))
        m_session->control(id, "stop");
    });
  if (!m_spec.is_object())
    return;
  const double rate = learningRateOf(m_spec);
  const bool lower = alert.kind == api::AlertKind::NonFinite || alert.kind == api::AlertKind::Divergence;
  if (lower && rate > 0)
    addAction(card, "alert_lower_rate", tr("New run at %1").arg(format::scientific(lowerRate(rate))), tr("Sets up the same run with a third of the learning rate (it was %1)").arg(format::scientific(rate)),
              [this, rate] { duplicate("learning_rate", lowerRate(rate)); });
  else if (alert.kind == api::AlertKind::CpuFallback)
    addAction(card, "alert_on_gpu", tr("New run on the GPU"), tr("Sets up the same run for the GPU; it says why if that one cannot be used"), [this] { duplicate("device", "cuda"); });
  else
    addAction(card, "alert_duplicate", tr("New run like it"), tr("Sets up a new run with this specification, to be changed"), [this] { duplicate({}, {}); });
}

void RunAlertsView::duplicate(const std::string& path, Json value) {
  Json spec = m_spec;
  if (!path.empty())
    spec["training"][path] = std::move(value);
  Q_EMIT m_session->specRequested(spec);
}

void RunAlertsView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    rebuild();
}

} // namespace lathe::ui
