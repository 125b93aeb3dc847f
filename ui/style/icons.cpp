// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/icons.h"

#include "ui/style/style.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <array>

static void loadResources() {
  Q_INIT_RESOURCE(resources); // the window is a static library: nothing else would pull the file in
}

namespace lathe::ui {

namespace {

constexpr std::array<const char*, kIconCount> kFiles = {
    "train", "runs", "models", "data", "chat", "system", "settings",
    "pause", "play", "stop", "save", "evaluate", "sample", "copy", "search", "plus", "trash", "undo", "refresh",
    "chevron-down", "chevron-right", "chevron-left", "chevron-up", "check", "warning", "info", "close", "folder", "send", "sun", "moon",
    "pencil", "branch", "more", "export",
    "logo",
};

const QByteArray& source(IconName name) {
  static std::array<QByteArray, kIconCount> sources;
  QByteArray& bytes = sources[static_cast<size_t>(name)];
  if (bytes.isEmpty()) {
    loadResources();
    QFile file(QStringLiteral(":/icons/%1.svg").arg(QLatin1String(style::iconFile(name))));
    if (file.open(QIODevice::ReadOnly))
      bytes = file.readAll();
  }
  return bytes;
}

QColor colorOf(IconRole role) {
  const Theme& t = Style::theme();
  switch (role) {
  case IconRole::Text:
    return t.text;
  case IconRole::Muted:
    return t.muted;
  case IconRole::Accent:
    return t.accentInk;
  case IconRole::OnAccent:
    return t.onAccent;
  case IconRole::Good:
    return t.good;
  case IconRole::Warn:
    return t.warn;
  case IconRole::Bad:
    return t.bad;
  }
  return t.text;
}

QPixmap render(IconName name, const QColor& color, const QSize& pixels) {
  const Theme& t = Style::theme();
  const QString key = QStringLiteral("lathe-%1-%2-%3x%4").arg(int(name)).arg(color.rgba()).arg(pixels.width()).arg(pixels.height());
  QPixmap out;
  if (QPixmapCache::find(key, &out))
    return out;
  QByteArray svg = source(name);
  svg.replace("currentColor", color.name().toLatin1());
  svg.replace("accentFill", t.accent.name().toLatin1()); // the logo's tile
  svg.replace("onAccent", t.onAccent.name().toLatin1());
  QSvgRenderer renderer(svg);
  out = QPixmap(pixels);
  out.fill(Qt::transparent);
  QPainter painter(&out);
  renderer.render(&painter);
  painter.end();
  QPixmapCache::insert(key, out);
  return out;
}

class LineIconEngine : public QIconEngine {
 public:
  LineIconEngine(IconName name, IconRole role) : m_name(name), m_role(role) {}
  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const double ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
    painter->drawPixmap(rect, render(m_name, color(mode), (QSizeF(rect.size()) * ratio).toSize()));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override { return render(m_name, color(mode), size); }
  QIconEngine* clone() const override { return new LineIconEngine(m_name, m_role); }
  bool isNull() override { return false; }

 private:
  QColor color(QIcon::Mode mode) const { return mode == QIcon::Disabled ? Style::theme().disabled : colorOf(m_role); }
  IconName m_name;
  IconRole m_role;
};

} // namespace

namespace style {

const char* iconFile(IconName name) { return kFiles[static_cast<size_t>(name)]; }

QIcon icon(IconName name, IconRole role) { return QIcon(new LineIconEngine(name, role)); }

QPixmap pixmap(IconName name, IconRole role, int side, double ratio) {
  QPixmap out = render(name, colorOf(role), QSizeF(side * ratio, side * ratio).toSize());
  out.setDevicePixelRatio(ratio);
  return out;
}

} // namespace style
} // namespace lathe::ui
