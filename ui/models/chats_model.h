// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractListModel>

#include <vector>

namespace lathe::ui {

/// The conversations, the one changed last first.
class ChatsModel : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { IdRole = Qt::UserRole + 1, DetailRole };

  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  void setChats(std::vector<api::ChatSummary> chats);
  void remove(qint64 id);
  int rowOf(qint64 id) const; // −1 when absent
  const std::vector<api::ChatSummary>& chats() const { return m_chats; }

private:
  std::vector<api::ChatSummary> m_chats;
};

/// Messages that hold what was searched for, the newest first.
class ChatHitsModel : public QAbstractListModel {
  Q_OBJECT
public:
  using QAbstractListModel::QAbstractListModel;
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override; // DisplayRole: the line; ChatsModel::DetailRole: who and where
  void setHits(std::vector<api::ChatHit> hits);
  const api::ChatHit& hit(int row) const { return m_hits[static_cast<size_t>(row)]; }

private:
  std::vector<api::ChatHit> m_hits;
};

} // namespace lathe::ui
