// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/option_field.h"

#include "ui/models/format.h"
#include "ui/train/option_texts.h"
#include "ui/train/option_values.h"
#include "ui/train/texts_option.h"
#include "ui/widgets/chip_list.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/searchable_combo.h"
#include "ui/widgets/segmented_switch.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>

#include <cmath>
#include <cstring>

namespace lathe::ui {

namespace {

using api::OptionType;
using api::TrainOption;

constexpr int kSegments = 3; // at most so many choices stand side by side
constexpr int kSearched = 8; // a list of so many has a search line

QString helpOf(const TrainOption& option) {
  const QString help = optionText(option.help), effect = optionText(option.effect);
  return effect.isEmpty() ? help : help.isEmpty() ? effect : help + QLatin1Char(' ') + effect;
}

class NumberOption : public OptionField {
public:
  NumberOption(const TrainOption& option, QWidget* parent) : NumberOption(option, new NumberField(notationOf(option)), parent) {}
  void setValue(const Json& value) override {
    if (value.is_number())
      m_field->setOptionalValue(value.get<double>());
    else
      m_field->setOptionalValue(std::nullopt);
  }
  Json value() const override {
    const auto number = m_field->optionalValue();
    if (!number)
      return option().choices.empty() ? Json(nullptr) : Json(option().choices.front());
    return option().type == OptionType::Integer ? Json(static_cast<int64_t>(std::llround(*number))) : Json(*number);
  }
  void retranslate() override {
    OptionField::retranslate();
    m_field->setSuffix(optionText(option().unit));
    if (mayBeEmpty())
      m_field->setOptional(true, option().choices.empty() ? OptionField::tr("none") : choiceText(option().choices.front()));
  }

private:
  NumberOption(const TrainOption& option, NumberField* field, QWidget* parent) : OptionField(option, field, parent), m_field(field) {
    if (option.minimum != 0 || option.maximum != 0)
      field->setRange(option.minimum, option.maximum);
    connect(field, &NumberField::edited, this, [this] { Q_EMIT edited(value()); });
    retranslate();
  }
  static NumberField::Notation notationOf(const TrainOption& option) {
    if (option.type == OptionType::Integer)
      return NumberField::Notation::Integer;
    return std::strchr(option.standard, 'e') ? NumberField::Notation::Scientific : NumberField::Notation::Decimal;
  }
  bool mayBeEmpty() const { return option().nullable || !option().choices.empty(); }
  NumberField* m_field;
};

class FlagOption : public OptionField {
public:
  FlagOption(const TrainOption& option, QWidget* parent) : FlagOption(option, new QCheckBox, parent) {}
  void setValue(const Json& value) override {
    const QSignalBlocker quiet(m_box);
    m_box->setChecked(value.is_boolean() && value.get<bool>());
  }
  Json value() const override { return m_box->isChecked(); }
  void retranslate() override {
    OptionField::retranslate();
    m_box->setText(OptionField::tr("on"));
  }

private:
  FlagOption(const TrainOption& option, QCheckBox* box, QWidget* parent) : OptionField(option, box, parent), m_box(box) {
    connect(box, &QCheckBox::toggled, this, [this](bool on) { Q_EMIT edited(on); });
    retranslate();
  }
  QCheckBox* m_box;
};

class SwitchOption : public OptionField {
public:
  SwitchOption(const TrainOption& option, QWidget* parent) : SwitchOption(option, new QWidget, new SegmentedSwitch, parent) {}
  void setValue(const Json& value) override { m_switch->setCurrent(value.is_string() ? fromStd(value.get<std::string>()) : QString()); }
  Json value() const override { return m_switch->current().toStdString(); }
  void retranslate() override {
    OptionField::retranslate();
    QList<SegmentedSwitch::Choice> choices;
    for (const char* choice : option().choices)
      choices.append({QString::fromUtf8(choice), choiceText(choice), {}, true});
    m_switch->setChoices(choices);
  }

private:
  SwitchOption(const TrainOption& option, QWidget* holder, SegmentedSwitch* control, QWidget* parent)
      : OptionField(option, holder, parent), m_switch(control) {
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(control);
    row->addStretch();
    holder->setFocusProxy(control);
    control->setObjectName(QStringLiteral("switch_") + QString::fromUtf8(option.path));
    named(control, optionText(option.title));
    connect(control, &SegmentedSwitch::chosen, this, [this](const QString& key) { Q_EMIT edited(key.toStdString()); });
    retranslate();
  }
  SegmentedSwitch* m_switch;
};

class ChoiceOption : public OptionField {
public:
  ChoiceOption(const TrainOption& option, QWidget* parent) : ChoiceOption(option, option.choices.size() < kSearched ? new QComboBox : new SearchableCombo, parent) {}
  void setValue(const Json& value) override {
    const QSignalBlocker quiet(m_box);
    m_box->setCurrentIndex(m_box->findData(value.is_string() ? fromStd(value.get<std::string>()) : QString()));
  }
  Json value() const override { return m_box->currentData().toString().toStdString(); }
  void retranslate() override {
    OptionField::retranslate();
    const QSignalBlocker quiet(m_box);
    const QVariant kept = m_box->currentData();
    m_box->clear();
    for (const char* choice : option().choices)
      m_box->addItem(choiceText(choice), QString::fromUtf8(choice));
    m_box->setCurrentIndex(std::max(0, m_box->findData(kept)));
  }

private:
  ChoiceOption(const TrainOption& option, QComboBox* box, QWidget* parent) : OptionField(option, box, parent), m_box(box) {
    connect(box, &QComboBox::currentIndexChanged, this, [this] { Q_EMIT edited(value()); });
    retranslate();
  }
  QComboBox* m_box;
};

class PathOption : public OptionField {
public:
  PathOption(const TrainOption& option, PromptService* prompts, QWidget* parent)
      : OptionField(option, new PathField(kindOf(option)), parent), m_field(static_cast<PathField*>(control())) {
    m_field->setPrompts(prompts);
    connect(m_field, &PathField::pathChanged, this, [this] { Q_EMIT edited(value()); });
    OptionField::retranslate();
  }
  void setValue(const Json& value) override { m_field->setPath(value.is_string() ? fromStd(value.get<std::string>()) : QString()); }
  Json value() const override {
    const QString path = m_field->path();
    return path.isEmpty() && option().nullable ? Json(nullptr) : Json(path.toStdString());
  }

private:
  static PathField::Kind kindOf(const TrainOption& option) {
    const std::string path = option.path;
    return path == "model.path" || path == "method.init_from" ? PathField::Kind::Folder : PathField::Kind::File;
  }
  PathField* m_field;
};

/// Where to compute. TrainForm tells it what devices there are.
class DeviceOption : public OptionField {
public:
  DeviceOption(const TrainOption& option, QWidget* parent) : OptionField(option, new DeviceCombo, parent), m_box(static_cast<DeviceCombo*>(control())) {
    connect(m_box, &DeviceCombo::deviceChosen, this, [this] { Q_EMIT edited(value()); });
    OptionField::retranslate();
  }
  void setValue(const Json& value) override { m_box->setDevice(value.is_string() ? fromStd(value.get<std::string>()) : QString()); }
  Json value() const override { return m_box->device().toStdString(); }

private:
  DeviceCombo* m_box;
};

/// Text, and lists and objects written as text ("q_proj, v_proj", "q_proj=8").
class TextOption : public OptionField {
public:
  TextOption(const TrainOption& option, QWidget* parent) : OptionField(option, new QLineEdit, parent), m_edit(static_cast<QLineEdit*>(control())) {
    connect(m_edit, &QLineEdit::textEdited, this, [this] { Q_EMIT edited(value()); });
    OptionField::retranslate();
  }
  void setValue(const Json& value) override { m_edit->setText(jsonAsText(value)); }
  Json value() const override { return textAsJson(m_edit->text(), option()); }

private:
  QLineEdit* m_edit;
};

/// Target modules: the seven linear layers of a block as chips; all of them is "all-linear".
class ModulesOption : public OptionField {
public:
  ModulesOption(const TrainOption& option, QWidget* parent) : OptionField(option, new ChipList, parent), m_chips(static_cast<ChipList*>(control())) {
    m_chips->setChips(known());
    connect(m_chips, &ChipList::tickedChanged, this, [this] { Q_EMIT edited(value()); });
    OptionField::retranslate();
  }
  void setValue(const Json& value) override {
    QStringList names;
    if (value.is_array())
      for (const Json& item : value)
        names << (item.is_string() ? fromStd(item.get<std::string>()) : QString());
    if (value == "all-linear" || names.contains(QStringLiteral("all-linear")))
      names = known();
    QStringList chips = known();
    for (const QString& name : names)
      if (!chips.contains(name))
        chips << name;
    m_chips->setChips(chips);
    m_chips->setTicked(names);
  }
  Json value() const override {
    const QStringList ticked = m_chips->ticked();
    if (ticked == known())
      return "all-linear";
    Json out = Json::array();
    for (const QString& name : ticked)
      out.push_back(name.toStdString());
    return out;
  }
  bool isWide() const override { return true; }

private:
  static QStringList known() {
    return {QStringLiteral("q_proj"), QStringLiteral("k_proj"), QStringLiteral("v_proj"), QStringLiteral("o_proj"),
            QStringLiteral("gate_proj"), QStringLiteral("up_proj"), QStringLiteral("down_proj")};
  }
  ChipList* m_chips;
};

/// Training files: one path field per file, and one empty line for the next.
class DatasetsOption : public OptionField {
public:
  DatasetsOption(const TrainOption& option, PromptService* prompts, QWidget* parent)
      : OptionField(option, new QWidget, parent), m_lines(new QVBoxLayout(control())), m_add(new LinkButton({})), m_prompts(prompts) {
    m_lines->setContentsMargins(0, 0, 0, 0);
    m_lines->setSpacing(space::k4);
    m_lines->addWidget(m_add, 0, Qt::AlignLeft);
    m_add->setObjectName(QStringLiteral("add_dataset"));
    connect(m_add, &LinkButton::clicked, this, [this] {
      addLine({});
      m_fields.last()->edit()->setFocus();
    });
    addLine({});
    retranslate();
  }
  void setValue(const Json& value) override {
    QStringList paths;
    m_entries.clear();
    if (value.is_array())
      for (const Json& entry : value) {
        paths << fromStd(entry.is_string() ? entry.get<std::string>() : stringOr(entry, "path", ""));
        m_entries[paths.last()] = entry.is_object() ? entry : Json{{"path", entry}, {"format", "auto"}};
      }
    while (m_fields.size() > std::max<qsizetype>(1, paths.size()))
      delete m_fields.takeLast();
    while (m_fields.size() < paths.size())
      addLine({});
    for (int i = 0; i < m_fields.size(); ++i)
      m_fields[i]->setPath(paths.value(i));
    showAdd();
  }
  Json value() const override {
    Json out = Json::array();
    for (const PathField* field : m_fields)
      if (const QString path = field->path(); !path.isEmpty())
        out.push_back(m_entries.count(path) ? m_entries.at(path) : Json{{"path", path.toStdString()}, {"format", "auto"}});
    return out;
  }
  void retranslate() override {
    OptionField::retranslate();
    m_add->setText(OptionField::tr("Add a file"));
    for (PathField* field : m_fields)
      dress(field);
  }

private:
  void addLine(const QString& path) {
    auto* field = new PathField(PathField::Kind::File);
    field->setObjectName(QStringLiteral("dataset_%1").arg(m_fields.size()));
    field->setPrompts(m_prompts);
    field->setPath(path);
    connect(field, &PathField::pathChanged, this, [this] {
      showAdd();
      Q_EMIT edited(value());
    });
    m_lines->insertWidget(static_cast<int>(m_fields.size()), field);
    m_fields.append(field);
    dress(field);
    showAdd();
  }
  void dress(PathField* field) const {
    field->setFilter(OptionField::tr("Datasets (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;All files (*)"));
    field->setPlaceholder(OptionField::tr("Drop a file here, or browse"));
    named(field->edit(), optionText(option().title));
  }
  void showAdd() { m_add->setVisible(!m_fields.isEmpty() && !m_fields.last()->path().isEmpty()); }
  QVBoxLayout* m_lines;
  LinkButton* m_add;
  PromptService* m_prompts;
  QList<PathField*> m_fields;
  std::map<QString, Json> m_entries; // by path: with format and columns, which this field does not show
};

} // namespace

OptionField::OptionField(const TrainOption& option, QWidget* control, QWidget* parent)
    : FieldBlock(optionText(option.title), control, helpOf(option), parent), m_option(option) {
  setObjectName(QStringLiteral("block_") + QString::fromUtf8(option.path));
  control->setObjectName(QStringLiteral("field_") + QString::fromUtf8(option.path));
  setKeywords(QString::fromUtf8(option.path));
}

void OptionField::retranslate() {
  setLabel(optionText(m_option.title));
  setHelp(helpOf(m_option));
}

bool OptionField::isFixed(const TrainOption& option) {
  const std::string path = option.path;
  return (option.type == OptionType::Choice && option.choices.size() < 2) || path == "model.quantization" || path == "method.use_dora" ||
         path == "data.packing";
}

OptionField* OptionField::make(const TrainOption& option, PromptService* prompts, QWidget* parent) {
  const std::string path = option.path;
  if (path == "data.train")
    return new DatasetsOption(option, prompts, parent);
  if (path == "method.target_modules")
    return new ModulesOption(option, parent);
  if (path == "probes.prompts")
    return new TextsOption(option, parent);
  if (path == "training.device")
    return new DeviceOption(option, parent);
  switch (option.type) {
  case OptionType::Integer:
  case OptionType::Number: return new NumberOption(option, parent);
  case OptionType::Flag: return new FlagOption(option, parent);
  case OptionType::Choice:
    if (option.choices.size() <= kSegments)
      return new SwitchOption(option, parent);
    return new ChoiceOption(option, parent);
  case OptionType::Path: return new PathOption(option, prompts, parent);
  case OptionType::Text:
  case OptionType::List:
  case OptionType::Object: break;
  }
  return new TextOption(option, parent);
}

} // namespace lathe::ui
