// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/line_plot.h"

#include "ui/charts/line_plot_private.h"
#include "ui/charts/tickers.h"
#include "ui/style/format.h"

#include <QVBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {
constexpr int kFrameMs = 33;
constexpr int kRightMargin = 20; // half of the last label
}

void LinePlot::Private::push(PlotSeries& s, XValue x, double y) {
  s.raw.append(x, y);
  if (s.options.style != SeriesStyle::RawAndSmooth)
    return;
  if (std::isfinite(y)) { // bias-corrected exponential mean, as Adam corrects its moments
    s.average = smoothing * s.average + (1 - smoothing) * y;
    s.weight = smoothing * s.weight + (1 - smoothing);
  }
  s.smooth.append(x, s.weight > 0 ? s.average / s.weight : std::numeric_limits<double>::quiet_NaN());
}

LinePlot::LinePlot(const QString& title, QWidget* parent) : QWidget(parent), d(std::make_unique<Private>()) {
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k12, space::k4, space::k8, space::k4);
  all->setSpacing(0);
  auto* head = d->head = new QHBoxLayout;
  head->setSpacing(space::k8);
  d->title = new TextLabel(title, TextRole::Strong, this);
  d->title->setFont(style::uiFont(12, QFont::Medium));
  d->summary = new ElidedLabel({}, TextRole::Muted, this, Qt::ElideRight);
  d->summary->setFont(style::uiFont(12));
  d->summary->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  d->menu = new IconButton(IconName::More, {}, this, 24);
  head->addWidget(d->title);
  head->addWidget(d->summary, 1);
  head->addWidget(d->menu);
  all->addLayout(head);
  d->plot = new QCustomPlot(this);
  d->plot->setMinimumSize(120, 80);
  d->plot->setFocusPolicy(Qt::StrongFocus);
  d->plot->setMouseTracking(true);
  d->plot->setNoAntialiasingOnDrag(false);
  d->plot->setNotAntialiasedElements(QCP::aeAxes | QCP::aeGrid | QCP::aeSubGrid | QCP::aeZeroLine);
  d->plot->setBufferDevicePixelRatio(devicePixelRatioF());
  d->plot->axisRect()->setMinimumMargins(QMargins(40, 6, kRightMargin, 18));
  d->plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new XTicker(XAxis::Step)));
  d->plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new YTicker({})));
  d->plottable = new SeriesPlottable(d->plot->xAxis, d->plot->yAxis, this, *d);
  d->plot->layer(QStringLiteral("overlay"))->setMode(QCPLayer::lmBuffered);
  d->overlay = new OverlayLayerable(d->plot, *d);
  d->plot->installEventFilter(this);
  all->addWidget(d->plot, 1);
  d->timer.setSingleShot(true);
  connect(&d->timer, &QTimer::timeout, this, [this] { drawNow(); });
  connect(d->menu, &QToolButton::clicked, this, [this] { openMenu(d->menu->mapToGlobal(QPoint(0, d->menu->height()))); });
  d->sinceDraw.start();
  applyTheme();
  retranslate();
}

LinePlot::~LinePlot() = default;

QCustomPlot* LinePlot::plot() const { return d->plot; }

void LinePlot::setTitle(const QString& title) {
  d->title->setText(title);
  retranslate();
}

QString LinePlot::title() const { return d->title->text(); }
void LinePlot::setSummary(const QString& summary) { d->summary->setText(summary); }
void LinePlot::setUnit(const QString& unit) { d->unit = unit; }

int LinePlot::addSeries(const SeriesOptions& options) {
  d->series.push_back(std::make_unique<PlotSeries>());
  d->series.back()->options = options;
  Q_EMIT seriesChanged();
  return seriesCount() - 1;
}

void LinePlot::setSeriesName(int series, const QString& name) {
  if (d->at(series).options.name == name)
    return;
  d->at(series).options.name = name;
  Q_EMIT seriesChanged();
}

const SeriesOptions& LinePlot::seriesOptions(int series) const { return d->at(series).options; }

void LinePlot::setSeriesVisible(int series, bool visible) {
  if (std::exchange(d->at(series).visible, visible) == visible)
    return;
  markDirty();
  Q_EMIT seriesChanged();
}

bool LinePlot::isSeriesVisible(int series) const { return d->at(series).visible; }

void LinePlot::append(int series, XValue x, double y) {
  d->push(d->at(series), x, y);
  markDirty();
}

void LinePlot::setPoints(int series, const std::vector<std::pair<XValue, double>>& points) {
  PlotSeries& s = d->at(series);
  s.raw.clear();
  s.smooth.clear();
  s.average = s.weight = 0;
  for (const auto& [x, y] : points)
    d->push(s, x, y);
  markDirty();
}

const SeriesPyramid& LinePlot::points(int series) const { return d->at(series).raw; }
int LinePlot::seriesCount() const { return static_cast<int>(d->series.size()); }

void LinePlot::setStack(const QList<MemoryCategory>& categories) {
  d->stackCategories = categories;
  d->stack.clear();
  for (qsizetype i = 0; i < categories.size(); ++i)
    d->stack.push_back(std::make_unique<SeriesPyramid>());
  d->fromZero = true;
  markDirty();
}

void LinePlot::appendStack(XValue x, const std::vector<double>& values) {
  double sum = 0;
  for (size_t i = 0; i < d->stack.size() && i < values.size(); ++i) {
    sum += values[i];
    d->stack[i]->append(x, sum);
  }
  markDirty();
}

void LinePlot::setMarks(const QList<EventMark>& marks) {
  d->marks = marks;
  markDirty();
}

void LinePlot::addMark(const EventMark& mark) {
  d->marks << mark;
  markDirty();
}

void LinePlot::clearData() {
  for (const auto& s : d->series) {
    s->raw.clear();
    s->smooth.clear();
    s->average = s->weight = 0;
  }
  for (const auto& s : d->stack)
    s->clear();
  d->marks.clear();
  markDirty();
}

void LinePlot::setXAxis(XAxis axis) {
  d->axis = axis;
  d->plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new XTicker(axis)));
  d->following = true;
  markDirty();
}

XAxis LinePlot::xAxis() const { return d->axis; }

void LinePlot::setLogY(bool on) {
  d->logY = on;
  d->plot->yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  setYFormat(d->yFormat);
}

bool LinePlot::logY() const { return d->logY; }

void LinePlot::setYFromZero(bool on) {
  d->fromZero = on;
  markDirty();
}

void LinePlot::setYFormat(std::function<QString(double)> format) {
  d->yFormat = std::move(format);
  if (d->logY)
    d->plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new YLogTicker(d->yFormat)));
  else
    d->plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new YTicker(d->yFormat)));
  markDirty();
}

void LinePlot::setYRange(std::optional<std::pair<double, double>> range, int labels) {
  d->yRange = range;
  d->plot->yAxis->ticker()->setTickCount(labels);
  markDirty();
}

void LinePlot::setXWindow(double seconds) {
  setXAxis(XAxis::Time);
  d->window = seconds;
  d->plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new AgoTicker));
}

void LinePlot::setXEnd(std::optional<XValue> end) {
  d->xEnd = end;
  markDirty();
}

void LinePlot::setSeparateRuns(bool on) { d->separateRuns = on; }

void LinePlot::setSmoothing(double weight) { d->smoothing = std::clamp(weight, 0.0, 0.9999); }

bool LinePlot::isFollowing() const { return d->following; }

void LinePlot::follow() {
  if (!d->following) {
    d->following = true;
    Q_EMIT followingChanged(true);
  }
  markDirty();
}

void LinePlot::setXRange(double from, double to) {
  d->following = false;
  d->plot->xAxis->setRange(from, to);
  markDirty();
}

std::pair<double, double> LinePlot::xRange() const { return {d->plot->xAxis->range().lower, d->plot->xAxis->range().upper}; }
std::pair<double, double> LinePlot::yRange() const { return {d->plot->yAxis->range().lower, d->plot->yAxis->range().upper}; }

std::pair<double, double> LinePlot::dataXRange() const {
  SeriesPyramid::Range range;
  const auto add = [&](const SeriesPyramid& points) {
    if (points.size() > 0) {
      range.add(points.x(0, d->axis));
      range.add(points.x(points.size() - 1, d->axis));
    }
  };
  for (const auto& s : d->series)
    add(s->raw);
  for (const auto& s : d->stack)
    add(*s);
  return {range.lower, range.upper};
}

void LinePlot::fitX() {
  auto [lower, upper] = dataXRange();
  if (d->window > 0) {
    double shown = d->window;
    for (const double share : {0.5, 0.2, 0.1})
      if (upper - lower <= share * d->window)
        shown = share * d->window;
    d->plot->xAxis->setRange(upper - shown, upper);
    return;
  }
  if (d->xEnd)
    upper = std::max(upper, d->xEnd->on(d->axis));
  if (lower < 0.3 * upper)
    lower = std::min(0.0, lower);
  if (!(upper > lower))
    upper = lower + 1;
  d->plot->xAxis->setRange(lower, upper);
}

void LinePlot::fitY() {
  if (d->yRange && !d->logY) {
    d->plot->yAxis->setRange(d->yRange->first, d->yRange->second);
    return;
  }
  const auto [from, to] = xRange();
  SeriesPyramid::Range range;
  const auto add = [&](const SeriesPyramid& points) {
    const size_t begin = points.lowerBound(d->axis, from);
    const size_t end = std::min(points.size(), points.lowerBound(d->axis, to) + 1);
    range.add(points.extremes(begin > 0 ? begin - 1 : 0, end));
  };
  for (const auto& s : d->series)
    if (s->visible)
      add(s->raw);
  if (!d->stack.empty())
    add(*d->stack.back());
  if (range.empty) {
    d->plot->yAxis->setRange(d->logY ? 0.1 : 0, 1);
    return;
  }
  double lower = range.lower, upper = range.upper;
  if (d->logY) {
    if (upper <= 0)
      upper = 1;
    if (lower <= 0)
      lower = upper * 1e-4;
    const double pad = std::max(1.02, std::pow(upper / lower, 0.04));
    d->plot->yAxis->setRange(lower / pad, upper * pad);
    return;
  }
  if (d->fromZero)
    lower = std::min(0.0, lower);
  const double span = upper > lower ? upper - lower : std::max(std::fabs(upper) * 0.1, 1e-12);
  d->plot->yAxis->setRange(d->fromZero && lower == 0 ? 0 : lower - span * 0.06, upper + span * 0.08);
}

void LinePlot::markDirty() {
  d->dirty = true;
  if (d->timer.isActive() || !isVisible())
    return;
  d->timer.start(static_cast<int>(std::max<qint64>(0, kFrameMs - d->sinceDraw.elapsed())));
}

bool LinePlot::drawNow() {
  d->timer.stop();
  if (!d->dirty || !isVisible() || visibleRegion().isEmpty())
    return false;
  d->dirty = false;
  d->sinceDraw.restart();
  if (d->following)
    fitX();
  if (d->window > 0) {
    constexpr int kLabelWidth = 80;
    d->plot->xAxis->ticker()->setTickOrigin(dataXRange().second);
    d->plot->xAxis->ticker()->setTickCount(std::clamp(d->plot->axisRect()->width() / kLabelWidth, 2, 6));
  } else {
    const auto last = d->xEnd ? d->xEnd->on(d->axis) : 0;
    static_cast<XTicker*>(d->plot->xAxis->ticker().data())->setEnd(last > 0 ? std::optional(last) : std::nullopt);
  }
  constexpr int kLabelHeight = 28;
  if (!d->yRange)
    d->plot->yAxis->ticker()->setTickCount(std::clamp(d->plot->axisRect()->height() / kLabelHeight, 2, 5));
  fitY();
  d->plot->replot(QCustomPlot::rpQueuedRefresh);
  return true;
}

void LinePlot::setCrosshair(std::optional<double> x, const QStringList& box) {
  if (x == d->crosshair && box == d->box)
    return;
  d->crosshair = x;
  d->box = box;
  d->plot->layer(QStringLiteral("overlay"))->replot();
}

QStringList LinePlot::valuesAt(double x) const {
  QStringList out;
  for (const auto& s : d->series) {
    if (s->raw.size() == 0 || !s->visible || s->options.style == SeriesStyle::Dashed)
      continue;
    const size_t at = s->raw.nearest(d->axis, x);
    if (d->separateRuns && at + 1 == s->raw.size() && s->raw.x(at, d->axis) < x)
      continue; // this run is over
    if (s->options.style == SeriesStyle::Points && std::fabs(s->raw.x(at, d->axis) - x) > (xRange().second - xRange().first) / 100)
      continue;
    const auto text = [&](double v) { return s->options.format ? s->options.format(v) : format::number(v); };
    if (s->options.style == SeriesStyle::RawAndSmooth)
      out << tr("%1 %2 (raw %3)").arg(s->options.name, text(s->smooth.y(at)), text(s->raw.y(at)));
    else
      out << QStringLiteral("%1 %2").arg(s->options.name, text(s->raw.y(at)));
  }
  if (!d->stack.empty() && d->stack.back()->size() > 0) {
    const double sum = d->stack.back()->y(d->stack.back()->nearest(d->axis, x));
    out << QStringLiteral("%1 %2").arg(title(), d->yFormat ? d->yFormat(sum) : format::number(sum));
  }
  return out;
}

std::optional<XValue> LinePlot::xAt(double x) const {
  if (d->separateRuns) {
    std::optional<XValue> best;
    for (const auto& s : d->series)
      if (s->raw.size() > 0 && s->visible) {
        const XValue at = s->raw.xValue(s->raw.nearest(d->axis, x));
        if (!best || std::fabs(at.on(d->axis) - x) < std::fabs(best->on(d->axis) - x))
          best = at;
      }
    return best;
  }
  for (const auto& s : d->series)
    if (s->raw.size() > 0 && s->options.style != SeriesStyle::Dashed)
      return s->raw.xValue(s->raw.nearest(d->axis, x));
  if (!d->stack.empty() && d->stack.front()->size() > 0)
    return d->stack.front()->xValue(d->stack.front()->nearest(d->axis, x));
  return std::nullopt;
}

} // namespace lathe::ui
