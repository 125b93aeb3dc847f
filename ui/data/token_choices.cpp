// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/token_choices.h"

#include "ui/models/format.h"
#include "ui/models/models_model.h"
#include "ui/shell/settings_store.h"
#include "ui/train/option_texts.h"
#include "ui/train/option_values.h"
#include "ui/train/spec_document.h"
#include "ui/widgets/card.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/searchable_combo.h"

#include <QEvent>
#include <QHBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kChoicesLaterMs = 250;
constexpr const char *kLengthOption = "data.max_seq_len", *kLongOption = "data.long_rows", *kLearnOption = "data.train_on", *kPackOption = "data.packing_strategy", *kBatchOption = "training.tokens_per_microbatch";

QString choiceKey(const char* option) { return QStringLiteral("data_page/") + QString::fromUtf8(option).replace(QLatin1Char('.'), QLatin1Char('_')); }

} // namespace

TokenChoices::TokenChoices(const ModelsModel& models, WindowSettings& settings, QWidget* parent)
    : QWidget(parent), m_models(models), m_settings(settings), m_model(new SearchableCombo), m_length(new NumberField), m_batch(new NumberField), m_long(choice("data_long_rows", kLongOption)),
      m_learn(choice("data_train_on", kLearnOption)), m_pack(choice("data_packing", kPackOption)), m_modelBlock(new FieldBlock({}, m_model)), m_lengthBlock(new FieldBlock({}, m_length)),
      m_longBlock(new FieldBlock({}, m_long)), m_learnBlock(new FieldBlock({}, m_learn)), m_packBlock(new FieldBlock({}, m_pack)), m_batchBlock(new FieldBlock({}, m_batch)),
      m_packingLine(new QWidget) {
  setObjectName(QStringLiteral("token_choices"));
  m_model->setObjectName(QStringLiteral("data_model"));
  m_model->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_model->setMinimumContentsLength(8);
  m_length->setObjectName(QStringLiteral("data_max_length"));
  m_batch->setObjectName(QStringLiteral("data_microbatch"));
  for (auto [field, option] : {std::pair(m_length, kLengthOption), std::pair(m_batch, kBatchOption)}) {
    if (const auto* described = trainOption(option))
      field->setRange(described->minimum, described->maximum);
    const double standard = option == kLengthOption ? 2048 : 8192;
    field->setStep(64);
    field->setValue(m_settings.value(choiceKey(option), standard).toDouble());
    connect(field, &NumberField::edited, this, &TokenChoices::edited);
  }
  m_wanted = m_settings.value(choiceKey("model")).toString();
  connect(m_model, &QComboBox::activated, this, [this] {
    m_wanted = model();
    edited();
  });
  m_later.setSingleShot(true);
  m_later.setInterval(kChoicesLaterMs);
  connect(&m_later, &QTimer::timeout, this, [this] {
    keep();
    Q_EMIT changed();
  });
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(space::k12);
  for (auto [block, stretch] : {std::pair(m_modelBlock, 4), std::pair(m_lengthBlock, 2), std::pair(m_longBlock, 3), std::pair(m_learnBlock, 2)})
    line->addWidget(block, stretch);
  auto* packing = new QHBoxLayout(m_packingLine);
  packing->setContentsMargins(0, 0, 0, 0);
  packing->setSpacing(space::k12);
  packing->addWidget(m_packBlock, 1);
  packing->addWidget(m_batchBlock, 1);
  packing->addStretch(2);
  retranslate();
  refreshModels();
}

QComboBox* TokenChoices::choice(const char* name, const char* option) {
  auto* combo = new QComboBox;
  combo->setObjectName(QString::fromUtf8(name));
  combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo->setMinimumContentsLength(6);
  fill(combo, option);
  const int kept = combo->findData(m_settings.value(choiceKey(option)).toString());
  combo->setCurrentIndex(std::max(0, kept));
  connect(combo, &QComboBox::activated, this, &TokenChoices::edited);
  return combo;
}

void TokenChoices::fill(QComboBox* combo, const char* option) {
  const QSignalBlocker quiet(combo);
  const int chosen = std::max(0, combo->currentIndex());
  combo->clear();
  if (const auto* described = trainOption(option))
    for (const char* choice : described->choices)
      combo->addItem(choiceText(choice), QString::fromUtf8(choice));
  combo->setCurrentIndex(chosen);
}

void TokenChoices::refreshModels() {
  const QString before = model();
  const QSignalBlocker quiet(m_model);
  m_model->clear();
  for (const auto& one : m_models.models())
    if (one.supported && one.kind != "adapter") {
      m_model->addItem(fromStd(one.name), fromStd(one.path));
      m_model->setItemData(m_model->count() - 1, fromStd(one.path), Qt::ToolTipRole);
    }
  int index = m_model->findData(m_wanted.isEmpty() ? before : m_wanted);
  if (index < 0 && m_model->count() > 0)
    index = 0;
  m_model->setCurrentIndex(index);
  if (model() != before)
    Q_EMIT changed();
}

QString TokenChoices::model() const { return m_model->currentData().toString(); }

qint64 TokenChoices::maxLength() const { return m_length->integer(); }

void TokenChoices::setMaxLength(qint64 length) {
  m_length->setValue(static_cast<double>(length));
  edited();
}

std::vector<std::pair<std::string, Json>> TokenChoices::settings() const {
  const auto chosen = [](const QComboBox* combo) { return combo->currentData().toString().toStdString(); };
  return {{kLengthOption, m_length->integer()}, {kLongOption, chosen(m_long)}, {kLearnOption, chosen(m_learn)}, {kPackOption, chosen(m_pack)}, {kBatchOption, m_batch->integer()}};
}

Json TokenChoices::spec(const std::string& path, const std::string& format, const Json& columns) const {
  Json entry = {{"path", path}, {"format", format.empty() ? "auto" : format}};
  if (!columns.empty())
    entry["columns"] = columns;
  SpecDocument document;
  document.setAll(settings());
  document.set("data.train", Json::array({std::move(entry)}));
  document.set("model.path", model().toStdString());
  return document.json();
}

void TokenChoices::edited() { m_later.start(); }

void TokenChoices::keep() {
  for (const auto& [option, value] : settings())
    m_settings.set(choiceKey(option.c_str()), value.is_string() ? QVariant(fromStd(value.get<std::string>())) : QVariant(value.get<double>()));
  m_settings.set(choiceKey("model"), model());
}

void TokenChoices::retranslate() {
  const auto dress = [](FieldBlock* block, const QString& label, const char* option) {
    block->setLabel(label);
    if (const auto* described = trainOption(option))
      block->control()->setToolTip(optionText(described->help));
  };
  dress(m_modelBlock, tr("Tokens as for"), "");
  m_model->setToolTip(tr("Its tokenizer and chat template make the tokens"));
  m_model->setPlaceholderText(tr("No model yet"));
  for (auto [block, option] : {std::pair(m_lengthBlock, kLengthOption), std::pair(m_longBlock, kLongOption), std::pair(m_learnBlock, kLearnOption), std::pair(m_packBlock, kPackOption)})
    if (const auto* described = trainOption(option))
      dress(block, optionText(described->title), option);
  dress(m_batchBlock, tr("Tokens per microbatch"), kBatchOption);
  fill(m_long, kLongOption);
  fill(m_learn, kLearnOption);
  fill(m_pack, kPackOption);
}

void TokenChoices::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
