// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/rows_model.h"

#include "ui/models/format.h"

#include <algorithm>
#include <limits>

namespace lathe::ui {

namespace {

constexpr size_t kPagesKept = 300, kMostWanted = 8;
constexpr int kMostAsked = 2;

/// A table's height in pixels is an int.
int rowsShown(qint64 rows) { return static_cast<int>(std::min<qint64>(rows, std::numeric_limits<int>::max() / 64)); }

} // namespace

RowsModel::RowsModel(Fetch fetch, QObject* parent) : QAbstractTableModel(parent), m_fetch(std::move(fetch)) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(0);
  connect(&m_timer, &QTimer::timeout, this, &RowsModel::askNext);
}

int RowsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : rowsShown(m_rows);
}

QVariant RowsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  if (index.column() == Number && role == Qt::DisplayRole)
    return format::grouped(index.row() + 1);
  if (role == Qt::TextAlignmentRole)
    return index.column() == Number ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != ProblemRole)
    return {};
  const qint64 page = index.row() / kPage;
  const auto found = m_pages.find(page);
  if (found == m_pages.end()) {
    want(page);
    return role == Qt::DisplayRole ? QVariant(QStringLiteral("…")) : QVariant();
  }
  const auto at = static_cast<size_t>(index.row() % kPage);
  if (at >= found->second.size())
    return role == Qt::DisplayRole ? QVariant(QStringLiteral("…")) : QVariant();
  const api::DataRowLine& line = found->second[at];
  if (role == ProblemRole)
    return fromStd(line.problem);
  return fromStd(line.problem.empty() ? line.text : line.problem);
}

QVariant RowsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal && role == Qt::DisplayRole)
    return section == Number ? tr("Row") : tr("Begins with");
  if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole)
    return section == Number ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  return {};
}

void RowsModel::reset(qint64 rows) {
  beginResetModel();
  ++m_epoch;
  m_rows = rows;
  m_pages.clear();
  m_order.clear();
  m_wanted.clear();
  m_asked = 0;
  endResetModel();
}

void RowsModel::setRows(qint64 rows) {
  if (rows <= m_rows)
    return rows < m_rows ? reset(rows) : void();
  const qint64 last = m_rows / kPage; // perhaps known in part
  const int before = rowCount(), after = rowsShown(rows);
  if (after == before)
    return;
  beginInsertRows({}, before, after - 1);
  m_rows = rows;
  if (m_pages.erase(last) > 0)
    m_order.erase(std::remove(m_order.begin(), m_order.end(), last), m_order.end());
  endInsertRows();
}

void RowsModel::want(qint64 page) const {
  const auto known = std::find(m_wanted.begin(), m_wanted.end(), page);
  if (known != m_wanted.end())
    return;
  m_wanted.push_front(page);
  if (m_wanted.size() > kMostWanted) // scrolled past
    m_wanted.pop_back();
  if (!m_timer.isActive())
    m_timer.start();
}

void RowsModel::askNext() {
  while (m_asked < kMostAsked && !m_wanted.empty()) {
    const qint64 page = m_wanted.front();
    m_wanted.pop_front();
    if (m_pages.contains(page))
      continue;
    m_pages.emplace(page, std::vector<api::DataRowLine>()); // asked for; empty until it comes
    m_order.push_back(page);
    ++m_asked;
    m_fetch(page * kPage, kPage, m_epoch);
  }
}

void RowsModel::take(qint64 from, qint64 epoch, std::vector<api::DataRowLine> rows) {
  if (epoch != m_epoch)
    return;
  --m_asked;
  const qint64 page = from / kPage;
  const int first = static_cast<int>(from), last = std::min(rowCount(), first + kPage) - 1;
  m_pages[page] = std::move(rows);
  while (m_order.size() > kPagesKept) {
    m_pages.erase(m_order.front());
    m_order.pop_front();
  }
  if (last >= first)
    Q_EMIT dataChanged(index(first, Text), index(last, Text));
  if (!m_wanted.empty())
    askNext();
}

void RowsModel::fail(qint64 from, qint64 epoch) {
  if (epoch != m_epoch)
    return;
  --m_asked;
  const qint64 page = from / kPage;
  m_pages.erase(page);
  m_order.erase(std::remove(m_order.begin(), m_order.end(), page), m_order.end());
}

} // namespace lathe::ui
