// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_filter.h"

#include "ui/models/format.h"
#include "ui/models/runs_model.h"
#include "ui/widgets/banner.h"

#include <algorithm>

namespace lathe::ui {

namespace {

bool isInGroup(api::RunState state, RunsFilter::States group) {
  switch (group) {
  case RunsFilter::States::All: return true;
  case RunsFilter::States::Working: return !api::isEnded(state);
  case RunsFilter::States::Finished: return state == api::RunState::Finished;
  case RunsFilter::States::Ended: return api::isEnded(state) && state != api::RunState::Finished;
  }
  return true;
}

} // namespace

const RunsModel& RunsFilter::runs() const { return *static_cast<const RunsModel*>(sourceModel()); }

void RunsFilter::setWords(const QString& text) {
  const QStringList words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  if (words == m_words)
    return;
  m_words = words;
  m_stateNames.clear();
  for (size_t i = 0; i < api::EnumNames<api::RunState>::names.size(); ++i)
    m_stateNames << runStateName(static_cast<api::RunState>(i)).toLower();
  filterAgain();
}

void RunsFilter::setTags(const QStringList& tags) {
  if (tags == m_tags)
    return;
  m_tags = tags;
  filterAgain();
}

void RunsFilter::setStates(States states) {
  if (states == m_states)
    return;
  m_states = states;
  filterAgain();
}

/// Not invalidateFilter(): that tells every gap by itself, and among 10,000 runs there can be thousands.
void RunsFilter::filterAgain() { invalidate(); }

bool RunsFilter::filterAcceptsRow(int row, const QModelIndex&) const {
  const api::RunSummary& run = runs().runs()[static_cast<size_t>(row)];
  if (!isInGroup(run.state, m_states))
    return false;
  for (const QString& tag : m_tags)
    if (std::find(run.tags.begin(), run.tags.end(), tag.toStdString()) == run.tags.end())
      return false;
  const QString& text = runs().searchText(row);
  return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) { return text.contains(word) || m_stateNames.value(static_cast<int>(run.state)).contains(word); });
}

bool RunsFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const { return runs().less(left.row(), right.row(), left.column()); }

} // namespace lathe::ui
