// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/desktop/buses.h"
#include "ui/shell/desktop/notifier.h"
#include "ui/shell/desktop/run_endings.h"
#include "ui/shell/desktop/sleep_guard.h"

#include <functional>

namespace lathe::ui {

class Session;
class WindowSettings;

// Settings of the window; both on unless switched off.
inline constexpr const char* kNotifyKey = "desktop/notify";
inline constexpr const char* kKeepAwakeKey = "desktop/keep_awake";

/// The window's manners towards the desktop: says when a run has ended while nobody looks, and keeps this machine awake while it trains.
class Desktop : public QObject {
  Q_OBJECT
 public:
  /// `windowActive`: whether the person looks at the window now. `remote`: the runs are on another machine, this one may sleep. The
  /// buses are reached from another thread; until then, and without them, nothing is said.
  Desktop(Session& session, const WindowSettings& settings, BusAddresses buses, std::function<bool()> windowActive, bool remote, QObject* parent = nullptr);
  ~Desktop() override;
  bool isConnected() const { return m_notifier; }
  bool keepsAwake() const { return m_guard && m_guard->isHeld(); }

 public Q_SLOTS:
  void settingsChanged();

 Q_SIGNALS:
  void runRequested(const QString& run); // a notification was clicked

 private:
  void take(const api::RunSummary& run);
  void useBuses(QDBusConnection session, QDBusConnection system);
  Session& m_session;
  const WindowSettings& m_settings;
  std::function<bool()> m_windowActive;
  bool m_remote;
  QString m_names[2]; // of the two connections
  RunEndings m_endings;
  Notifier* m_notifier = nullptr;
  SleepGuard* m_guard = nullptr;
};

} // namespace lathe::ui
