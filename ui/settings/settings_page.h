// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/settings/hosts_list.h"
#include "ui/shell/page.h"
#include "ui/widgets/card.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/segmented_switch.h"

class QCheckBox;

namespace lathe::ui {

class Language;
class WindowSettings;

// Keys of the window's settings that are read elsewhere.
inline constexpr const char* kScaleKey = "window/scale";           // percent, before the next start
inline constexpr const char* kDefaultDeviceKey = "train/device";   // "auto", "cpu", "cuda:0": of new runs

/// Applies the theme that the home remembers; before the window is made.
void applyStoredTheme(const WindowSettings& settings);
/// The size of everything that the home remembers, as QT_SCALE_FACTOR; before the QApplication is made. An environment that names one wins.
void applyStoredScale(const QString& home);

/// Settings: look, language, machines, the desktop, and where everything is kept.
class SettingsPage : public Page {
  Q_OBJECT
public:
  SettingsPage(WindowSettings& settings, Language& language, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("settings"); }
  QString title() const override { return tr("Settings"); }
  IconName icon() const override { return IconName::Settings; }
  bool atBottom() const override { return true; }
  QList<Command> commands() override;
  void opened() override { setFocus(); } // not into the status strip
  void setHosts(const QString& current, const QStringList& known);
  void setDevices(const QList<DeviceChoice>& devices) { m_device->setDevices(devices); }

Q_SIGNALS:
  void desktopChanged(); // notifications or sleep
  void deviceChanged(const QString& device);
  void hostChosen(const QString& name);
  void hostEditRequested(const QString& name);
  void hostForgetRequested(const QString& name);
  void aboutRequested();
  void bundleRequested();

protected:
  void changeEvent(QEvent* event) override;

private:
  void buildLook();
  void buildWork();
  void buildDesktop();
  QCheckBox* desktopBox(const char* name, const char* key);
  void setTheme(const QString& key);
  void setLanguage(const QString& code);
  void setScale(const QString& percent);
  void retranslate();
  void retranslateTexts();
  WindowSettings& m_settings;
  Language& m_language;
  PageHeader* m_header;
  SegmentedSwitch *m_theme, *m_code, *m_scale;
  FieldBlock *m_themeBlock, *m_codeBlock, *m_scaleBlock, *m_homeBlock, *m_deviceBlock, *m_hostsBlock, *m_notifyBlock, *m_awakeBlock;
  QCheckBox *m_notify, *m_awake;
  DeviceCombo* m_device;
  HostsList* m_hosts;
  Section *m_look = nullptr, *m_work = nullptr, *m_desktop = nullptr, *m_help = nullptr;
  TextLabel* m_home;
  Button *m_openHome, *m_about, *m_bundle;
};

} // namespace lathe::ui
