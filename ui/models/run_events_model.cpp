// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_events_model.h"

#include "ui/models/format.h"
#include "ui/widgets/banner.h"

#include <cmath>

namespace lathe::ui {

QString eventText(const api::RunEvent& event) {
  const Json empty = Json::object();
  const Json& data = event.data.is_object() ? event.data : empty;
  if (const auto state = api::enumFromName<api::RunState>(stringOr(data, "state", "")); event.type == "state" && state && event.text == api::enumName(*state))
    return runStateName(*state);
  if (event.type == "saved" && boolOr(data, "result", false))
    return RunEventsModel::tr("The result is saved.");
  if (event.type == "saved" && !stringOr(data, "path", "").empty())
    return RunEventsModel::tr("Checkpoint saved.");
  if (const double loss = doubleOr(data, "eval_loss", api::kNaN); event.type == "evaluated" && !std::isnan(loss))
    return RunEventsModel::tr("Validation loss %1.").arg(lossText(loss));
  if (event.type == "resumed" && event.step > 0)
    return RunEventsModel::tr("Resumed from its checkpoint.");
  if (event.type == "skipped")
    return RunEventsModel::tr("Skipped: its gradient was not finite.");
  return fromStd(event.text);
}

int RunEventsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_events.size()); }

QVariant RunEventsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::RunEvent& event = m_events[m_events.size() - 1 - static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole: return event.step > 0 ? tr("Step %1: %2").arg(format::grouped(event.step), eventText(event)) : eventText(event);
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
