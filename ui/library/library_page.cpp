// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/library_page.h"

#include "core/api/protocol.h"
#include "ui/library/convert_view.h"
#include "ui/library/library_texts.h"
#include "ui/library/model_card.h"
#include "ui/library/scan_view.h"
#include "ui/library/tensor_view.h"
#include "ui/library/trial_views.h"
#include "ui/models/format.h"
#include "ui/widgets/prompt_service.h"

#include <QDesktopServices>
#include <QEvent>
#include <QFileInfo>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTreeView>
#include <QUrl>

namespace lathe::ui {

void LibraryPage::connectTree() {
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_filter.setWords(text);
    m_tree->expandAll();
    if (!m_tree->currentIndex().isValid() && m_filter.rowCount() > 0)
      m_tree->setCurrentIndex(m_filter.index(0, 0));
    showCounts();
  });
  connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &LibraryPage::showChosen);
  connect(&m_session, &Session::modelsRead, this, &LibraryPage::readModels);
  connect(&m_session, &Session::modelAdded, this, &LibraryPage::showModel);
}

void LibraryPage::connectActions() {
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(m_addFolder, &Button::clicked, this, &LibraryPage::addFolder);
  connect(m_emptyAdd, &Button::clicked, this, &LibraryPage::addFolder);
  connect(m_addFile, &Button::clicked, this, &LibraryPage::addFile);
  connect(m_scanButton, &Button::clicked, this, &LibraryPage::scan);
  connect(m_emptyScan, &Button::clicked, this, &LibraryPage::scan);
  connect(m_switch, &SegmentedSwitch::chosen, this, &LibraryPage::showView);
  connect(m_card, &ModelCard::licenceRequested, this, [this] { readText("licence", tr("Licence")); });
  connect(m_card, &ModelCard::templateRequested, this, [this] { readText("template", tr("Chat template")); });
  connect(m_sheetBack, &Button::clicked, this, [this] { showView(QStringLiteral("overview")); });
  connect(m_convert, &ConvertView::showRequested, this, &LibraryPage::showModel);
  connect(m_scan, &ScanView::closed, this, [this] {
    m_views->setCurrentIndex(0);
    m_tree->setFocus();
  });
  connect(m_scan, &ScanView::addRequested, this, [this](const QStringList& paths) {
    m_views->setCurrentIndex(0);
    addPaths(paths);
  });
  connect(&m_session, &Session::trouble, this, [this](const QString& text) {
    if (isVisible())
      showTrouble(text);
  });
}

const api::ModelSummary* LibraryPage::current() const { return m_model.summary(m_filter.mapToSource(m_tree->currentIndex())); }

QString LibraryPage::textPath() const {
  const api::ModelSummary* model = current();
  if (!model)
    return {};
  return fromStd(model->kind == "adapter" ? model->base : model->path);
}

void LibraryPage::readModels() {
  const QString keep = m_wanted.isEmpty() ? m_path : m_wanted;
  m_model.setModels(m_session.models()->models());
  m_read = true;
  m_tree->expandAll();
  showContent();
  choose(keep);
  if (m_path == m_wanted)
    m_wanted.clear();
}

/// The model of that path, else the first one.
void LibraryPage::choose(const QString& path) {
  QModelIndex index = m_filter.mapFromSource(m_model.indexOf(path));
  if (!index.isValid())
    index = m_filter.index(0, 0);
  if (index == m_tree->currentIndex())
    return showChosen();
  m_tree->setCurrentIndex(index);
  m_tree->scrollTo(index);
}

void LibraryPage::showModel(const QString& path) {
  if (m_model.find(path)) {
    m_search->clear();
    choose(path);
  } else {
    m_wanted = path;
  }
}

void LibraryPage::showChosen() {
  const api::ModelSummary* model = current();
  const QString path = model ? fromStd(model->path) : QString();
  const bool same = path == m_path;
  m_path = path;
  m_name->setText(model ? fromStd(model->name) : m_tree->currentIndex().data().toString());
  m_place->setText(path);
  m_place->setToolTip(path);
  showActions();
  if (!model) {
    ++m_inspecting;
    m_tensors->open({});
    m_card->showFailure(m_tree->currentIndex().data(Qt::ToolTipRole).toString());
    return showView(QStringLiteral("overview"));
  }
  m_convert->open(*model);
  if (!same)
    m_card->show(*model, nullptr);
  inspect();
  if (same)
    return;
  m_tensors->open(model->missing ? QString() : path);
  m_tokenizer->open(textPath());
  m_template->open(textPath());
  showView(model->missing || m_detail->currentWidget() == m_sheet ? QStringLiteral("overview") : m_switch->current());
}

void LibraryPage::inspect() {
  const api::ModelSummary* model = current();
  const qint64 number = ++m_inspecting;
  if (model->missing)
    return m_card->show(*model, nullptr);
  m_session.client()->call<Json>(api::method::kInspect, {{"path", model->path}}, this, [this, number](const Result<Json>& answer) {
    const api::ModelSummary* now = current();
    if (number != m_inspecting || !now)
      return;
    if (answer)
      m_card->show(*now, *answer);
    else
      m_card->showFailure(fromStd(answer.error().message));
  });
}

void LibraryPage::showView(const QString& key) {
  m_switch->setCurrent(key);
  QWidget* view = key == QStringLiteral("tensors")     ? static_cast<QWidget*>(m_tensors)
                  : key == QStringLiteral("tokenizer") ? static_cast<QWidget*>(m_tokenizer)
                  : key == QStringLiteral("template")  ? static_cast<QWidget*>(m_template)
                  : key == QStringLiteral("convert")   ? static_cast<QWidget*>(m_convert)
                                                       : static_cast<QWidget*>(m_card);
  m_detail->setCurrentWidget(view);
}

void LibraryPage::readText(const char* what, const QString& title) {
  m_session.client()->call<api::ModelText>(api::method::kModelsText, {{"path", m_path.toStdString()}, {"what", what}}, this, [this, title, path = m_path](const Result<api::ModelText>& answer) {
    if (path != m_path)
      return;
    if (!answer)
      return showTrouble(fromStd(answer.error().message));
    m_sheetTitle->setText(QStringLiteral("%1 · %2").arg(title, fromStd(answer->file)));
    m_sheetText->setPlainText(fromStd(answer->text) + (answer->cut ? QLatin1Char('\n') + tr("… and more: the file is longer.") : QString()));
    m_detail->setCurrentWidget(m_sheet);
    m_sheetBack->setFocus();
  });
}

void LibraryPage::addFolder() {
  if (const auto path = m_prompts.openFolder(this, tr("Add a model folder or an adapter"), {}))
    addPaths({*path});
}

void LibraryPage::addFile() {
  if (const auto path = m_prompts.openFile(this, tr("Add a GGUF file"), {}, tr("GGUF files (*.gguf)")))
    addPaths({*path});
}

void LibraryPage::addPaths(const QStringList& paths) {
  m_banner->hide();
  for (const QString& path : paths)
    m_session.addModel(path);
}

void LibraryPage::scan() {
  m_views->setCurrentWidget(m_scan);
  m_scan->start();
}

/// Files stay; what was in the list comes back with Undo, even where nothing is at its path.
void LibraryPage::removeCurrent() {
  const api::ModelSummary* model = current();
  if (!model || !m_remove->isEnabled())
    return;
  const Json path = {{"path", model->path}};
  m_session.client()->tell(api::method::kModelsRemove, path);
  m_undo->offer(tr("“%1” is out of the list; its files stay.").arg(fromStd(model->name)), [this, path] {
    Json again = path;
    again["even_missing"] = true;
    m_wanted = fromStd(path["path"].get<std::string>());
    m_session.client()->tell(api::method::kModelsAdd, again);
  });
}

void LibraryPage::chat() {
  const api::ModelSummary* model = current();
  if (!model || !m_chat->isEnabled())
    return;
  const bool adapter = model->kind == "adapter";
  std::vector<api::ChatPane> panes = {{adapter ? model->base : model->path, {}, 1.0}};
  if (adapter)
    panes.push_back({model->base, model->path, 1.0});
  m_session.startChat(fromStd(model->name), panes);
}

void LibraryPage::fineTune() {
  const api::ModelSummary* model = current();
  if (!model || !m_fineTune->isEnabled())
    return;
  const bool adapter = model->kind == "adapter";
  Q_EMIT fineTuneRequested(fromStd(adapter ? model->base : model->path), adapter ? fromStd(model->path) : QString());
}

void LibraryPage::showInFolder() {
  const QFileInfo info(m_path);
  if (m_show->isEnabled())
    QDesktopServices::openUrl(QUrl::fromLocalFile(info.isDir() ? info.absoluteFilePath() : info.absolutePath()));
}

void LibraryPage::showTrouble(const QString& text) {
  m_banner->setText(text);
  m_banner->show();
}

void LibraryPage::showActions() {
  const api::ModelSummary* model = current();
  const bool usable = model && model->supported && !model->missing;
  const QString why = !model ? tr("Choose a model first.") : model->missing ? tr("Nothing is at its path.") : model->problems.empty() ? QString() : fromStd(model->problems.front());
  m_fineTune->setEnabled(usable);
  m_fineTune->setToolTip(usable ? tr("Set up a run with this model; an adapter is trained further") : why);
  m_chat->setEnabled(usable);
  m_chat->setToolTip(usable ? tr("A conversation with it; an adapter answers beside its base model") : why);
  m_show->setEnabled(model && !model->missing && !m_session.isRemote());
  m_show->setToolTip(m_session.isRemote() ? tr("It is on another machine.") : tr("Open the folder in the file manager"));
  const bool own = model && model->origin == "added";
  m_remove->setEnabled(own);
  m_remove->setToolTip(own                               ? tr("Take it out of the list (Delete); its files stay. Can be undone")
                       : model && model->origin == "run" ? tr("It belongs to a run: delete the run on the Runs page.")
                                                         : tr("It comes with Lathe, or is not in the list."));
  const bool readable = model && !model->missing;
  m_switch->setChoiceEnabled(QStringLiteral("tensors"), readable);
  m_switch->setChoiceEnabled(QStringLiteral("tokenizer"), readable);
  m_switch->setChoiceEnabled(QStringLiteral("template"), readable);
  m_switch->setChoiceEnabled(QStringLiteral("convert"), usable);
}

void LibraryPage::showCounts() {
  double bytes = 0;
  for (const auto& model : m_model.models())
    bytes += static_cast<double>(model.bytes);
  const auto count = static_cast<int>(m_model.models().size());
  m_header->setContext(count == 0 ? QString() : tr("%1 models and adapters · %2").arg(format::grouped(count), format::bytes(bytes)));
}

void LibraryPage::showContent() {
  m_content->setCurrentWidget(m_read && m_model.models().empty() ? m_empty : static_cast<QWidget*>(m_splitter));
  showCounts();
}

void LibraryPage::opened() {
  if (m_views->currentWidget() != m_scan)
    m_tree->setFocus();
}

QList<Command> LibraryPage::commands() {
  const auto here = [this](auto act) {
    return [this, act] {
      Q_EMIT pageRequested(key());
      act();
    };
  };
  QList<Command> out = {{tr("Add a model folder…"), title(), here([this] { addFolder(); })},
                        {tr("Add a GGUF file…"), title(), here([this] { addFile(); })},
                        {tr("Scan this computer for models"), title(), here([this] { scan(); })}};
  for (const auto& model : m_model.models())
    out.append({fromStd(model.name), tr("Model"), here([this, path = fromStd(model.path)] { showModel(path); })});
  return out;
}

void LibraryPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
