// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/type_bar.h"

#include "ui/style/format.h"
#include "ui/style/series_look.h"
#include "ui/style/style.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kTypeBarHeight = 16, kTypeLine = 22, kMostTypes = 6, kTypeSwatch = 10;

} // namespace

TypeBar::TypeBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Bytes by type"));
}

void TypeBar::setParts(QList<TypePart> parts) {
  std::stable_sort(parts.begin(), parts.end(), [](const TypePart& a, const TypePart& b) { return a.bytes > b.bytes; });
  double others = 0;
  while (parts.size() > kMostTypes)
    others += parts.takeLast().bytes;
  if (others > 0)
    parts.append({tr("others"), others});
  m_parts = std::move(parts);
  QStringList said;
  for (const TypePart& part : std::as_const(m_parts))
    said << describe(part);
  setAccessibleDescription(said.join(QStringLiteral("; ")));
  updateGeometry();
  update();
}

double TypeBar::sum() const {
  double out = 0;
  for (const TypePart& part : m_parts)
    out += part.bytes;
  return out;
}

QString TypeBar::describe(const TypePart& part) const {
  const double all = sum(), share = all > 0 ? 100 * part.bytes / all : 0;
  const QString shown = share > 0 && share < 0.1 ? tr("less than 0.1 %") : format::number(share, share < 10 ? 2 : 3) + QStringLiteral(" %");
  return QStringLiteral("%1  %2 · %3").arg(part.type, format::bytes(part.bytes), shown);
}

QSize TypeBar::sizeHint() const { return {320, kTypeBarHeight + static_cast<int>(m_parts.size()) * kTypeLine + space::k4}; }

void TypeBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& theme = Style::theme();
  style::drawBox(painter, QRectF(0, 0, width(), kTypeBarHeight), theme.track, QColor(), size::kRadiusSmall);
  const double all = sum();
  double x = 0;
  QFont font = style::uiFont(12);
  painter.setFont(font);
  for (int i = 0; i < m_parts.size(); ++i) {
    const QColor color = style::seriesLook(i).color;
    const double wide = all > 0 ? m_parts[i].bytes / all * width() : 0;
    if (wide > 0)
      style::drawBox(painter, QRectF(x, 0, std::max(1.0, wide - (i + 1 < m_parts.size() ? 1 : 0)), kTypeBarHeight), color, QColor(), i == 0 || i + 1 == m_parts.size() ? size::kRadiusSmall : 0);
    x += wide;
    const int y = kTypeBarHeight + space::k4 + i * kTypeLine;
    style::drawBox(painter, QRectF(0, y + (kTypeLine - kTypeSwatch) / 2.0, kTypeSwatch, kTypeSwatch), color, QColor(), 2);
    painter.setPen(theme.text);
    painter.drawText(QRect(kTypeSwatch + space::k8, y, width() - kTypeSwatch - space::k8, kTypeLine), Qt::AlignVCenter | Qt::AlignLeft, describe(m_parts[i]));
  }
}

bool TypeBar::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    double x = 0;
    for (const TypePart& part : std::as_const(m_parts)) {
      x += sum() > 0 ? part.bytes / sum() * width() : 0;
      if (help->pos().y() <= kTypeBarHeight && help->pos().x() <= x) {
        QToolTip::showText(help->globalPos(), describe(part), this);
        return true;
      }
    }
    QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

} // namespace lathe::ui
