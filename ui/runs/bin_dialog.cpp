// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/bin_dialog.h"

#include "core/api/protocol.h"
#include "ui/models/format.h"
#include "ui/widgets/prompt_service.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace lathe::ui {

namespace method = api::method;

namespace {

constexpr int kBinRunsPerPage = 500;
constexpr int kBinIdRole = Qt::UserRole; // run: its id (text), conversation: its number

template <class T>
std::vector<T> listOf(const Json& answer, const char* key) {
  const Json* list = lathe::find(answer, key);
  auto out = list ? capture([&] { return api::decode<std::vector<T>>(*list); }) : Result<std::vector<T>>(std::vector<T>());
  if (!out)
    return {};
  std::erase_if(*out, [](const T& one) { return !one.deleted; });
  return std::move(*out);
}

bool isRun(const QTreeWidgetItem* item) { return item->data(0, kBinIdRole).typeId() == QMetaType::QString; }

} // namespace

BinDialog::BinDialog(Session& session, PromptService& prompts, QWidget* parent)
    : QDialog(parent), m_session(session), m_prompts(prompts), m_list(new QTreeWidget), m_sum(new TextLabel({}, TextRole::Muted)), m_banner(new Banner(Tone::Error)) {
  setObjectName(QStringLiteral("bin_dialog"));
  setWindowTitle(tr("Bin"));
  resize(720, 480);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k24, 20, space::k24, 20);
  all->setSpacing(space::k12);
  all->addWidget(new TextLabel(tr("Bin"), TextRole::Value));
  all->addWidget(m_sum);
  m_list->setObjectName(QStringLiteral("bin_list"));
  m_list->setRootIsDecorated(false);
  m_list->setUniformRowHeights(true);
  m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
  m_list->setHeaderLabels({tr("Name"), tr("Kind"), tr("Size")});
  m_list->header()->setStretchLastSection(false);
  m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_list->setColumnWidth(1, 140);
  named(m_list, tr("Deleted runs and conversations"));
  all->addWidget(m_list, 1);
  m_banner->hide();
  all->addWidget(m_banner);
  auto* row = new QHBoxLayout;
  m_remove = new Button(IconName::Trash, tr("Remove for good…"), ButtonKind::Normal, this);
  m_remove->setObjectName(QStringLiteral("bin_remove"));
  m_restore = new Button(IconName::Undo, tr("Put back"), ButtonKind::Primary, this);
  m_restore->setObjectName(QStringLiteral("bin_restore"));
  m_restore->setToolTip(tr("The chosen runs and conversations are in their lists again"));
  m_close = new Button(tr("Close"), ButtonKind::Normal, this);
  m_close->setObjectName(QStringLiteral("bin_close"));
  row->addWidget(m_remove);
  row->addStretch(1);
  row->addWidget(m_close);
  row->addWidget(m_restore);
  all->addLayout(row);
  connect(m_close, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_restore, &QPushButton::clicked, this, &BinDialog::restoreChosen);
  connect(m_remove, &QPushButton::clicked, this, &BinDialog::removeChosen);
  connect(m_list, &QTreeWidget::itemSelectionChanged, this, &BinDialog::showActions);
  read();
}

/// Both lists; each fills its part as it comes.
void BinDialog::read() {
  m_list->clear();
  m_sum->setText(tr("Looking…"));
  readRunsAfter(++m_reading, {});
  m_session.client()->call<Json>(method::kChatsList, Json::object(), this, [this, reading = m_reading](const Result<Json>& answer) {
    if (reading != m_reading)
      return;
    if (!answer)
      return ended(answer);
    for (const auto& chat : listOf<api::ChatSummary>(*answer, "chats"))
      add(chat.title.empty() ? tr("New conversation") : fromStd(chat.title), tr("Conversation"), {}, QVariant(static_cast<qlonglong>(chat.id)));
    showActions();
  });
}

/// Page by page: any number of runs can lie in the bin.
void BinDialog::readRunsAfter(int reading, const std::string& last) {
  Json params = {{"deleted", true}, {"limit", kBinRunsPerPage}};
  if (!last.empty())
    params["after"] = last;
  m_session.client()->call<Json>(method::kRunsList, std::move(params), this, [this, reading](const Result<Json>& answer) {
    if (reading != m_reading)
      return;
    if (!answer)
      return ended(answer);
    const auto runs = listOf<api::RunSummary>(*answer, "runs");
    for (const auto& run : runs)
      add(fromStd(run.name.empty() ? run.id : run.name), tr("Run"), run.diskBytes < 0 ? QString() : format::bytes(static_cast<double>(run.diskBytes)), fromStd(run.id));
    showActions();
    if (boolOr(*answer, "more", false) && !runs.empty())
      readRunsAfter(reading, runs.back().id);
  });
}

void BinDialog::add(const QString& name, const QString& kind, const QString& size, const QVariant& id) {
  auto* item = new QTreeWidgetItem(m_list, {name, kind, size});
  item->setToolTip(0, name);
  item->setTextAlignment(2, Qt::AlignRight | Qt::AlignVCenter);
  item->setData(0, kBinIdRole, id);
  if (!m_list->currentItem())
    m_list->setCurrentItem(item);
}

QList<QTreeWidgetItem*> BinDialog::chosenRuns() const {
  QList<QTreeWidgetItem*> out = m_list->selectedItems();
  out.removeIf([](const QTreeWidgetItem* item) { return !isRun(item); });
  return out;
}

void BinDialog::showActions() {
  const int count = m_list->topLevelItemCount();
  m_sum->setText(count == 0 ? tr("Nothing has been deleted.") : tr("%n deleted run(s) and conversation(s)", nullptr, count));
  m_restore->setEnabled(m_open == 0 && !m_list->selectedItems().isEmpty());
  m_remove->setEnabled(m_open == 0 && !chosenRuns().isEmpty());
  m_remove->setToolTip(tr("Deletes the folders of the chosen runs with their checkpoints and results; conversations stay"));
}

void BinDialog::send(const char* name, const Json& params) {
  ++m_open;
  m_session.client()->call<Json>(name, params, this, [this](const Result<Json>& answer) {
    --m_open;
    ended(answer);
  });
}

void BinDialog::ended(const Result<Json>& answer) {
  if (!answer) {
    m_banner->setText(fromStd(answer.error().message));
    m_banner->show();
  }
  if (m_open > 0)
    return showActions();
  m_session.readAgain();
  if (answer)
    read();
  else
    showActions();
}

void BinDialog::restoreChosen() {
  m_banner->hide();
  for (const QTreeWidgetItem* item : m_list->selectedItems()) {
    const QVariant id = item->data(0, kBinIdRole);
    if (isRun(item))
      send(method::kRunsRestore, {{"id", id.toString().toStdString()}});
    else
      send(method::kChatsRestore, {{"id", id.toLongLong()}});
  }
  showActions();
}

void BinDialog::removeChosen() {
  const auto runs = chosenRuns();
  const QString what = runs.size() == 1 ? tr("“%1” is removed with its checkpoints and its result.").arg(runs.first()->text(0))
                                        : tr("%1 runs are removed with their checkpoints and results.").arg(runs.size());
  if (!m_prompts.confirm(this, tr("Remove for good?"), what + QLatin1Char(' ') + tr("This cannot be undone."), tr("Remove"), true))
    return;
  m_banner->hide();
  for (const QTreeWidgetItem* item : runs)
    send(method::kRunsPurge, {{"id", item->data(0, kBinIdRole).toString().toStdString()}});
  showActions();
}

} // namespace lathe::ui
