// SPDX-License-Identifier: GPL-3.0-or-later
// Applies the tokens to the application: palette, fonts and a QProxyStyle over Fusion. Made once in main() or in a test.
#pragma once

#include "ui/style/tokens.h"

#include <QFont>
#include <QObject>
#include <QString>

class QApplication;
class QPainter;
class QRectF;
class QDBusVariant;
class QWidget;

namespace lathe::ui {

enum class ThemeMode { Auto, Light, Dark }; // Auto follows the desktop's portal, light without one

class Style : public QObject {
  Q_OBJECT
 public:
  explicit Style(QApplication& app);
  ~Style() override;

  /// The theme in force. Valid without a Style object too (light).
  static const Theme& theme();
  /// The living Style, or nullptr; for connecting to changed().
  static Style* current();

  ThemeMode mode() const { return m_mode; }
  void setMode(ThemeMode mode);

 Q_SIGNALS:
  void changed();

 private Q_SLOTS:
  void portalSettingChanged(const QString& area, const QString& key, const QDBusVariant& value);

 private:
  void askDesktop();
  void apply();
  QApplication& m_app;
  ThemeMode m_mode = ThemeMode::Auto;
  bool m_desktopDark = false;
};

namespace style {

/// Families chosen once: UI text with tabular figures, and monospace for tokens, logs and commands.
QFont uiFont(int pixels = size::kBase, QFont::Weight weight = QFont::Normal);
QFont monoFont(int pixels = size::kBase);
/// True when all ten digits of the font have the same advance.
bool hasTabularFigures(const QFont& font);

/// A one-pixel border with a rounded fill, crisp at every scale.
void drawBox(QPainter& painter, const QRectF& rect, const QColor& fill, const QColor& border, double radius = size::kRadius,
             Qt::PenStyle line = Qt::SolidLine);
QColor mix(const QColor& a, const QColor& b, double shareOfB);
QColor withAlpha(QColor color, double alpha);

} // namespace style
} // namespace lathe::ui
