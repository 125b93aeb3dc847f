// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/device_card.h"

#include "ui/models/format.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kWideHeight = 158, kSmallHeight = 132;
constexpr double kFullScale = 104; // percent and °C: a little air over 100
constexpr int kMostPoints = 3600; // then the charts are drawn anew from the history, so that a window open for days does not grow

double inGib(double bytes) { return bytes / (1 << 30); }

QString watts(double value) { return std::isfinite(value) ? QStringLiteral("%1 W").arg(std::lround(value)) : QStringLiteral("–"); }
QString degrees(double value) { return std::isfinite(value) ? QStringLiteral("%1 °C").arg(std::lround(value)) : QStringLiteral("–"); }
QString megahertz(double value) { return QStringLiteral("%1 MHz").arg(format::grouped(std::llround(value))); }

} // namespace

DeviceCard::DeviceCard(QString id, PromptService* prompts, QWidget* parent)
    : QWidget(parent), m_id(std::move(id)), m_prompts(prompts), m_head(new Card), m_name(new ElidedLabel({}, TextRole::Strong)),
      m_model(new ElidedLabel({}, TextRole::Caption)), m_clock(new TextLabel({}, TextRole::Caption)), m_badge(new Badge), m_problem(new TextLabel({}, TextRole::Warn)),
      m_key(new MemoryKey), m_uses(new DeviceUses), m_grid(new QGridLayout), m_group(new ChartGroup(this)) {
  setObjectName(QStringLiteral("device_") + m_id);
  auto* title = new QHBoxLayout;
  title->setSpacing(space::k12);
  title->addWidget(m_name);
  title->addWidget(m_model, 1);
  title->addWidget(m_clock);
  title->addWidget(m_badge);
  m_problem->setWordWrap(true);
  m_problem->setObjectName(QStringLiteral("device_problem"));
  auto* lines = new QVBoxLayout;
  lines->setContentsMargins(15, space::k12, 15, space::k12);
  lines->setSpacing(space::k8);
  lines->addLayout(title);
  lines->addWidget(m_problem);
  lines->addWidget(m_key);
  lines->addWidget(m_uses);
  m_head->body()->addLayout(lines);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  column->addWidget(m_head);
  column->addLayout(m_grid);
  m_grid->setSpacing(space::k12);
  m_group->setXAxis(XAxis::Time);
  m_group->setHeader([this](const XValue& x) { return tr("%1 ago").arg(format::duration(std::max(0.0, m_last - x.time))); });
  m_memory = addPlot("chart_memory");
  m_load = addPlot("chart_load");
  m_power = addPlot("chart_power");
  m_temperature = addPlot("chart_temperature");
  QList<MemoryCategory> categories;
  for (int i = 0; i < kMemoryCategories; ++i)
    categories << static_cast<MemoryCategory>(i);
  m_memory->setStack(categories);
  m_memory->setUnit(QStringLiteral("GiB"));
  const auto line = [](LinePlot* plot, int color, QString (*format)(double)) {
    SeriesOptions options;
    options.color = color;
    options.format = format;
    plot->addSeries(options);
  };
  line(m_load, 2, format::percent);
  line(m_power, 4, watts);
  line(m_temperature, 6, degrees);
  m_load->setYRange(std::pair(0.0, kFullScale));
  m_temperature->setYRange(std::pair(0.0, kFullScale));
  connect(m_uses, &DeviceUses::openRequested, this, &DeviceCard::openRequested);
  retranslate();
}

LinePlot* DeviceCard::addPlot(const char* name) {
  auto* plot = new LinePlot({}, this);
  plot->setObjectName(QString::fromUtf8(name));
  plot->setYFromZero(true);
  plot->setPrompts(m_prompts);
  m_group->add(plot);
  plot->setXWindow(DeviceHistory::kSeconds);
  plot->hide();
  return plot;
}

void DeviceCard::append(const DeviceSample& sample) {
  const XValue x{sample.time, sample.time, sample.time};
  std::vector<double> parts;
  for (const double bytes : sample.parts)
    parts.push_back(inGib(bytes));
  m_memory->appendStack(x, parts);
  m_load->append(0, x, sample.utilisation);
  m_power->append(0, x, sample.power);
  m_temperature->append(0, x, sample.temperature);
  m_last = sample.time;
}

void DeviceCard::update(const DeviceHistory::Device& device) {
  m_now = device.now;
  const bool behind = m_last == kNothing || device.samples.empty() || device.samples.front().time > m_last;
  if (behind || m_load->points(0).size() > kMostPoints) {
    m_group->clearData();
    m_last = kNothing;
  }
  for (const DeviceSample& sample : device.samples)
    if (sample.time > m_last)
      append(sample);
  showHead(device.now);
  if (!device.samples.empty())
    m_key->setParts(partsOf(device.samples.back()));
  place(device.now);
  showSummaries(device.now);
}

void DeviceCard::showHead(const api::DeviceTelemetry& device) {
  const bool cpu = device.id == "cpu";
  m_name->setText(cpu ? tr("Processor") : shortDeviceName(fromStd(device.name)));
  m_model->setText(cpu ? fromStd(device.model) : tr("GPU %1").arg(fromStd(device.id).section(QLatin1Char(':'), 1)));
  QStringList clocks;
  if (std::isfinite(device.clock))
    clocks << megahertz(device.clock);
  if (std::isfinite(device.memoryClock))
    clocks << tr("memory %1").arg(megahertz(device.memoryClock));
  const QString clock = clocks.join(QStringLiteral(" · "));
  if (m_clock->text() != clock)
    m_clock->setText(clock);
  const QString problem = deviceProblemText(fromStd(device.problem));
  m_badge->setVisible(!problem.isEmpty());
  m_problem->setVisible(!problem.isEmpty());
  if (m_problem->text() != problem) {
    m_problem->setText(problem);
    m_badge->set(tr("not usable"), Tone::Warn);
  }
  m_uses->show(device.processes, cpu ? tr("No model is loaded here.") : tr("No process that could be seen holds memory here."));
}

void DeviceCard::showSummaries(const api::DeviceTelemetry& device) {
  const auto used = static_cast<double>(device.memoryUsed), total = static_cast<double>(device.memoryTotal);
  m_memory->setSummary(tr("%1 of %2 GiB").arg(format::gib(used), format::gib(total)));
  if (total > 0)
    m_memory->setYRange(std::pair(0.0, inGib(total)), 3);
  m_load->setSummary(format::percent(std::round(device.utilisation)));
  const bool limited = std::isfinite(device.powerLimit) && device.powerLimit > 0;
  m_power->setSummary(limited ? tr("%1 of %2 W").arg(std::lround(device.power)).arg(std::lround(device.powerLimit)) : watts(device.power));
  if (limited)
    m_power->setYRange(std::pair(0.0, device.powerLimit * 1.05));
  m_temperature->setSummary(degrees(device.temperature));
}

void DeviceCard::place(const api::DeviceTelemetry& device) {
  QList<LinePlot*> shown{m_memory, m_load};
  if (std::isfinite(device.power) || m_placed.contains(m_power))
    shown << m_power;
  if (std::isfinite(device.temperature) || m_placed.contains(m_temperature))
    shown << m_temperature;
  if (shown == m_placed)
    return;
  m_placed = shown;
  while (m_grid->count() > 0)
    delete m_grid->takeAt(0);
  const bool pair = shown.size() == 2; // memory and load side by side
  const auto columns = static_cast<int>(shown.size()) - 1;
  m_memory->setFixedHeight(pair ? kSmallHeight : kWideHeight);
  m_grid->addWidget(m_memory, 0, 0, 1, pair ? 1 : columns);
  for (int i = 1; i < shown.size(); ++i) {
    shown[i]->setFixedHeight(kSmallHeight);
    m_grid->addWidget(shown[i], pair ? 0 : 1, pair ? 1 : i - 1);
  }
  for (int i = 0; i < 3; ++i)
    m_grid->setColumnStretch(i, i < (pair ? 2 : columns) ? 1 : 0);
  for (LinePlot* plot : {m_memory, m_load, m_power, m_temperature})
    plot->setVisible(shown.contains(plot));
}

void DeviceCard::retranslate() {
  m_memory->setTitle(tr("Memory, GiB"));
  m_load->setTitle(tr("Utilisation"));
  m_load->setSeriesName(0, tr("utilisation"));
  m_power->setTitle(tr("Power"));
  m_power->setSeriesName(0, tr("power"));
  m_temperature->setTitle(tr("Temperature"));
  m_temperature->setSeriesName(0, tr("temperature"));
  m_badge->set(tr("not usable"), Tone::Warn);
  m_problem->clear();
  if (m_last == kNothing)
    return;
  showHead(m_now);
  showSummaries(m_now);
  m_key->setParts(m_key->parts());
}

void DeviceCard::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
