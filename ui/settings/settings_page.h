// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_switch.h"

namespace lathe::ui {

class Language;
class WindowSettings;

/// Applies the theme that the home remembers; before the window is made.
void applyStoredTheme(const WindowSettings& settings);

/// Settings: theme, language, and where everything is kept.
class SettingsPage : public Page {
  Q_OBJECT
public:
  SettingsPage(WindowSettings& settings, Language& language, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("settings"); }
  QString title() const override { return tr("Settings"); }
  IconName icon() const override { return IconName::Settings; }
  bool atBottom() const override { return true; }
  QList<Command> commands() override;

protected:
  void changeEvent(QEvent* event) override;

private:
  void setTheme(const QString& key);
  void setLanguage(const QString& code);
  void retranslate();
  WindowSettings& m_settings;
  Language& m_language;
  PageHeader* m_header;
  SegmentedSwitch* m_theme;
  SegmentedSwitch* m_code;
  FieldBlock* m_themeBlock;
  FieldBlock* m_codeBlock;
  FieldBlock* m_homeBlock;
  TextLabel* m_home;
  Button* m_openHome;
};

} // namespace lathe::ui
