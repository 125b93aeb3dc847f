// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/settings_store.h"

#include "ui/widgets/inspector_panel.h"

#include <QSplitter>
#include <QStringList>

#include <algorithm>

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
  const QString width = QStringLiteral("width/") + panel.key();
  panel.setOpenWidth(settings.value(width, panel.openWidth()).toInt());
  QObject::connect(&panel, &InspectorPanel::openWidthChanged, &panel, [width, &settings](int pixels) { settings.set(width, pixels); });
}

void keepPlace(QSplitter& splitter, const QString& name, WindowSettings& settings) {
  const auto key = [name](const QSplitter& of) { return QStringLiteral("splitter/%1-%2").arg(name).arg(of.count()); };
  if (const QVariantList kept = settings.value(key(splitter)).toList(); kept.size() == splitter.count()) {
    QList<int> sizes;
    for (const QVariant& size : kept)
      sizes << std::max(1, size.toInt());
    splitter.setSizes(sizes);
  }
  if (splitter.property("latheKeepsPlace").toBool())
    return;
  splitter.setProperty("latheKeepsPlace", true);
  QObject::connect(&splitter, &QSplitter::splitterMoved, &splitter, [key, &splitter, &settings] {
    QVariantList sizes;
    for (const int size : splitter.sizes())
      sizes << size;
    settings.set(key(splitter), sizes);
  });
}

} // namespace lathe::ui
