// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/plot_legend.h"

#include "ui/style/style.h"
#include "ui/widgets/flow_layout.h"

#include <QEvent>
#include <QPainter>

namespace lathe::ui {

namespace {

constexpr int kSampleWidth = 30, kLegendPad = 8, kMostName = 190, kLegendHeight = 24;

} // namespace

LegendEntry::LegendEntry(const LinePlot* plot, int series, QWidget* parent) : QAbstractButton(parent), m_plot(plot), m_series(series) {
  setObjectName(QStringLiteral("legend_%1").arg(series));
  setCheckable(true);
  setFont(style::uiFont(12));
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setText(plot->seriesOptions(series).name);
  setChecked(plot->isSeriesVisible(series));
  connect(this, &QAbstractButton::toggled, this, &LegendEntry::describe);
  describe();
}

void LegendEntry::describe() {
  setAccessibleName(m_note.isEmpty() ? text() : tr("%1, %2").arg(text(), m_note));
  setAccessibleDescription(isChecked() ? tr("Shown. Press to hide it.") : tr("Hidden. Press to show it."));
  setToolTip(tr("%1\nClick: show or hide. Double click: this one alone.").arg(text()));
  updateGeometry();
  update();
}

void LegendEntry::setNote(const QString& note) {
  if (note == m_note)
    return;
  m_note = note;
  describe();
}

QSize LegendEntry::sizeHint() const {
  const int name = std::min(kMostName, fontMetrics().horizontalAdvance(text()) + 2);
  const int note = m_note.isEmpty() ? 0 : fontMetrics().horizontalAdvance(m_note) + kLegendPad;
  return {kLegendPad * 3 + kSampleWidth + name + note, kLegendHeight};
}

void LegendEntry::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  const QColor edge = hasFocus() ? t.accent : isChecked() ? t.borderStrong : t.border;
  style::drawBox(painter, rect(), underMouse() ? t.hover : isChecked() ? t.raised : t.background, edge, size::kRadiusSmall, isChecked() ? Qt::SolidLine : Qt::DashLine);
  if (isChecked())
    m_plot->paintSample(painter, QRectF(kLegendPad, 2, kSampleWidth, height() - 4), m_series);
  QRect place(kLegendPad * 2 + kSampleWidth, 0, width() - kLegendPad * 3 - kSampleWidth, height());
  painter.setFont(font());
  if (!m_note.isEmpty()) {
    painter.setPen(t.muted);
    painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, m_note);
    place.setWidth(place.width() - fontMetrics().horizontalAdvance(m_note) - kLegendPad);
  }
  painter.setPen(isChecked() ? t.text : t.muted);
  painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, fontMetrics().elidedText(text(), Qt::ElideMiddle, place.width()));
}

void LegendEntry::mouseDoubleClickEvent(QMouseEvent*) { Q_EMIT onlyRequested(); }

void LegendEntry::changeEvent(QEvent* event) {
  QAbstractButton::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    describe();
}

PlotLegend::PlotLegend(LinePlot* plot, QWidget* parent) : QWidget(parent), m_plot(plot) {
  new FlowLayout(this, 6);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  connect(plot, &LinePlot::seriesChanged, this, &PlotLegend::rebuild);
  rebuild();
}

LegendEntry* PlotLegend::entry(int series) const { return m_entries.value(series, nullptr); }

void PlotLegend::setNote(int series, const QString& note) {
  if (LegendEntry* shown = entry(series))
    shown->setNote(note);
}

void PlotLegend::rebuild() {
  for (int series = static_cast<int>(m_entries.size()); series < m_plot->seriesCount(); ++series) {
    auto* added = new LegendEntry(m_plot, series, this);
    connect(added, &QAbstractButton::toggled, this, [this, series](bool shown) {
      m_plot->setSeriesVisible(series, shown);
      Q_EMIT toggled(series, shown);
    });
    connect(added, &LegendEntry::onlyRequested, this, [this, series] { showOnly(series); });
    layout()->addWidget(added);
    added->show();
    m_entries << added;
  }
  for (LegendEntry* shown : std::as_const(m_entries)) {
    shown->setText(m_plot->seriesOptions(shown->series()).name);
    shown->setChecked(m_plot->isSeriesVisible(shown->series()));
    shown->update();
  }
  updateGeometry();
}

void PlotLegend::showOnly(int series) {
  // The first press of the double click has turned this one over already, so the others tell whether it was alone.
  const bool others = std::any_of(m_entries.begin(), m_entries.end(), [series](const LegendEntry* e) { return e->series() != series && e->isChecked(); });
  for (LegendEntry* shown : std::as_const(m_entries))
    shown->setChecked(!others || shown->series() == series);
}

} // namespace lathe::ui
