// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace lathe::ui {

/// Where the desktop's two message buses listen ("unix:path=…"). Empty: there is none, and nothing is started to get one.
struct BusAddresses {
  QString session, system;
};
/// From DBUS_SESSION_BUS_ADDRESS, DBUS_SYSTEM_BUS_ADDRESS, or the usual sockets where they exist.
BusAddresses desktopBuses();

} // namespace lathe::ui
