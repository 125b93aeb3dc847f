// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/quality_view.h"

#include "ui/bridge/session.h"
#include "ui/data/check_line.h"
#include "ui/data/open_dataset.h"
#include "ui/models/format.h"
#include "ui/widgets/card.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/prompt_service.h"

#include <QCheckBox>
#include <QEvent>
#include <QFileInfo>
#include <QHeaderView>
#include <QTreeWidget>

#include <cstring>
#include <functional>

namespace lathe::ui {

namespace {

constexpr int kRowNumber = Qt::UserRole + 1;
constexpr double kSplitShare = 0.05; // without a validation file
constexpr int kPlaceWidth = 220;

/// What the engine sent, or a word in the check's line.
template <class T>
void readReport(CheckLine* line, const Json& result, const std::function<void(const T&)>& show) {
  const auto report = capture([&] { return api::decode<T>(result); });
  if (report)
    show(*report);
  else
    line->setStatus(fromStd(report.error().message), TextRole::Bad);
}

} // namespace

QualityView::QualityView(Session& session, PromptService& prompts, OpenDataset& dataset, QWidget* parent)
    : QWidget(parent), m_session(session), m_prompts(prompts), m_dataset(dataset), m_bad(new CheckLine(session, "check_rows")), m_duplicates(new CheckLine(session, "check_duplicates")),
      m_leakage(new CheckLine(session, "check_leakage")), m_copy(new CheckLine(session, "clean_copy")), m_near(new QCheckBox), m_validation(new PathField(PathField::Kind::File)),
      m_listTitle(new TextLabel({}, TextRole::Strong)), m_list(new QTreeWidget) {
  setObjectName(QStringLiteral("data_quality_view"));
  m_near->setObjectName(QStringLiteral("check_near"));
  m_near->setChecked(true);
  m_validation->setObjectName(QStringLiteral("check_validation"));
  m_validation->setPrompts(&prompts);
  m_validation->setFixedWidth(190);
  m_list->setObjectName(QStringLiteral("quality_list"));
  m_list->setColumnCount(2);
  m_list->setUniformRowHeights(true);
  m_list->setWordWrap(false);
  m_list->setRootIsDecorated(true);
  m_list->header()->resizeSection(0, kPlaceWidth);
  m_listTitle->setObjectName(QStringLiteral("quality_title"));
  m_duplicates->addWidget(m_near);
  m_leakage->addWidget(m_validation);
  auto* card = new Card;
  for (CheckLine* line : {m_bad, m_duplicates, m_copy, m_leakage})
    card->addSection()->content()->addWidget(line);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addWidget(card);
  column->addWidget(m_listTitle);
  column->addWidget(m_list, 1);
  column->addStretch(); // while there is no list
  connectChecks();
  retranslate();
  forget();
}

void QualityView::connectChecks() {
  connect(m_bad, &CheckLine::startRequested, this, [this] { m_bad->work()->start("rows", params()); });
  connect(m_duplicates, &CheckLine::startRequested, this, [this] { m_duplicates->work()->start("duplicates", params()); });
  connect(m_leakage, &CheckLine::startRequested, this, &QualityView::beginLeakage);
  connect(m_copy, &CheckLine::startRequested, this, &QualityView::saveCopy);
  connect(m_bad->work(), &DataWork::finished, this, [this](const Json& r) { readReport<api::BadDataRows>(m_bad, r, [this](const auto& found) { showBad(found); }); });
  connect(m_duplicates->work(), &DataWork::finished, this, [this](const Json& r) { readReport<api::DuplicateReport>(m_duplicates, r, [this](const auto& report) { showDuplicates(report); }); });
  connect(m_leakage->work(), &DataWork::finished, this, [this](const Json& r) { readReport<api::LeakageReport>(m_leakage, r, [this](const auto& report) { showLeakage(report); }); });
  connect(m_copy->work(), &DataWork::finished, this, [this](const Json& r) { readReport<api::CleanedCopy>(m_copy, r, [this](const auto& copy) { showCopy(copy); }); });
  connect(m_list, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
    if (const QVariant row = item->data(0, kRowNumber); row.isValid())
      Q_EMIT rowRequested(row.toLongLong());
  });
  connect(m_list, &QTreeWidget::itemClicked, this, [this](const QTreeWidgetItem* item) {
    if (const QVariant row = item->data(0, kRowNumber); row.isValid())
      Q_EMIT rowRequested(row.toLongLong());
  });
  connect(&m_dataset, &OpenDataset::reset, this, &QualityView::forget);
}

void QualityView::forget() {
  for (CheckLine* line : {m_bad, m_duplicates, m_leakage, m_copy})
    line->work()->stop();
  m_bad->setStatus(tr("Not looked at yet."));
  m_duplicates->setStatus(tr("Not looked at yet."));
  m_leakage->setStatus(tr("Not looked at yet."));
  m_copy->setStatus(tr("The same file without the rows that repeat an earlier one."));
  newList({});
}

Json QualityView::params() const { return {{"spec", m_dataset.spec()}, {"near", m_near->isChecked()}}; }

void QualityView::beginLeakage() {
  Json all = params();
  const std::string path = m_validation->path().toStdString();
  all["spec"]["data"]["validation"] = path.empty() ? Json{{"fraction", kSplitShare}} : Json{{"path", path}};
  m_leakage->work()->start("leakage", std::move(all));
}

void QualityView::saveCopy() {
  const QFileInfo file(fromStd(m_dataset.entry().path));
  QString name = file.fileName();
  for (const char* packed : {".gz", ".zst"})
    if (name.endsWith(QLatin1String(packed)))
      name.chop(static_cast<int>(std::strlen(packed)));
  const QString suffix = QFileInfo(name).suffix();
  const QString start = file.absolutePath() + QLatin1Char('/') + QFileInfo(name).completeBaseName() + QStringLiteral("-clean.") + (suffix.isEmpty() ? QStringLiteral("jsonl") : suffix);
  const auto out = m_prompts.saveFile(this, tr("Save a copy without duplicates"), start, tr("All files (*)"));
  if (!out || out->isEmpty())
    return;
  Json all = params();
  all["out"] = out->toStdString();
  m_copy->work()->start("clean", std::move(all));
}

void QualityView::newList(const QString& title) {
  m_list->clear();
  m_listTitle->setText(title);
  m_listTitle->setVisible(!title.isEmpty());
  m_list->setVisible(!title.isEmpty());
}

QTreeWidgetItem* QualityView::addRow(QTreeWidgetItem* under, qint64 row, const QString& place, const QString& text) {
  auto* item = under ? new QTreeWidgetItem(under) : new QTreeWidgetItem(m_list);
  item->setText(0, place);
  item->setText(1, text);
  item->setToolTip(0, place);
  item->setToolTip(1, text);
  if (row >= 0)
    item->setData(0, kRowNumber, row);
  return item;
}

void QualityView::showBad(const api::BadDataRows& found) {
  const QString checked = format::grouped(found.checked);
  m_bad->setStatus(found.bad == 0 ? tr("All %1 rows can be read.").arg(checked) : found.bad == 1 ? tr("1 of %1 rows cannot be read; training leaves it out.").arg(checked)
                                                                                    : tr("%1 of %2 rows cannot be read; training leaves them out.").arg(format::grouped(found.bad), checked),
                   found.bad == 0 ? TextRole::Good : TextRole::Warn);
  newList(found.bad == 0 ? QString() : tr("Unreadable rows: click one to see it as it stands in the file"));
  for (const api::BadDataRow& row : found.rows)
    addRow(nullptr, row.row, QStringLiteral("%1:%2:%3").arg(fromStd(row.file)).arg(row.line).arg(row.column), fromStd(row.message));
}

void QualityView::showDuplicates(const api::DuplicateReport& report) {
  const int64_t could = report.exactRows + report.nearRows;
  if (could == 0)
    m_duplicates->setStatus(report.nearChecked ? tr("No two of %1 rows say the same or nearly the same.").arg(format::grouped(report.rows)) : tr("No two of %1 rows say the same.").arg(format::grouped(report.rows)),
                            TextRole::Good);
  else
    m_duplicates->setStatus(tr("%1 rows repeat an earlier one, %2 more nearly do.").arg(format::grouped(report.exactRows), format::grouped(report.nearRows)), TextRole::Warn);
  newList(could == 0 ? QString() : tr("Groups of rows that say the same (%1): click a row to see it").arg(format::grouped(report.groupCount)));
  for (const api::DuplicateGroup& group : report.groups) {
    const QString how = group.exact ? tr("%1 equal rows").arg(format::grouped(group.size)) : tr("%1 similar rows, %2 and more").arg(format::grouped(group.size), format::percent(100 * group.similarity));
    auto* head = addRow(nullptr, -1, how, group.rows.empty() ? QString() : fromStd(group.rows.front().text));
    for (const api::RowPlace& row : group.rows)
      addRow(head, row.row, fromStd(row.place), fromStd(row.text));
    head->setExpanded(m_list->topLevelItemCount() <= 8);
  }
}

void QualityView::showLeakage(const api::LeakageReport& report) {
  const int64_t seen = report.exactRows + report.nearRows;
  const QString all = format::grouped(report.validationRows);
  if (report.validationRows == 0) {
    newList({});
    return m_leakage->setStatus(tr("There are no validation rows to compare with."), TextRole::Warn);
  }
  m_leakage->setStatus(seen == 0 ? tr("None of %1 validation rows stands in the training data.").arg(all)
                                 : tr("%1 of %2 validation rows stand in the training data, %3 more nearly do.").arg(format::grouped(report.exactRows), all, format::grouped(report.nearRows)),
                       seen == 0 ? TextRole::Good : TextRole::Warn);
  newList(seen == 0 ? QString() : tr("Validation rows that training has seen: click a training row to see it"));
  const bool split = report.between == "split"; // both are rows of this dataset
  for (const api::LeakagePair& pair : report.pairs) {
    auto* head = addRow(nullptr, split ? pair.validation.row : -1, fromStd(pair.validation.place), fromStd(pair.validation.text));
    addRow(head, pair.train.row, pair.exact ? tr("equal to %1").arg(fromStd(pair.train.place)) : tr("%1 like %2").arg(format::percent(100 * pair.similarity), fromStd(pair.train.place)), fromStd(pair.train.text));
    head->setExpanded(m_list->topLevelItemCount() <= 20);
  }
}

void QualityView::showCopy(const api::CleanedCopy& copy) {
  m_copy->setStatus(tr("%1 rows are in %2; %3 were left out.").arg(format::grouped(copy.written), fromStd(copy.path), format::grouped(copy.removed)), TextRole::Good);
}

void QualityView::retranslate() {
  m_bad->setTexts(tr("Unreadable rows"), tr("Check"), tr("Read every row and list those that cannot be read"));
  m_duplicates->setTexts(tr("Duplicates"), tr("Check"), tr("Compare every row with every other"));
  m_leakage->setTexts(tr("Leakage"), tr("Check"), tr("Look for validation rows that training has seen"));
  m_copy->setTexts(tr("Cleaned copy"), tr("Save…"), tr("Write a copy without duplicates; the file itself stays as it is"));
  for (auto [line, what] : {std::pair(m_bad, tr("Check for unreadable rows")), std::pair(m_duplicates, tr("Check for duplicates")), std::pair(m_leakage, tr("Check for leakage")), std::pair(m_copy, tr("Save a cleaned copy"))})
    line->button()->setAccessibleDescription(what);
  m_near->setText(tr("nearly equal too"));
  m_near->setToolTip(tr("Also rows that share at least 80 % of their word sequences"));
  m_validation->setPlaceholder(tr("validation file, or 5 % of the rows"));
  m_validation->setToolTip(tr("The file to compare with; without one, 5 % of these rows as a run would choose them"));
  named(m_validation->edit(), tr("Validation file"));
  m_list->setHeaderLabels({tr("Place"), tr("Row")});
  named(m_list, tr("What was found"));
}

void QualityView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
