// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace lathe::ui {

Language::Language(QObject* parent) : QObject(parent) {}

Language::~Language() {
  QCoreApplication::removeTranslator(&m_texts);
  QCoreApplication::removeTranslator(&m_qt);
}

void Language::set(const QString& code) {
  m_chosen = code;
  const bool chinese = code == QLatin1String("zh_CN") || (code == QLatin1String("auto") && QLocale::system().language() == QLocale::Chinese);
  m_effective = chinese ? QStringLiteral("zh_CN") : QStringLiteral("en");
  QLocale::setDefault(QLocale(m_effective));
  QCoreApplication::removeTranslator(&m_texts);
  QCoreApplication::removeTranslator(&m_qt);
  if (!chinese)
    return;
  if (m_qt.load(QStringLiteral("qtbase_zh_CN"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
    QCoreApplication::installTranslator(&m_qt);
  if (m_texts.load(QStringLiteral(":/i18n/lathe_zh_CN.qm")))
    QCoreApplication::installTranslator(&m_texts);
}

} // namespace lathe::ui
