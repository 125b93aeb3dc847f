// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/run_charts.h"

#include "ui/charts/plot_legend.h"
#include "ui/models/format.h"
#include "ui/widgets/stacked_bar.h"

#include <QEvent>
#include <QGridLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace lathe::ui {

namespace {

enum LossSeries { TrainLoss, EvalLoss };
enum MemorySeries { Reserved, Allocated };

bool isMark(const api::RunEvent& event) {
  static const QStringList kinds = {QStringLiteral("saved"),   QStringLiteral("lr_changed"), QStringLiteral("resumed"),
                                    QStringLiteral("skipped"), QStringLiteral("warning"),    QStringLiteral("error"),  QStringLiteral("sample")};
  return kinds.contains(fromStd(event.type)) && !(event.data.is_object() && boolOr(event.data, "base", false));
}

QString markLabel(const std::string& type) {
  if (type == "saved")
    return RunCharts::tr("saved");
  if (type == "lr_changed")
    return RunCharts::tr("rate changed");
  if (type == "resumed")
    return RunCharts::tr("resumed");
  if (type == "skipped")
    return RunCharts::tr("skipped");
  if (type == "sample")
    return RunCharts::tr("sample");
  return type == "warning" ? RunCharts::tr("warning") : RunCharts::tr("error");
}

/// What happened at one step shares a mark: "saved · sample".
void addMark(QList<EventMark>& marks, EventMark mark) {
  if (marks.isEmpty() || marks.last().x.step != mark.x.step) {
    marks.append(std::move(mark));
    return;
  }
  QString& label = marks.last().label;
  if (!label.split(QStringLiteral(" · ")).contains(mark.label))
    label += QStringLiteral(" · ") + mark.label;
}

double gib(int64_t bytes) { return static_cast<double>(bytes) / (1 << 30); }
QString gibText(double value) { return format::bytes(value * (1 << 30)); }

SeriesOptions series(int color, SeriesStyle style, std::function<QString(double)> format) {
  SeriesOptions options;
  options.color = color;
  options.style = style;
  options.format = std::move(format);
  return options;
}

} // namespace

RunCharts::RunCharts(PromptService* prompts, QWidget* parent) : QWidget(parent), m_prompts(prompts), m_group(new ChartGroup(this)) {
  auto* grid = m_grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(space::k12);
  m_loss = addPlot("chart_loss", false);
  m_speed = addPlot("chart_speed", true);
  m_memory = addPlot("chart_memory", true);
  m_gradient = addPlot("chart_gradient", true);
  m_rate = addPlot("chart_rate", true);
  m_load = addPlot("chart_load", true);
  m_power = addPlot("chart_power", true);
  grid->addWidget(m_speed, 1, 0);
  grid->addWidget(m_memory, 1, 1);
  grid->addWidget(m_gradient, 2, 0);
  grid->addWidget(m_rate, 2, 1);
  grid->setRowStretch(0, 5);
  grid->setRowStretch(1, 3);
  grid->setRowStretch(2, 3);
  const auto loss = [](double value) { return lossText(value); };
  m_loss->addSeries(series(0, SeriesStyle::RawAndSmooth, loss));
  m_loss->addSeries(series(1, SeriesStyle::Points, loss));
  m_speed->addSeries(series(2, SeriesStyle::Line, [](double value) { return format::rate(value); }));
  m_memory->addSeries(series(7, SeriesStyle::Dashed, [](double value) { return gibText(value); }));
  m_memory->addSeries(series(0, SeriesStyle::Line, [](double value) { return gibText(value); }));
  m_gradient->addSeries(series(3, SeriesStyle::Line, [](double value) { return format::number(value, 3); }));
  m_rate->addSeries(series(4, SeriesStyle::Line, format::scientific));
  m_load->addSeries(series(5, SeriesStyle::Line, [](double value) { return format::percent(value); }));
  m_power->addSeries(series(7, SeriesStyle::Line, [](double value) { return tr("%1 W").arg(format::number(value, 3)); }));
  m_load->setYRange(std::pair(0.0, 100.0));
  m_load->setUnit(QStringLiteral("%"));
  m_power->setUnit(QStringLiteral("W"));
  m_loss->showLegend();
  m_loss->legend()->hide(); // until there is something to tell apart
  placeDeviceCharts(false);
  m_speed->setYFormat([](double value) { return format::count(value); });
  m_memory->setUnit(QStringLiteral("GiB"));
  m_rate->setYFormat(format::scientific);
  connect(m_loss, &LinePlot::pointActivated, this, [this](double x) {
    if (const auto at = m_loss->xAt(x))
      Q_EMIT stepActivated(std::llround(at->step));
  });
  connect(m_group, &ChartGroup::followingChanged, this, &RunCharts::followingChanged);
  retranslate();
}

/// A third column that takes no room without a GPU.
void RunCharts::placeDeviceCharts(bool shown) {
  constexpr int kColumns = 2;
  for (LinePlot* plot : {m_loss, m_load, m_power})
    m_grid->removeWidget(plot);
  m_grid->addWidget(m_loss, 0, 0, 1, shown ? kColumns + 1 : kColumns);
  if (shown) {
    m_grid->addWidget(m_load, 1, kColumns);
    m_grid->addWidget(m_power, 2, kColumns);
  }
  m_load->setVisible(shown);
  m_power->setVisible(shown);
  for (int column = 0; column <= kColumns; ++column)
    m_grid->setColumnStretch(column, column < kColumns || shown ? 1 : 0);
}

void RunCharts::addDeviceSample(double utilisation, double power) {
  if (!m_history || m_history->rows().empty() || (std::isnan(utilisation) && std::isnan(power)))
    return;
  const api::MetricRow& last = m_history->rows().back();
  const XValue x{static_cast<double>(last.step), m_tokens.empty() ? 0 : m_tokens.back(), last.time};
  m_load->append(0, x, utilisation);
  m_power->append(0, x, power);
  m_load->setSummary(std::isnan(utilisation) ? QString() : format::percent(utilisation));
  m_power->setSummary(std::isnan(power) ? QString() : tr("%1 W").arg(format::number(power, 3)));
  if (m_load->isHidden())
    placeDeviceCharts(true);
}

LinePlot* RunCharts::addPlot(const char* name, bool fromZero) {
  auto* plot = new LinePlot({}, this);
  plot->setObjectName(QString::fromUtf8(name));
  plot->setYFromZero(fromZero);
  plot->setMinimumHeight(110);
  m_group->add(plot);
  plot->setPrompts(m_prompts);
  return plot;
}

void RunCharts::showOnly(std::optional<int64_t> step) {
  m_only = step;
  for (LinePlot* plot : m_group->plots())
    plot->setVisible(plot == m_loss || !step);
  auto* grid = static_cast<QGridLayout*>(layout());
  for (const int row : {1, 2})
    grid->setRowStretch(row, step ? 0 : 3);
  grid->setVerticalSpacing(step ? 0 : space::k12);
  showMarks();
}

void RunCharts::setHistory(MetricsHistory* history) {
  if (m_history)
    m_history->disconnect(this);
  m_history = history;
  if (history) {
    connect(history, &MetricsHistory::appended, this, &RunCharts::append);
    connect(history, &MetricsHistory::rewritten, this, &RunCharts::redraw);
    connect(history, &MetricsHistory::eventsChanged, this, &RunCharts::showMarks);
    connect(history, &MetricsHistory::summaryChanged, this, [this] {
      const auto total = m_history->summary().totalSteps;
      if (total > 0 && m_group->xAxis() == XAxis::Step && !api::isEnded(m_history->summary().state))
        m_group->setXEnd(XValue{static_cast<double>(total), 0, 0});
      else
        m_group->setXEnd(std::nullopt);
    });
  }
  redraw();
  m_group->follow();
}

void RunCharts::redraw() {
  m_group->clearData();
  placeDeviceCharts(false);
  m_stacked = false;
  m_memory->setStack({});
  m_tokens.clear();
  append(0);
  showMarks();
  showSummaries();
}

void RunCharts::append(int firstIndex) {
  if (!m_history)
    return;
  const auto& rows = m_history->rows();
  for (auto i = static_cast<size_t>(firstIndex); i < rows.size(); ++i) {
    const api::MetricRow& row = rows[i];
    m_tokens.push_back((m_tokens.empty() ? 0 : m_tokens.back()) + static_cast<double>(row.tokens));
    const XValue x{static_cast<double>(row.step), m_tokens.back(), row.time};
    m_loss->append(TrainLoss, x, row.loss);
    if (row.evalLoss)
      m_loss->append(EvalLoss, x, *row.evalLoss);
    m_speed->append(0, x, row.tokensPerS);
    appendMemory(x, row);
    m_gradient->append(0, x, row.gradNorm);
    m_rate->append(0, x, row.lr);
  }
  showSummaries();
  if (m_marksWait)
    showMarks();
}

void RunCharts::appendMemory(const XValue& x, const api::MetricRow& row) {
  m_memory->append(Reserved, x, row.memoryReserved > 0 ? gib(row.memoryReserved) : api::kNaN);
  if (!row.memoryByCategory) {
    m_memory->append(Allocated, x, row.memoryAllocated > 0 ? gib(row.memoryAllocated) : api::kNaN);
    return;
  }
  if (!std::exchange(m_stacked, true)) {
    QList<MemoryCategory> categories;
    for (int i = 0; i < kMemoryCategories; ++i)
      categories << static_cast<MemoryCategory>(i);
    m_memory->setStack(categories);
  }
  std::vector<double> parts(kMemoryCategories, 0);
  for (const auto& [category, bytes] : *row.memoryByCategory)
    parts[static_cast<size_t>(memoryCategory(fromStd(category)))] += gib(bytes);
  m_memory->appendStack(x, parts);
}

XValue RunCharts::xOf(int64_t step) const {
  const auto& rows = m_history->rows();
  const auto found = std::lower_bound(rows.begin(), rows.end(), step, [](const api::MetricRow& row, int64_t s) { return row.step < s; });
  if (found == rows.end())
    return rows.empty() ? XValue{} : XValue{static_cast<double>(step), m_tokens.back(), rows.back().time};
  return {static_cast<double>(step), m_tokens[static_cast<size_t>(found - rows.begin())], found->time};
}

void RunCharts::showMarks() {
  QList<EventMark> marks;
  const int64_t known = m_history && !m_history->rows().empty() ? m_history->rows().back().step : 0;
  m_marksWait = false;
  if (m_history && m_tokens.size() == m_history->rows().size())
    for (const auto& event : m_history->events()) {
      if (isMark(event) && event.step <= known)
        addMark(marks, {xOf(event.step), markLabel(event.type)});
      else if (event.step > known)
        m_marksWait = true;
    }
  if (m_only && m_tokens.size() == m_history->rows().size())
    marks.append({xOf(*m_only), tr("this batch")});
  m_group->setMarks(marks);
}

void RunCharts::showSummaries() {
  if (!m_history || m_history->rows().empty()) {
    for (LinePlot* plot : m_group->plots())
      plot->setSummary({});
    return;
  }
  const api::MetricRow& last = m_history->rows().back();
  QString loss = tr("train %1").arg(lossText(m_history->smoothed().back()));
  double best = api::kNaN;
  const auto& evaluations = m_loss->points(EvalLoss);
  for (size_t i = 0; i < evaluations.size(); ++i)
    best = std::isnan(best) ? evaluations.y(i) : std::min(best, evaluations.y(i));
  if (!std::isnan(best))
    loss += QStringLiteral("  ·  ") + tr("eval %1, best %2").arg(lossText(evaluations.y(evaluations.size() - 1)), lossText(best));
  m_loss->setSummary(loss);
  m_loss->legend()->setVisible(evaluations.size() > 0);
  m_speed->setSummary(rateText(last.tokensPerS));
  m_memory->setSummary(bytesText(last.memoryAllocated));
  m_gradient->setSummary(format::number(last.gradNorm, 3));
  m_rate->setSummary(format::scientific(last.lr));
}

void RunCharts::retranslate() {
  m_loss->setTitle(tr("Loss"));
  m_loss->setSeriesName(TrainLoss, tr("loss"));
  m_loss->setSeriesName(EvalLoss, tr("eval"));
  m_speed->setTitle(tr("Throughput"));
  m_speed->setSeriesName(0, tr("throughput"));
  m_memory->setTitle(tr("Memory, GiB"));
  m_memory->setSeriesName(Reserved, tr("reserved"));
  m_memory->setSeriesName(Allocated, tr("in use"));
  m_gradient->setTitle(tr("Gradient norm"));
  m_gradient->setSeriesName(0, tr("gradient norm"));
  m_load->setTitle(tr("GPU utilisation"));
  m_load->setSeriesName(0, tr("GPU utilisation"));
  m_power->setTitle(tr("GPU power"));
  m_power->setSeriesName(0, tr("GPU power"));
  m_rate->setTitle(tr("Learning rate"));
  m_rate->setSeriesName(0, tr("learning rate"));
  showMarks();
  showSummaries();
}

void RunCharts::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
