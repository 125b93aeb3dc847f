// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/model_values.h"

#include <QAbstractTableModel>
#include <QHash>

#include <vector>

namespace lathe::ui {

/// The tensors of one model; what was measured of them stands beside them.
class TensorsModel : public QAbstractTableModel {
  Q_OBJECT
public:
  enum Column { Name, Shape, Type, Bytes, Min, Max, Deviation, ColumnCount };
  enum Role { SortRole = Qt::UserRole + 1 }; // a number, or a text that sorts layers.2 before layers.10
  using QAbstractTableModel::QAbstractTableModel;

  void clear();
  void append(std::vector<api::TensorRow> rows);
  void setStatistics(const api::TensorStatistics& statistics);
  const api::TensorStatistics* statistics(const QString& tensor) const; // null: not measured
  const api::TensorRow* row(int row) const;
  int rowOf(const QString& tensor) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
  QVariant sortValue(const api::TensorRow& row, size_t at, int column) const;
  double measured(const api::TensorRow& row, int column) const; // NaN: not measured
  std::vector<api::TensorRow> m_rows;
  QHash<QString, api::TensorStatistics> m_statistics;
};

} // namespace lathe::ui
