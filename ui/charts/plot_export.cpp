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

/// Rows by step: one value (or none) per series.
std::map<double, std::pair<XValue, std::vector<double>>> rowsOf(const std::vector<NamedPoints>& all) {
  std::map<double, std::pair<XValue, std::vector<double>>> rows;
  for (size_t k = 0; k < all.size(); ++k)
    for (size_t i = 0; i < all[k].points->size(); ++i) {
      const XValue x = all[k].points->xValue(i);
      auto& row = rows[x.step];
      if (row.second.empty())
        row = {x, std::vector<double>(all.size(), std::numeric_limits<double>::quiet_NaN())};
      row.second[k] = all[k].points->y(i) - (all[k].below ? all[k].below->y(i) : 0);
    }
  return rows;
}

} // namespace

QString LinePlot::toCsv() const {
  const auto all = allPoints(*d);
  QString out = QStringLiteral("step,tokens,seconds");
  for (const NamedPoints& points : all)
    out += QStringLiteral(",\"%1\"").arg(QString(points.name).replace(QLatin1Char('"'), QStringLiteral("\"\"")));
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
  const auto rows = rowsOf(all);
  const size_t skip = rows.size() > kTableRows ? (rows.size() + kTableRows - 1) / kTableRows : 1;
  auto* table = new QTableWidget(parent);
  table->setAccessibleName(title());
  table->setColumnCount(static_cast<int>(all.size()) + 1);
  QStringList head{d->window > 0 ? tr("Seconds") : tr("Step")};
  for (const NamedPoints& points : all)
    head << points.name;
  table->setHorizontalHeaderLabels(head);
  table->verticalHeader()->hide();
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setRowCount(static_cast<int>((rows.size() + skip - 1) / skip));
  size_t index = 0;
  int at = 0;
  for (const auto& [step, row] : rows) {
    if (index++ % skip != 0)
      continue;
    table->setItem(at, 0, new QTableWidgetItem(format::grouped(std::llround(step))));
    for (size_t k = 0; k < all.size(); ++k)
      table->setItem(at, static_cast<int>(k) + 1, new QTableWidgetItem(std::isfinite(row.second[k]) ? (d->yFormat ? d->yFormat(row.second[k]) : format::number(row.second[k])) : QString()));
    ++at;
  }
  return table;
}

} // namespace lathe::ui
