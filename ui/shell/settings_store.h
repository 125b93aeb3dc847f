// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSettings>
#include <QString>

class QSplitter;

namespace lathe::ui {

class InspectorPanel;

/// The window's own memory (<home>/window.ini): geometry, theme, language, folded panels, recent paths.
class WindowSettings {
 public:
  explicit WindowSettings(const QString& home);
  QString home() const { return m_home; }
  QVariant value(const QString& key, const QVariant& fallback = {}) const { return m_settings.value(key, fallback); }
  void set(const QString& key, const QVariant& value) { m_settings.setValue(key, value); }
  QStringList recent(const QString& kind) const; // newest first, at most 10
  void addRecent(const QString& kind, const QString& path);
  void sync() { m_settings.sync(); }

 private:
  QString m_home;
  QSettings m_settings;
};

/// Folds the panel as it was left and gives it the width it had, and remembers both from now on.
void keepFolded(InspectorPanel& panel, WindowSettings& settings);
/// The same for a splitter; call it again when the number of its parts has changed: every number has its own place.
void keepPlace(QSplitter& splitter, const QString& name, WindowSettings& settings);

} // namespace lathe::ui
