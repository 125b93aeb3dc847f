// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_parameters.h"

#include "ui/models/format.h"

#include <QEvent>
#include <QPainter>
#include <QScrollArea>

namespace lathe::ui {

namespace {
constexpr int kWidth = 260, kSystemHeight = 96, kLaterMs = 300;
}

ChatParameters::ChatParameters(QWidget* parent) : QWidget(parent), m_system(new QPlainTextEdit), m_title(new TextLabel({}, TextRole::Strong)) {
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
  m_later.setInterval(kLaterMs);
  connect(&m_later, &QTimer::timeout, this, &ChatParameters::edited);
  connect(m_system, &QPlainTextEdit::textChanged, &m_later, qOverload<>(&QTimer::start));
  retranslate();
}

ChatParameters::Entry ChatParameters::add(const char* name, NumberField::Notation notation, double minimum, double maximum, double step) {
  auto* field = new NumberField(notation);
  field->setObjectName(QString::fromUtf8(name));
  field->setRange(minimum, maximum);
  field->setStep(step);
  auto* block = new FieldBlock({}, field);
  layout()->addWidget(block);
  connect(field, &NumberField::edited, &m_later, qOverload<>(&QTimer::start));
  return {block, field};
}

void ChatParameters::show(const api::Chat& chat) {
  if (m_later.isActive())
    return; // the person is editing
  const QSignalBlocker quiet(m_system);
  if (systemPrompt() != fromStd(chat.systemPrompt))
    m_system->setPlainText(fromStd(chat.systemPrompt));
  m_sampling = chat.sampling;
  m_temperature.field->setValue(m_sampling.temperature);
  m_topP.field->setValue(m_sampling.topP);
  m_topK.field->setValue(static_cast<double>(m_sampling.topK));
  m_minP.field->setValue(m_sampling.minP);
  m_repetition.field->setValue(m_sampling.repetitionPenalty);
  m_maxTokens.field->setValue(static_cast<double>(m_sampling.maxTokens));
  m_seed.field->setValue(static_cast<double>(m_sampling.seed));
}

api::Sampling ChatParameters::sampling() const {
  api::Sampling out = m_sampling;
  out.temperature = m_temperature.field->value();
  out.greedy = out.temperature == 0;
  out.topP = m_topP.field->value();
  out.topK = m_topK.field->integer();
  out.minP = m_minP.field->value();
  out.repetitionPenalty = m_repetition.field->value();
  out.maxTokens = m_maxTokens.field->integer();
  out.seed = m_seed.field->integer();
  return out;
}

void ChatParameters::retranslate() {
  m_title->setText(tr("Parameters"));
  m_systemBlock->setLabel(tr("System prompt"));
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
