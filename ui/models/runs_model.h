// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractTableModel>
#include <QStringList>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lathe::ui {

/// The rows of the Runs page. Sort on SortRole, or with less(): numbers as numbers, the text otherwise. A run can be ticked (in the Name column)
/// to be compared. Made for 10,000 runs: everything is found by id in constant time, and what a sort or a filter looks at is made once per row.
class RunsModel : public QAbstractTableModel {
  Q_OBJECT
public:
  enum Column { Name, Model, Method, Data, Loss, EvalLoss, Curve, Speed, Memory, State, Tags, Started, Disk, ColumnCount };
  enum Role { SortRole = Qt::UserRole + 1, IdRole, SparkRole, StateRole, TagsRole };

  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override; // Qt::CheckStateRole of Name
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  /// Replaces everything; rows that stay keep their persistent indexes (unless they go in more than 64 pieces: then the model is reset).
  void setRuns(const std::vector<api::RunSummary>& runs);
  void keepOnly(const std::unordered_set<std::string>& ids);
  /// Inserts, changes or (when it is marked deleted) removes one.
  void update(const api::RunSummary& run);
  /// Inserts and changes many at once; removes none.
  void merge(const std::vector<api::RunSummary>& runs);
  void remove(const QString& id);
  const api::RunSummary* find(const QString& id) const;
  int rowOf(const QString& id) const; // −1 when absent
  const std::vector<api::RunSummary>& runs() const { return m_runs; }

  bool less(int row, int other, int column) const;
  /// Name, model, method, data, tags and id in small letters, for the filter.
  const QString& searchText(int row) const { return m_keys[static_cast<size_t>(row)].search; }

  /// Ids in the order in which they were ticked.
  const QStringList& ticked() const { return m_ticked; }
  void setTicked(const QString& id, bool on);
  void clearTicks();
  /// Every tag of any run, sorted.
  QStringList allTags() const;

Q_SIGNALS:
  void tickedChanged();

private:
  struct Keys {
    QString name, model, method, data, tags, search; // in small letters
  };
  static Keys keysOf(const api::RunSummary& run);
  QString text(const api::RunSummary& run, int column) const;
  static QVariant sortKey(const api::RunSummary& run, int column);
  static double number(const api::RunSummary& run, int column); // of the columns that are sorted as numbers
  static QString toolTip(const api::RunSummary& run, int column);
  void append(const std::vector<const api::RunSummary*>& runs);
  void replace(int row, const api::RunSummary& run);
  void changed(const std::vector<int>& rows);
  void eraseRows(int first, int last);
  void indexFrom(size_t row);
  void dropTicksWithoutRun();

  std::vector<api::RunSummary> m_runs;
  std::vector<Keys> m_keys; // at the same index
  std::unordered_map<std::string, int> m_rowOf;
  QStringList m_ticked;
};

} // namespace lathe::ui
