// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <QTranslator>

namespace lathe::ui {

/// The language of the window, switched while it runs: widgets get QEvent::LanguageChange.
class Language : public QObject {
  Q_OBJECT
 public:
  explicit Language(QObject* parent = nullptr);
  ~Language() override;
  /// "auto" (the system's), "en" or "zh_CN".
  void set(const QString& code);
  QString chosen() const { return m_chosen; }   // as set
  QString effective() const { return m_effective; } // "en" or "zh_CN"
  static QStringList codes() { return {QStringLiteral("auto"), QStringLiteral("en"), QStringLiteral("zh_CN")}; }

 private:
  QTranslator m_texts, m_qt;
  QString m_chosen = QStringLiteral("en"), m_effective = QStringLiteral("en");
};

} // namespace lathe::ui
