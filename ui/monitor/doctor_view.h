// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/doctor.h"
#include "ui/widgets/banner.h"

#include <QTimer>

class QVBoxLayout;

namespace lathe::ui {

/// A command to type in a terminal, with a button that copies it.
class CommandBox : public QFrame {
  Q_OBJECT
public:
  explicit CommandBox(const QString& command, QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  IconButton* m_copy;
  QTimer m_done;
};

/// The doctor's findings, what needs attention first: icon and word for the state, what was found, what helps.
class DoctorView : public QWidget {
  Q_OBJECT
public:
  explicit DoctorView(QWidget* parent = nullptr);
  void show(const api::DoctorReport& report);
  using QWidget::show;
  int failures() const; // checks that failed

protected:
  void changeEvent(QEvent* event) override;

private:
  void fill();
  QVBoxLayout* m_rows;
  api::DoctorReport m_report;
};

} // namespace lathe::ui
