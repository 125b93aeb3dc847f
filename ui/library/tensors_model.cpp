// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/tensors_model.h"

#include "ui/library/library_texts.h"
#include "ui/models/format.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lathe::ui {

void TensorsModel::clear() {
  beginResetModel();
  m_rows.clear();
  m_statistics.clear();
  endResetModel();
}

void TensorsModel::append(std::vector<api::TensorRow> rows) {
  if (rows.empty())
    return;
  const int first = static_cast<int>(m_rows.size());
  beginInsertRows({}, first, first + static_cast<int>(rows.size()) - 1);
  m_rows.insert(m_rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  endInsertRows();
}

void TensorsModel::setStatistics(const api::TensorStatistics& statistics) {
  m_statistics.insert(fromStd(statistics.name), statistics);
  if (const int row = rowOf(fromStd(statistics.name)); row >= 0)
    Q_EMIT dataChanged(index(row, Min), index(row, Deviation));
}

const api::TensorStatistics* TensorsModel::statistics(const QString& tensor) const {
  const auto found = m_statistics.constFind(tensor);
  return found == m_statistics.constEnd() ? nullptr : &*found;
}

const api::TensorRow* TensorsModel::row(int row) const { return row < 0 || row >= static_cast<int>(m_rows.size()) ? nullptr : &m_rows[static_cast<size_t>(row)]; }

int TensorsModel::rowOf(const QString& tensor) const {
  const std::string wanted = tensor.toStdString();
  const auto found = std::find_if(m_rows.begin(), m_rows.end(), [&](const auto& row) { return row.name == wanted; });
  return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int TensorsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int TensorsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

double TensorsModel::measured(const api::TensorRow& row, int column) const {
  const api::TensorStatistics* known = m_statistics.isEmpty() ? nullptr : statistics(fromStd(row.name));
  if (!known)
    return api::kNaN;
  return column == Min ? known->min : column == Max ? known->max : known->deviation;
}

QVariant TensorsModel::sortValue(const api::TensorRow& row, size_t at, int column) const {
  switch (column) {
  case Name: return static_cast<qlonglong>(at); // the engine's order: layers.2 before layers.10
  case Shape: {
    double values = 1;
    for (const int64_t size : row.shape)
      values *= static_cast<double>(size);
    return values;
  }
  case Type: return fromStd(row.type);
  case Bytes: return static_cast<qlonglong>(row.bytes);
  default: {
    const double value = measured(row, column);
    return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
  }
  }
}

QVariant TensorsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const auto at = static_cast<size_t>(index.row());
  const api::TensorRow& row = m_rows[at];
  switch (role) {
  case Qt::DisplayRole:
    switch (index.column()) {
    case Name: return fromStd(row.name);
    case Shape: return librarytext::shape(row.shape);
    case Type: return fromStd(row.type);
    case Bytes: return format::bytes(static_cast<double>(row.bytes));
    default: {
      const double value = measured(row, index.column());
      return std::isnan(value) ? QVariant(QString()) : QVariant(librarytext::value(value));
    }
    }
  case SortRole: return sortValue(row, at, index.column());
  case Qt::ToolTipRole: return index.column() == Name ? QVariant(fromStd(row.name)) : QVariant();
  case Qt::TextAlignmentRole: return QVariant(index.column() >= Bytes ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
  default: return {};
  }
}

QVariant TensorsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal)
    return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant(section >= Bytes ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole)
    return {};
  switch (section) {
  case Name: return tr("Tensor");
  case Shape: return tr("Shape");
  case Type: return tr("Type");
  case Bytes: return tr("Size");
  case Min: return tr("Min");
  case Max: return tr("Max");
  case Deviation: return QStringLiteral("σ");
  default: return {};
  }
}

} // namespace lathe::ui
