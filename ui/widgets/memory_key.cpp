// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory_key.h"

#include "ui/style/format.h"
#include "ui/style/style.h"

#include <QPainter>

namespace lathe::ui {

namespace {

constexpr int kKeyLine = 20, kSquare = 10, kGap = 6, kBetween = 18;

QString keyText(const MemoryPart& part) { return QStringLiteral("%1 %2").arg(memoryCategoryName(part.category), format::bytes(part.bytes)); }

} // namespace

MemoryKey::MemoryKey(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

template <class Place>
int MemoryKey::walk(int width, Place&& place) const {
  const QFontMetrics metrics(style::uiFont(12));
  int x = 0, y = 0;
  for (const MemoryPart& part : m_parts) {
    const QString text = keyText(part);
    const int wide = kSquare + kGap + metrics.horizontalAdvance(text);
    if (x > 0 && x + wide > width) {
      x = 0;
      y += kKeyLine;
    }
    place(part, text, QRect(x, y, wide + 2, kKeyLine));
    x += wide + kBetween;
  }
  return m_parts.isEmpty() ? 0 : y + kKeyLine;
}

int MemoryKey::heightForWidth(int width) const {
  return walk(width, [](const MemoryPart&, const QString&, const QRect&) {});
}

void MemoryKey::setParts(const QList<MemoryPart>& parts) {
  const int before = heightForWidth(width());
  m_parts = parts;
  QStringList spoken;
  for (const MemoryPart& part : parts)
    spoken << keyText(part);
  setAccessibleName(spoken.join(QStringLiteral(", ")));
  if (heightForWidth(width()) != before)
    updateGeometry();
  update();
}

void MemoryKey::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  updateGeometry();
}

void MemoryKey::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  painter.setFont(style::uiFont(12));
  walk(width(), [&](const MemoryPart& part, const QString& text, const QRect& place) {
    painter.fillRect(QRect(place.left(), place.center().y() - kSquare / 2 + 1, kSquare, kSquare), t.memoryColor(part.category));
    painter.setPen(t.muted);
    painter.drawText(place.adjusted(kSquare + kGap, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
  });
}

} // namespace lathe::ui
