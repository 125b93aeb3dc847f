// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

namespace lathe::ui {

class RunsModel;

/// The runs that the person wants to see: every word is in the name, model, method, data, tags, id or state; all ticked tags are there; the state
/// belongs to the chosen group. Sorts as RunsModel::less() says.
class RunsFilter : public QSortFilterProxyModel {
  Q_OBJECT
public:
  enum class States { All, Working, Finished, Ended }; // Ended: stopped, failed or interrupted

  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setWords(const QString& text);
  void setTags(const QStringList& tags);
  const QStringList& tags() const { return m_tags; }
  void setStates(States states);
  bool isFiltering() const { return !m_words.isEmpty() || !m_tags.isEmpty() || m_states != States::All; }

protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
  const RunsModel& runs() const;
  void filterAgain();
  QStringList m_words, m_tags, m_stateNames; // in small letters
  States m_states = States::All;
};

} // namespace lathe::ui
