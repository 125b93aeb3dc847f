// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/desktop/notifier.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace lathe::ui {

namespace {

QString notificationsService() { return QStringLiteral("org.freedesktop.Notifications"); }
QString notificationsPath() { return QStringLiteral("/org/freedesktop/Notifications"); }

QDBusMessage notificationsCall(const char* method) {
  return QDBusMessage::createMethodCall(notificationsService(), notificationsPath(), notificationsService(), QString::fromLatin1(method));
}

} // namespace

Notifier::Notifier(QDBusConnection session, QObject* parent) : QObject(parent), m_bus(std::move(session)) {
  if (!m_bus.isConnected())
    return;
  const QString service = notificationsService(), path = notificationsPath();
  // Without the service's name: with it Qt asks the bus who that is and waits. Signals about other notifications are told by their number.
  m_bus.connect({}, path, service, QStringLiteral("ActionInvoked"), this, SLOT(actionInvoked(uint, QString)));
  m_bus.connect({}, path, service, QStringLiteral("ActivationToken"), this, SLOT(activationToken(uint, QString)));
  m_bus.connect({}, path, service, QStringLiteral("NotificationClosed"), this, SLOT(notificationClosed(uint, uint)));
  auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(notificationsCall("GetCapabilities")), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
    const QDBusPendingReply<QStringList> reply = *watcher;
    m_markup = reply.isValid() && reply.value().contains(QStringLiteral("body-markup"));
    watcher->deleteLater();
  });
}

void Notifier::notify(const QString& key, const QString& title, const QString& text, bool urgent) {
  if (!m_bus.isConnected())
    return;
  QDBusMessage call = notificationsCall("Notify");
  const QVariantMap hints = {{QStringLiteral("desktop-entry"), QStringLiteral("lathe-workbench")},
                             {QStringLiteral("urgency"), QVariant::fromValue<uchar>(urgent ? 2 : 1)}};
  call.setArguments({QStringLiteral("Lathe"), m_keys.key(key, 0), QStringLiteral("lathe-workbench"), title, m_markup ? text.toHtmlEscaped() : text,
                     QStringList{QStringLiteral("default"), tr("Open the run")}, hints, -1});
  auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, key] {
    const QDBusPendingReply<uint> reply = *watcher;
    if (reply.isValid())
      m_keys.insert(reply.value(), key);
    watcher->deleteLater();
  });
}

void Notifier::actionInvoked(uint id, const QString&) {
  if (m_keys.contains(id))
    Q_EMIT activated(m_keys.value(id));
}

void Notifier::activationToken(uint id, const QString& token) {
  if (m_keys.contains(id))
    qputenv("XDG_ACTIVATION_TOKEN", token.toUtf8()); // Wayland lets nobody raise a window without it
}

void Notifier::notificationClosed(uint id, uint) { m_keys.remove(id); }

} // namespace lathe::ui
