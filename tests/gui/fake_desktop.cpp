// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/fake_desktop.h"

#include <QStandardPaths>

#include <poll.h>
#include <unistd.h>

namespace lathe::fake {

uint Notifications::Notify(const QString&, uint replaces, const QString&, const QString& title, const QString& text, const QStringList& actions, const QVariantMap& hints, int) {
  const uint id = replaces != 0 ? replaces : static_cast<uint>(shown.size()) + 1;
  shown.append({id, replaces, title, text, actions, hints.value(QStringLiteral("urgency")).value<uchar>()});
  return id;
}

QDBusUnixFileDescriptor LoginManager::Inhibit(const QString& whatFor, const QString& whose, const QString&, const QString& how) {
  what = whatFor;
  who = whose;
  mode = how;
  ++asked;
  if (m_read >= 0)
    ::close(m_read);
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0)
    return {};
  m_read = ends[0];
  const QDBusUnixFileDescriptor lock(ends[1]);
  ::close(ends[1]);
  return lock;
}

bool LoginManager::isHeld() const {
  pollfd end = {m_read, POLLIN, 0};
  return m_read >= 0 && ::poll(&end, 1, 0) == 0; // POLLHUP once nobody has the other end
}

uint ScreenSaver::Inhibit(const QString&, const QString&) {
  held.append(static_cast<uint>(held.size()) + 7);
  return held.last();
}

bool FakeDesktop::isAvailable() { return !QStandardPaths::findExecutable(QStringLiteral("dbus-daemon")).isEmpty(); }

FakeDesktop::FakeDesktop() {
  m_address = QStringLiteral("unix:path=") + m_folder.filePath(QStringLiteral("bus"));
  m_daemon.start(QStringLiteral("dbus-daemon"), {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address"), QStringLiteral("--address=") + m_address});
  m_daemon.waitForReadyRead(5000);
  m_bus = std::make_unique<QDBusConnection>(QDBusConnection::connectToBus(m_address, QStringLiteral("fake-desktop")));
}

FakeDesktop::~FakeDesktop() {
  m_bus.reset();
  QDBusConnection::disconnectFromBus(QStringLiteral("fake-desktop"));
  m_daemon.kill();
  m_daemon.waitForFinished();
}

void FakeDesktop::offer(const char* service, const char* path, QObject* object) {
  m_bus->registerObject(QLatin1String(path), object, QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals);
  m_bus->registerService(QLatin1String(service));
}

void FakeDesktop::offerNotifications() { offer("org.freedesktop.Notifications", "/org/freedesktop/Notifications", &notifications); }
void FakeDesktop::offerLogin() { offer("org.freedesktop.login1", "/org/freedesktop/login1", &login); }
void FakeDesktop::offerScreenSaver() { offer("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", &screenSaver); }

} // namespace lathe::fake
