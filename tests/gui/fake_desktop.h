// SPDX-License-Identifier: GPL-3.0-or-later
// A message bus of its own with the desktop's services behind it: never the real desktop.
#pragma once

#include "ui/shell/desktop/buses.h"

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QProcess>
#include <QTemporaryDir>
#include <QVariantMap>

#include <memory>

namespace lathe::fake {

class Notifications : public QObject {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
  struct Shown {
    uint id = 0, replaces = 0;
    QString title, text;
    QStringList actions;
    uchar urgency = 0;
  };
  QList<Shown> shown;

public Q_SLOTS:
  QStringList GetCapabilities() { return {QStringLiteral("actions"), QStringLiteral("body"), QStringLiteral("body-markup")}; }
  uint Notify(const QString& app, uint replaces, const QString& icon, const QString& title, const QString& text, const QStringList& actions, const QVariantMap& hints, int expire);

Q_SIGNALS:
  void ActionInvoked(uint id, const QString& action);
  void NotificationClosed(uint id, uint reason);
};

/// login1's lock is an open file: held until the other side closes it.
class LoginManager : public QObject {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")
public:
  bool isHeld() const; // the last lock that was given out
  QString what, who, mode;
  int asked = 0;

public Q_SLOTS:
  QDBusUnixFileDescriptor Inhibit(const QString& what, const QString& who, const QString& why, const QString& mode);

private:
  int m_read = -1;
};

class ScreenSaver : public QObject {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.ScreenSaver")
public:
  QList<uint> held;

public Q_SLOTS:
  uint Inhibit(const QString& app, const QString& why);
  void UnInhibit(uint cookie) { held.removeAll(cookie); }
};

/// dbus-daemon in a temporary folder. Services are offered when asked for.
class FakeDesktop {
public:
  FakeDesktop();
  ~FakeDesktop();
  static bool isAvailable(); // dbus-daemon is installed
  ui::BusAddresses addresses() const { return {m_address, m_address}; }
  void offerNotifications();
  void offerLogin();
  void offerScreenSaver();
  Notifications notifications;
  LoginManager login;
  ScreenSaver screenSaver;

private:
  void offer(const char* service, const char* path, QObject* object);
  QTemporaryDir m_folder;
  QProcess m_daemon;
  QString m_address;
  std::unique_ptr<QDBusConnection> m_bus;
};

} // namespace lathe::fake
