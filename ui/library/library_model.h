// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractItemModel>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QTreeView>

#include <vector>

namespace lathe::ui {

/// The models as a tree: each below the one it was made from. A base that adapters name and nobody has stands there by its name alone.
class LibraryModel : public QAbstractItemModel {
  Q_OBJECT
public:
  enum Role { PathRole = Qt::UserRole + 1, DetailRole, StateRole, ToneRole, SearchRole };
  using QAbstractItemModel::QAbstractItemModel;

  void setModels(std::vector<api::ModelSummary> models);
  const std::vector<api::ModelSummary>& models() const { return m_models; }
  const api::ModelSummary* summary(const QModelIndex& index) const; // null for a base that is not here
  const api::ModelSummary* find(const QString& path) const;
  QModelIndex indexOf(const QString& path) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

private:
  struct Node {
    int model = -1; // index into m_models; −1: a base that is not here
    QString name;
    int parent = -1, row = 0;
    std::vector<int> children;
  };
  void build();
  int parentOf(const api::ModelSummary& model, int self);
  const std::vector<int>& childrenOf(const QModelIndex& parent) const;
  QVariant absentData(const Node& node, int role) const;
  std::vector<api::ModelSummary> m_models;
  std::vector<Node> m_nodes; // the models in their order, then bases that are not here
  std::vector<int> m_roots;
};

/// Rows in which every word occurs, with what is below and above them.
class LibraryFilter : public QSortFilterProxyModel {
  Q_OBJECT
public:
  explicit LibraryFilter(QObject* parent = nullptr);
  void setWords(const QString& text);

protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
  QStringList m_words;
};

/// A tree whose selection ends where the row's own box begins.
class LibraryTree : public QTreeView {
  Q_OBJECT
public:
  using QTreeView::QTreeView;

protected:
  void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
};

/// Name and state, below them what it is.
class LibraryDelegate : public QStyledItemDelegate {
  Q_OBJECT
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace lathe::ui
