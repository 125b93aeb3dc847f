// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/settings_page.h"

#include "ui/shell/language.h"
#include "ui/shell/settings_store.h"

#include <QDesktopServices>
#include <QEvent>
#include <QHBoxLayout>
#include <QUrl>

namespace lathe::ui {

namespace {

constexpr int kWidth = 640;

QWidget* leftAligned(QWidget* control, QWidget* beside = nullptr) {
  auto* holder = new QWidget;
  auto* row = new QHBoxLayout(holder);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(control, beside ? 1 : 0);
  if (beside)
    row->addWidget(beside);
  else
    row->addStretch();
  return holder;
}

QString themeKey() { return QStringLiteral("theme"); }
QString languageKey() { return QStringLiteral("language"); }
QString automatic() { return QStringLiteral("auto"); }

ThemeMode modeOf(const QString& key) {
  return key == QStringLiteral("light") ? ThemeMode::Light : key == QStringLiteral("dark") ? ThemeMode::Dark : ThemeMode::Auto;
}

} // namespace

void applyStoredTheme(const WindowSettings& settings) {
  if (Style::current())
    Style::current()->setMode(modeOf(settings.value(themeKey(), automatic()).toString()));
}

SettingsPage::SettingsPage(WindowSettings& settings, Language& language, QWidget* parent)
    : Page(parent), m_settings(settings), m_language(language), m_header(new PageHeader), m_theme(new SegmentedSwitch), m_code(new SegmentedSwitch),
      m_home(new TextLabel({}, TextRole::Mono)), m_openHome(new Button(IconName::Folder, {}, ButtonKind::Normal)) {
  setObjectName(QStringLiteral("page_settings"));
  m_theme->setObjectName(QStringLiteral("settings_theme"));
  m_code->setObjectName(QStringLiteral("settings_language"));
  m_openHome->setObjectName(QStringLiteral("settings_open_home"));
  m_home->setCopyable(true);
  m_home->setWordWrap(true);
  m_home->setText(settings.home());
  m_themeBlock = new FieldBlock({}, leftAligned(m_theme));
  m_codeBlock = new FieldBlock({}, leftAligned(m_code));
  m_homeBlock = new FieldBlock({}, leftAligned(m_home, m_openHome));
  auto* card = new Card;
  card->setMaximumWidth(kWidth);
  auto* fields = new QVBoxLayout;
  fields->setContentsMargins(space::k16, space::k16, space::k16, space::k16);
  fields->setSpacing(space::k24);
  for (FieldBlock* block : {m_themeBlock, m_codeBlock, m_homeBlock})
    fields->addWidget(block);
  card->body()->addLayout(fields);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k12);
  column->addWidget(m_header);
  column->addWidget(card);
  column->addStretch();
  connect(m_theme, &SegmentedSwitch::chosen, this, &SettingsPage::setTheme);
  connect(m_code, &SegmentedSwitch::chosen, this, &SettingsPage::setLanguage);
  connect(m_openHome, &Button::clicked, this, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_settings.home())); });
  retranslate();
  m_theme->setCurrent(settings.value(themeKey(), automatic()).toString());
  m_code->setCurrent(settings.value(languageKey(), automatic()).toString());
}

void SettingsPage::setTheme(const QString& key) {
  m_settings.set(themeKey(), key);
  m_theme->setCurrent(key);
  if (Style::current())
    Style::current()->setMode(modeOf(key));
}

void SettingsPage::setLanguage(const QString& code) {
  m_settings.set(languageKey(), code);
  m_code->setCurrent(code);
  m_language.set(code);
}

QList<Command> SettingsPage::commands() {
  return {{tr("Light theme"), title(), [this] { setTheme(QStringLiteral("light")); }},
          {tr("Dark theme"), title(), [this] { setTheme(QStringLiteral("dark")); }},
          {tr("Theme of the desktop"), title(), [this] { setTheme(automatic()); }},
          {QStringLiteral("English"), title(), [this] { setLanguage(QStringLiteral("en")); }},
          {QStringLiteral("简体中文"), title(), [this] { setLanguage(QStringLiteral("zh_CN")); }}};
}

void SettingsPage::retranslate() {
  m_header->setTitle(tr("Settings"));
  const QString theme = m_theme->current(), code = m_code->current();
  m_theme->setChoices({{automatic(), tr("Automatic"), {}, true}, {QStringLiteral("light"), tr("Light"), {}, true}, {QStringLiteral("dark"), tr("Dark"), {}, true}});
  m_code->setChoices({{automatic(), tr("Automatic"), {}, true}, {QStringLiteral("en"), QStringLiteral("English"), {}, true},
                      {QStringLiteral("zh_CN"), QStringLiteral("简体中文"), {}, true}});
  m_theme->setCurrent(theme);
  m_code->setCurrent(code);
  m_themeBlock->setLabel(tr("Theme"));
  m_themeBlock->setHelp(tr("Automatic follows the desktop and switches with it."));
  m_codeBlock->setLabel(tr("Language"));
  m_codeBlock->setHelp(tr("Changes at once; nothing has to be started again."));
  m_homeBlock->setLabel(tr("Home folder"));
  m_homeBlock->setHelp(tr("Runs, chats and settings are kept here. Start with --home DIR or LATHE_HOME to use another one."));
  m_openHome->setText(tr("Open"));
  named(m_theme, tr("Theme"));
  named(m_code, tr("Language"));
}

void SettingsPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
