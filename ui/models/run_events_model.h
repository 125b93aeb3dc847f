// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractListModel>

#include <vector>

namespace lathe::ui {

/// One event in the person's language where its data say enough, else in the engine's words.
QString eventText(const api::RunEvent& event);

/// What happened to a run, newest first.
class RunEventsModel : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { StepRole = Qt::UserRole + 1, TypeRole, WhenRole };
  using QAbstractListModel::QAbstractListModel;
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  void setEvents(const std::vector<api::RunEvent>& events); // oldest first

private:
  std::vector<api::RunEvent> m_events; // oldest first
};

} // namespace lathe::ui
