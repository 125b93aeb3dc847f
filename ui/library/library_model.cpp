// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/library_model.h"

#include "ui/library/library_texts.h"
#include "ui/models/format.h"
#include "ui/style/style.h"

#include <QPainter>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kModelRowHeight = 46;

} // namespace

void LibraryModel::setModels(std::vector<api::ModelSummary> models) {
  beginResetModel();
  m_models = std::move(models);
  build();
  endResetModel();
}

void LibraryModel::build() {
  m_nodes.assign(m_models.size(), {});
  m_roots.clear();
  for (size_t i = 0; i < m_models.size(); ++i)
    m_nodes[i].model = static_cast<int>(i);
  for (size_t i = 0; i < m_models.size(); ++i) {
    const int above = parentOf(m_models[i], static_cast<int>(i));
    m_nodes[i].parent = above;
  }
  for (int i = 0; i < static_cast<int>(m_nodes.size()); ++i) {
    auto& siblings = m_nodes[static_cast<size_t>(i)].parent < 0 ? m_roots : m_nodes[static_cast<size_t>(m_nodes[static_cast<size_t>(i)].parent)].children;
    m_nodes[static_cast<size_t>(i)].row = static_cast<int>(siblings.size());
    siblings.push_back(i);
  }
}

/// −1 for the top. Two models that claim to be made from each other stand side by side.
int LibraryModel::parentOf(const api::ModelSummary& model, int self) {
  if (model.base.empty())
    return -1;
  for (size_t i = 0; i < m_models.size(); ++i) {
    if (m_models[i].path != model.base || static_cast<int>(i) == self)
      continue;
    for (int up = static_cast<int>(i); up >= 0; up = m_nodes[static_cast<size_t>(up)].parent)
      if (up == self)
        return -1;
    return static_cast<int>(i);
  }
  if (model.kind != "adapter")
    return -1;
  const QString name = fromStd(model.base);
  for (size_t i = m_models.size(); i < m_nodes.size(); ++i)
    if (m_nodes[i].name == name)
      return static_cast<int>(i);
  Node absent;
  absent.name = name;
  m_nodes.push_back(absent);
  return static_cast<int>(m_nodes.size()) - 1;
}

const std::vector<int>& LibraryModel::childrenOf(const QModelIndex& parent) const {
  return parent.isValid() ? m_nodes[static_cast<size_t>(parent.internalId())].children : m_roots;
}

QModelIndex LibraryModel::index(int row, int column, const QModelIndex& parent) const {
  const auto& children = childrenOf(parent);
  if (column != 0 || row < 0 || row >= static_cast<int>(children.size()))
    return {};
  return createIndex(row, column, static_cast<quintptr>(children[static_cast<size_t>(row)]));
}

QModelIndex LibraryModel::parent(const QModelIndex& child) const {
  if (!child.isValid())
    return {};
  const int above = m_nodes[static_cast<size_t>(child.internalId())].parent;
  return above < 0 ? QModelIndex() : createIndex(m_nodes[static_cast<size_t>(above)].row, 0, static_cast<quintptr>(above));
}

int LibraryModel::rowCount(const QModelIndex& parent) const { return parent.column() > 0 ? 0 : static_cast<int>(childrenOf(parent).size()); }

int LibraryModel::columnCount(const QModelIndex&) const { return 1; }

const api::ModelSummary* LibraryModel::summary(const QModelIndex& index) const {
  if (!index.isValid())
    return nullptr;
  const int model = m_nodes[static_cast<size_t>(index.internalId())].model;
  return model < 0 ? nullptr : &m_models[static_cast<size_t>(model)];
}

const api::ModelSummary* LibraryModel::find(const QString& path) const {
  const std::string wanted = path.toStdString();
  const auto found = std::find_if(m_models.begin(), m_models.end(), [&](const auto& model) { return model.path == wanted; });
  return found == m_models.end() ? nullptr : &*found;
}

QModelIndex LibraryModel::indexOf(const QString& path) const {
  const api::ModelSummary* model = find(path);
  if (!model)
    return {};
  const auto node = static_cast<size_t>(model - m_models.data());
  return createIndex(m_nodes[node].row, 0, static_cast<quintptr>(node));
}

QVariant LibraryModel::absentData(const Node& node, int role) const {
  switch (role) {
  case Qt::DisplayRole: return node.name;
  case DetailRole: return tr("base of the adapters below");
  case StateRole: return tr("not here");
  case ToneRole: return static_cast<int>(Tone::Warn);
  case SearchRole: return node.name;
  case Qt::ToolTipRole: return tr("%1 is named by adapters, and no model of the list is it. Add its folder.").arg(node.name);
  case Qt::AccessibleTextRole: return tr("%1, base of the adapters below, not here").arg(node.name);
  default: return {};
  }
}

QVariant LibraryModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::ModelSummary* model = summary(index);
  if (!model)
    return absentData(m_nodes[static_cast<size_t>(index.internalId())], role);
  switch (role) {
  case Qt::DisplayRole: return fromStd(model->name);
  case Qt::ToolTipRole: return QStringLiteral("%1\n%2").arg(fromStd(model->name), fromStd(model->path));
  case PathRole: return fromStd(model->path);
  case DetailRole: return librarytext::detail(*model);
  case StateRole: return librarytext::state(*model);
  case ToneRole: return static_cast<int>(librarytext::stateTone(*model));
  case SearchRole: return QStringList{fromStd(model->name), fromStd(model->path), fromStd(model->architecture), librarytext::detail(*model), librarytext::state(*model)}.join(QLatin1Char(' '));
  case Qt::AccessibleTextRole: return QStringLiteral("%1, %2, %3").arg(fromStd(model->name), librarytext::detail(*model), librarytext::state(*model));
  default: return {};
  }
}

LibraryFilter::LibraryFilter(QObject* parent) : QSortFilterProxyModel(parent) {
  setRecursiveFilteringEnabled(true);
  setAutoAcceptChildRows(true);
}

void LibraryFilter::setWords(const QString& text) {
  m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

bool LibraryFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QString all = sourceModel()->index(row, 0, parent).data(LibraryModel::SearchRole).toString();
  return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

void LibraryTree::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const {
  painter->fillRect(rect, palette().base());
  QTreeView::drawBranches(painter, rect, index);
}

QSize LibraryDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const { return {100, kModelRowHeight}; }

void LibraryDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Theme& theme = Style::theme();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRectF box(option.rect.adjusted(0, 1, 0, -1));
  if (option.state & QStyle::State_Selected)
    style::drawBox(*painter, box, theme.accentSoft, option.state & QStyle::State_HasFocus ? theme.accent : theme.accentSoft);
  else if (option.state & QStyle::State_MouseOver)
    style::drawBox(*painter, box, theme.hover, theme.hover);
  const QRect inside = option.rect.adjusted(space::k8, 6, -space::k8, -6);
  const QString state = index.data(LibraryModel::StateRole).toString();
  const QSize pill = Badge::sizeOf(state);
  const QRectF pillRect(inside.right() - pill.width() + 1, inside.center().y() - pill.height() / 2.0, pill.width(), pill.height());
  Badge::paint(*painter, pillRect, state, static_cast<Tone>(index.data(LibraryModel::ToneRole).toInt()));
  const int width = inside.width() - pill.width() - space::k8;
  const QRect text(inside.left(), inside.top(), width, inside.height());
  painter->setFont(style::uiFont());
  painter->setPen(theme.text);
  painter->drawText(text, Qt::AlignLeft | Qt::AlignTop, painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, width));
  painter->setFont(style::uiFont(size::kCaption));
  painter->setPen(theme.muted);
  painter->drawText(text, Qt::AlignLeft | Qt::AlignBottom, painter->fontMetrics().elidedText(index.data(LibraryModel::DetailRole).toString(), Qt::ElideRight, width));
  painter->restore();
}

} // namespace lathe::ui
