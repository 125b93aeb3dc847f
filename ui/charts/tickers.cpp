// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/tickers.h"

#include "ui/style/format.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

QString plain(const std::function<QString(double)>& format, double tick) {
  if (std::fabs(tick) < 1e-300)
    tick = 0;
  if (format)
    return format(tick);
  if (tick == 0)
    return QStringLiteral("0");
  const double size = std::fabs(tick);
  if (size < 1e-3)
    return format::scientific(tick);
  return size >= 10000 ? format::count(tick) : QString::number(tick, 'g', 4);
}

} // namespace

double XTicker::getTickStep(const QCPRange& range) {
  if (m_axis != XAxis::Time)
    return std::max(m_axis == XAxis::Step ? 1.0 : 0.0, QCPAxisTicker::getTickStep(range));
  const double wanted = range.size() / 6;
  for (const double step : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400})
    if (step >= wanted)
      return step;
  return std::ceil(wanted / 86400) * 86400;
}

QVector<double> XTicker::createTickVector(double step, const QCPRange& range) {
  constexpr double kApart = 0.6; // of a step; nearer labels would touch
  QVector<double> ticks = QCPAxisTicker::createTickVector(step, range);
  if (m_end && *m_end >= range.lower && *m_end <= range.upper) {
    ticks.erase(std::remove_if(ticks.begin(), ticks.end(), [&](double tick) { return std::fabs(tick - *m_end) < kApart * step; }), ticks.end());
    ticks.insert(std::upper_bound(ticks.begin(), ticks.end(), *m_end), *m_end);
  }
  return ticks;
}

QString XTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  if (tick < 0)
    return {};
  if (m_axis == XAxis::Time)
    return format::clock(tick);
  if (m_axis == XAxis::Tokens)
    return format::count(tick);
  return tick >= 1e6 ? format::count(tick) : format::grouped(std::llround(tick));
}

double AgoTicker::getTickStep(const QCPRange& range) {
  const double wanted = range.size() / tickCount();
  for (const double step : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600})
    if (step >= wanted)
      return step;
  return 600;
}

QString AgoTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return format::ago(tickOrigin() - tick); }

double YTicker::getTickStep(const QCPRange& range) {
  constexpr int kMost = 6;
  const double step = QCPAxisTicker::getTickStep(range);
  double scaled = step;
  for (m_decimals = 0; m_decimals < kMost && std::fabs(scaled - std::round(scaled)) > 1e-6 * scaled; ++m_decimals)
    scaled *= 10;
  return step;
}

QString YTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  const double value = std::fabs(tick) < 1e-12 ? 0 : tick;
  const double size = std::fabs(value);
  if (m_format || size >= 10000 || (size > 0 && size < 1e-3) || size == 0)
    return plain(m_format, value);
  return QString::number(value, 'f', m_decimals);
}

QVector<double> YLogTicker::createTickVector(double step, const QCPRange& range) {
  QVector<double> ticks = QCPAxisTickerLog::createTickVector(step, range);
  int inside = 0;
  for (const double tick : ticks)
    inside += range.contains(tick);
  if (inside >= 3)
    return ticks;
  ticks.clear(); // less than two decades: 1, 2, 5 of each
  for (double decade = std::pow(10.0, std::floor(std::log10(range.lower))); decade <= range.upper; decade *= 10)
    for (const double m : {1.0, 2.0, 5.0})
      ticks << decade * m;
  return ticks;
}

QString YLogTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return plain(m_format, tick); }

} // namespace lathe::ui
