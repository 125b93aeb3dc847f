// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/data_page.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/data/dataset_view.h"
#include "ui/data/open_dataset.h"
#include "ui/data/token_choices.h"
#include "ui/models/format.h"
#include "ui/shell/drop/drop_target.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/prompt_service.h"

#include <QDropEvent>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>

namespace lathe::ui {

namespace {

QStringList droppedPaths(const QMimeData* data) {
  QStringList out;
  for (const QUrl& url : data->urls())
    if (url.isLocalFile())
      out << url.toLocalFile();
  return out;
}

} // namespace

DataPage::DataPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_header(new PageHeader), m_addFile(new Button(IconName::Plus, {}, ButtonKind::Normal)), m_addFolder(new Button(IconName::Folder, {}, ButtonKind::Normal)),
      m_train(new Button({}, ButtonKind::Primary)), m_banner(new Banner(Tone::Error)), m_search(new QLineEdit), m_list(new QListView), m_stack(new QStackedWidget),
      m_empty(new EmptyState(IconName::Data, {}, {}, tr("Add a file…"))), m_view(new DatasetView(session, prompts, settings)), m_undo(new UndoBar), m_overlay(new DropOverlay(this)) {
  setObjectName(QStringLiteral("page_data"));
  setAcceptDrops(true);
  setProperty("takesDrops", true);
  m_addFile->setObjectName(QStringLiteral("data_add_file"));
  m_addFolder->setObjectName(QStringLiteral("data_add_folder"));
  m_train->setObjectName(QStringLiteral("data_train"));
  m_banner->setObjectName(QStringLiteral("data_banner"));
  m_banner->setClosable(true);
  m_banner->hide();
  m_header->addAction(m_addFile);
  m_header->addAction(m_addFolder);
  m_header->addAction(m_train);
  auto* split = new QSplitter(Qt::Horizontal);
  split->setObjectName(QStringLiteral("data_split"));
  split->setChildrenCollapsible(false);
  split->addWidget(buildList());
  split->addWidget(m_view);
  split->setStretchFactor(1, 1);
  split->setSizes({230, 900});
  m_empty->actionButton()->setObjectName(QStringLiteral("data_first"));
  m_stack->addWidget(split);
  m_stack->addWidget(m_empty);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k12);
  column->addWidget(m_header);
  column->addWidget(m_banner);
  column->addWidget(m_stack, 1);
  column->addWidget(m_undo);
  m_overlay->raise();
  connectParts();
  retranslate();
}

QWidget* DataPage::buildList() {
  m_filter.setSourceModel(&m_datasets);
  m_search->setObjectName(QStringLiteral("data_search"));
  m_search->setClearButtonEnabled(true);
  m_list->setObjectName(QStringLiteral("data_list"));
  m_list->setModel(&m_filter);
  m_list->setItemDelegate(new DatasetsDelegate(m_list));
  m_list->setUniformItemSizes(true);
  m_list->setMouseTracking(true);
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->viewport()->setAutoFillBackground(false);
  auto* list = new QWidget;
  list->setMinimumWidth(170);
  auto* column = new QVBoxLayout(list);
  column->setContentsMargins(0, 0, space::k4, 0);
  column->setSpacing(space::k8);
  column->addWidget(m_search);
  column->addWidget(m_list, 1);
  return list;
}

void DataPage::connectParts() {
  connect(m_addFile, &Button::clicked, this, [this] { browse(false); });
  connect(m_addFolder, &Button::clicked, this, [this] { browse(true); });
  connect(m_empty, &EmptyState::actionTriggered, this, [this] { browse(false); });
  connect(m_train, &Button::clicked, this, &DataPage::fineTune);
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(m_search, &QLineEdit::textChanged, &m_filter, &DatasetsFilter::setWords);
  connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &DataPage::showCurrent);
  connect(m_view, &DatasetView::removeRequested, this, &DataPage::removeCurrent);
  (new QShortcut(Qt::Key_Delete, m_list, [this] { removeCurrent(); }))->setContext(Qt::WidgetShortcut);
  connect(&m_view->dataset(), &OpenDataset::remembered, &m_datasets, &DatasetsModel::update);
  for (auto signal : {&OpenDataset::opened, &OpenDataset::reset, &OpenDataset::failed})
    connect(&m_view->dataset(), signal, this, &DataPage::showContent);
  connect(m_session.client(), &EngineClient::connected, this, [this] { read(); });
  connect(&m_session, &Session::trouble, this, [this](const QString& text) {
    m_banner->setText(text);
    m_banner->setVisible(isVisible());
  });
}

void DataPage::read(const QString& thenShow) {
  m_session.client()->call<api::DatasetList>(api::method::kDataList, Json::object(), this, [this, thenShow](Result<api::DatasetList> answer) {
    if (!answer)
      return; // the banner of the window says that the engine is away
    const QString before = thenShow.isEmpty() ? current() : thenShow;
    m_datasets.setDatasets(std::move(answer->datasets));
    m_read = true;
    showDataset(m_datasets.rowOf(before) >= 0 || m_datasets.rowCount() == 0 ? before : m_filter.index(0, 0).data(DatasetsModel::PathRole).toString());
    showContent();
  });
}

void DataPage::opened() {
  if (m_session.isConnected()) {
    read();
    addFromTraining();
  }
  m_list->setFocus();
}

void DataPage::addFromTraining() {
  QStringList paths;
  for (const QString& path : m_trainFiles ? m_trainFiles() : QStringList())
    if (!path.isEmpty() && !m_offered.contains(path)) {
      m_offered.insert(path); // taken out of the list it does not come back by itself
      paths << path;
    }
  if (!paths.isEmpty())
    addNext(paths, {});
}

void DataPage::add(const QStringList& paths) {
  if (!paths.isEmpty())
    addNext(paths, paths.last());
}

/// One after another; `show` is chosen at the end.
void DataPage::addNext(QStringList paths, const QString& show) {
  if (paths.isEmpty())
    return read(show);
  const QString path = paths.takeFirst();
  m_session.client()->call<api::DatasetSummary>(api::method::kDataAdd, {{"path", path.toStdString()}}, this, [this, paths, show](const Result<api::DatasetSummary>& answer) {
    if (!answer)
      Q_EMIT m_session.trouble(fromStd(answer.error().message));
    const bool last = paths.isEmpty() && answer && !show.isEmpty();
    addNext(paths, last ? fromStd(answer->path) : show);
  });
}

void DataPage::browse(bool folder) {
  const auto path = folder ? m_prompts.openFolder(this, tr("Add a folder of data files"), {})
                           : m_prompts.openFile(this, tr("Add a dataset"), {}, tr("Datasets (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;All files (*)"));
  if (path && !path->isEmpty())
    add({*path});
}

QString DataPage::current() const { return m_list->currentIndex().data(DatasetsModel::PathRole).toString(); }

void DataPage::showDataset(const QString& path) {
  const int row = m_datasets.rowOf(path);
  if (row < 0)
    return;
  if (!m_filter.mapFromSource(m_datasets.index(row)).isValid())
    m_search->clear();
  m_list->setCurrentIndex(m_filter.mapFromSource(m_datasets.index(row)));
  showCurrent();
}

void DataPage::showCurrent() {
  const api::DatasetSummary* dataset = m_datasets.find(current());
  if (!dataset)
    return;
  const api::DatasetSummary& shown = m_view->dataset().entry();
  if (shown.path != dataset->path || !m_view->dataset().isOpen())
    m_view->dataset().open(*dataset);
}

void DataPage::removeCurrent() {
  const api::DatasetSummary* dataset = m_datasets.find(current());
  if (!dataset || dataset->bundled)
    return;
  const api::DatasetSummary gone = *dataset;
  const int row = m_list->currentIndex().row();
  m_datasets.remove(fromStd(gone.path));
  m_view->dataset().close();
  m_list->setCurrentIndex(m_filter.index(std::min(row, m_filter.rowCount() - 1), 0));
  showContent();
  m_session.client()->call<Json>(api::method::kDataRemove, {{"path", gone.path}}, this, [this](const Result<Json>& answer) {
    if (!answer)
      Q_EMIT m_session.trouble(fromStd(answer.error().message));
  });
  m_undo->offer(tr("“%1” is out of the list; the file stays.").arg(fromStd(gone.name)), [this, gone] {
    m_session.client()->call<api::DatasetSummary>(api::method::kDataAdd, {{"path", gone.path}, {"format", gone.format}, {"columns", gone.columns}, {"even_unreadable", true}}, this,
                                                  [this, path = fromStd(gone.path)](const Result<api::DatasetSummary>&) { read(path); });
  });
}

void DataPage::fineTune() {
  const Json spec = m_view->dataset().spec();
  auto values = m_view->choices().settings();
  values.emplace_back("data.train", *lathe::find(*lathe::find(spec, "data"), "train"));
  if (!m_view->choices().model().isEmpty())
    values.emplace_back("model.path", m_view->choices().model().toStdString());
  Q_EMIT trainingRequested(values);
}

void DataPage::showContent() {
  const int count = m_datasets.rowCount();
  m_stack->setCurrentIndex(m_read && count == 0 ? 1 : 0);
  m_header->setContext(count == 0 ? QString() : count == 1 ? tr("1 dataset") : tr("%1 datasets").arg(format::grouped(count)));
  m_view->setVisible(count > 0 && m_view->dataset().isOpen());
  m_train->setEnabled(m_view->dataset().detail() && m_view->dataset().problem().isEmpty());
}

QList<Command> DataPage::commands() {
  QList<Command> out = {{tr("Add a dataset…"), title(), [this] {
                           Q_EMIT pageRequested(key());
                           browse(false);
                         }}};
  for (const auto& dataset : m_datasets.datasets())
    out.append({fromStd(dataset.name), tr("Dataset"), [this, path = fromStd(dataset.path)] {
                  Q_EMIT pageRequested(key());
                  showDataset(path);
                }});
  return out;
}

void DataPage::dragEnterEvent(QDragEnterEvent* event) {
  const QStringList paths = droppedPaths(event->mimeData());
  if (paths.isEmpty())
    return;
  const bool here = !m_session.isRemote();
  m_overlay->show(!here ? tr("This window works on another machine: copy it there first and type its path.") : paths.size() == 1 ? tr("Adds %1 to the list.").arg(QUrl::fromLocalFile(paths.front()).fileName())
                                                                                                                      : tr("Adds %1 files to the list.").arg(paths.size()), here);
  event->setDropAction(Qt::CopyAction);
  event->accept();
}

void DataPage::dragLeaveEvent(QDragLeaveEvent*) { m_overlay->hide(); }

void DataPage::dropEvent(QDropEvent* event) {
  m_overlay->hide();
  if (m_session.isRemote())
    return;
  event->setDropAction(Qt::CopyAction);
  event->accept();
  add(droppedPaths(event->mimeData()));
}

void DataPage::retranslate() {
  m_header->setTitle(tr("Data"));
  m_addFile->setText(tr("Add a file…"));
  m_addFile->setToolTip(tr("JSON, JSON lines, CSV, TSV, Parquet, text or tokens; dropping it here does the same"));
  m_addFolder->setText(tr("Add a folder…"));
  m_addFolder->setToolTip(tr("All data files of a folder as one dataset"));
  m_train->setText(tr("Fine-tune with this data"));
  m_train->setToolTip(tr("Opens the Train page with this dataset, its roles and the choices made here"));
  m_search->setPlaceholderText(tr("Search datasets"));
  m_search->setToolTip(tr("Shows the datasets in which every word occurs"));
  named(m_search, tr("Search datasets"));
  named(m_list, tr("Datasets"));
  m_empty->setTexts(tr("No datasets yet"), tr("A dataset is a file of conversations, instructions or texts. Here you see what is in it, exactly as a model will, before you train."), tr("Add a file…"));
  showContent();
}

void DataPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
