// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/compare_charts.h"

#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/style/style.h"
#include "ui/widgets/labels.h"

#include <QEvent>
#include <QGridLayout>
#include <QPainter>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kSampleWide = 28, kSampleHigh = 14;

} // namespace

CompareCharts::CompareCharts(Session& session, PromptService* prompts, const QStringList& runs, QWidget* parent)
    : QWidget(parent), m_group(new ChartGroup(this)), m_tokens(static_cast<size_t>(runs.size())) {
  build();
  for (LinePlot* plot : m_plots)
    plot->setPrompts(prompts);
  for (const QString& id : runs) {
    const auto* known = session.runs()->find(id);
    for (int plot = 0; plot < PlotCount; ++plot) {
      SeriesOptions options;
      options.name = known && !known->name.empty() ? fromStd(known->name) : id;
      options.color = static_cast<int>(m_histories.size());
      if (plot == Loss || plot == EvalLoss)
        options.format = plot == Loss ? lossText : knownLossText;
      else if (plot == Rate)
        options.format = format::scientific;
      else if (plot == Speed)
        options.format = [](double value) { return format::rate(value); };
      m_plots[plot]->addSeries(options);
    }
    m_histories << new MetricsHistory(session.client(), id, this);
    follow(static_cast<int>(m_histories.size()) - 1, m_histories.last());
  }
  connect(m_legend, &PlotLegend::toggled, this, [this](int run, bool shown) {
    for (LinePlot* plot : m_plots)
      plot->setSeriesVisible(run, shown);
  });
  retranslate();
}

void CompareCharts::build() {
  static const char* const names[PlotCount] = {"compare_loss", "compare_eval", "compare_rate", "compare_gradient", "compare_speed"};
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  auto* grid = new QGridLayout;
  grid->setSpacing(space::k12);
  for (int i = 0; i < PlotCount; ++i) {
    auto* plot = new LinePlot;
    plot->setObjectName(QString::fromUtf8(names[i]));
    plot->setMinimumHeight(112);
    plot->setSeparateRuns(true);
    plot->setYFromZero(i == Speed || i == Gradient || i == Rate);
    m_group->add(plot);
    m_plots[i] = plot;
  }
  m_group->setOwnValuesOnly(true);
  m_group->setHeader([this](const XValue& x) {
    switch (m_group->xAxis()) {
    case XAxis::Tokens: return tr("%1 tokens").arg(format::count(x.tokens));
    case XAxis::Time: return format::clock(x.time);
    case XAxis::Step: break;
    }
    return tr("step %1").arg(format::grouped(std::llround(x.step)));
  });
  m_plots[Rate]->setYFormat(format::scientific);
  m_plots[Speed]->setYFormat([](double value) { return format::count(value); });
  m_legend = new PlotLegend(m_plots[Loss]);
  m_legend->setObjectName(QStringLiteral("compare_legend"));
  column->addWidget(m_legend);
  column->addLayout(grid, 1);
  grid->addWidget(m_plots[Loss], 0, 0, 1, 2);
  grid->addWidget(m_plots[EvalLoss], 0, 2);
  grid->addWidget(m_plots[Rate], 1, 0);
  grid->addWidget(m_plots[Gradient], 1, 1);
  grid->addWidget(m_plots[Speed], 1, 2);
  for (int i = 0; i < 3; ++i)
    grid->setColumnStretch(i, 1);
  grid->setRowStretch(0, 3);
  grid->setRowStretch(1, 2);
}

void CompareCharts::follow(int run, MetricsHistory* history) {
  connect(history, &MetricsHistory::appended, this, [this, run](int first) {
    append(run, first);
    Q_EMIT changed();
  });
  connect(history, &MetricsHistory::rewritten, this, [this, run] {
    redraw(run);
    Q_EMIT changed();
  });
  connect(history, &MetricsHistory::summaryChanged, this, [this, run] {
    const auto& summary = m_histories[run]->summary();
    for (LinePlot* plot : m_plots)
      plot->setSeriesName(run, fromStd(summary.name.empty() ? summary.id : summary.name));
    Q_EMIT changed();
  });
  connect(history, &MetricsHistory::specLoaded, this, &CompareCharts::specsChanged);
  connect(history, &MetricsHistory::failed, this, &CompareCharts::failed);
}

void CompareCharts::redraw(int run) {
  for (LinePlot* plot : m_plots)
    plot->setPoints(run, {});
  m_tokens[static_cast<size_t>(run)].clear();
  append(run, 0);
}

void CompareCharts::append(int run, int firstIndex) {
  const MetricsHistory& history = *m_histories[run];
  auto& tokens = m_tokens[static_cast<size_t>(run)];
  for (auto i = static_cast<size_t>(firstIndex); i < history.rows().size(); ++i) {
    const api::MetricRow& row = history.rows()[i];
    tokens.push_back((tokens.empty() ? 0 : tokens.back()) + static_cast<double>(row.tokens));
    const XValue x{static_cast<double>(row.step), tokens.back(), row.time};
    m_plots[Loss]->append(run, x, std::isfinite(row.loss) ? history.smoothed()[i] : row.loss);
    if (row.evalLoss || i == 0) // a gap where the run begins, so that this chart begins there too
      m_plots[EvalLoss]->append(run, x, row.evalLoss.value_or(api::kNaN));
    m_plots[Rate]->append(run, x, row.lr);
    m_plots[Gradient]->append(run, x, row.gradNorm);
    m_plots[Speed]->append(run, x, row.tokensPerS);
  }
  if (!history.rows().empty())
    m_legend->setNote(run, lossText(std::isfinite(history.rows().back().loss) ? history.smoothed().back() : history.rows().back().loss));
}

QPixmap CompareCharts::sample(int run) const {
  QPixmap out(QSize(kSampleWide, kSampleHigh) * devicePixelRatioF());
  out.setDevicePixelRatio(devicePixelRatioF());
  out.fill(Qt::transparent);
  QPainter painter(&out);
  m_plots[Loss]->paintSample(painter, QRectF(1, 0, kSampleWide - 2, kSampleHigh), run);
  return out;
}

void CompareCharts::retranslate() {
  m_plots[Loss]->setTitle(tr("Loss, smoothed"));
  m_plots[EvalLoss]->setTitle(tr("Validation loss"));
  m_plots[Rate]->setTitle(tr("Learning rate"));
  m_plots[Gradient]->setTitle(tr("Gradient norm"));
  m_plots[Speed]->setTitle(tr("Throughput"));
  named(m_legend, tr("Runs in the charts"));
}

void CompareCharts::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
