// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>

#include <vector>

namespace lathe::ui {

/// The datasets that are remembered or bundled.
class DatasetsModel : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { PathRole = Qt::UserRole + 1, DetailRole, TroubleRole };
  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  /// Keeps the rows of datasets that stay.
  void setDatasets(std::vector<api::DatasetSummary> datasets);
  void update(const api::DatasetSummary& dataset); // of the same path
  void remove(const QString& path);
  const api::DatasetSummary* find(const QString& path) const;
  int rowOf(const QString& path) const; // −1 when absent
  const std::vector<api::DatasetSummary>& datasets() const { return m_datasets; }

private:
  std::vector<api::DatasetSummary> m_datasets;
};

/// Datasets in whose name, path or kind every word occurs.
class DatasetsFilter : public QSortFilterProxyModel {
  Q_OBJECT
public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setWords(const QString& text);

protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
  QStringList m_words;
};

/// Name, and below it what it is; a mark where it is missing or cannot be read.
class DatasetsDelegate : public QStyledItemDelegate {
  Q_OBJECT
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace lathe::ui
