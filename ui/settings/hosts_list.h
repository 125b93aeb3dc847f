// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/labels.h"

class QVBoxLayout;

namespace lathe::ui {

/// The machines that the window can work on: which one it is now, and what can be done with the others.
class HostsList : public QWidget {
  Q_OBJECT
 public:
  explicit HostsList(QWidget* parent = nullptr);
  void setHosts(const QString& current, const QStringList& known); // empty: this computer

 Q_SIGNALS:
  void chosen(const QString& name);
  void editRequested(const QString& name); // empty: a new one
  void forgetRequested(const QString& name);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill();
  void addRow(const QString& name);
  QString m_current;
  QStringList m_known;
  QVBoxLayout* m_rows;
  Button* m_add;
};

} // namespace lathe::ui
