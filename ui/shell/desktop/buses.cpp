// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/desktop/buses.h"

#include <QFileInfo>

namespace lathe::ui {

namespace {

QString busAddress(const char* variable, const QString& socket) {
  const QString named = qEnvironmentVariable(variable);
  if (!named.isEmpty())
    return named;
  return !socket.isEmpty() && QFileInfo::exists(socket) ? QStringLiteral("unix:path=") + socket : QString();
}

} // namespace

BusAddresses desktopBuses() {
  const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
  return {busAddress("DBUS_SESSION_BUS_ADDRESS", runtime.isEmpty() ? QString() : runtime + QStringLiteral("/bus")),
          busAddress("DBUS_SYSTEM_BUS_ADDRESS", QStringLiteral("/run/dbus/system_bus_socket"))};
}

} // namespace lathe::ui
