// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractTableModel>

#include <vector>

namespace lathe::ui {

/// The rows of the Runs page. Sort on SortRole: numbers as numbers, the text otherwise.
class RunsModel : public QAbstractTableModel {
  Q_OBJECT
public:
  enum Column { Name, Model, Method, Data, Loss, EvalLoss, Curve, Speed, Memory, State, Started, ColumnCount };
  enum Role { SortRole = Qt::UserRole + 1, IdRole, SparkRole, StateRole };

  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  /// Replaces everything; rows that stay keep their persistent indexes.
  void setRuns(std::vector<api::RunSummary> runs);
  /// Inserts, changes or (when it is marked deleted) removes one.
  void update(const api::RunSummary& run);
  void remove(const QString& id);
  const api::RunSummary* find(const QString& id) const;
  int rowOf(const QString& id) const; // −1 when absent
  const std::vector<api::RunSummary>& runs() const { return m_runs; }

private:
  QString text(const api::RunSummary& run, int column) const;
  static QVariant sortKey(const api::RunSummary& run, int column);
  static QString toolTip(const api::RunSummary& run, int column);
  std::vector<api::RunSummary> m_runs;
};

} // namespace lathe::ui
