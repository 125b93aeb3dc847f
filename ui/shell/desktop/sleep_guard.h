// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QObject>

namespace lathe::ui {

/// Keeps the machine awake while it is wanted: org.freedesktop.login1, else org.freedesktop.PowerManagement, else org.freedesktop.ScreenSaver.
/// Nothing waits; without any of them nothing happens. Ends with the process, however that ends.
class SleepGuard : public QObject {
  Q_OBJECT
 public:
  SleepGuard(QDBusConnection session, QDBusConnection system, QObject* parent = nullptr);
  ~SleepGuard() override;
  void setWanted(bool wanted);
  bool isHeld() const { return m_holder != Holder::None; }

 private:
  enum class Holder { None, Login, PowerManagement, ScreenSaver };
  void ask(Holder holder);
  void askNext(Holder failed);
  void release();
  QDBusConnection m_session, m_system;
  bool m_wanted = false, m_asking = false;
  Holder m_holder = Holder::None;
  QDBusUnixFileDescriptor m_lock; // of login1: held while it is open
  uint m_cookie = 0;              // of the other two
};

} // namespace lathe::ui
