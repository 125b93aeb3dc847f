// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/watchdog.h"

#include <QCoreApplication>
#include <QEvent>

#include <algorithm>
#include <ctime>

namespace lathe::ui {

namespace {

QEvent::Type markerType() {
  static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
  return type;
}

double clockMs(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

} // namespace

Watchdog::Watchdog(QObject* parent) : QObject(parent) { QCoreApplication::instance()->installEventFilter(this); }

Watchdog::~Watchdog() = default;

void Watchdog::reset() {
  m_longestCpu = m_longestWall = 0;
  m_turns = 0;
}

bool Watchdog::eventFilter(QObject* object, QEvent*) {
  if (object == this || m_open)
    return false;
  m_open = true;
  m_cpuStart = clockMs(CLOCK_THREAD_CPUTIME_ID);
  m_wallStart = clockMs(CLOCK_MONOTONIC);
  QCoreApplication::postEvent(this, new QEvent(markerType()), Qt::HighEventPriority);
  return false;
}

bool Watchdog::event(QEvent* event) {
  if (event->type() != markerType())
    return QObject::event(event);
  m_longestCpu = std::max(m_longestCpu, clockMs(CLOCK_THREAD_CPUTIME_ID) - m_cpuStart);
  m_longestWall = std::max(m_longestWall, clockMs(CLOCK_MONOTONIC) - m_wallStart);
  m_open = false;
  ++m_turns;
  return true;
}

} // namespace lathe::ui
