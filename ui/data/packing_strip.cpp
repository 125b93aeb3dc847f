// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/packing_strip.h"

#include "ui/style/format.h"
#include "ui/style/shown_state.h"
#include "ui/style/style.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kStripLine = 18, kStripGap = 4, kStripLabel = 58, kStripFill = 46;

} // namespace

PackingStrip::PackingStrip(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("packing_strip"));
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  describe();
}

void PackingStrip::setReport(const api::PackingReport& report) {
  m_report = report;
  std::erase_if(m_report.first, [](const api::PackedBin& bin) { return bin.rows.empty(); });
  m_current = {};
  describe();
  updateGeometry();
  update();
}

int PackingStrip::lines() const { return std::min(kMost, static_cast<int>(m_report.first.size())); }

double PackingStrip::capacity() const {
  int64_t most = std::max<int64_t>(1, m_report.capacity);
  for (int i = 0; i < lines(); ++i)
    most = std::max(most, m_report.first[static_cast<size_t>(i)].tokens);
  return static_cast<double>(most);
}

QSize PackingStrip::sizeHint() const { return {360, std::max(1, lines()) * (kStripLine + kStripGap)}; }
QSize PackingStrip::minimumSizeHint() const { return {200, sizeHint().height()}; }

QRectF PackingStrip::lineRect(int line) const { return QRectF(kStripLabel, line * (kStripLine + kStripGap) + 0.5, width() - kStripLabel - kStripFill, kStripLine - 1); }

QRectF PackingStrip::rowRect(Place place) const {
  const QRectF line = lineRect(place.line);
  const double scale = line.width() / capacity();
  double before = 0;
  for (int i = 0; i < place.row; ++i)
    before += static_cast<double>(at({place.line, i}).tokens);
  return QRectF(line.left() + before * scale, line.top(), static_cast<double>(at(place).tokens) * scale, line.height());
}

std::optional<PackingStrip::Place> PackingStrip::placeAt(const QPointF& point) const {
  const int line = static_cast<int>(point.y()) / (kStripLine + kStripGap);
  if (line < 0 || line >= lines())
    return std::nullopt;
  for (int row = 0; row < static_cast<int>(m_report.first[static_cast<size_t>(line)].rows.size()); ++row)
    if (const QRectF rect = rowRect({line, row}); point.x() >= rect.left() && point.x() < rect.right())
      return Place{line, row};
  return std::nullopt;
}

QString PackingStrip::say(Place place) const {
  const api::PackedRow& row = at(place);
  return tr("Row %1: %2 tokens, %3 learned").arg(format::grouped(row.row + 1), format::grouped(row.tokens), format::grouped(row.supervised));
}

void PackingStrip::describe() {
  setAccessibleName(tr("Packed rows"));
  if (lines() == 0)
    return setAccessibleDescription(tr("Not counted yet."));
  setAccessibleDescription(tr("The first %1 of %2 microbatches.").arg(lines()).arg(format::grouped(m_report.microbatches)) + QLatin1Char(' ') + say(m_current));
}

void PackingStrip::paintEvent(QPaintEvent*) {
  const Theme& theme = Style::theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(style::uiFont(size::kCaption));
  for (int line = 0; line < lines(); ++line) {
    const api::PackedBin& bin = m_report.first[static_cast<size_t>(line)];
    const QRectF area = lineRect(line);
    painter.setPen(theme.muted);
    painter.drawText(QRectF(0, area.top(), kStripLabel - 6, area.height()), Qt::AlignRight | Qt::AlignVCenter, tr("step %1").arg(format::grouped(bin.step + 1)));
    const double share = 100.0 * static_cast<double>(bin.tokens) / static_cast<double>(std::max(bin.tokens, m_report.capacity));
    painter.drawText(QRectF(area.right() + 4, area.top(), kStripFill - 4, area.height()), Qt::AlignRight | Qt::AlignVCenter, format::percent(share));
    painter.fillRect(area, theme.track);
    for (int row = 0; row < static_cast<int>(bin.rows.size()); ++row) {
      const QRectF box = rowRect({line, row});
      painter.fillRect(box, theme.raised);
      const double learned = static_cast<double>(at({line, row}).supervised) / static_cast<double>(std::max<int64_t>(1, at({line, row}).tokens));
      painter.fillRect(QRectF(box.right() - box.width() * learned, box.top(), box.width() * learned, box.height()), theme.accentSoft);
      painter.setPen(QPen(theme.accentSoftBorder, 1));
      painter.drawRect(box);
    }
  }
  if (style::showsFocus(this) && lines() > 0) {
    painter.setPen(QPen(theme.accent, 2));
    painter.drawRect(rowRect(m_current));
  }
}

void PackingStrip::mousePressEvent(QMouseEvent* event) {
  const auto place = placeAt(event->position());
  if (!place || event->button() != Qt::LeftButton)
    return;
  m_current = *place;
  describe();
  update();
  Q_EMIT rowRequested(at(*place).row);
}

void PackingStrip::keyPressEvent(QKeyEvent* event) {
  const auto rowsOf = [this](int line) { return static_cast<int>(m_report.first[static_cast<size_t>(line)].rows.size()); };
  Place next = m_current;
  switch (event->key()) {
  case Qt::Key_Left: --next.row; break;
  case Qt::Key_Right: ++next.row; break;
  case Qt::Key_Up: --next.line; break;
  case Qt::Key_Down: ++next.line; break;
  case Qt::Key_Return:
  case Qt::Key_Enter:
    if (lines() > 0)
      Q_EMIT rowRequested(at(m_current).row);
    return;
  default: return QWidget::keyPressEvent(event);
  }
  if (lines() == 0 || next.line < 0 || next.line >= lines())
    return;
  next.row = std::clamp(next.row, 0, rowsOf(next.line) - 1);
  m_current = next;
  describe();
  update();
}

bool PackingStrip::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip)
    return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const auto place = placeAt(help->pos()))
    QToolTip::showText(help->globalPos(), say(*place), this);
  else
    QToolTip::hideText();
  return true;
}

void PackingStrip::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    describe();
}

} // namespace lathe::ui
