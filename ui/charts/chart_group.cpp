// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_group.h"

#include "ui/style/format.h"

#include <cmath>

namespace lathe::ui {

ChartGroup::ChartGroup(QObject* parent) : QObject(parent) {}

void ChartGroup::add(LinePlot* plot) {
  m_plots << plot;
  plot->setXAxis(m_axis);
  connect(plot, &QObject::destroyed, this, [this, plot] { m_plots.removeAll(plot); });
  connect(plot, &LinePlot::hovered, this, [this, plot](double x) { showCrosshair(plot, x); });
  connect(plot, &LinePlot::unhovered, this, [this] {
    for (LinePlot* other : std::as_const(m_plots))
      other->setCrosshair(std::nullopt);
  });
  connect(plot, &LinePlot::rangeChanged, this, [this, plot](double from, double to) {
    for (LinePlot* other : std::as_const(m_plots))
      if (other != plot)
        other->setXRange(from, to);
  });
  connect(plot, &LinePlot::followingChanged, this, [this](bool following) {
    if (m_linking)
      return;
    m_linking = true;
    if (following)
      for (LinePlot* other : std::as_const(m_plots))
        other->follow();
    m_linking = false;
    Q_EMIT followingChanged(following);
  });
}

void ChartGroup::setXAxis(XAxis axis) {
  m_axis = axis;
  for (LinePlot* plot : std::as_const(m_plots))
    plot->setXAxis(axis);
  Q_EMIT followingChanged(true);
}

void ChartGroup::setMarks(const QList<EventMark>& marks) {
  QList<EventMark> bare = marks;
  for (EventMark& mark : bare)
    mark.label.clear();
  for (LinePlot* plot : std::as_const(m_plots))
    plot->setMarks(plot == m_plots.first() ? marks : bare);
}

void ChartGroup::addMark(const EventMark& mark) {
  for (LinePlot* plot : std::as_const(m_plots))
    plot->addMark(plot == m_plots.first() ? mark : EventMark{mark.x, {}});
}

void ChartGroup::setXEnd(std::optional<XValue> end) {
  for (LinePlot* plot : std::as_const(m_plots))
    plot->setXEnd(end);
}

void ChartGroup::clearData() {
  for (LinePlot* plot : std::as_const(m_plots))
    plot->clearData();
}

void ChartGroup::follow() {
  for (LinePlot* plot : std::as_const(m_plots))
    plot->follow();
}

bool ChartGroup::isFollowing() const { return m_plots.isEmpty() || m_plots.first()->isFollowing(); }

void ChartGroup::drawNow() {
  for (LinePlot* plot : std::as_const(m_plots))
    plot->drawNow();
}

void ChartGroup::showCrosshair(LinePlot* source, double x) {
  std::optional<XValue> at = m_ownValues ? source->xAt(x) : std::nullopt;
  for (qsizetype i = 0; i < m_plots.size() && !at; ++i)
    at = m_plots[i]->xAt(x);
  if (!at)
    return;
  const double snapped = at->on(m_axis);
  QStringList box{m_header ? m_header(*at) : tr("step %1 · %2 tokens · %3").arg(format::grouped(std::llround(at->step)), format::count(at->tokens), format::clock(at->time))};
  for (const LinePlot* plot : std::as_const(m_plots))
    if (!m_ownValues || plot == source)
      box << plot->valuesAt(snapped);
  for (LinePlot* plot : std::as_const(m_plots))
    plot->setCrosshair(snapped, plot == source ? box : QStringList());
}

} // namespace lathe::ui
