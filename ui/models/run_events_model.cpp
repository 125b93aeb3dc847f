// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_events_model.h"

#include "ui/models/format.h"

namespace lathe::ui {

int RunEventsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_events.size()); }

QVariant RunEventsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::RunEvent& event = m_events[m_events.size() - 1 - static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole: return tr("Step %1: %2").arg(format::grouped(event.step), fromStd(event.text));
  case Qt::ToolTipRole: return format::when(event.time) + QLatin1Char('\n') + fromStd(event.text);
  case StepRole: return static_cast<qint64>(event.step);
  case TypeRole: return fromStd(event.type);
  case WhenRole: return event.time;
  default: return {};
  }
}

void RunEventsModel::setEvents(const std::vector<api::RunEvent>& events) {
  const bool grown = events.size() >= m_events.size() &&
                     std::equal(m_events.begin(), m_events.end(), events.begin(), [](const auto& a, const auto& b) { return a.time == b.time && a.step == b.step && a.type == b.type; });
  if (grown && events.size() == m_events.size())
    return;
  if (grown) { // the usual case: views keep their place
    beginInsertRows({}, 0, static_cast<int>(events.size() - m_events.size()) - 1);
    m_events = events;
    endInsertRows();
    return;
  }
  beginResetModel();
  m_events = events;
  endResetModel();
}

} // namespace lathe::ui
