// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/desktop/sleep_guard.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace lathe::ui {

namespace {

QDBusMessage powerManagementCall(const char* method) {
  return QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.PowerManagement"), QStringLiteral("/org/freedesktop/PowerManagement/Inhibit"),
                                        QStringLiteral("org.freedesktop.PowerManagement.Inhibit"), QString::fromLatin1(method));
}

QDBusMessage screenSaverCall(const char* method) {
  return QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.ScreenSaver"), QStringLiteral("/org/freedesktop/ScreenSaver"),
                                        QStringLiteral("org.freedesktop.ScreenSaver"), QString::fromLatin1(method));
}

QDBusMessage loginCall() {
  return QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
                                        QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("Inhibit"));
}

} // namespace

SleepGuard::SleepGuard(QDBusConnection session, QDBusConnection system, QObject* parent)
    : QObject(parent), m_session(std::move(session)), m_system(std::move(system)) {}

SleepGuard::~SleepGuard() { release(); }

void SleepGuard::setWanted(bool wanted) {
  if (wanted == m_wanted)
    return;
  m_wanted = wanted;
  if (!wanted)
    release();
  else if (!m_asking && m_holder == Holder::None)
    ask(Holder::Login);
}

void SleepGuard::ask(Holder holder) {
  const QDBusConnection& bus = holder == Holder::Login ? m_system : m_session;
  if (!bus.isConnected())
    return askNext(holder);
  m_asking = true;
  const QString who = QStringLiteral("Lathe"), why = tr("A model is being trained");
  QDBusMessage call = holder == Holder::Login ? loginCall() : holder == Holder::PowerManagement ? powerManagementCall("Inhibit") : screenSaverCall("Inhibit");
  if (holder == Holder::Login)
    call.setArguments({QStringLiteral("sleep:idle"), who, why, QStringLiteral("block")});
  else
    call.setArguments({who, why});
  auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, holder] {
    watcher->deleteLater();
    m_asking = false;
    if (watcher->isError())
      return askNext(holder);
    m_holder = holder;
    if (holder == Holder::Login)
      m_lock = QDBusPendingReply<QDBusUnixFileDescriptor>(*watcher).value();
    else
      m_cookie = QDBusPendingReply<uint>(*watcher).value();
    if (!m_wanted)
      release();
  });
}

void SleepGuard::askNext(Holder failed) {
  if (failed == Holder::Login)
    ask(Holder::PowerManagement);
  else if (failed == Holder::PowerManagement)
    ask(Holder::ScreenSaver);
}

void SleepGuard::release() {
  const Holder holder = std::exchange(m_holder, Holder::None);
  m_lock = {};
  if (holder != Holder::PowerManagement && holder != Holder::ScreenSaver)
    return;
  QDBusMessage call = holder == Holder::PowerManagement ? powerManagementCall("UnInhibit") : screenSaverCall("UnInhibit");
  call.setArguments({m_cookie});
  m_session.asyncCall(call);
}

} // namespace lathe::ui
