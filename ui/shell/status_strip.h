// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/device_panel.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/labels.h"

#include <QMap>
#include <QWidget>

class QHBoxLayout;

namespace lathe::ui {

/// One device: name, memory bar, used/total, and what else is known of it. A click, or Enter, opens its memory by category.
class DeviceItem : public QWidget {
  Q_OBJECT
 public:
  DeviceItem(StatusModel& model, QWidget* parent = nullptr);
  void show(const DeviceStatus& device);
  StackedBar* bar() const { return m_bar; }
  QString numbers() const { return m_numbers->text(); }
  /// Made when it is opened first.
  DevicePanel* panel() const { return m_panel; }

 protected:
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void openPanel();
  StatusModel& m_model;
  DeviceStatus m_device;
  DevicePanel* m_panel = nullptr;
  TextLabel* m_name;
  StackedBar* m_bar;
  TextLabel* m_numbers;
};

/// One active job: name, progress, time left, pause/continue and stop. A click, or Enter, opens the run.
class JobItem : public QWidget {
  Q_OBJECT
 public:
  JobItem(StatusModel& model, const QString& id, QWidget* parent = nullptr);
  void show(const JobStatus& job);

 protected:
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  StatusModel& m_model;
  QString m_id;
  api::RunState m_state = api::RunState::Running;
  ElidedLabel* m_title;
  ThinProgress* m_progress;
  TextLabel* m_text;
  IconButton* m_pause;
  IconButton* m_stop;
};

/// State of the engine and the machine it runs on. A click, or Enter, offers the other machines.
class EngineItem : public QWidget {
  Q_OBJECT
 public:
  explicit EngineItem(StatusModel& model, QWidget* parent = nullptr);
  void show();

 protected:
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void openMenu();
  StatusModel& m_model;
  ElidedLabel* m_text;
  Dot* m_dot;
};

class StatusStrip : public QWidget {
  Q_OBJECT
 public:
  explicit StatusStrip(StatusModel& model, QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void showDevices();
  void showJobs();
  StatusModel& m_model;
  QHBoxLayout* m_deviceRow;
  QHBoxLayout* m_jobRow;
  QList<DeviceItem*> m_devices;
  QMap<QString, JobItem*> m_jobs;
  TextLabel* m_moreJobs;
  EngineItem* m_engine;
};

} // namespace lathe::ui
