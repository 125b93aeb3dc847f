// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/convert_view.h"

#include "ui/bridge/session.h"
#include "ui/library/library_texts.h"
#include "ui/models/format.h"
#include "ui/widgets/card.h"
#include "ui/widgets/prompt_service.h"

#include <QComboBox>
#include <QEvent>
#include <QLineEdit>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

struct ConvertType {
  const char *key, *note;
};
constexpr ConvertType kGgufTypes[] = {{"q4_k_m", QT_TRANSLATE_NOOP("ConvertView", "4.8 bits a weight: the usual choice for chat on a small machine")},
                                      {"q5_k_m", QT_TRANSLATE_NOOP("ConvertView", "5.7 bits a weight")},
                                      {"q6_k", QT_TRANSLATE_NOOP("ConvertView", "6.6 bits a weight: hard to tell from the original")},
                                      {"q8_0", QT_TRANSLATE_NOOP("ConvertView", "8.5 bits a weight: as good as the original")},
                                      {"q4_0", QT_TRANSLATE_NOOP("ConvertView", "4.5 bits a weight: small and fast, less exact")},
                                      {"q5_k", QT_TRANSLATE_NOOP("ConvertView", "5.5 bits a weight")},
                                      {"f16", QT_TRANSLATE_NOOP("ConvertView", "16 bits a weight")},
                                      {"bf16", QT_TRANSLATE_NOOP("ConvertView", "16 bits a weight, the range of float32")},
                                      {"f32", QT_TRANSLATE_NOOP("ConvertView", "32 bits a weight")}};
constexpr ConvertType kFolderTypes[] = {{"bf16", QT_TRANSLATE_NOOP("ConvertView", "16 bits a weight, the range of float32")},
                                        {"f16", QT_TRANSLATE_NOOP("ConvertView", "16 bits a weight")},
                                        {"f32", QT_TRANSLATE_NOOP("ConvertView", "32 bits a weight")}};

} // namespace

ConvertView::ConvertView(Session& session, PromptService& prompts, QWidget* parent)
    : QWidget(parent), m_session(session), m_prompts(prompts), m_work(session), m_help(new TextLabel({}, TextRole::Caption)), m_format(new SegmentedSwitch), m_type(new QComboBox),
      m_path(new QLineEdit), m_browse(new Button(IconName::Folder, {})), m_banner(new Banner(Tone::Info)), m_start(new Button({}, ButtonKind::Primary)), m_cancel(new Button(IconName::Stop, {})),
      m_progress(new ThinProgress), m_at(new ElidedLabel({}, TextRole::Caption)) {
  m_help->setWordWrap(true);
  m_format->setObjectName(QStringLiteral("convert_format"));
  m_type->setObjectName(QStringLiteral("convert_type"));
  m_path->setObjectName(QStringLiteral("convert_path"));
  m_browse->setObjectName(QStringLiteral("convert_browse"));
  m_start->setObjectName(QStringLiteral("convert_start"));
  m_cancel->setObjectName(QStringLiteral("convert_cancel"));
  m_progress->setObjectName(QStringLiteral("convert_progress"));
  m_banner->setObjectName(QStringLiteral("convert_banner"));
  m_banner->setClosable(true);
  m_banner->hide();
  buildFields();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  for (QWidget* part : {static_cast<QWidget*>(m_help), static_cast<QWidget*>(m_formatBlock), static_cast<QWidget*>(m_typeBlock), static_cast<QWidget*>(m_pathBlock), static_cast<QWidget*>(m_banner)})
    column->addWidget(part);
  column->addWidget(buildProgress());
  column->addStretch(1);
  m_format->setChoices({{QStringLiteral("gguf"), {}, {}}, {QStringLiteral("safetensors"), {}, {}}});
  m_format->setCurrent(QStringLiteral("gguf"));
  connectWork();
  retranslate();
}

void ConvertView::buildFields() {
  auto* place = new QWidget;
  auto* row = new QHBoxLayout(place);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k8);
  row->addWidget(m_path, 1);
  row->addWidget(m_browse);
  place->setFocusProxy(m_path);
  m_formatBlock = new FieldBlock({}, m_format);
  m_typeBlock = new FieldBlock({}, m_type);
  m_pathBlock = new FieldBlock({}, place);
}

QWidget* ConvertView::buildProgress() {
  auto* box = new QWidget;
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k12);
  row->addWidget(m_start);
  row->addWidget(m_cancel);
  row->addWidget(m_progress);
  row->addWidget(m_at, 1);
  row->addStretch(0);
  return box;
}

void ConvertView::connectWork() {
  connect(m_format, &SegmentedSwitch::chosen, this, [this] {
    fillTypes();
    suggestPath();
  });
  connect(m_type, &QComboBox::activated, this, [this] {
    suggestPath();
    showState();
  });
  connect(m_path, &QLineEdit::textEdited, this, [this] {
    m_pathTyped = true;
    showState();
  });
  connect(m_browse, &Button::clicked, this, &ConvertView::browse);
  connect(m_start, &Button::clicked, this, &ConvertView::start);
  connect(m_cancel, &Button::clicked, &m_work, &LibraryWork::stop);
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(m_banner, &Banner::actionTriggered, this, [this] { Q_EMIT showRequested(m_done); });
  connect(&m_work, &LibraryWork::progressed, this, [this](const api::ModelWorkState& state) {
    m_progress->setShare(state.share);
    m_at->setText(librarytext::work(state.what));
  });
  connect(&m_work, &LibraryWork::busyChanged, this, &ConvertView::showState);
  connect(&m_work, &LibraryWork::failed, this, [this](const QString& message) { say(Tone::Error, message); });
  connect(&m_work, &LibraryWork::stopped, this, [this] { say(Tone::Info, tr("Stopped. Nothing was left behind.")); });
  connect(&m_work, &LibraryWork::finished, this, [this](const Json& result) {
    m_done = fromStd(stringOr(result, "out", ""));
    QStringList notes;
    if (const Json* list = lathe::find(result, "notes"); list && list->is_array())
      for (const Json& note : *list)
        if (note.is_string())
          notes << fromStd(note.get<std::string>());
    say(Tone::Good, tr("Written: %1").arg(m_done), notes.join(QLatin1Char('\n')));
    if (m_asksForModel)
      m_banner->setAction(tr("Show it"));
    m_pathTyped = false;
    suggestPath();
  });
}

void ConvertView::open(const api::ModelSummary& model) {
  const bool same = model.path == m_model.path;
  m_model = model;
  if (!same) {
    m_pathTyped = false;
    if (!m_work.isBusy())
      m_banner->hide();
    nameFormats();
    fillTypes();
    suggestPath();
  }
  showState();
}

QString ConvertView::chosenType() const { return isAdapter() ? QStringLiteral("f32") : m_type->currentData().toString(); }

void ConvertView::fillTypes() {
  const QString before = m_type->currentData().toString();
  m_type->clear();
  const bool gguf = m_format->current() == QStringLiteral("gguf");
  const auto add = [this](const ConvertType& type) { m_type->addItem(QStringLiteral("%1 · %2").arg(QString::fromUtf8(type.key).toUpper(), tr(type.note)), QString::fromUtf8(type.key)); };
  if (gguf)
    std::for_each(std::begin(kGgufTypes), std::end(kGgufTypes), add);
  else
    std::for_each(std::begin(kFolderTypes), std::end(kFolderTypes), add);
  m_type->setCurrentIndex(std::max(0, m_type->findData(before)));
}

/// In a folder of Lathe's own home, unless the person has typed another one.
void ConvertView::suggestPath() {
  if (m_pathTyped)
    return showState();
  const std::string home = stringOr(m_session.client()->hello(), "home", "");
  QString name = fromStd(m_model.name).section(QLatin1Char('/'), -1);
  name.replace(QLatin1Char(':'), QLatin1Char('-')).replace(QLatin1Char(' '), QLatin1Char('-'));
  if (name.endsWith(QStringLiteral(".gguf")))
    name.chop(5);
  const bool gguf = m_format->current() == QStringLiteral("gguf");
  const QString what = !isAdapter() ? chosenType() : gguf ? QStringLiteral("lora") : QStringLiteral("merged");
  m_path->setText(QStringLiteral("%1/models/%2-%3%4").arg(fromStd(home), name, what, gguf ? QStringLiteral(".gguf") : QString()));
  showState();
}

void ConvertView::browse() {
  const auto path = m_prompts.saveFile(this, tr("Where to write it"), m_path->text(), m_format->current() == QStringLiteral("gguf") ? tr("GGUF files (*.gguf)") : QString());
  if (!path)
    return;
  m_path->setText(*path);
  m_pathTyped = true;
  showState();
}

void ConvertView::start() {
  if (!m_start->isEnabled())
    return;
  m_banner->hide();
  m_banner->setAction({});
  m_progress->setShare(0);
  m_at->setText({});
  Json params = {{"kind", "convert"}, {"to", m_format->current().toStdString()}, {"type", chosenType().toStdString()}, {"out", m_path->text().trimmed().toStdString()}};
  params["path"] = isAdapter() ? m_model.base : m_model.path;
  if (isAdapter())
    params["adapter"] = m_model.path;
  if (isMerge())
    params["kind"] = "merge";
  m_asksForModel = !isAdapter() || isMerge();
  m_work.start(std::move(params));
}

void ConvertView::say(Tone tone, const QString& text, const QString& detail) {
  m_banner->setTone(tone);
  m_banner->setText(text, detail);
  m_banner->setAction({});
  m_banner->show();
}

void ConvertView::showState() {
  const bool busy = m_work.isBusy();
  m_start->setVisible(!busy);
  m_cancel->setVisible(busy);
  m_progress->setVisible(busy);
  m_at->setVisible(busy);
  m_typeBlock->setVisible(!isAdapter());
  m_start->setText(isMerge() ? tr("Merge") : tr("Convert"));
  for (QWidget* field : {static_cast<QWidget*>(m_format), static_cast<QWidget*>(m_type), static_cast<QWidget*>(m_path), static_cast<QWidget*>(m_browse)})
    field->setEnabled(!busy);
  const QString path = m_path->text().trimmed();
  m_start->setEnabled(m_model.supported && path.startsWith(QLatin1Char('/')));
  m_pathBlock->setProblem(path.isEmpty() || path.startsWith(QLatin1Char('/')) ? QString() : tr("Give a whole path, beginning with /."));
  m_help->setText(!m_model.supported  ? tr("This model cannot be used, so it cannot be converted.")
                  : isMerge()   ? tr("Writes a copy of the base model with the adapter in its weights. It needs memory for the whole model and some minutes; both stay as they are.")
                  : isAdapter() ? tr("Writes the adapter as a LoRA file for llama.cpp, to be used beside its base model. The adapter itself stays as it is.")
                                : tr("Writes a copy in another format or number type. The model itself stays as it is; the copy is read again and compared before it gets its name."));
}

void ConvertView::nameFormats() {
  m_format->setText(QStringLiteral("gguf"), isAdapter() ? tr("LoRA file (GGUF)") : tr("GGUF file"));
  m_format->setText(QStringLiteral("safetensors"), isAdapter() ? tr("Merged model folder") : tr("Model folder"));
}

void ConvertView::retranslate() {
  nameFormats();
  m_format->setToolTip(tr("llama.cpp, LM Studio and Ollama read GGUF, transformers reads folders."));
  m_formatBlock->setLabel(tr("Format"));
  m_formatBlock->setHelp(tr("llama.cpp, LM Studio and Ollama read GGUF, transformers reads folders."));
  m_typeBlock->setLabel(tr("Numbers"));
  m_typeBlock->setHelp(tr("Fewer bits: a smaller file and a less exact model."));
  m_type->setToolTip(tr("How the weights are stored"));
  m_pathBlock->setLabel(tr("Where"));
  m_pathBlock->setHelp(tr("Nothing is overwritten."));
  m_path->setToolTip(tr("The file or folder to make"));
  named(m_path, tr("Where"));
  m_browse->setText(tr("Browse…"));
  m_browse->setToolTip(tr("Choose the place"));
  m_start->setToolTip(tr("Begin writing"));
  m_cancel->setText(tr("Cancel"));
  m_cancel->setToolTip(tr("Stop writing; nothing is left behind"));
  named(m_progress, tr("Progress of the conversion"));
  fillTypes();
  showState();
}

void ConvertView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
