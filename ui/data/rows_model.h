// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QAbstractTableModel>
#include <QTimer>

#include <deque>
#include <functional>
#include <unordered_map>

namespace lathe::ui {

/// The rows of a dataset, however many: pages are asked for when they are looked at, the latest first.
class RowsModel : public QAbstractTableModel {
  Q_OBJECT
public:
  enum Column { Number, Text, ColumnCount };
  enum Role { ProblemRole = Qt::UserRole + 1 };
  static constexpr int kPage = 100;
  /// Asks for a page; the answer comes through take() or fail().
  using Fetch = std::function<void(qint64 from, int limit, qint64 epoch)>;

  explicit RowsModel(Fetch fetch, QObject* parent = nullptr);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  /// Another dataset, or the same one read in another way: nothing is known of it yet.
  void reset(qint64 rows);
  /// More rows of the same dataset can be read now.
  void setRows(qint64 rows);
  void take(qint64 from, qint64 epoch, std::vector<api::DataRowLine> rows);
  void fail(qint64 from, qint64 epoch);
  int pagesKept() const { return static_cast<int>(m_pages.size()); }

private:
  void want(qint64 page) const;
  void askNext();
  Fetch m_fetch;
  qint64 m_rows = 0, m_epoch = 0;
  std::unordered_map<qint64, std::vector<api::DataRowLine>> m_pages;
  std::deque<qint64> m_order;          // pages as they came, the oldest first
  mutable std::deque<qint64> m_wanted; // the latest first
  int m_asked = 0;                     // requests under way
  mutable QTimer m_timer;
};

} // namespace lathe::ui
