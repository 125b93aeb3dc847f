// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/chats_model.h"

#include "ui/models/format.h"

#include <algorithm>

namespace lathe::ui {

int ChatsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_chats.size()); }

QVariant ChatsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::ChatSummary& chat = m_chats[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole:
  case Qt::ToolTipRole: return chat.title.empty() ? tr("New conversation") : fromStd(chat.title);
  case IdRole: return static_cast<qint64>(chat.id);
  case DetailRole: return (chat.panes == 1 ? tr("1 pane") : tr("%1 panes").arg(chat.panes)) + QStringLiteral(" · ") + format::when(chat.updated);
  default: return {};
  }
}

void ChatsModel::setChats(std::vector<api::ChatSummary> chats) {
  std::erase_if(chats, [](const auto& chat) { return chat.deleted; });
  std::stable_sort(chats.begin(), chats.end(), [](const auto& a, const auto& b) { return a.updated > b.updated; });
  const bool sameOrder = chats.size() == m_chats.size() &&
                         std::equal(chats.begin(), chats.end(), m_chats.begin(), [](const auto& a, const auto& b) { return a.id == b.id; });
  if (sameOrder) { // keep selection and scroll position of the views
    m_chats = std::move(chats);
    if (!m_chats.empty())
      Q_EMIT dataChanged(index(0), index(rowCount() - 1));
    return;
  }
  beginResetModel();
  m_chats = std::move(chats);
  endResetModel();
}

void ChatsModel::remove(qint64 id) {
  const int row = rowOf(id);
  if (row < 0)
    return;
  beginRemoveRows({}, row, row);
  m_chats.erase(m_chats.begin() + row);
  endRemoveRows();
}

int ChatHitsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_hits.size()); }

QVariant ChatHitsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::ChatHit& hit = m_hits[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole:
  case Qt::ToolTipRole: return fromStd(hit.excerpt);
  case ChatsModel::DetailRole:
    return (hit.role == "user" ? tr("You") : tr("Reply")) + QStringLiteral(" · ") + (hit.title.empty() ? tr("New conversation") : fromStd(hit.title));
  default: return {};
  }
}

void ChatHitsModel::setHits(std::vector<api::ChatHit> hits) {
  beginResetModel();
  m_hits = std::move(hits);
  endResetModel();
}

int ChatsModel::rowOf(qint64 id) const {
  const auto found = std::find_if(m_chats.begin(), m_chats.end(), [&](const auto& chat) { return chat.id == id; });
  return found == m_chats.end() ? -1 : static_cast<int>(found - m_chats.begin());
}

} // namespace lathe::ui
