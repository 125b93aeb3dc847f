// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/settings_page.h"

#include "ui/shell/desktop/desktop.h"
#include "ui/shell/language.h"
#include "ui/shell/settings_store.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QEvent>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QSettings>
#include <QUrl>

namespace lathe::ui {

namespace {

constexpr int kSettingsWidth = 620;

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
QString wholeSize() { return QStringLiteral("100"); }

ThemeMode modeOf(const QString& key) {
  return key == QStringLiteral("light") ? ThemeMode::Light : key == QStringLiteral("dark") ? ThemeMode::Dark : ThemeMode::Auto;
}

Section* settingsSection(Card* card, const QList<FieldBlock*>& blocks) {
  Section* section = card->addSection();
  section->content()->setSpacing(space::k16);
  for (FieldBlock* block : blocks)
    section->content()->addWidget(block);
  return section;
}

} // namespace

void applyStoredTheme(const WindowSettings& settings) {
  if (Style::current())
    Style::current()->setMode(modeOf(settings.value(themeKey(), automatic()).toString()));
}

void applyStoredScale(const QString& home) {
  const QSettings settings(home + QStringLiteral("/window.ini"), QSettings::IniFormat);
  const int percent = settings.value(QLatin1String(kScaleKey), wholeSize()).toInt();
  if (percent > 100 && percent <= 300 && !qEnvironmentVariableIsSet("QT_SCALE_FACTOR"))
    qputenv("QT_SCALE_FACTOR", QByteArray::number(percent / 100.0));
}

SettingsPage::SettingsPage(WindowSettings& settings, Language& language, QWidget* parent)
    : Page(parent), m_settings(settings), m_language(language), m_header(new PageHeader), m_theme(new SegmentedSwitch), m_code(new SegmentedSwitch),
      m_scale(new SegmentedSwitch), m_device(new DeviceCombo), m_hosts(new HostsList), m_home(new TextLabel({}, TextRole::Mono)),
      m_openHome(new Button(IconName::Folder, {}, ButtonKind::Normal)), m_about(new Button(IconName::Info, {}, ButtonKind::Normal)),
      m_bundle(new Button(IconName::Save, {}, ButtonKind::Normal)) {
  setObjectName(QStringLiteral("page_settings"));
  auto *left = new Card, *right = new Card;
  for (Card* card : {left, right})
    card->setMaximumWidth(kSettingsWidth);
  m_notify = desktopBox("settings_notify", kNotifyKey);
  m_awake = desktopBox("settings_awake", kKeepAwakeKey);
  buildLook();
  m_look = settingsSection(left, {m_themeBlock, m_codeBlock, m_scaleBlock});
  buildWork();
  m_work = settingsSection(right, {m_hostsBlock, m_deviceBlock, m_homeBlock});
  buildDesktop();
  m_desktop = settingsSection(left, {m_notifyBlock, m_awakeBlock});
  m_about->setObjectName(QStringLiteral("settings_about"));
  m_bundle->setObjectName(QStringLiteral("settings_bundle"));
  m_help = right->addSection();
  m_help->content()->addWidget(leftAligned(leftAligned(m_bundle, m_about)));
  connect(m_about, &Button::clicked, this, &SettingsPage::aboutRequested);
  connect(m_bundle, &Button::clicked, this, &SettingsPage::bundleRequested);
  auto* inside = new QWidget;
  auto* cards = new QHBoxLayout(inside);
  cards->setContentsMargins(20, 0, 20, space::k16);
  cards->setSpacing(space::k16);
  cards->addWidget(left, 1, Qt::AlignTop);
  cards->addWidget(right, 1, Qt::AlignTop);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(inside);
  auto* head = new QVBoxLayout;
  head->setContentsMargins(20, space::k16, 20, 0);
  head->addWidget(m_header);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  column->addLayout(head);
  column->addWidget(scroll, 1);
  retranslate();
  m_theme->setCurrent(settings.value(themeKey(), automatic()).toString());
  m_code->setCurrent(settings.value(languageKey(), automatic()).toString());
  m_scale->setCurrent(settings.value(QLatin1String(kScaleKey), wholeSize()).toString());
}

void SettingsPage::buildLook() {
  m_theme->setObjectName(QStringLiteral("settings_theme"));
  m_code->setObjectName(QStringLiteral("settings_language"));
  m_scale->setObjectName(QStringLiteral("settings_scale"));
  m_themeBlock = new FieldBlock({}, leftAligned(m_theme));
  m_codeBlock = new FieldBlock({}, leftAligned(m_code));
  m_scaleBlock = new FieldBlock({}, leftAligned(m_scale));
  connect(m_theme, &SegmentedSwitch::chosen, this, &SettingsPage::setTheme);
  connect(m_code, &SegmentedSwitch::chosen, this, &SettingsPage::setLanguage);
  connect(m_scale, &SegmentedSwitch::chosen, this, &SettingsPage::setScale);
}

void SettingsPage::buildWork() {
  m_openHome->setObjectName(QStringLiteral("settings_open_home"));
  m_device->setObjectName(QStringLiteral("settings_device"));
  m_home->setCopyable(true);
  m_home->setWordWrap(true);
  m_home->setText(m_settings.home());
  m_device->setDevice(m_settings.value(QLatin1String(kDefaultDeviceKey), automatic()).toString());
  m_homeBlock = new FieldBlock({}, leftAligned(m_home, m_openHome));
  m_deviceBlock = new FieldBlock({}, leftAligned(m_device));
  m_hostsBlock = new FieldBlock({}, m_hosts);
  connect(m_openHome, &Button::clicked, this, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_settings.home())); });
  connect(m_device, &DeviceCombo::deviceChosen, this, [this](const QString& device) {
    m_settings.set(QLatin1String(kDefaultDeviceKey), device);
    Q_EMIT deviceChanged(device);
  });
  connect(m_hosts, &HostsList::chosen, this, &SettingsPage::hostChosen);
  connect(m_hosts, &HostsList::editRequested, this, &SettingsPage::hostEditRequested);
  connect(m_hosts, &HostsList::forgetRequested, this, &SettingsPage::hostForgetRequested);
}

void SettingsPage::buildDesktop() {
  m_notifyBlock = new FieldBlock({}, m_notify);
  m_awakeBlock = new FieldBlock({}, m_awake);
}

QCheckBox* SettingsPage::desktopBox(const char* name, const char* key) {
  auto* box = new QCheckBox;
  box->setObjectName(QLatin1String(name));
  box->setChecked(m_settings.value(QLatin1String(key), true).toBool());
  connect(box, &QCheckBox::toggled, this, [this, key](bool on) {
    m_settings.set(QLatin1String(key), on);
    Q_EMIT desktopChanged();
  });
  return box;
}

void SettingsPage::setHosts(const QString& current, const QStringList& known) { m_hosts->setHosts(current, known); }

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

void SettingsPage::setScale(const QString& percent) {
  m_settings.set(QLatin1String(kScaleKey), percent);
  m_scale->setCurrent(percent);
}

QList<Command> SettingsPage::commands() {
  return {{tr("Light theme"), title(), [this] { setTheme(QStringLiteral("light")); }},
          {tr("Dark theme"), title(), [this] { setTheme(QStringLiteral("dark")); }},
          {tr("Theme of the desktop"), title(), [this] { setTheme(automatic()); }},
          {QStringLiteral("English"), title(), [this] { setLanguage(QStringLiteral("en")); }},
          {QStringLiteral("简体中文"), title(), [this] { setLanguage(QStringLiteral("zh_CN")); }},
          {tr("Notifications"), title(), [this] { m_notify->toggle(); }},
          {tr("Stay awake while training"), title(), [this] { m_awake->toggle(); }}};
}

void SettingsPage::retranslate() {
  const QString theme = m_theme->current(), code = m_code->current(), scale = m_scale->current();
  m_theme->setChoices({{automatic(), tr("Automatic"), {}, true}, {QStringLiteral("light"), tr("Light"), {}, true}, {QStringLiteral("dark"), tr("Dark"), {}, true}});
  m_code->setChoices({{automatic(), tr("Automatic"), {}, true}, {QStringLiteral("en"), QStringLiteral("English"), {}, true},
                      {QStringLiteral("zh_CN"), QStringLiteral("简体中文"), {}, true}});
  QList<SegmentedSwitch::Choice> sizes;
  for (const char* percent : {"100", "125", "150", "200"})
    sizes.append({QLatin1String(percent), QLatin1String(percent) + QStringLiteral(" %"), {}, true});
  m_scale->setChoices(sizes);
  m_theme->setCurrent(theme);
  m_code->setCurrent(code);
  m_scale->setCurrent(scale);
  retranslateTexts();
}

void SettingsPage::retranslateTexts() {
  m_header->setTitle(tr("Settings"));
  m_look->setTitle(tr("Look"));
  m_work->setTitle(tr("Work"));
  m_desktop->setTitle(tr("Desktop"));
  m_help->setTitle(tr("Help"));
  const auto texts = [](FieldBlock* block, const QString& label, const QString& help) {
    block->setLabel(label);
    block->setHelp(help);
  };
  texts(m_themeBlock, tr("Theme"), tr("Automatic follows the desktop and switches with it."));
  texts(m_codeBlock, tr("Language"), tr("Changes at once; nothing has to be started again."));
  texts(m_scaleBlock, tr("Size of everything"), tr("On top of the desktop's own scale; from the next start of the window."));
  texts(m_hostsBlock, tr("Machines"), tr("Where models, data and runs are. The window stays here; ssh does the rest."));
  texts(m_deviceBlock, tr("Device of new runs"), tr("What the form begins with; each run can have another one."));
  texts(m_homeBlock, tr("Home folder"), tr("Runs, chats and settings are kept here. Start with --home DIR or LATHE_HOME to use another one."));
  texts(m_notifyBlock, tr("Notifications"), tr("Only while this window is not the active one. A click opens the run."));
  texts(m_awakeBlock, tr("Sleep"), tr("While this window is open and a run works on this computer. On the command line: lathe train --keep-awake."));
  m_notify->setText(tr("Tell when a run ends"));
  m_awake->setText(tr("Keep this computer awake while it trains"));
  m_about->setText(tr("About Lathe"));
  m_about->setToolTip(tr("Version, build, and the licence of every part"));
  m_bundle->setText(tr("Log bundle…"));
  m_bundle->setToolTip(tr("Doctor report, logs and recent specifications in one file, without secrets"));
  m_openHome->setText(tr("Open"));
  m_openHome->setToolTip(tr("Show the folder in the file manager"));
  named(m_theme, tr("Theme"));
  named(m_code, tr("Language"));
  named(m_scale, tr("Size of everything"));
  named(m_device, tr("Device of new runs"));
}

void SettingsPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
