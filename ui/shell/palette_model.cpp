// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/palette_model.h"

#include <algorithm>
#include <numeric>

namespace lathe::ui {

namespace {

/// 0 begins with the words as typed, 1 a word begins with the first one, 2 otherwise.
int distance(const QString& key, const QString& text, const QString& first) {
  if (text.isEmpty() || key.startsWith(text))
    return 0;
  for (qsizetype at = key.indexOf(first); at >= 0; at = key.indexOf(first, at + 1))
    if (at == 0 || !key[at - 1].isLetterOrNumber())
      return 1;
  return 2;
}

} // namespace

void PaletteModel::setCommands(QList<Command> commands) {
  beginResetModel();
  m_commands = std::move(commands);
  m_keys.clear();
  m_keys.reserve(static_cast<size_t>(m_commands.size()));
  for (const Command& command : std::as_const(m_commands))
    m_keys.push_back((command.text + QLatin1Char(' ') + command.note).toLower());
  m_text.clear();
  m_found.resize(m_keys.size());
  std::iota(m_found.begin(), m_found.end(), 0);
  endResetModel();
}

void PaletteModel::setWords(const QString& typed) {
  const QString text = typed.trimmed().toLower();
  if (text == m_text)
    return;
  beginResetModel();
  if (m_text.isEmpty() || !text.startsWith(m_text)) {
    m_found.resize(m_keys.size());
    std::iota(m_found.begin(), m_found.end(), 0);
  }
  m_text = text;
  const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  std::erase_if(m_found, [&](int i) {
    const QString& key = m_keys[static_cast<size_t>(i)];
    return !std::all_of(words.begin(), words.end(), [&](const QString& word) { return key.contains(word); });
  });
  std::sort(m_found.begin(), m_found.end());
  std::vector<int> ranked[3];
  for (const int i : m_found)
    ranked[distance(m_keys[static_cast<size_t>(i)], text, words.value(0))].push_back(i);
  m_found.clear();
  for (const auto& part : ranked)
    m_found.insert(m_found.end(), part.begin(), part.end());
  endResetModel();
}

int PaletteModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_found.size()); }

QVariant PaletteModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount())
    return {};
  const Command& one = command(index.row());
  if (role == Qt::DisplayRole)
    return one.text;
  if (role == NoteRole)
    return one.note;
  if (role == Qt::AccessibleTextRole)
    return one.note.isEmpty() ? one.text : QStringLiteral("%1, %2").arg(one.text, one.note);
  return {};
}

} // namespace lathe::ui
