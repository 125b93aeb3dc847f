// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QMap>
#include <QObject>

namespace lathe::ui {

/// Notifications of the desktop (org.freedesktop.Notifications 1.2). Nothing waits; without a service nothing happens.
class Notifier : public QObject {
  Q_OBJECT
 public:
  explicit Notifier(QDBusConnection session, QObject* parent = nullptr);
  /// `title` and `text` are plain text. A later notification of the same key replaces the earlier one.
  void notify(const QString& key, const QString& title, const QString& text, bool urgent);

 Q_SIGNALS:
  void activated(const QString& key); // the person clicked it

 private Q_SLOTS:
  void actionInvoked(uint id, const QString& action);
  void activationToken(uint id, const QString& token);
  void notificationClosed(uint id, uint reason);

 private:
  QDBusConnection m_bus;
  QMap<uint, QString> m_keys;
  bool m_markup = false; // the service reads the text as markup
};

} // namespace lathe::ui
