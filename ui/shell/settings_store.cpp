// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/settings_store.h"

#include "ui/widgets/inspector_panel.h"

#include <QStringList>

namespace lathe::ui {

WindowSettings::WindowSettings(const QString& home) : m_home(home), m_settings(home + QStringLiteral("/window.ini"), QSettings::IniFormat) {}

QStringList WindowSettings::recent(const QString& kind) const { return m_settings.value(QStringLiteral("recent/") + kind).toStringList(); }

void WindowSettings::addRecent(const QString& kind, const QString& path) {
  QStringList all = recent(kind);
  all.removeAll(path);
  all.prepend(path);
  m_settings.setValue(QStringLiteral("recent/") + kind, all.mid(0, 10));
}

void keepFolded(InspectorPanel& panel, WindowSettings& settings) {
  const QString key = QStringLiteral("folded/") + panel.key();
  panel.setFolded(settings.value(key, false).toBool());
  QObject::connect(&panel, &InspectorPanel::foldedChanged, &panel, [key, &settings](bool folded) { settings.set(key, folded); });
}

} // namespace lathe::ui
