// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_delegate.h"

#include "ui/models/runs_model.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/stacked_bar.h"

#include <QApplication>
#include <QPainter>

namespace lathe::ui {

void RunsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  if (index.column() != RunsModel::Curve && index.column() != RunsModel::State)
    return QStyledItemDelegate::paint(painter, option, index);
  QStyleOptionViewItem ground(option);
  initStyleOption(&ground, index);
  ground.text.clear();
  QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRect inside = option.rect.adjusted(space::k8, 0, -space::k8, 0);
  if (index.column() == RunsModel::Curve) {
    const auto values = index.data(RunsModel::SparkRole).value<QVector<double>>();
    Sparkline::paint(*painter, QRectF(inside.adjusted(0, 7, 0, -7)), values, Style::theme().series[0]);
  } else {
    const QString text = index.data(Qt::DisplayRole).toString();
    const QSize pill = Badge::sizeOf(text);
    const QRect place(inside.left(), inside.center().y() - pill.height() / 2 + 1, std::min(pill.width(), inside.width()), pill.height());
    Badge::paint(*painter, QRectF(place), text, runStateTone(static_cast<api::RunState>(index.data(RunsModel::StateRole).toInt())));
  }
  painter->restore();
}

} // namespace lathe::ui
