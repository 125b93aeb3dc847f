// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"

#include <QFrame>

class QLineEdit;
class QListView;

namespace lathe::ui {

class PaletteModel;

/// Ctrl+K: type a few letters, Enter does it, Escape closes.
class CommandPalette : public QFrame {
  Q_OBJECT
 public:
  explicit CommandPalette(QWidget* window);
  void open(QList<Command> commands);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void filter();
  void move(int key);
  void runCurrent();
  PaletteModel* m_model;
  QLineEdit* m_edit;
  QListView* m_list;
};

} // namespace lathe::ui
