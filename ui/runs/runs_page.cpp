// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_page.h"

#include "ui/models/format.h"
#include "ui/runs/bin_dialog.h"
#include "ui/runs/compare_charts.h"
#include "ui/runs/compare_view.h"
#include "ui/runs/tag_strip.h"
#include "ui/widgets/chip_list.h"
#include "ui/widgets/prompt_service.h"

#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kRunsLaterMs = 200;

} // namespace

RunsPage::RunsPage(Session& session, PromptService& prompts, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_views(new QStackedWidget), m_header(new PageHeader), m_search(new QLineEdit), m_states(new QComboBox),
      m_tagFilter(new ChipList), m_clearTicks(new LinkButton({})), m_bin(new LinkButton({})), m_banner(new Banner(Tone::Error)), m_stack(new QStackedWidget), m_table(new QTableView),
      m_empty(new EmptyState(IconName::Runs, {}, {}, tr("New run"))), m_tags(new TagStrip(*session.runs())), m_undo(new UndoBar),
      m_compareView(new CompareView(session, prompts)) {
  setObjectName(QStringLiteral("page_runs"));
  m_search->setObjectName(QStringLiteral("runs_filter"));
  m_search->setClearButtonEnabled(true);
  m_search->setFixedWidth(240);
  m_states->setObjectName(QStringLiteral("runs_states"));
  m_tagFilter->setObjectName(QStringLiteral("runs_tag_filter"));
  m_tagFilter->setMono(false);
  m_clearTicks->setObjectName(QStringLiteral("runs_untick"));
  m_bin->setObjectName(QStringLiteral("runs_bin"));
  m_open = addAction("runs_open", IconName::ChevronRight, [this] { openCurrent(); });
  m_chat = addAction("runs_chat", IconName::Chat, [this] { m_session.chatWithRun(current()); });
  m_resume = addAction("runs_resume", IconName::Play, [this] { m_session.resume(current()); });
  m_duplicate = addAction("runs_duplicate", IconName::Copy, [this] { m_session.duplicate(current()); });
  m_rename = addAction("runs_rename", IconName::Pencil, [this] { renameCurrent(); });
  m_delete = addAction("runs_delete", IconName::Trash, [this] { deleteCurrent(); });
  m_compare = addAction("runs_compare", IconName::Runs, [this] { compareTicked(); });
  buildTable();
  m_empty->actionButton()->setObjectName(QStringLiteral("runs_first"));
  m_stack->addWidget(m_table);
  m_stack->addWidget(m_empty);
  m_views->addWidget(buildList());
  m_views->addWidget(m_compareView);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k12);
  column->addWidget(m_views, 1);
  column->addWidget(m_undo);
  m_banner->hide();
  m_banner->setClosable(true);
  connectFilters();
  connectSession();
  retranslate();
}

void RunsPage::connectFilters() {
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_filter.setWords(text);
    filterChanged();
  });
  connect(m_states, &QComboBox::currentIndexChanged, this, [this](int index) {
    m_filter.setStates(static_cast<RunsFilter::States>(std::max(0, index)));
    filterChanged();
  });
  connect(m_tagFilter, &ChipList::tickedChanged, this, [this](const QStringList& tags) {
    m_filter.setTags(tags);
    filterChanged();
  });
}

void RunsPage::connectSession() {
  connect(m_empty, &EmptyState::actionTriggered, this, [this] { Q_EMIT pageRequested(QStringLiteral("train")); });
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(&m_session, &Session::trouble, this, [this](const QString& text) {
    m_banner->setText(text);
    m_banner->setVisible(isVisible());
  });
  connect(m_bin, &QAbstractButton::clicked, this, &RunsPage::openBin);
  connect(m_clearTicks, &QAbstractButton::clicked, m_session.runs(), &RunsModel::clearTicks);
  connect(m_session.runs(), &RunsModel::tickedChanged, this, &RunsPage::showActions);
  connect(m_tags, &TagStrip::addRequested, this, [this](const QString& tag) { changeTags({tag}, {}, tr("The tag “%1” was added.").arg(tag)); });
  connect(m_tags, &TagStrip::removeRequested, this, [this](const QString& tag) { changeTags({}, {tag}, tr("The tag “%1” was removed.").arg(tag)); });
  connect(m_compareView, &CompareView::closed, this, &RunsPage::showList);
  m_later.setSingleShot(true);
  m_later.setInterval(kRunsLaterMs);
  connect(&m_later, &QTimer::timeout, this, &RunsPage::showTags);
  for (auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
    connect(m_session.runs(), signal, this, &RunsPage::showContent);
  connect(m_session.runs(), &QAbstractItemModel::modelReset, this, &RunsPage::showContent);
  connect(&m_session, &Session::runsRead, this, [this] {
    showContent();
    if (current().isEmpty() && m_filter.rowCount() > 0)
      m_table->selectRow(0);
  });
  connect(m_session.runs(), &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& first, const QModelIndex& last, const QList<int>& roles) {
    if (roles.contains(Qt::CheckStateRole))
      return; // tickedChanged says it
    const int row = m_session.runs()->rowOf(current());
    if (row >= first.row() && row <= last.row())
      showActions();
    if (!m_later.isActive())
      m_later.start();
  });
}

QString RunsPage::current() const {
  const auto rows = m_table->selectionModel()->selectedRows();
  return rows.isEmpty() ? QString() : rows.first().data(RunsModel::IdRole).toString();
}

QStringList RunsPage::taggable() const {
  const QStringList& ticked = m_session.runs()->ticked();
  const QString chosen = current();
  return !ticked.isEmpty() ? ticked : chosen.isEmpty() ? QStringList() : QStringList{chosen};
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

void RunsPage::tickCurrent() {
  if (const QString run = current(); !run.isEmpty())
    m_session.runs()->setTicked(run, !m_session.runs()->ticked().contains(run));
}

void RunsPage::compareTicked() {
  if (!m_compare->isEnabled())
    return;
  m_views->setCurrentWidget(m_compareView); // first: what is not visible cannot get the focus
  m_compareView->open(m_session.runs()->ticked());
}

void RunsPage::openBin() {
  auto* dialog = new BinDialog(m_session, m_prompts, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void RunsPage::showList() {
  m_views->setCurrentIndex(0);
  m_compareView->leave();
  m_table->setFocus();
}

/// For the ticked runs, or the chosen one; what it was before comes back with Undo.
void RunsPage::changeTags(const QStringList& add, const QStringList& remove, const QString& said) {
  QList<TagChange> back;
  for (const QString& id : taggable()) {
    const auto* run = m_session.runs()->find(id);
    if (!run)
      continue;
    const auto has = [run](const QString& tag) { return std::find(run->tags.begin(), run->tags.end(), tag.toStdString()) != run->tags.end(); };
    TagChange undo{id, {}, {}}, change{id, {}, {}};
    for (const QString& tag : add)
      if (!has(tag)) {
        change.add << tag;
        undo.remove << tag;
      }
    for (const QString& tag : remove)
      if (has(tag)) {
        change.remove << tag;
        undo.add << tag;
      }
    if (change.add.isEmpty() && change.remove.isEmpty())
      continue;
    m_session.tagRun(id, change.add, change.remove);
    back << undo;
  }
  if (back.isEmpty())
    return;
  m_undo->offer(said, [this, back] {
    for (const TagChange& change : back)
      m_session.tagRun(change.run, change.add, change.remove);
  });
}

void RunsPage::filterChanged() {
  if (current().isEmpty() && m_filter.rowCount() > 0)
    m_table->selectRow(0);
  showCounts();
  showActions();
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
  m_delete->setToolTip(run && !deletable ? tr("Stop the run before deleting it.") : tr("Move the run to the bin (Delete); it can be undone"));
  const auto ticked = m_session.runs()->ticked().size();
  m_compare->setEnabled(ticked >= 2 && ticked <= CompareView::kMostRuns);
  m_compare->setText(ticked >= 2 ? tr("Compare %1").arg(ticked) : tr("Compare"));
  m_compare->setToolTip(ticked > CompareView::kMostRuns ? tr("At most %1 runs can be compared at once.").arg(CompareView::kMostRuns)
                        : ticked < 2                    ? tr("Tick two or more runs first (Space).")
                                                        : tr("Overlay the curves of the ticked runs and show what differs (Ctrl+Enter)"));
  m_clearTicks->setVisible(ticked > 0);
  m_tags->setRuns(taggable(), ticked > 0);
}

void RunsPage::showTags() {
  const QStringList tags = m_session.runs()->allTags();
  m_tagFilter->setChips(tags);
  m_tagFilter->setVisible(!tags.isEmpty());
  if (m_tagFilter->ticked() != m_filter.tags()) { // a tag that nobody has any more
    m_filter.setTags(m_tagFilter->ticked());
    filterChanged();
  }
  m_tags->refresh();
  showCounts();
}

void RunsPage::showCounts() {
  const int count = m_session.runs()->rowCount(), shown = m_filter.rowCount();
  const QString all = count == 0 ? QString() : count == 1 ? tr("1 run") : tr("%1 runs").arg(format::grouped(count));
  m_header->setContext(shown == count ? all : tr("%1 of %2 runs shown").arg(format::grouped(shown), format::grouped(count)));
}

void RunsPage::showContent() {
  const int count = m_session.runs()->rowCount();
  m_stack->setCurrentWidget(count > 0 || !m_session.runsLoaded() ? static_cast<QWidget*>(m_table) : m_empty);
  const bool list = m_stack->currentWidget() == m_table;
  for (QWidget* widget : {static_cast<QWidget*>(m_open), static_cast<QWidget*>(m_chat), static_cast<QWidget*>(m_resume), static_cast<QWidget*>(m_duplicate), static_cast<QWidget*>(m_rename),
                          static_cast<QWidget*>(m_delete), static_cast<QWidget*>(m_compare), static_cast<QWidget*>(m_filters), static_cast<QWidget*>(m_tags)})
    widget->setVisible(list);
  showTags();
  showActions();
}

void RunsPage::opened() {
  fitColumns();
  if (m_views->currentWidget() != m_compareView)
    m_table->setFocus();
}

QList<Command> RunsPage::commands() {
  QList<Command> out = {{tr("Bin: deleted runs and conversations"), title(), [this] {
                           Q_EMIT pageRequested(key());
                           openBin();
                         }}};
  if (m_compare->isEnabled())
    out.append({tr("Compare the ticked runs"), title(), [this] {
                  Q_EMIT pageRequested(key());
                  compareTicked();
                }});
  for (const auto& run : m_session.runs()->runs())
    out.append({fromStd(run.name.empty() ? run.id : run.name), tr("Run"), [this, id = fromStd(run.id)] { Q_EMIT m_session.openRunRequested(id); }});
  return out;
}

bool RunsPage::eventFilter(QObject* object, QEvent* event) {
  if (object == m_table && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (key->key() == Qt::Key_Space)
      tickCurrent();
    else if (enter && key->modifiers().testFlag(Qt::ControlModifier))
      compareTicked();
    else
      return Page::eventFilter(object, event);
    return true;
  }
  if (object == m_table && event->type() == QEvent::Resize)
    QTimer::singleShot(0, this, [this] { fitColumns(); });
  return Page::eventFilter(object, event);
}

void RunsPage::resizeEvent(QResizeEvent* event) {
  Page::resizeEvent(event);
  fitColumns();
}

void RunsPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
