// SPDX-License-Identifier: GPL-3.0-or-later
// LinePlot: the same data as file, sentence and table.
#include "ui/charts/line_plot_private.h"

#include "ui/style/format.h"
#include "ui/widgets/stacked_bar.h"

#include <QFile>
#include <QHeaderView>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QTableWidget>

#include <cmath>
#include <map>

namespace lathe::ui {

namespace {

constexpr int kTableRows = 2000;

QString csvNumber(double value) { return std::isfinite(value) ? QString::number(value, 'g', 12) : QString(); }

/// A name that a table program would take for a formula gets an apostrophe before it.
QString quotedCsv(const QString& text) {
  const bool formula = !text.isEmpty() && QStringLiteral("=+-@").contains(text.front());
  return QStringLiteral("\"%1%2\"").arg(formula ? QStringLiteral("'") : QString(), QString(text).replace(QLatin1Char('"'), QStringLiteral("\"\"")));
}

struct NamedPoints {
  QString name;
  const SeriesPyramid* points;
  const SeriesPyramid* below; // for stacks: what to subtract
};

std::vector<NamedPoints> allPoints(const PlotState& state) {
  std::vector<NamedPoints> out;
  for (const auto& s : state.series)
    out.push_back({s->options.name, &s->raw, nullptr});
  for (size_t i = 0; i < state.stack.size(); ++i)
    out.push_back({memoryCategoryName(state.stackCategories.at(static_cast<qsizetype>(i))), state.stack[i].get(), i > 0 ? state.stack[i - 1].get() : nullptr});
  return out;
}

/// Rows by step: one value (or none) per series; of a series with more than `most` points every so many-th.
std::map<double, std::pair<XValue, std::vector<double>>> rowsOf(const std::vector<NamedPoints>& all, size_t most = std::numeric_limits<size_t>::max()) {
  std::map<double, std::pair<XValue, std::vector<double>>> rows;
  for (size_t k = 0; k < all.size(); ++k)
    for (size_t i = 0, stride = 1 + (all[k].points->size() - 1) / most; i < all[k].points->size(); i += stride) {
      const XValue x = all[k].points->xValue(i);
      auto& row = rows[x.step];
      if (row.second.empty())
        row = {x, std::vector<double>(all.size(), std::numeric_limits<double>::quiet_NaN())};
      row.second[k] = all[k].points->y(i) - (all[k].below ? all[k].below->y(i) : 0);
    }
  return rows;
}

/// A line per series and point: every run has tokens and times of its own.
QString separateCsv(const std::vector<NamedPoints>& all) {
  QString out = QStringLiteral("series,step,tokens,seconds,value\n");
  for (const NamedPoints& points : all) {
    const QString name = quotedCsv(points.name);
    for (size_t i = 0; i < points.points->size(); ++i) {
      const XValue x = points.points->xValue(i);
      out += name + QLatin1Char(',') + csvNumber(x.step) + QLatin1Char(',') + csvNumber(x.tokens) + QLatin1Char(',') + csvNumber(x.time) + QLatin1Char(',') +
             csvNumber(points.points->y(i)) + QLatin1Char('\n');
    }
  }
  return out;
}

} // namespace

QString LinePlot::toCsv() const {
  const auto all = allPoints(*d);
  if (d->separateRuns)
    return separateCsv(all);
  QString out = QStringLiteral("step,tokens,seconds");
  for (const NamedPoints& points : all)
    out += QLatin1Char(',') + quotedCsv(points.name);
  out += QLatin1Char('\n');
  for (const auto& [step, row] : rowsOf(all)) {
    out += csvNumber(row.first.step) + QLatin1Char(',') + csvNumber(row.first.tokens) + QLatin1Char(',') + csvNumber(row.first.time);
    for (const double value : row.second)
      out += QLatin1Char(',') + csvNumber(value);
    out += QLatin1Char('\n');
  }
  return out;
}

bool LinePlot::exportTo(const QString& path) {
  if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(toCsv().toUtf8()) >= 0 && file.commit();
  }
  if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive)) {
    QSvgGenerator svg;
    svg.setFileName(path);
    svg.setSize(d->plot->size());
    svg.setViewBox(QRect(QPoint(0, 0), d->plot->size()));
    svg.setTitle(title());
    svg.setDescription(summaryText());
    QCPPainter painter;
    if (!painter.begin(&svg))
      return false;
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    d->plot->toPainter(&painter, d->plot->width(), d->plot->height());
    painter.end();
    return QFile::exists(path);
  }
  return d->plot->savePng(path, d->plot->width(), d->plot->height(), 2.0);
}

QString LinePlot::summaryText() const {
  QStringList out{title()};
  for (const NamedPoints& points : allPoints(*d)) {
    if (points.points->size() == 0)
      continue;
    const auto range = points.points->extremes(0, points.points->size());
    const size_t last = points.points->size() - 1;
    const auto text = [this](double v) { return d->yFormat ? d->yFormat(v) : format::number(v); };
    out << tr("%1: %2 points, last %3, smallest %4, largest %5.")
               .arg(points.name, format::grouped(qint64(last + 1)), text(points.points->y(last)), text(range.lower), text(range.upper));
  }
  if (out.size() == 1)
    out << tr("No points yet.");
  return out.join(QLatin1Char('\n'));
}

QWidget* LinePlot::makeTable(QWidget* parent) const {
  const auto all = allPoints(*d);
  const auto rows = rowsOf(all, kTableRows);
  auto* table = new QTableWidget(parent);
  table->setAccessibleName(title());
  table->setColumnCount(static_cast<int>(all.size()) + 1);
  QStringList head{d->window > 0 ? tr("Seconds") : tr("Step")};
  for (const NamedPoints& points : all)
    head << points.name;
  table->setHorizontalHeaderLabels(head);
  table->verticalHeader()->hide();
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setTabKeyNavigation(false);
  table->setRowCount(static_cast<int>(rows.size()));
  int at = 0;
  for (const auto& [step, row] : rows) {
    table->setItem(at, 0, new QTableWidgetItem(format::grouped(std::llround(step))));
    for (size_t k = 0; k < all.size(); ++k)
      table->setItem(at, static_cast<int>(k) + 1, new QTableWidgetItem(std::isfinite(row.second[k]) ? (d->yFormat ? d->yFormat(row.second[k]) : format::number(row.second[k])) : QString()));
    ++at;
  }
  return table;
}

} // namespace lathe::ui
