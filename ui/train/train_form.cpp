// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/train_form.h"

#include "ui/bridge/session.h"
#include "ui/models/engine_texts.h"
#include "ui/models/format.h"
#include "ui/shell/settings_store.h"
#include "ui/train/recipes.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/path_field.h"

#include <QEvent>

namespace lathe::ui {

namespace {

bool isAbsent(const Json& value) { return value.is_null() || value == "" || value == Json::array(); }

/// A model trained from its configuration needs these; one that is fine-tuned has its own.
bool fromScratchOnly(const std::string& path) { return path == "model.config" || path == "model.init" || path == "model.tokenizer"; }

} // namespace

TrainForm::TrainForm(SpecDocument* document, Session* session, PromptService* prompts, WindowSettings* settings, QWidget* parent)
    : QWidget(parent), m_document(document), m_session(session), m_settings(settings), m_card(new Card), m_nothing(new TextLabel({}, TextRole::Muted)),
      m_preview(new TokenPreview) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_card);
  column->addWidget(m_nothing);
  column->addStretch();
  m_nothing->hide();
  for (Part& part : m_parts) {
    part.section = m_card->addSection();
    part.grid = new QGridLayout;
    part.grid->setContentsMargins(0, 0, 0, 0);
    part.grid->setHorizontalSpacing(space::k16);
    part.grid->setVerticalSpacing(space::k12);
    part.grid->setColumnStretch(0, 1);
    part.grid->setColumnStretch(1, 1);
    part.section->content()->addLayout(part.grid);
  }
  m_parts[Data].section->content()->addWidget(m_preview);
  addFields(prompts);
  connect(document, &SpecDocument::replaced, this, &TrainForm::fill);
  connect(session->devices(), &DeviceHistory::sampled, this, [this] {
    if (isVisible())
      showDevices();
  });
  connect(session->devices(), &DeviceHistory::devicesChanged, this, &TrainForm::showDevices);
  fill();
  retranslate();
}

TrainForm::Group TrainForm::groupOf(const std::string& path) {
  if (path == "training.device") // what and where belong together
    return Model;
  const std::string head = path.substr(0, path.find('.'));
  if (head == "model")
    return Model;
  if (head == "method")
    return Method;
  if (head == "data")
    return Data;
  if (head == "training")
    return Training;
  return Output;
}

void TrainForm::addFields(PromptService* prompts) {
  for (const auto& option : api::trainOptions()) {
    if (OptionField::isFixed(option) || std::string_view(option.path) == "name") // the name stands beside Start
      continue;
    OptionField* field = OptionField::make(option, prompts, this);
    connect(field, &OptionField::edited, this, [this, field](const Json& value) { edited(field, value); });
    m_parts[groupOf(option.path)].fields.append(field);
  }
}

void TrainForm::edited(OptionField* field, const Json& value) {
  const std::string path = field->option().path;
  m_document->set(path, value);
  if (path == "model.path" && !m_document->text(path).empty())
    m_settings->addRecent(QStringLiteral("model"), fromStd(m_document->text(path)));
  if (path == "data.train" && !m_document->firstDataset().empty())
    m_settings->addRecent(QStringLiteral("data"), fromStd(m_document->firstDataset()));
  if (path == "model.path")
    showModels();
  if (path == "training.device")
    showProblems(m_problems);
  if (path == "method.type" || path == "model.path")
    place();
}

void TrainForm::fill() {
  for (Part& part : m_parts)
    for (OptionField* field : part.fields)
      field->setValue(m_document->value(field->option().path));
  showProblems(m_problems);
  showModels();
  place();
}

bool TrainForm::isShown(const OptionField& field) const {
  const std::string path = field.option().path;
  if (!m_search.isEmpty())
    return field.matches(m_search);
  if (path != "method.type" && groupOf(path) == Method && m_document->text("method.type") == "full")
    return false;
  if (fromScratchOnly(path) && !m_document->text("model.path").empty() && isAbsent(m_document->value(path)))
    return false;
  return m_all || field.option().simple;
}

void TrainForm::place() {
  bool any = false;
  // A field that appears in a visible form has all of it laid out again, and there are forty; who types in one keeps the focus.
  if (const QWidget* focus = window()->focusWidget(); !focus || !m_card->isAncestorOf(focus))
    m_card->hide();
  for (int group = 0; group < GroupCount; ++group) {
    Part& part = m_parts[group];
    while (part.grid->count() > 0)
      delete part.grid->takeAt(0);
    int cell = 0, shown = 0;
    for (OptionField* field : part.fields) {
      if (!isShown(*field)) {
        field->hide();
        continue;
      }
      ++shown;
      if (field->isWide() && cell % 2 == 1)
        ++cell;
      part.grid->addWidget(field, cell / 2, cell % 2, 1, field->isWide() ? 2 : 1, Qt::AlignTop);
      field->show(); // after its place, or a new parent hides it again
      cell += field->isWide() ? 2 : 1;
    }
    part.section->setVisible(shown > 0);
    any = any || shown > 0;
  }
  m_preview->setVisible(m_search.isEmpty());
  m_card->setVisible(any);
  m_nothing->setVisible(!any);
}

void TrainForm::setShowAll(bool all) {
  m_all = all;
  place();
}

void TrainForm::setSearch(const QString& text) {
  m_search = text.trimmed();
  place();
}

int TrainForm::visibleFields() const {
  int count = 0;
  for (const Part& part : m_parts)
    for (const OptionField* field : part.fields)
      count += field->isVisibleTo(this) ? 1 : 0;
  return count;
}

void TrainForm::showProblems(const std::vector<api::Problem>& problems) {
  m_problems = problems;
  for (Part& part : m_parts)
    for (OptionField* field : part.fields) {
      QString text;
      const std::string path = field->option().path;
      // What is simply still missing is said once, beside Start.
      if (!isAbsent(m_document->value(path)))
        for (const auto& problem : problems)
          if (problem.path == path || problem.path.rfind(path + "[", 0) == 0)
            text = engineText(problem.message);
      if (const auto* device = qobject_cast<const DeviceCombo*>(field->control()); device && text.isEmpty() && !device->isUsable())
        text = device->remark();
      field->setProblem(text);
    }
}

void TrainForm::showPreview(const api::DataPreview& preview) {
  m_preview->show(preview);
  if (preview.rows == 0) {
    m_parts[Data].section->setSummary({});
    return;
  }
  QStringList parts = {tr("%1 rows").arg(format::grouped(preview.rows)), tr("%1 tokens").arg(format::count(static_cast<double>(preview.tokens)))};
  if (preview.tokens > 0)
    parts << tr("%1 % learned").arg(100 * preview.supervisedTokens / preview.tokens);
  if (preview.unsupervisedRows > 0)
    parts << tr("%1 rows without a reply to learn").arg(format::grouped(preview.unsupervisedRows));
  if (!preview.exact)
    parts << tr("estimated");
  m_parts[Data].section->setSummary(parts.join(QStringLiteral(" · ")));
}

void TrainForm::showModels() {
  auto* field = findChild<PathField*>(QStringLiteral("field_model.path"));
  QList<PathField::Known> known;
  for (const auto& model : m_session->models()->models())
    if (model.kind != "adapter")
      known.append({fromStd(model.path), fromStd(model.name), ModelsModel::describe(model)});
  if (field) {
    field->setKnown(known);
    field->setRecent(m_settings->recent(QStringLiteral("model")));
  }
  if (auto* data = findChild<PathField*>(QStringLiteral("dataset_0"))) {
    QList<PathField::Known> bundled;
    for (const auto& path : m_session->isRemote() ? std::vector<std::string>() : bundledDatasets())
      bundled.append({fromStd(path), fromStd(path).section(QLatin1Char('/'), -1), tr("comes with Lathe")});
    data->setKnown(bundled);
    data->setRecent(m_settings->recent(QStringLiteral("data")));
  }
  const auto* model = m_session->models()->find(fromStd(m_document->text("model.path")));
  m_parts[Model].section->setSummary(model ? ModelsModel::describe(*model) : QString());
}

void TrainForm::showDevices() {
  auto* box = findChild<DeviceCombo*>(QStringLiteral("field_training.device"));
  if (!box)
    return;
  const bool before = box->isUsable();
  box->setDevices(m_session->devices()->choices());
  if (box->isUsable() != before)
    showProblems(m_problems);
}

void TrainForm::retranslate() {
  const QString titles[GroupCount] = {tr("Model"), tr("Method"), tr("Data"), tr("Training"), tr("Output")};
  for (int group = 0; group < GroupCount; ++group) {
    m_parts[group].section->setTitle(titles[group]);
    for (OptionField* field : m_parts[group].fields)
      field->retranslate();
  }
  m_nothing->setText(tr("No option matches. Try another word, or clear the search."));
  showModels();
  showDevices();
  showProblems(m_problems);
}

void TrainForm::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
