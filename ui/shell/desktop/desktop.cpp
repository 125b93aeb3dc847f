// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/desktop/desktop.h"

#include "ui/bridge/session.h"
#include "ui/shell/settings_store.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

namespace lathe::ui {

namespace {

QDBusConnection connectBus(const QString& address, const QString& name) {
  return address.isEmpty() ? QDBusConnection(name) : QDBusConnection::connectToBus(address, name);
}

} // namespace

Desktop::Desktop(Session& session, const WindowSettings& settings, BusAddresses buses, std::function<bool()> windowActive, bool remote, QObject* parent)
    : QObject(parent), m_session(session), m_settings(settings), m_windowActive(std::move(windowActive)), m_remote(remote) {
  static int count = 0;
  m_names[0] = QStringLiteral("lathe-session-%1").arg(++count);
  m_names[1] = QStringLiteral("lathe-system-%1").arg(count);
  connect(&session, &Session::stopRequested, this, [this](const QString& run) { m_endings.stopRequested(run); });
  connect(&session, &Session::runsRead, this, [this] {
    for (const auto& run : m_session.runs()->runs())
      take(run);
    settingsChanged();
  });
  connect(session.client(), &EngineClient::runChanged, this, [this](const api::RunSummary& run) {
    take(run);
    settingsChanged();
  });
  if (buses.session.isEmpty() && buses.system.isEmpty())
    return;
  QThreadPool::globalInstance()->start([guard = QPointer<Desktop>(this), buses, names = std::pair(m_names[0], m_names[1])] {
    const QDBusConnection desktop = connectBus(buses.session, names.first), machine = connectBus(buses.system, names.second);
    QMetaObject::invokeMethod(QCoreApplication::instance(), [guard, desktop, machine] {
      if (guard)
        guard->useBuses(desktop, machine);
    });
  });
}

Desktop::~Desktop() {
  delete m_guard;
  delete m_notifier;
  for (const QString& name : m_names)
    QDBusConnection::disconnectFromBus(name);
}

void Desktop::useBuses(QDBusConnection session, QDBusConnection system) {
  m_notifier = new Notifier(session, this);
  m_guard = new SleepGuard(session, system, this);
  connect(m_notifier, &Notifier::activated, this, &Desktop::runRequested);
  settingsChanged();
}

void Desktop::settingsChanged() {
  if (m_guard)
    m_guard->setWanted(!m_remote && m_endings.working() > 0 && m_settings.value(QLatin1String(kKeepAwakeKey), true).toBool());
}

void Desktop::take(const api::RunSummary& run) {
  const auto ending = m_endings.update(run);
  if (ending && m_notifier && !m_windowActive() && m_settings.value(QLatin1String(kNotifyKey), true).toBool())
    m_notifier->notify(QString::fromStdString(run.id), ending->title, ending->text, ending->urgent);
}

} // namespace lathe::ui
