// SPDX-License-Identifier: GPL-3.0-or-later
// RunsPage: what stands where, and its texts.
#include "ui/runs/runs_page.h"

#include "ui/runs/compare_view.h"
#include "ui/runs/runs_delegate.h"
#include "ui/runs/tag_strip.h"
#include "ui/widgets/chip_list.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>

namespace lathe::ui {

namespace {

constexpr int kRowHeight = 34, kLeastName = 150;
// Name takes what is left.
constexpr int kColumnWidths[RunsModel::ColumnCount] = {200, 96, 82, 84, 54, 54, 68, 60, 72, 104, 92, 118, 80};

} // namespace

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
  m_table->setHorizontalHeader(new RunsHeader(m_table));
  m_table->setModel(&m_filter);
  m_table->setItemDelegate(new RunsDelegate(m_table));
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setSortingEnabled(true);
  m_table->sortByColumn(RunsModel::Started, Qt::DescendingOrder);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setTabKeyNavigation(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  auto* header = m_table->horizontalHeader();
  header->setMinimumSectionSize(56);
  header->setSectionResizeMode(QHeaderView::Interactive);
  for (int column = 0; column < RunsModel::ColumnCount; ++column)
    m_table->setColumnWidth(column, kColumnWidths[column]);
  m_table->installEventFilter(this);
  connect(m_table, &QTableView::activated, this, &RunsPage::openCurrent); // double click or Enter
  connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPage::showActions);
  (new QShortcut(Qt::Key_Delete, m_table, [this] { deleteCurrent(); }))->setContext(Qt::WidgetShortcut);
  (new QShortcut(Qt::Key_F2, m_table, [this] { renameCurrent(); }))->setContext(Qt::WidgetShortcut);
}

void RunsPage::fitColumns() {
  int others = 0;
  for (int column = RunsModel::Name + 1; column < RunsModel::ColumnCount; ++column)
    others += m_table->columnWidth(column);
  m_table->setColumnWidth(RunsModel::Name, std::max(kLeastName, m_table->viewport()->width() - others));
}

QWidget* RunsPage::buildList() {
  auto* list = new QWidget;
  auto* actions = new QHBoxLayout;
  actions->setSpacing(space::k8);
  for (Button* button : {m_open, m_chat, m_resume, m_duplicate, m_rename, m_delete})
    actions->addWidget(button);
  actions->addStretch();
  actions->addWidget(m_clearTicks);
  actions->addWidget(m_compare);
  m_filters = new QWidget;
  auto* filters = new QHBoxLayout(m_filters);
  filters->setContentsMargins(0, 0, 0, 0);
  filters->setSpacing(space::k8);
  filters->addWidget(m_search);
  filters->addWidget(m_states);
  filters->addWidget(m_tagFilter, 1, Qt::AlignVCenter);
  auto* column = new QVBoxLayout(list);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  m_header->addAction(m_bin);
  column->addWidget(m_header);
  column->addWidget(m_banner);
  column->addLayout(actions);
  column->addWidget(m_filters);
  column->addWidget(m_stack, 1);
  column->addWidget(m_tags);
  return list;
}

void RunsPage::retranslateActions() {
  m_open->setText(tr("Open"));
  m_open->setToolTip(tr("Show the run with its curves (Enter)"));
  m_chat->setText(tr("Chat with it"));
  m_chat->setToolTip(tr("A conversation with the base model and the result side by side"));
  m_resume->setText(tr("Resume"));
  m_resume->setToolTip(tr("Go on from the last checkpoint"));
  m_duplicate->setText(tr("Duplicate"));
  m_duplicate->setToolTip(tr("Set up a new run with the same specification"));
  m_rename->setText(tr("Rename"));
  m_rename->setToolTip(tr("Give the run another name (F2)"));
  m_delete->setText(tr("Delete"));
  m_bin->setText(tr("Bin…"));
  m_bin->setToolTip(tr("Deleted runs and conversations: put back, or remove for good"));
  m_clearTicks->setText(tr("Untick all"));
  m_clearTicks->setToolTip(tr("No run is ticked any more"));
}

void RunsPage::retranslate() {
  m_header->setTitle(tr("Runs"));
  m_search->setPlaceholderText(tr("Name, model, data, tag or state…"));
  m_search->setToolTip(tr("Shows the runs in which every word occurs"));
  named(m_search, tr("Filter runs"));
  const int state = std::max(0, m_states->currentIndex());
  const QSignalBlocker quiet(m_states);
  m_states->clear();
  m_states->addItems({tr("Every state"), tr("At work"), tr("Finished"), tr("Stopped or failed")});
  m_states->setCurrentIndex(state);
  m_states->setToolTip(tr("Shows the runs in these states only"));
  named(m_states, tr("Filter by state"));
  named(m_tagFilter, tr("Filter by tags"));
  m_tagFilter->setToolTip(tr("Shows the runs that have all of these tags"));
  retranslateActions();
  m_empty->setTexts(tr("No runs yet"), tr("Every run that you start is kept here with its curves, checkpoints and specification."), tr("Set up the first run"));
  named(m_table, tr("Runs"));
  showContent();
}

} // namespace lathe::ui
