// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_parameters.h"

#include "ui/models/format.h"

#include <QEvent>
#include <QPainter>
#include <QScrollArea>

namespace lathe::ui {

namespace {
constexpr int kWidth = 260, kSystemHeight = 96, kParametersLaterMs = 300;
}

ChatParameters::ChatParameters(QWidget* parent) : QWidget(parent), m_system(new QPlainTextEdit), m_scope(new SegmentedSwitch), m_scopeHint(new TextLabel({}, TextRole::Caption)), m_asAll(new LinkButton({})),
      m_title(new TextLabel({}, TextRole::Strong)) {
  setObjectName(QStringLiteral("chat_parameters"));
  setFixedWidth(kWidth);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::k16, space::k16, space::k16, space::k16);
  column->setSpacing(space::k8);
  column->addWidget(m_title);
  m_system->setObjectName(QStringLiteral("system_prompt"));
  m_system->setFixedHeight(kSystemHeight);
  m_system->setTabChangesFocus(true);
  m_systemBlock = new FieldBlock({}, m_system);
  column->addWidget(m_systemBlock);
  m_scope->setObjectName(QStringLiteral("parameters_scope"));
  m_asAll->setObjectName(QStringLiteral("parameters_as_all"));
  m_scopeHint->setWordWrap(true);
  column->addWidget(m_scope, 0, Qt::AlignLeft);
  column->addWidget(m_scopeHint);
  column->addWidget(m_asAll, 0, Qt::AlignLeft);
  using Notation = NumberField::Notation;
  m_temperature = add("sampling_temperature", Notation::Decimal, 0, 2, 0.1);
  m_topP = add("sampling_top_p", Notation::Decimal, 0, 1, 0.05);
  m_topK = add("sampling_top_k", Notation::Integer, 0, 1000, 10);
  m_minP = add("sampling_min_p", Notation::Decimal, 0, 1, 0.01);
  m_repetition = add("sampling_repetition", Notation::Decimal, 0.5, 2, 0.05);
  m_maxTokens = add("sampling_max_tokens", Notation::Integer, 1, 1 << 20, 64);
  m_seed = add("sampling_seed", Notation::Integer, 0, 9007199254740991.0, 1);
  column->addStretch();
  m_later.setSingleShot(true);
  m_later.setInterval(kParametersLaterMs);
  connect(&m_later, &QTimer::timeout, this, &ChatParameters::edited);
  connect(m_system, &QPlainTextEdit::textChanged, &m_later, qOverload<>(&QTimer::start));
  connect(m_scope, &SegmentedSwitch::chosen, this, &ChatParameters::showValues);
  connect(m_asAll, &LinkButton::clicked, this, [this] {
    m_panes[static_cast<size_t>(pane())].sampling.reset();
    showValues();
    m_later.start();
  });
  retranslate();
}

ChatParameters::Entry ChatParameters::add(const char* name, NumberField::Notation notation, double minimum, double maximum, double step) {
  auto* field = new NumberField(notation);
  field->setObjectName(QString::fromUtf8(name));
  field->setRange(minimum, maximum);
  field->setStep(step);
  auto* block = new FieldBlock({}, field);
  layout()->addWidget(block);
  connect(field, &NumberField::edited, this, [this] {
    takeValues();
    m_later.start();
  });
  return {block, field};
}

void ChatParameters::show(const api::Chat& chat) {
  if (m_later.isActive())
    return; // the person is editing
  const QSignalBlocker quiet(m_system);
  if (systemPrompt() != fromStd(chat.systemPrompt))
    m_system->setPlainText(fromStd(chat.systemPrompt));
  m_sampling = chat.sampling;
  const bool samePanes = m_panes.size() == chat.panes.size();
  m_panes = chat.panes;
  if (!samePanes)
    showScope();
  showValues();
}

void ChatParameters::showScope() {
  QList<SegmentedSwitch::Choice> choices = {{QStringLiteral("0"), tr("All panes"), tr("What every pane without values of its own uses"), true}};
  for (size_t i = 1; i <= m_panes.size(); ++i)
    choices.append({QString::number(i), QString::number(i), tr("Values of pane %1 alone").arg(i), true});
  m_scope->setChoices(choices);
  if (pane() >= static_cast<int>(m_panes.size()) || m_scope->current().isEmpty())
    m_scope->setCurrent(QStringLiteral("0"));
  m_scope->setVisible(m_panes.size() > 1);
  named(m_scope, tr("Whose parameters"));
}

void ChatParameters::showValues() {
  const int of = pane();
  const api::ChatPane* one = of >= 0 && of < static_cast<int>(m_panes.size()) ? &m_panes[static_cast<size_t>(of)] : nullptr;
  const api::Sampling shown = one ? api::samplingOf(m_sampling, *one) : m_sampling;
  m_temperature.field->setValue(shown.temperature);
  m_topP.field->setValue(shown.topP);
  m_topK.field->setValue(static_cast<double>(shown.topK));
  m_minP.field->setValue(shown.minP);
  m_repetition.field->setValue(shown.repetitionPenalty);
  m_maxTokens.field->setValue(static_cast<double>(shown.maxTokens));
  m_seed.field->setValue(static_cast<double>(shown.seed));
  m_seed.field->setEnabled(!one); // one seed for all, or they could not be compared
  showOwn();
}

void ChatParameters::showOwn() {
  const int of = pane();
  const api::ChatPane* one = of >= 0 && of < static_cast<int>(m_panes.size()) ? &m_panes[static_cast<size_t>(of)] : nullptr;
  const bool own = one && one->sampling;
  m_scopeHint->setVisible(one != nullptr);
  m_scopeHint->setText(own ? tr("Pane %1 has values of its own.").arg(of + 1) : tr("Pane %1 uses the values of all panes until you change one.").arg(of + 1));
  m_asAll->setVisible(own);
}

void ChatParameters::takeValues() {
  const int of = pane();
  const bool one = of >= 0 && of < static_cast<int>(m_panes.size());
  api::Sampling out = one ? api::samplingOf(m_sampling, m_panes[static_cast<size_t>(of)]) : m_sampling;
  out.temperature = m_temperature.field->value();
  out.greedy = out.temperature == 0;
  out.topP = m_topP.field->value();
  out.topK = m_topK.field->integer();
  out.minP = m_minP.field->value();
  out.repetitionPenalty = m_repetition.field->value();
  out.maxTokens = m_maxTokens.field->integer();
  out.seed = m_seed.field->integer();
  if (!one)
    m_sampling = out;
  else
    m_panes[static_cast<size_t>(of)].sampling = out;
  showOwn();
}

void ChatParameters::retranslate() {
  m_title->setText(tr("Parameters"));
  m_systemBlock->setLabel(tr("System prompt"));
  m_asAll->setText(tr("Same as all panes"));
  m_asAll->setToolTip(tr("Forgets the values of this pane"));
  showScope();
  showValues();
  m_temperature.block->setLabel(tr("Temperature"));
  m_temperature.field->setSuffix(tr("0: always the likeliest"));
  m_topP.block->setLabel(tr("Top-p"));
  m_topK.block->setLabel(tr("Top-k"));
  m_topK.field->setSuffix(tr("0: off"));
  m_minP.block->setLabel(tr("Min-p"));
  m_minP.field->setSuffix(tr("0: off"));
  m_repetition.block->setLabel(tr("Repetition penalty"));
  m_repetition.field->setSuffix(tr("1: off"));
  m_maxTokens.block->setLabel(tr("Longest reply"));
  m_maxTokens.field->setSuffix(tr("tokens"));
  m_seed.block->setLabel(tr("Seed"));
}

void ChatParameters::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), Style::theme().surface);
  painter.fillRect(QRect(0, 0, 1, height()), Style::theme().border);
}

void ChatParameters::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
