// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"

#include <QAbstractListModel>

#include <vector>

namespace lathe::ui {

/// The commands that fit the words typed so far, best first: those that begin with them, then those where a word does, then the rest.
/// Typing on searches only what was found before.
class PaletteModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { NoteRole = Qt::UserRole + 1 };
  using QAbstractListModel::QAbstractListModel;
  void setCommands(QList<Command> commands);
  void setWords(const QString& text);
  const Command& command(int row) const { return m_commands[m_found[static_cast<size_t>(row)]]; }
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QList<Command> m_commands;
  std::vector<QString> m_keys; // text and note, lower case
  std::vector<int> m_found;
  QString m_text;
};

} // namespace lathe::ui
