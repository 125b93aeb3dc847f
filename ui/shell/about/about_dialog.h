// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/labels.h"

#include <QDialog>

class QListWidget;
class QPlainTextEdit;

namespace lathe::ui {

/// Version, build, and the licence of every part, to be read and copied here.
class AboutDialog : public QDialog {
  Q_OBJECT
 public:
  explicit AboutDialog(QWidget* parent = nullptr);

 private:
  QLayout* buildParts();
  void showComponent(int row);
  QListWidget* m_list;
  TextLabel* m_link;
  QPlainTextEdit* m_text;
};

} // namespace lathe::ui
