// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/loss_chips.h"

#include "ui/models/format.h"
#include "ui/style/color_maps.h"
#include "ui/style/style.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe::ui {

namespace {

constexpr int kChipHeight = 24, kChipGap = 3;
constexpr int kLaidOutAtOnce = 400;

class LossChipDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override {
    const QFontMetrics metrics(style::monoFont(12));
    return {metrics.horizontalAdvance(index.data().toString()) + 10 + kChipGap, kChipHeight + kChipGap};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme& t = Style::theme();
    const bool learned = index.data(LossTokenModel::LearnedRole).toBool();
    const bool selected = option.state & QStyle::State_Selected;
    const double share = learned ? std::clamp(index.data(LossTokenModel::LossRole).toDouble() / LossChipsView::kFullLoss, 0.0, 1.0) : 0;
    const QRect chip = option.rect.adjusted(0, 0, -kChipGap, -kChipGap);
    const QColor fill = learned ? style::sequentialColor(share, t) : t.raised;
    style::drawBox(*painter, chip, fill, selected ? t.accent : t.borderStrong, size::kRadiusSmall, learned || selected ? Qt::SolidLine : Qt::DashLine);
    const QColor ink = learned ? style::inkOn(fill) : t.muted;
    painter->setFont(style::monoFont(12));
    painter->setPen(ink);
    painter->drawText(chip.adjusted(0, 0, 0, -2), Qt::AlignCenter, index.data().toString());
    if (learned)
      painter->fillRect(QRectF(chip.left() + 3, chip.bottom() - 3, (chip.width() - 6) * share, 2), ink);
  }
};

} // namespace

void LossTokenModel::setRow(const api::BatchRow& row) {
  beginResetModel();
  m_row = row;
  endResetModel();
}

int LossTokenModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_row.ids.size()); }

QString LossTokenModel::shownText(int token) const {
  const auto at = static_cast<size_t>(token);
  QString text = at < m_row.texts.size() ? fromStd(m_row.texts[at]) : QStringLiteral("#%1").arg(m_row.ids[at]);
  text.replace(QLatin1Char('\n'), QChar(0x23CE)).replace(QLatin1Char('\t'), QChar(0x21E5));
  return text.isEmpty() ? QStringLiteral("∅") : text;
}

QVariant LossTokenModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const auto at = static_cast<size_t>(index.row());
  const double loss = at < m_row.losses.size() ? m_row.losses[at] : -1;
  switch (role) {
  case Qt::DisplayRole:
    return shownText(index.row());
  case Qt::ToolTipRole:
    return loss < 0 ? tr("id %1, only read").arg(m_row.ids[at])
                    : tr("loss %1, given a probability of %2 %; id %3").arg(lossText(loss), format::number(100 * std::exp(-loss), 3)).arg(m_row.ids[at]);
  case Qt::AccessibleTextRole:
    return loss < 0 ? tr("%1, only read").arg(shownText(index.row())) : tr("%1, loss %2").arg(shownText(index.row()), lossText(loss));
  case LossRole:
    return loss;
  case LearnedRole:
    return loss >= 0;
  default:
    return {};
  }
}

std::vector<int> LossTokenModel::strongest(int count) const {
  std::vector<int> order(m_row.losses.size());
  std::iota(order.begin(), order.end(), 0);
  const auto loss = [this](int token) { return m_row.losses[static_cast<size_t>(token)]; };
  std::erase_if(order, [&](int token) { return loss(token) < 0; });
  const auto end = order.begin() + std::min<ptrdiff_t>(count, static_cast<ptrdiff_t>(order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](int a, int b) { return loss(a) != loss(b) ? loss(a) > loss(b) : a < b; });
  order.erase(end, order.end());
  return order;
}

LossChipsView::LossChipsView(QWidget* parent) : QListView(parent), m_model(new LossTokenModel(this)) {
  setModel(m_model);
  setItemDelegate(new LossChipDelegate(this));
  setFlow(QListView::LeftToRight);
  setWrapping(true);
  setResizeMode(QListView::Adjust);
  setLayoutMode(QListView::Batched); // a row may have tens of thousands
  setBatchSize(kLaidOutAtOnce);
  setFrameShape(QFrame::NoFrame);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setAccessibleName(tr("Tokens with their losses"));
  viewport()->setAutoFillBackground(false);
  setTabKeyNavigation(false);
}

void LossChipsView::setRow(const api::BatchRow& row) {
  m_model->setRow(row);
  scrollToTop();
}

void LossChipsView::choose(int token) {
  const QModelIndex index = m_model->index(token);
  setCurrentIndex(index);
  scrollTo(index, QAbstractItemView::PositionAtCenter);
}

void LossChipsView::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy)) {
    QListView::keyPressEvent(event);
    return;
  }
  QModelIndexList chosen = selectedIndexes();
  std::sort(chosen.begin(), chosen.end());
  QString text;
  for (const QModelIndex& index : chosen)
    if (const auto at = static_cast<size_t>(index.row()); at < m_model->row().texts.size())
      text += fromStd(m_model->row().texts[at]);
  QApplication::clipboard()->setText(text);
}

void LossChipsView::changeEvent(QEvent* event) {
  QListView::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    setAccessibleName(tr("Tokens with their losses"));
}

} // namespace lathe::ui
