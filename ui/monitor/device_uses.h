// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/labels.h"

class QVBoxLayout;

namespace lathe::ui {

/// One process that holds memory of a device.
class UseRow : public QWidget {
  Q_OBJECT
public:
  explicit UseRow(QWidget* parent = nullptr);
  void show(const api::DeviceProcess& process);
  using QWidget::show;

Q_SIGNALS:
  void openRequested(const QString& run);

private:
  QString m_run;
  ElidedLabel* m_name;
  TextLabel* m_kind;
  TextLabel* m_memory;
  LinkButton* m_open;
};

/// What uses a device: Lathe's own first, then by memory; a few, and how many more.
class DeviceUses : public QWidget {
  Q_OBJECT
public:
  explicit DeviceUses(QWidget* parent = nullptr);
  void show(std::vector<api::DeviceProcess> processes, const QString& whenNone);
  using QWidget::show;

Q_SIGNALS:
  void openRequested(const QString& run);

private:
  QVBoxLayout* m_lines;
  QList<UseRow*> m_rows;
  TextLabel* m_rest;
};

} // namespace lathe::ui
