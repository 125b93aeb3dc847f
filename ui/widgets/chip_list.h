// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

namespace lathe::ui {

/// Toggle chips that wrap: the target modules of an adapter. Each chip is a checkable button.
class ChipList : public QWidget {
  Q_OBJECT
 public:
  explicit ChipList(QWidget* parent = nullptr);
  void setChips(const QStringList& keys); // keeps the ticks of keys that stay
  QStringList chips() const;
  QStringList ticked() const;
  void setTicked(const QStringList& keys); // no signal
  void setMono(bool mono);

 Q_SIGNALS:
  void tickedChanged(const QStringList& keys); // by the person

 private:
  QList<class Chip*> m_chips;
  bool m_mono = true;
};

} // namespace lathe::ui
