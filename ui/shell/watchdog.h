// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace lathe::ui {

/// Measures what one turn of the event loop costs the GUI thread: from the first event after a pause to the moment when what was posted
/// meanwhile has its turn. Works with every event dispatcher and in nested loops.
class Watchdog : public QObject {
  Q_OBJECT
 public:
  explicit Watchdog(QObject* parent = nullptr); // starts measuring; GUI thread only
  ~Watchdog() override;
  double longestCpuMs() const { return m_longestCpu; }   // CPU time of this thread
  double longestWallMs() const { return m_longestWall; } // includes time in which others had the processor
  qint64 turns() const { return m_turns; }
  void reset();
  bool eventFilter(QObject* object, QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  bool m_open = false;
  double m_cpuStart = 0, m_wallStart = 0, m_longestCpu = 0, m_longestWall = 0;
  qint64 m_turns = 0;
};

} // namespace lathe::ui
