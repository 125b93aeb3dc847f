// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/rows_view.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/data/open_dataset.h"
#include "ui/data/row_view.h"
#include "ui/models/format.h"
#include "ui/widgets/number_field.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTableView>

namespace lathe::ui {

namespace {

constexpr int kDataRowHeight = 28, kNumberWidth = 64, kRowLaterMs = 40;

/// Unreadable rows carry a mark and the warning's colour.
class DataRowDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;

protected:
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    option->textElideMode = Qt::ElideRight;
    if (index.column() == RowsModel::Number)
      option->palette.setColor(QPalette::Text, Style::theme().muted);
    if (index.column() != RowsModel::Text || index.data(RowsModel::ProblemRole).toString().isEmpty())
      return;
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->icon = style::icon(IconName::Warning, IconRole::Warn);
    option->decorationSize = QSize(16, 16);
  }
};

} // namespace

RowsView::RowsView(Session& session, OpenDataset& dataset, QWidget* parent)
    : QWidget(parent), m_session(session), m_dataset(dataset), m_model([this](qint64 from, int limit, qint64 epoch) { fetch(from, limit, epoch); }), m_table(new QTableView),
      m_goLabel(new TextLabel({}, TextRole::Muted)), m_go(new NumberField), m_row(new RowView), m_split(new QSplitter(Qt::Horizontal)) {
  setObjectName(QStringLiteral("data_rows_view"));
  m_split->setObjectName(QStringLiteral("data_rows_split"));
  m_split->setChildrenCollapsible(false);
  m_split->addWidget(buildList());
  m_split->addWidget(m_row);
  m_row->setMinimumWidth(260);
  m_split->setStretchFactor(0, 2);
  m_split->setStretchFactor(1, 3);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(m_split);
  connectParts();
  retranslate();
}

QWidget* RowsView::buildList() {
  buildTable();
  m_go->setObjectName(QStringLiteral("data_go"));
  m_go->setFixedWidth(110);
  m_goLabel->setBuddy(m_go);
  auto* left = new QWidget;
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, space::k4, 0);
  column->setSpacing(space::k8);
  auto* line = new QHBoxLayout;
  line->setSpacing(space::k8);
  line->addWidget(m_goLabel);
  line->addWidget(m_go);
  line->addStretch();
  column->addLayout(line);
  column->addWidget(m_table, 1);
  left->setMinimumWidth(200);
  return left;
}

void RowsView::connectParts() {
  m_later.setSingleShot(true);
  m_later.setInterval(kRowLaterMs);
  connect(&m_later, &QTimer::timeout, this, [this] { askRow(0); });
  connect(m_go, &NumberField::edited, this, [this](double row) { showRow(static_cast<qint64>(row) - 1); });
  connect(m_row, &RowView::chipsRequested, this, &RowsView::askRow);
  connect(&m_dataset, &OpenDataset::reset, this, [this] {
    const QString path = fromStd(m_dataset.entry().path);
    m_wanted = path == m_path ? std::max(m_wanted, m_current) : -1; // the same row, read in another way
    m_path = path;
    m_current = -1;
    ++m_asked;
    m_model.reset(0);
    m_row->clear({});
  });
  connect(&m_dataset, &OpenDataset::opened, this, &RowsView::rowsKnown);
  connect(&m_dataset, &OpenDataset::grew, this, &RowsView::rowsKnown);
}

void RowsView::buildTable() {
  m_table->setObjectName(QStringLiteral("data_rows"));
  m_table->setModel(&m_model);
  m_table->setItemDelegate(new DataRowDelegate(m_table));
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setTabKeyNavigation(false);
  m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(kDataRowHeight);
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->horizontalHeader()->setSectionResizeMode(RowsModel::Number, QHeaderView::Fixed);
  m_table->setColumnWidth(RowsModel::Number, kNumberWidth);
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
    if (!index.isValid() || index.row() == m_current)
      return;
    m_current = index.row();
    m_go->setValue(static_cast<double>(m_current + 1));
    m_later.start();
  });
}

void RowsView::fetch(qint64 from, int limit, qint64 epoch) {
  m_session.client()->call<api::DataRowLines>(api::method::kDataRows, {{"spec", m_dataset.spec()}, {"from", from}, {"limit", limit}}, this, [this, from, epoch](Result<api::DataRowLines> answer) {
    if (answer)
      m_model.take(from, epoch, std::move(answer->rows));
    else
      m_model.fail(from, epoch);
  });
}

void RowsView::askRow(qint64 chipsFrom) {
  if (m_current < 0 || !m_dataset.detail() || !m_dataset.problem().isEmpty())
    return;
  const Json params = {{"spec", m_dataset.spec()}, {"row", m_current}, {"chips_from", chipsFrom}, {"chips", RowView::kChips}};
  m_session.client()->call<api::DataRowView>(api::method::kDataRow, params, this, [this, number = ++m_asked](const Result<api::DataRowView>& answer) {
    if (number != m_asked)
      return;
    if (answer)
      m_row->show(*answer);
    else if (answer.error().kind == ErrorKind::Cancelled) // another window asked for a row at the same moment
      m_later.start();
    else
      m_row->clear(fromStd(answer.error().message));
  });
}

void RowsView::rowsKnown() {
  const api::DatasetDetail& detail = *m_dataset.detail();
  if (m_current < 0)
    m_model.reset(detail.readableRows);
  else
    m_model.setRows(detail.readableRows);
  m_go->setRange(1, static_cast<double>(std::max<int64_t>(1, detail.readableRows)));
  m_go->setEnabled(detail.readableRows > 0);
  m_table->setColumnWidth(RowsModel::Number, std::max(kNumberWidth, fontMetrics().horizontalAdvance(format::grouped(detail.readableRows)) + 20));
  if (m_wanted >= 0 && m_wanted < detail.readableRows)
    showRow(std::exchange(m_wanted, -1));
  else if (m_current < 0 && detail.readableRows > 0)
    showRow(0);
}

void RowsView::showRow(qint64 row) {
  if (row < 0)
    return;
  if (row >= m_model.rowCount()) {
    m_wanted = row;
    return;
  }
  const QModelIndex index = m_model.index(static_cast<int>(row), 0);
  m_table->setCurrentIndex(index);
  m_table->scrollTo(index, QAbstractItemView::PositionAtCenter);
}

void RowsView::tokensChanged() {
  if (m_current >= 0)
    m_later.start();
}

void RowsView::retranslate() {
  m_goLabel->setText(tr("Go to row"));
  named(m_go, tr("Go to row"));
  m_go->setToolTip(tr("Type a number and press Enter"));
  named(m_table, tr("Rows"));
}

void RowsView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
