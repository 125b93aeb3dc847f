// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_delegate.h"

#include "ui/models/runs_model.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/stacked_bar.h"

#include <QApplication>
#include <QPainter>

namespace lathe::ui {

namespace {

constexpr int kAir = 8, kTagHeight = 20, kSortArrow = 12;

QRect insideOf(const QRect& rect) { return rect.adjusted(kAir, 0, -kAir, 0); }

} // namespace

void RunsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QStyleOptionViewItem item(option);
  initStyleOption(&item, index);
  QStyleOptionViewItem ground(item);
  ground.text.clear();
  ground.features &= ~QStyleOptionViewItem::HasCheckIndicator;
  QStyle* style = QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRect inside = insideOf(option.rect);
  switch (index.column()) {
  case RunsModel::Curve: {
    const auto values = index.data(RunsModel::SparkRole).value<QVector<double>>();
    Sparkline::paint(*painter, QRectF(inside.adjusted(0, 7, 0, -7)), values, Style::theme().series[0]);
    break;
  }
  case RunsModel::State: {
    const QSize pill = Badge::sizeOf(item.text);
    const QRect place(inside.left(), inside.center().y() - pill.height() / 2 + 1, std::min(pill.width(), inside.width()), pill.height());
    Badge::paint(*painter, QRectF(place), item.text, runStateTone(static_cast<api::RunState>(index.data(RunsModel::StateRole).toInt())));
    break;
  }
  case RunsModel::Tags:
    paintTags(*painter, inside, index.data(RunsModel::TagsRole).toStringList());
    break;
  case RunsModel::Name:
    item.rect = inside;
    item.textElideMode = Qt::ElideMiddle;
    item.state &= ~(QStyle::State_HasFocus | QStyle::State_Selected | QStyle::State_MouseOver); // the ground is painted
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, option.widget);
    break;
  default:
    painter->setFont(item.font);
    painter->setPen(item.palette.color(QPalette::Text));
    painter->drawText(inside, static_cast<int>(item.displayAlignment), item.fontMetrics.elidedText(item.text, Qt::ElideMiddle, inside.width()));
  }
  painter->restore();
}

void RunsDelegate::paintTags(QPainter& painter, const QRect& rect, const QStringList& tags) const {
  const Theme& t = Style::theme();
  painter.setFont(style::uiFont(size::kCaption));
  const QFontMetrics metrics = painter.fontMetrics();
  int x = rect.left();
  for (qsizetype i = 0; i < tags.size(); ++i) {
    const QString more = i + 1 < tags.size() ? QStringLiteral("+%1").arg(tags.size() - i - 1) : QString();
    const int room = rect.right() - x - (more.isEmpty() ? 0 : metrics.horizontalAdvance(more) + space::k4);
    const int wanted = metrics.horizontalAdvance(tags[i]) + 10;
    if (room < 26) { // not even three letters: say how many are left
      painter.setPen(t.muted);
      painter.drawText(QRect(x, rect.top(), rect.right() - x, rect.height()), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("+%1").arg(tags.size() - i));
      return;
    }
    const QRect box(x, rect.center().y() - kTagHeight / 2 + 1, std::min(wanted, room), kTagHeight);
    style::drawBox(painter, box, t.surface, t.borderStrong, size::kRadiusSmall);
    painter.setPen(t.text);
    painter.drawText(box.adjusted(5, 0, -4, 0), Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(tags[i], Qt::ElideMiddle, box.width() - 9));
    x = box.right() + 1 + space::k4;
  }
}

/// The tick is where paint() puts it.
bool RunsDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) {
  QStyleOptionViewItem item(option);
  if (index.column() == RunsModel::Name)
    item.rect = insideOf(option.rect);
  return QStyledItemDelegate::editorEvent(event, model, item, index);
}

RunsHeader::RunsHeader(QWidget* parent, int air) : QHeaderView(Qt::Horizontal, parent), m_air(air) {
  setSectionsClickable(true);
  setHighlightSections(false);
}

void RunsHeader::paintSection(QPainter* painter, const QRect& rect, int section) const {
  QStyleOptionHeader option;
  initStyleOption(&option);
  option.rect = rect;
  style()->drawControl(QStyle::CE_HeaderSection, &option, painter, this);
  const auto alignment = static_cast<Qt::Alignment>(model()->headerData(section, Qt::Horizontal, Qt::TextAlignmentRole).toInt());
  QRect place = rect.adjusted(m_air, 0, -m_air, 0);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (isSortIndicatorShown() && sortIndicatorSection() == section) {
    const bool up = sortIndicatorOrder() == Qt::AscendingOrder;
    const bool right = alignment & Qt::AlignRight;
    const QRectF box(right ? place.left() : place.right() - kSortArrow + 4, place.center().y() - 4, 9, 9);
    painter->drawPixmap(box.topLeft(), style::pixmap(up ? IconName::ChevronUp : IconName::ChevronDown, IconRole::Muted, 9, devicePixelRatioF()));
    place.adjust(right ? kSortArrow : 0, 0, right ? 0 : -kSortArrow, 0);
  }
  if (const auto picture = model()->headerData(section, Qt::Horizontal, Qt::DecorationRole).value<QPixmap>(); !picture.isNull()) {
    const QSizeF size = picture.deviceIndependentSize();
    painter->drawPixmap(QPointF(place.left(), place.center().y() - size.height() / 2 + 1), picture);
    place.setLeft(place.left() + static_cast<int>(size.width()) + space::k4);
  }
  painter->setFont(font());
  painter->setPen(Style::theme().muted);
  const QString text = model()->headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
  painter->drawText(place, static_cast<int>(alignment), fontMetrics().elidedText(text, Qt::ElideMiddle, place.width()));
  painter->restore();
}

} // namespace lathe::ui
