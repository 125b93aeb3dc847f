// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/model_card.h"

#include "ui/library/type_bar.h"
#include "ui/models/format.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/tone_icon.h"

#include <QEvent>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kFactWidth = 138, kFilesShown = 8;

/// A small title and what it is, of equal widths so that they stand in columns.
class Fact : public QWidget {
public:
  Fact(const QString& title, const QString& value, const QString& help, QWidget* parent = nullptr) : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    column->addWidget(new TextLabel(title, TextRole::Caption));
    column->addWidget(new ElidedLabel(value, TextRole::Body));
    setFixedWidth(kFactWidth);
    setToolTip(help);
  }
};

class Facts : public QWidget {
public:
  explicit Facts(const QString& objectName) : m_flow(new FlowLayout(this, space::k12)) {
    setObjectName(objectName);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
  }
  void add(const QString& title, const QString& value, const QString& help = {}) {
    if (!value.isEmpty())
      m_flow->addWidget(new Fact(title, value, help));
  }

private:
  FlowLayout* m_flow;
};

QString countOf(const Json& j, const char* key) {
  const Json* value = find(j, key);
  return value && value->is_number_integer() && value->get<int64_t>() > 0 ? format::grouped(value->get<int64_t>()) : QString();
}

QString textOf(const Json& j, const char* key) {
  const Json* value = find(j, key);
  return value && value->is_string() ? fromStd(value->get<std::string>()) : QString();
}

QString numberOf(const Json& j, const char* key) {
  const Json* value = find(j, key);
  return value && value->is_number() ? QString::number(value->get<double>(), 'g', 6) : QString();
}

bool isTrue(const Json& j, const char* key) {
  const Json* value = find(j, key);
  return value && value->is_boolean() && value->get<bool>();
}

Card* cardOf(const QString& title, QWidget* content, const QString& summary = {}) {
  auto* card = new Card;
  Section* section = card->addSection(title);
  section->setSummary(summary);
  section->content()->addWidget(content);
  return card;
}

} // namespace

ModelCard::ModelCard(QWidget* parent) : QScrollArea(parent), m_inside(nullptr), m_column(nullptr) {
  setObjectName(QStringLiteral("library_card"));
  setAccessibleName(tr("About the model"));
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  clear();
}

void ModelCard::clear() {
  m_inside = new QWidget;
  m_column = new QVBoxLayout(m_inside);
  m_column->setContentsMargins(0, 0, space::k8, 0); // the scroll bar takes the rest
  m_column->setSpacing(space::k12);
  setWidget(m_inside); // the old one goes
}

void ModelCard::showFailure(const QString& text) {
  clear();
  auto* banner = new Banner(Tone::Error, text);
  banner->setObjectName(QStringLiteral("library_card_failure"));
  m_column->addWidget(banner);
  m_column->addStretch(1);
}

void ModelCard::show(const api::ModelSummary& model, const Json& inspected) {
  clear();
  addProblems(model, inspected);
  if (!inspected.is_null()) {
    if (model.kind == "adapter")
      addAdapter(model, inspected);
    else
      addArchitecture(inspected);
    addBytes(model, inspected);
    addTexts(inspected);
    addFiles(inspected);
  }
  m_column->addStretch(1);
}

void ModelCard::addProblems(const api::ModelSummary& model, const Json& j) {
  QStringList problems;
  for (const std::string& problem : model.problems)
    problems << fromStd(problem);
  if (const Json* more = lathe::find(j, "problems"); more && more->is_array())
    for (const Json& problem : *more)
      if (problem.is_string() && !problems.contains(fromStd(problem.get<std::string>())))
        problems << fromStd(problem.get<std::string>());
  if (problems.isEmpty())
    return;
  auto* list = new QWidget;
  list->setObjectName(QStringLiteral("library_problems"));
  auto* column = new QVBoxLayout(list);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  for (const QString& problem : std::as_const(problems)) {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::k8);
    row->addWidget(new ToneIcon(model.supported ? Tone::Warn : Tone::Error, model.supported ? tr("Remark") : tr("Problem")), 0, Qt::AlignTop);
    auto* text = new TextLabel(problem, TextRole::Body);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setCopyable(true);
    row->addWidget(text, 1);
    column->addLayout(row);
  }
  m_column->addWidget(cardOf(model.supported ? tr("Worth knowing") : tr("Why it cannot be used"), list));
}

void ModelCard::addArchitecture(const Json& j) {
  auto* facts = new Facts(QStringLiteral("library_facts"));
  facts->add(tr("Architecture"), textOf(j, "architecture"));
  facts->add(tr("Family"), textOf(j, "model_type"));
  facts->add(tr("Layers"), countOf(j, "layers"), tr("How many blocks of attention and MLP follow each other"));
  facts->add(tr("Hidden size"), countOf(j, "hidden_size"), tr("Numbers that stand for one token between two layers"));
  facts->add(tr("MLP size"), countOf(j, "intermediate_size"), tr("Width inside the MLP of a layer"));
  facts->add(tr("Heads"), countOf(j, "heads"), tr("Attention heads for queries"));
  facts->add(tr("Key and value heads"), countOf(j, "kv_heads"), tr("Fewer than heads: several queries share keys and values, and the cache is smaller"));
  facts->add(tr("Head dimension"), countOf(j, "head_dim"));
  facts->add(tr("Experts"), countOf(j, "experts"));
  facts->add(tr("Vocabulary"), countOf(j, "vocab"), tr("Tokens the model knows"));
  facts->add(tr("Context"), countOf(j, "context").isEmpty() ? QString() : tr("%1 tokens").arg(countOf(j, "context")), tr("Longest text it was made for"));
  if (const Json* rope = lathe::find(j, "rope"); rope && rope->is_object()) {
    const QString type = textOf(*rope, "type");
    facts->add(tr("Positions"), type == QStringLiteral("default") ? tr("rotary, θ %1").arg(numberOf(*rope, "theta")) : tr("%1 × %2, θ %3").arg(type, numberOf(*rope, "factor"), numberOf(*rope, "theta")),
               tr("Rotary positions: their scaling and base frequency"));
  }
  facts->add(tr("Window"), countOf(j, "sliding_window").isEmpty() ? tr("none") : tr("%1 tokens").arg(countOf(j, "sliding_window")), tr("How far back attention sees in layers that have a window"));
  if (!countOf(j, "sliding_window").isEmpty())
    facts->add(tr("Layers with window"), countOf(j, "sliding_layers"));
  facts->add(tr("Activation"), textOf(j, "activation"));
  facts->add(tr("Output weights"), isTrue(j, "tied_embeddings") ? tr("tied to the input") : tr("their own"), tr("Tied: the matrix that reads tokens also writes them"));
  facts->add(tr("Attention bias"), isTrue(j, "attention_bias") ? tr("yes") : QString());
  facts->add(tr("Query and key norms"), isTrue(j, "head_norms") ? tr("yes") : QString());
  facts->add(tr("Soft cap of scores"), numberOf(j, "attention_softcap"));
  facts->add(tr("Soft cap of logits"), numberOf(j, "final_softcap"));
  facts->add(tr("Quantization"), textOf(j, "quantization"));
  m_column->addWidget(cardOf(tr("Architecture"), facts));
}

void ModelCard::addAdapter(const api::ModelSummary& model, const Json& j) {
  auto* facts = new Facts(QStringLiteral("library_facts"));
  facts->add(tr("Method"), textOf(j, "method"));
  facts->add(tr("Rank"), countOf(j, "r"));
  facts->add(tr("Alpha"), numberOf(j, "alpha"));
  facts->add(tr("DoRA"), isTrue(j, "use_dora") ? tr("yes") : QString());
  facts->add(tr("rsLoRA"), isTrue(j, "use_rslora") ? tr("yes") : QString());
  if (const Json* modules = lathe::find(j, "target_modules")) {
    QStringList names;
    if (modules->is_array())
      for (const Json& module : *modules)
        if (module.is_string())
          names << fromStd(module.get<std::string>());
    facts->add(tr("Modules"), modules->is_string() ? fromStd(modules->get<std::string>()) : names.join(QStringLiteral(", ")));
  }
  facts->add(tr("Made on"), model.base.empty() ? textOf(j, "base_model") : fromStd(model.base).section(QLatin1Char('/'), -1), fromStd(model.base));
  m_column->addWidget(cardOf(tr("Adapter"), facts));
}

void ModelCard::addBytes(const api::ModelSummary& model, const Json& j) {
  auto* bar = new TypeBar;
  bar->setObjectName(QStringLiteral("library_types"));
  QList<TypePart> parts;
  if (const Json* types = lathe::find(j, "bytes_by_dtype"); types && types->is_object())
    for (const auto& [type, bytes] : types->items())
      if (bytes.is_number())
        parts.append({fromStd(type), bytes.get<double>()});
  bar->setParts(parts);
  QStringList summary;
  if (model.parameters > 0)
    summary << tr("%1 parameters").arg(format::count(static_cast<double>(model.parameters)));
  if (model.bytes > 0)
    summary << format::bytes(static_cast<double>(model.bytes));
  if (const QString tensors = countOf(j, "tensors"); !tensors.isEmpty())
    summary << tr("%1 tensors").arg(tensors);
  m_column->addWidget(cardOf(tr("Weights"), bar, summary.join(QStringLiteral(" · "))));
}

void ModelCard::addTexts(const Json& j) {
  auto* facts = new Facts(QStringLiteral("library_texts"));
  const Json* tokenizer = lathe::find(j, "tokenizer");
  const Json* chat = lathe::find(j, "template");
  if (!tokenizer && !chat)
    return;
  const QString type = tokenizer && tokenizer->is_object() ? textOf(*tokenizer, "type").isEmpty() ? textOf(*tokenizer, "class") : textOf(*tokenizer, "type") : QString();
  facts->add(tr("Tokenizer"), !tokenizer || tokenizer->is_null() ? tr("none") : type.isEmpty() ? tr("in the folder") : type);
  const bool present = chat && isTrue(*chat, "present");
  facts->add(tr("Chat template"), present ? tr("from the model") : tr("none: ChatML is used"));
  if (const Json* licence = lathe::find(j, "licence"); licence && licence->is_object())
    facts->add(tr("Licence"), textOf(*licence, "id").isEmpty() ? textOf(*licence, "file") : textOf(*licence, "id"));
  else
    facts->add(tr("Licence"), tr("not stated"));
  auto* all = new QWidget;
  auto* column = new QVBoxLayout(all);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addWidget(facts);
  addLinks(j, present, *column);
  m_column->addWidget(cardOf(tr("Text and terms"), all));
}

void ModelCard::addLinks(const Json& j, bool hasTemplate, QVBoxLayout& column) {
  auto* links = new QHBoxLayout;
  links->setSpacing(space::k12);
  const Json* licence = lathe::find(j, "licence");
  if (licence && licence->is_object() && !textOf(*licence, "file").isEmpty()) {
    auto* read = new LinkButton(tr("Read the licence"));
    read->setObjectName(QStringLiteral("library_licence"));
    read->setToolTip(tr("Shows the text of %1").arg(textOf(*licence, "file")));
    connect(read, &QAbstractButton::clicked, this, &ModelCard::licenceRequested);
    links->addWidget(read);
  }
  if (hasTemplate) {
    auto* read = new LinkButton(tr("Read the template"));
    read->setObjectName(QStringLiteral("library_template_source"));
    read->setToolTip(tr("Shows the source of the chat template"));
    connect(read, &QAbstractButton::clicked, this, &ModelCard::templateRequested);
    links->addWidget(read);
  }
  if (links->count() > 0) {
    links->addStretch(1);
    column.addLayout(links);
  } else {
    delete links;
  }
}

void ModelCard::addFiles(const Json& j) {
  const Json* files = lathe::find(j, "files");
  if (!files || !files->is_array() || files->empty())
    return;
  auto* list = new QWidget;
  auto* column = new QVBoxLayout(list);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k4);
  int shown = 0;
  for (const Json& file : *files) {
    if (++shown > kFilesShown)
      break;
    auto* row = new QHBoxLayout;
    row->addWidget(new ElidedLabel(textOf(file, "name"), TextRole::Body), 1);
    const Json* bytes = lathe::find(file, "bytes");
    row->addWidget(new TextLabel(bytes && bytes->is_number() ? format::bytes(bytes->get<double>()) : QString(), TextRole::Muted));
    column->addLayout(row);
  }
  if (static_cast<int>(files->size()) > kFilesShown)
    column->addWidget(new TextLabel(tr("and %1 more").arg(format::grouped(static_cast<qint64>(files->size()) - kFilesShown)), TextRole::Caption));
  m_column->addWidget(cardOf(tr("Weight files"), list));
}

} // namespace lathe::ui
