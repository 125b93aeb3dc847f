// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/datasets_model.h"

#include "ui/data/data_texts.h"
#include "ui/models/format.h"
#include "ui/style/icons.h"
#include "ui/style/style.h"

#include <QPainter>

namespace lathe::ui {

namespace {

constexpr int kDatasetHeight = 46, kDatasetIcon = 16;

} // namespace

int DatasetsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_datasets.size()); }

QVariant DatasetsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::DatasetSummary& one = m_datasets[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole: return fromStd(one.name);
  case Qt::ToolTipRole: return fromStd(one.problem.empty() ? one.path : one.problem);
  case Qt::AccessibleTextRole: return fromStd(one.name) + QStringLiteral(", ") + datatext::detail(one);
  case PathRole: return fromStd(one.path);
  case DetailRole: return datatext::detail(one);
  case TroubleRole: return !one.problem.empty();
  default: return {};
  }
}

void DatasetsModel::setDatasets(std::vector<api::DatasetSummary> datasets) {
  const auto same = [](const auto& a, const auto& b) { return a.path == b.path; };
  if (std::equal(datasets.begin(), datasets.end(), m_datasets.begin(), m_datasets.end(), same)) {
    m_datasets = std::move(datasets);
    if (!m_datasets.empty())
      Q_EMIT dataChanged(index(0), index(static_cast<int>(m_datasets.size()) - 1));
    return;
  }
  beginResetModel();
  m_datasets = std::move(datasets);
  endResetModel();
}

void DatasetsModel::update(const api::DatasetSummary& dataset) {
  const int row = rowOf(fromStd(dataset.path));
  if (row < 0)
    return;
  auto& mine = m_datasets[static_cast<size_t>(row)];
  const bool bundled = mine.bundled;
  mine = dataset;
  mine.bundled = bundled;
  Q_EMIT dataChanged(index(row), index(row));
}

void DatasetsModel::remove(const QString& path) {
  const int row = rowOf(path);
  if (row < 0)
    return;
  beginRemoveRows({}, row, row);
  m_datasets.erase(m_datasets.begin() + row);
  endRemoveRows();
}

const api::DatasetSummary* DatasetsModel::find(const QString& path) const {
  const int row = rowOf(path);
  return row < 0 ? nullptr : &m_datasets[static_cast<size_t>(row)];
}

int DatasetsModel::rowOf(const QString& path) const {
  const auto found = std::find_if(m_datasets.begin(), m_datasets.end(), [&, text = path.toStdString()](const auto& one) { return one.path == text; });
  return found == m_datasets.end() ? -1 : static_cast<int>(found - m_datasets.begin());
}

void DatasetsFilter::setWords(const QString& text) {
  m_words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

bool DatasetsFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QModelIndex index = sourceModel()->index(row, 0, parent);
  const QString text = (index.data(DatasetsModel::PathRole).toString() + QLatin1Char(' ') + index.data(DatasetsModel::DetailRole).toString()).toLower();
  return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) { return text.contains(word); });
}

QSize DatasetsDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const { return {100, kDatasetHeight}; }

void DatasetsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Theme& theme = Style::theme();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (option.state & QStyle::State_Selected)
    style::drawBox(*painter, QRectF(option.rect.adjusted(0, 1, 0, -1)), theme.accentSoft, option.state & QStyle::State_HasFocus ? theme.accent : theme.accentSoft);
  else if (option.state & QStyle::State_MouseOver)
    style::drawBox(*painter, QRectF(option.rect.adjusted(0, 1, 0, -1)), theme.hover, theme.hover);
  QRect inside = option.rect.adjusted(space::k12, 6, -space::k8, -6);
  if (index.data(DatasetsModel::TroubleRole).toBool()) {
    const double ratio = painter->device()->devicePixelRatioF();
    painter->drawPixmap(inside.right() - kDatasetIcon, inside.center().y() - kDatasetIcon / 2, style::pixmap(IconName::Warning, IconRole::Warn, kDatasetIcon, ratio));
    inside.setRight(inside.right() - kDatasetIcon - space::k8);
  }
  const QFont title = style::uiFont();
  painter->setFont(title);
  painter->setPen(theme.text);
  painter->drawText(inside, Qt::AlignLeft | Qt::AlignTop, QFontMetrics(title).elidedText(index.data().toString(), Qt::ElideMiddle, inside.width()));
  const QFont detail = style::uiFont(size::kCaption);
  painter->setFont(detail);
  painter->setPen(theme.muted);
  painter->drawText(inside, Qt::AlignLeft | Qt::AlignBottom, QFontMetrics(detail).elidedText(index.data(DatasetsModel::DetailRole).toString(), Qt::ElideRight, inside.width()));
  painter->restore();
}

} // namespace lathe::ui
