// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/style.h"

#include "ui/style/accessible_roles.h"
#include "ui/style/proxy_style.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QPainter>
#include <QPalette>
#include <QWidget>

namespace lathe::ui {

namespace {

Style* g_current = nullptr;
const Theme* g_theme = nullptr;

constexpr const char* kPortal = "org.freedesktop.portal.Desktop";
constexpr const char* kPortalPath = "/org/freedesktop/portal/desktop";
constexpr const char* kPortalSettings = "org.freedesktop.portal.Settings";
constexpr const char* kAppearance = "org.freedesktop.appearance";
constexpr const char* kColorScheme = "color-scheme"; // 0 no preference, 1 dark, 2 light

QVariant unwrapped(QVariant value) {
  while (value.canConvert<QDBusVariant>())
    value = value.value<QDBusVariant>().variant();
  return value;
}

QPalette paletteFor(const Theme& t) {
  QPalette p;
  const auto set = [&p](QPalette::ColorRole role, const QColor& color) { p.setColor(QPalette::All, role, color); };
  set(QPalette::Window, t.background);
  set(QPalette::WindowText, t.text);
  set(QPalette::Base, t.raised);
  set(QPalette::AlternateBase, t.surface);
  set(QPalette::Text, t.text);
  set(QPalette::Button, t.raised);
  set(QPalette::ButtonText, t.text);
  set(QPalette::BrightText, t.onAccent);
  set(QPalette::Highlight, t.accentSoft);
  set(QPalette::HighlightedText, t.text);
  set(QPalette::PlaceholderText, t.muted);
  set(QPalette::ToolTipBase, t.raised);
  set(QPalette::ToolTipText, t.text);
  set(QPalette::Link, t.accentInk);
  set(QPalette::LinkVisited, t.accentInk);
  set(QPalette::Light, t.raised);
  set(QPalette::Midlight, t.hover);
  set(QPalette::Mid, t.border);
  set(QPalette::Dark, t.borderStrong);
  set(QPalette::Shadow, t.borderStrong);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
    p.setColor(QPalette::Disabled, role, t.disabled);
  return p;
}

/// The desktop's own font when its figures are tabular, otherwise the first family that is there and has them.
QStringList uiFamilies() {
  const QStringList known = QFontDatabase::families();
  QStringList wanted;
  const QString desktop = QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
  const bool generic = desktop.startsWith(QLatin1String("Sans")) || desktop.startsWith(QLatin1String("DejaVu")) ||
                       desktop.contains(QLatin1String("CJK"));
  if (!generic)
    wanted << desktop;
  wanted << QStringLiteral("Roboto") << QStringLiteral("Noto Sans") << QStringLiteral("Source Sans 3") << QStringLiteral("Cantarell")
         << QStringLiteral("Ubuntu") << QStringLiteral("Noto Sans CJK SC") << QStringLiteral("DejaVu Sans");
  QStringList out;
  for (const QString& family : std::as_const(wanted)) {
    QFont font(family);
    font.setPixelSize(size::kTitle);
    font.setHintingPreference(QFont::PreferVerticalHinting); // full hinting would round advances apart
    if (known.contains(family) && style::hasTabularFigures(font)) {
      out << family;
      break;
    }
  }
  out << QStringLiteral("Noto Sans CJK SC") << QStringLiteral("sans-serif");
  return out;
}

QStringList monoFamilies() {
  const QStringList known = QFontDatabase::families();
  QStringList out;
  for (const char* family : {"JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono"})
    if (known.contains(QLatin1String(family)))
      out << QLatin1String(family);
  out << QStringLiteral("Noto Sans Mono CJK SC") << QStringLiteral("monospace");
  return out;
}

} // namespace

namespace {

/// Qt turns on FreeType's stem darkening for CFF fonts, which of ours are the Chinese ones, and blends them with gamma correction: dark text comes out as
/// drawn, light text on dark a quarter heavier than its Latin neighbours. One library serves both themes, so half of the darkening is the middle.
/// FreeType reads this when the first font is loaded.
void calmHeavyStems() {
  QByteArray properties = qgetenv("FREETYPE_PROPERTIES");
  if (properties.contains("darkening-parameters"))
    return;
  if (!properties.isEmpty())
    properties += ' ';
  qputenv("FREETYPE_PROPERTIES", properties + "cff:darkening-parameters=500,100,1000,100,1667,60,2333,0");
}

} // namespace

Style::Style(QApplication& app) : m_app(app) {
  g_current = this;
  calmHeavyStems();
  style::installAccessibleRoles();
  m_app.setStyle(new ProxyStyle);
  m_app.setFont(style::uiFont());
  QDBusConnection::sessionBus().connect(kPortal, kPortalPath, kPortalSettings, QStringLiteral("SettingChanged"), this,
                                        SLOT(portalSettingChanged(QString, QString, QDBusVariant)));
  apply();
  askDesktop();
}

Style::~Style() {
  if (g_current == this)
    g_current = nullptr;
}

const Theme& Style::theme() { return g_theme ? *g_theme : lightTheme(); }

Style* Style::current() { return g_current; }

void Style::setMode(ThemeMode mode) {
  m_mode = mode;
  apply();
}

void Style::askDesktop() {
  const QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected())
    return;
  QDBusMessage message = QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, QStringLiteral("Read"));
  message << QString::fromLatin1(kAppearance) << QString::fromLatin1(kColorScheme);
  auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(message, 3000), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* done) {
    const QDBusPendingReply<QDBusVariant> reply = *done;
    if (!reply.isError())
      portalSettingChanged(QString::fromLatin1(kAppearance), QString::fromLatin1(kColorScheme), reply.value());
    done->deleteLater();
  });
}

void Style::portalSettingChanged(const QString& area, const QString& key, const QDBusVariant& value) {
  if (area != QLatin1String(kAppearance) || key != QLatin1String(kColorScheme))
    return;
  m_desktopDark = unwrapped(value.variant()).toUInt() == 1;
  if (m_mode == ThemeMode::Auto)
    apply();
}

void Style::apply() {
  const bool dark = m_mode == ThemeMode::Dark || (m_mode == ThemeMode::Auto && m_desktopDark);
  const Theme* wanted = dark ? &darkTheme() : &lightTheme();
  if (wanted == g_theme && m_app.palette().window().color() == wanted->background)
    return;
  g_theme = wanted;
  m_app.setPalette(paletteFor(*wanted));
  const auto widgets = QApplication::allWidgets();
  for (QWidget* widget : widgets)
    widget->update();
  Q_EMIT changed();
}

namespace style {

QFont uiFont(int pixels, QFont::Weight weight) {
  static const QStringList families = uiFamilies();
  QFont font;
  font.setFamilies(families);
  font.setPixelSize(pixels);
  font.setWeight(weight);
  font.setHintingPreference(QFont::PreferVerticalHinting);
  return font;
}

QFont monoFont(int pixels) {
  static const QStringList families = monoFamilies();
  QFont font;
  font.setFamilies(families);
  font.setPixelSize(pixels);
  font.setStyleHint(QFont::Monospace);
  font.setHintingPreference(QFont::PreferVerticalHinting);
  return font;
}

bool hasTabularFigures(const QFont& font) {
  const QFontMetricsF metrics(font);
  const double zero = metrics.horizontalAdvance(QLatin1Char('0'));
  for (char digit = '1'; digit <= '9'; ++digit)
    if (qAbs(metrics.horizontalAdvance(QLatin1Char(digit)) - zero) > 0.01)
      return false;
  return zero > 0;
}

void drawBox(QPainter& painter, const QRectF& rect, const QColor& fill, const QColor& border, double radius, Qt::PenStyle line) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(border.isValid() && border.alpha() > 0 ? QPen(border, 1, line) : QPen(Qt::NoPen));
  painter.setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
  painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
  painter.restore();
}

QColor mix(const QColor& a, const QColor& b, double share) {
  const double s = qBound(0.0, share, 1.0);
  return QColor::fromRgbF(float(a.redF() * (1 - s) + b.redF() * s), float(a.greenF() * (1 - s) + b.greenF() * s),
                          float(a.blueF() * (1 - s) + b.blueF() * s));
}

QColor withAlpha(QColor color, double alpha) {
  color.setAlphaF(float(alpha));
  return color;
}

} // namespace style
} // namespace lathe::ui
