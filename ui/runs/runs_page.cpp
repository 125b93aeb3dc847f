// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_page.h"

#include "ui/models/format.h"
#include "ui/runs/runs_delegate.h"
#include "ui/widgets/prompt_service.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>

namespace lathe::ui {

namespace {

constexpr int kRowHeight = 34;

} // namespace

void RunsFilter::setWords(const QString& text) {
  m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

bool RunsFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  QString all;
  for (int column = 0; column < sourceModel()->columnCount(parent); ++column)
    all += sourceModel()->index(row, column, parent).data().toString() + QLatin1Char('\n');
  return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

RunsPage::RunsPage(Session& session, PromptService& prompts, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_header(new PageHeader), m_search(new QLineEdit), m_banner(new Banner(Tone::Error)),
      m_stack(new QStackedWidget), m_table(new QTableView), m_empty(new EmptyState(IconName::Runs, {}, {}, tr("New run"))), m_undo(new UndoBar) {
  setObjectName(QStringLiteral("page_runs"));
  m_search->setObjectName(QStringLiteral("runs_filter"));
  m_search->setClearButtonEnabled(true);
  m_search->setFixedWidth(200);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) { m_filter.setWords(text); });
  m_open = addAction("runs_open", IconName::ChevronRight, [this] { openCurrent(); });
  m_chat = addAction("runs_chat", IconName::Chat, [this] { m_session.chatWithRun(current()); });
  m_resume = addAction("runs_resume", IconName::Play, [this] { m_session.resume(current()); });
  m_duplicate = addAction("runs_duplicate", IconName::Copy, [this] { m_session.duplicate(current()); });
  m_rename = addAction("runs_rename", IconName::Pencil, [this] { renameCurrent(); });
  m_delete = addAction("runs_delete", IconName::Trash, [this] { deleteCurrent(); });
  buildTable();
  m_empty->actionButton()->setObjectName(QStringLiteral("runs_first"));
  connect(m_empty, &EmptyState::actionTriggered, this, [this] { Q_EMIT pageRequested(QStringLiteral("train")); });
  m_stack->addWidget(m_table);
  m_stack->addWidget(m_empty);
  auto* actions = new QHBoxLayout;
  actions->setSpacing(space::k8);
  for (Button* button : {m_open, m_chat, m_resume, m_duplicate, m_rename, m_delete})
    actions->addWidget(button);
  actions->addStretch();
  actions->addWidget(m_search);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k12);
  column->addWidget(m_header);
  column->addWidget(m_banner);
  column->addLayout(actions);
  column->addWidget(m_stack, 1);
  column->addWidget(m_undo);
  m_banner->hide();
  m_banner->setClosable(true);
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(&session, &Session::trouble, this, [this](const QString& text) {
    m_banner->setText(text);
    m_banner->setVisible(isVisible());
  });
  for (auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
    connect(session.runs(), signal, this, &RunsPage::showContent);
  connect(&session, &Session::runsRead, this, [this] {
    showContent();
    if (current().isEmpty() && m_filter.rowCount() > 0)
      m_table->selectRow(0);
  });
  connect(session.runs(), &QAbstractItemModel::dataChanged, this, &RunsPage::showActions);
  retranslate();
  showContent();
}

Button* RunsPage::addAction(const char* name, IconName icon, std::function<void()> act) {
  auto* button = new Button(icon, {}, ButtonKind::Normal);
  button->setObjectName(QString::fromUtf8(name));
  connect(button, &Button::clicked, this, std::move(act));
  return button;
}

void RunsPage::buildTable() {
  m_filter.setSourceModel(m_session.runs());
  m_filter.setSortRole(RunsModel::SortRole);
  m_table->setObjectName(QStringLiteral("runs_table"));
  m_table->setModel(&m_filter);
  m_table->setItemDelegate(new RunsDelegate(m_table));
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setSortingEnabled(true);
  m_table->sortByColumn(RunsModel::Started, Qt::DescendingOrder);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setTextElideMode(Qt::ElideMiddle);
  m_table->setTabKeyNavigation(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
  auto* header = m_table->horizontalHeader();
  header->setHighlightSections(false);
  header->setMinimumSectionSize(56);
  header->setSectionResizeMode(QHeaderView::Interactive);
  header->setSectionResizeMode(RunsModel::Name, QHeaderView::Stretch);
  const int widths[RunsModel::ColumnCount] = {200, 162, 84, 116, 58, 58, 88, 96, 96, 108, 120};
  for (int column = 0; column < RunsModel::ColumnCount; ++column)
    m_table->setColumnWidth(column, widths[column]);
  connect(m_table, &QTableView::activated, this, &RunsPage::openCurrent); // double click or Enter
  connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPage::showActions);
  (new QShortcut(Qt::Key_Delete, m_table, [this] { deleteCurrent(); }))->setContext(Qt::WidgetShortcut);
  (new QShortcut(Qt::Key_F2, m_table, [this] { renameCurrent(); }))->setContext(Qt::WidgetShortcut);
}

QString RunsPage::current() const {
  const auto rows = m_table->selectionModel()->selectedRows();
  return rows.isEmpty() ? QString() : rows.first().data(RunsModel::IdRole).toString();
}

void RunsPage::openCurrent() {
  if (const QString run = current(); !run.isEmpty())
    Q_EMIT m_session.openRunRequested(run);
}

void RunsPage::renameCurrent() {
  const auto* run = m_session.runs()->find(current());
  if (!run)
    return;
  const auto name = m_prompts.askText(this, tr("Rename the run"), tr("Name"), fromStd(run->name));
  if (name && !name->trimmed().isEmpty())
    m_session.rename(fromStd(run->id), name->trimmed());
}

void RunsPage::deleteCurrent() {
  const auto* run = m_session.runs()->find(current());
  if (!run || !m_delete->isEnabled())
    return;
  const QString id = fromStd(run->id), name = fromStd(run->name.empty() ? run->id : run->name);
  m_session.deleteRun(id);
  m_undo->offer(tr("“%1” was moved to the bin.").arg(name), [this, id] { m_session.restoreRun(id); });
}

void RunsPage::showActions() {
  const auto* run = m_session.runs()->find(current());
  m_open->setEnabled(run);
  m_rename->setEnabled(run);
  m_duplicate->setEnabled(run);
  m_chat->setEnabled(run && run->hasResult);
  m_resume->setEnabled(run && api::isEnded(run->state) && api::isResumable(run->state));
  const bool deletable = run && (api::isEnded(run->state) || run->state == api::RunState::Queued);
  m_delete->setEnabled(deletable);
  m_delete->setToolTip(run && !deletable ? tr("Stop the run before deleting it.") : QString());
}

void RunsPage::showContent() {
  const int count = m_session.runs()->rowCount();
  m_stack->setCurrentWidget(count > 0 || !m_session.runsLoaded() ? static_cast<QWidget*>(m_table) : m_empty);
  m_header->setContext(count == 0 ? QString() : count == 1 ? tr("1 run") : tr("%1 runs").arg(count));
  for (Button* button : {m_open, m_chat, m_resume, m_duplicate, m_rename, m_delete})
    button->setVisible(m_stack->currentWidget() == m_table);
  m_search->setVisible(m_stack->currentWidget() == m_table);
  showActions();
}

void RunsPage::opened() { m_table->setFocus(); }

QList<Command> RunsPage::commands() {
  QList<Command> out;
  for (const auto& run : m_session.runs()->runs())
    out.append({fromStd(run.name.empty() ? run.id : run.name), tr("Run"), [this, id = fromStd(run.id)] { Q_EMIT m_session.openRunRequested(id); }});
  return out;
}

void RunsPage::retranslate() {
  m_header->setTitle(tr("Runs"));
  m_search->setPlaceholderText(tr("Filter runs…"));
  named(m_search, tr("Filter runs"));
  m_open->setText(tr("Open"));
  m_chat->setText(tr("Chat with it"));
  m_resume->setText(tr("Resume"));
  m_duplicate->setText(tr("Duplicate"));
  m_rename->setText(tr("Rename"));
  m_delete->setText(tr("Delete"));
  m_empty->setTexts(tr("No runs yet"), tr("Every run that you start is kept here with its curves, checkpoints and specification."), tr("Set up the first run"));
  named(m_table, tr("Runs"));
  showContent();
}

void RunsPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
