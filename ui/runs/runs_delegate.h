// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHeaderView>
#include <QStyledItemDelegate>

namespace lathe::ui {

/// Paints loss curve, state pill and tags of a run, everything else as text that is elided in the middle; eight pixels of air on both sides.
class RunsDelegate : public QStyledItemDelegate {
  Q_OBJECT
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override;

private:
  void paintTags(QPainter& painter, const QRect& rect, const QStringList& tags) const;
};

/// Column heads with air on both sides, so that a right-aligned one does not touch its neighbour; a picture stands before the text, which is elided in
/// the middle.
class RunsHeader : public QHeaderView {
  Q_OBJECT
public:
  explicit RunsHeader(QWidget* parent = nullptr, int air = 8);

protected:
  void paintSection(QPainter* painter, const QRect& rect, int section) const override;

private:
  int m_air; // px
};

} // namespace lathe::ui
