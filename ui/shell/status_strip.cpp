// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_strip.h"

#include "ui/style/format.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kShownDevices = 2, kShownJobs = 2;

TextLabel* small(QWidget* parent, TextRole role = TextRole::Muted) {
  auto* label = new TextLabel({}, role, parent);
  label->setFont(style::uiFont(12, role == TextRole::Strong ? QFont::Medium : QFont::Normal));
  return label;
}

} // namespace

DeviceItem::DeviceItem(StatusModel& model, QWidget* parent) : QWidget(parent), m_model(model) {
  setObjectName(QStringLiteral("status_device"));
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(space::k8, 0, space::k8, 0);
  row->setSpacing(space::k8);
  m_name = small(this, TextRole::Strong);
  m_bar = new StackedBar(this, 10);
  m_bar->setFixedWidth(150);
  m_numbers = small(this);
  row->addWidget(m_name);
  row->addWidget(m_bar);
  row->addWidget(m_numbers);
}

void DeviceItem::show(const DeviceStatus& device) {
  m_device = device;
  m_device.name.remove(QStringLiteral("NVIDIA "));
  if (m_name->text() != m_device.name)
    m_name->setText(m_device.name);
  m_bar->setParts(deviceParts(device), device.total);
  const QString gap = QStringLiteral("    ");
  const QString load = deviceLoadText(device, gap);
  QString text = tr("%1 / %2 GiB").arg(format::gib(device.used), format::gib(device.total));
  if (!load.isEmpty())
    text += gap + load;
  if (m_numbers->text() != text)
    m_numbers->setText(text);
  named(this, tr("Memory of %1").arg(m_device.name), m_bar->accessibleName());
  setToolTip(tr("Show the memory of %1 by category").arg(m_device.name));
  if (m_panel && m_panel->isVisible())
    m_panel->show(m_device);
}

void DeviceItem::openPanel() {
  if (!m_panel) {
    m_panel = new DevicePanel(this);
    connect(m_panel, &DevicePanel::systemRequested, &m_model, &StatusModel::systemRequested);
  }
  m_panel->show(m_device);
  m_panel->openOver(this);
}

void DeviceItem::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && rect().contains(event->pos()))
    openPanel();
}

void DeviceItem::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
    openPanel();
  else
    QWidget::keyPressEvent(event);
}

void DeviceItem::paintEvent(QPaintEvent*) {
  if (!hasFocus() && !underMouse())
    return;
  QPainter painter(this);
  style::drawBox(painter, rect().adjusted(0, 6, 0, -6), Style::theme().hover, hasFocus() ? Style::theme().accent : QColor(), size::kRadiusSmall);
}

JobItem::JobItem(StatusModel& model, const QString& id, QWidget* parent) : QWidget(parent), m_model(model), m_id(id) {
  setObjectName(QStringLiteral("job_") + id);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(space::k8, 0, 0, 0);
  row->setSpacing(space::k8);
  m_title = new ElidedLabel({}, TextRole::Strong, this);
  m_title->setFont(style::uiFont(12, QFont::Medium));
  m_title->setMaximumWidth(180);
  m_title->setMinimumWidth(60);
  m_progress = new ThinProgress(this);
  m_progress->setFixedWidth(90);
  m_text = small(this);
  m_pause = new IconButton(IconName::Pause, {}, this, 24);
  m_pause->setObjectName(QStringLiteral("job_pause"));
  m_stop = new IconButton(IconName::Stop, {}, this, 24);
  m_stop->setObjectName(QStringLiteral("job_stop"));
  row->addWidget(m_title);
  row->addWidget(m_progress);
  row->addWidget(m_text);
  row->addSpacing(-4);
  row->addWidget(m_pause);
  row->addSpacing(-6);
  row->addWidget(m_stop);
  connect(m_pause, &QToolButton::clicked, this, [this] {
    if (m_state == api::RunState::Paused)
      Q_EMIT m_model.continueRequested(m_id);
    else
      Q_EMIT m_model.pauseRequested(m_id);
  });
  connect(m_stop, &QToolButton::clicked, this, [this] { Q_EMIT m_model.stopRequested(m_id); });
}

void JobItem::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && rect().contains(event->pos()))
    Q_EMIT m_model.openRequested(m_id);
}

void JobItem::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
    Q_EMIT m_model.openRequested(m_id);
  else
    QWidget::keyPressEvent(event);
}

void JobItem::paintEvent(QPaintEvent*) {
  if (!hasFocus() && !underMouse())
    return;
  QPainter painter(this);
  style::drawBox(painter, rect().adjusted(0, 6, 0, -6), Style::theme().hover, hasFocus() ? Style::theme().accent : QColor(), size::kRadiusSmall);
}

void JobItem::show(const JobStatus& job) {
  m_state = job.state;
  m_title->setText(job.title);
  setAccessibleName(tr("Open the run %1").arg(job.title));
  setToolTip(tr("Open the run %1").arg(job.title));
  m_progress->setShare(job.progress);
  QString text = std::isfinite(job.progress) ? format::percent(std::floor(job.progress * 100)) : QString();
  const bool moving = job.state == api::RunState::Running;
  const QString tail = moving ? (std::isfinite(job.secondsLeft) ? format::timeLeft(job.secondsLeft) : QString()) : runStateName(job.state);
  if (!tail.isEmpty())
    text += text.isEmpty() ? tail : QStringLiteral(" · ") + tail;
  if (m_text->text() != text)
    m_text->setText(text);
  const bool paused = job.state == api::RunState::Paused;
  m_pause->setIconName(paused ? IconName::Play : IconName::Pause);
  m_pause->setName(paused ? tr("Continue %1").arg(job.title) : tr("Pause %1").arg(job.title));
  m_stop->setName(tr("Stop %1").arg(job.title));
  m_pause->setEnabled(moving || paused);
  m_stop->setEnabled(job.state != api::RunState::Stopping);
}

EngineItem::EngineItem(StatusModel& model, QWidget* parent) : QWidget(parent), m_model(model) {
  setObjectName(QStringLiteral("status_engine"));
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(space::k8, 0, space::k8, 0);
  row->setSpacing(6);
  m_text = new ElidedLabel({}, TextRole::Muted, this);
  m_text->setFont(style::uiFont(12));
  m_text->setMaximumWidth(240);
  m_dot = new Dot(Tone::Info, this);
  row->addWidget(m_text);
  row->addWidget(m_dot);
}

void EngineItem::show() {
  struct Look {
    QString text;
    Tone tone;
  };
  const auto look = [this]() -> Look {
    switch (m_model.engine()) {
    case EngineState::Starting: return {m_model.host().isEmpty() ? tr("Engine starting") : tr("Connecting"), Tone::Info};
    case EngineState::Connected: return {tr("Engine"), Tone::Good};
    case EngineState::Reconnecting: return {tr("Engine reconnecting"), Tone::Warn};
    case EngineState::Lost: break;
    }
    return {tr("Engine lost"), Tone::Error};
  }();
  m_text->setText(m_model.host().isEmpty() ? look.text : QStringLiteral("%1 · %2").arg(look.text, m_model.host()));
  m_dot->setTone(look.tone);
  named(this, m_text->text(), tr("Choose the machine that this window works on"));
  setToolTip(accessibleDescription());
}

void EngineItem::openMenu() {
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("host_menu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto add = [&](const QString& text, const QString& host) {
    QAction* action = menu->addAction(text, this, [this, host] { Q_EMIT m_model.hostChosen(host); });
    action->setCheckable(true);
    action->setChecked(host == m_model.host());
  };
  add(tr("This computer"), {});
  for (const QString& host : m_model.hosts())
    add(host, host);
  menu->addSeparator();
  menu->addAction(tr("Add a machine…"), &m_model, &StatusModel::addHostRequested);
  menu->popup(mapToGlobal(QPoint(0, -menu->sizeHint().height())));
}

void EngineItem::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && rect().contains(event->pos()))
    openMenu();
}

void EngineItem::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
    openMenu();
  else
    QWidget::keyPressEvent(event);
}

void EngineItem::paintEvent(QPaintEvent*) {
  if (!hasFocus() && !underMouse())
    return;
  QPainter painter(this);
  style::drawBox(painter, rect().adjusted(0, 6, 0, -6), Style::theme().hover, hasFocus() ? Style::theme().accent : QColor(), size::kRadiusSmall);
}

StatusStrip::StatusStrip(StatusModel& model, QWidget* parent) : QWidget(parent), m_model(model) {
  setObjectName(QStringLiteral("status_strip"));
  setFixedHeight(size::kStatus);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(space::k8, 1, space::k16, 0);
  row->setSpacing(space::k24);
  m_deviceRow = new QHBoxLayout;
  m_deviceRow->setSpacing(space::k8);
  m_jobRow = new QHBoxLayout;
  m_jobRow->setSpacing(space::k16);
  row->addLayout(m_deviceRow);
  row->addStretch(1);
  row->addLayout(m_jobRow);
  m_moreJobs = small(this);
  m_moreJobs->hide();
  row->addWidget(m_moreJobs);
  m_engine = new EngineItem(model, this);
  row->addWidget(m_engine);
  connect(&model, &StatusModel::devicesChanged, this, &StatusStrip::showDevices);
  connect(&model, &StatusModel::jobsChanged, this, &StatusStrip::showJobs);
  connect(&model, &StatusModel::engineChanged, m_engine, &EngineItem::show);
  connect(&model, &StatusModel::hostsChanged, m_engine, &EngineItem::show);
  showDevices();
  showJobs();
  m_engine->show();
}

void StatusStrip::showDevices() {
  const auto& devices = m_model.devices();
  const qsizetype shown = std::min<qsizetype>(devices.size(), kShownDevices);
  while (m_devices.size() < shown) {
    m_devices << new DeviceItem(m_model, this);
    m_deviceRow->addWidget(m_devices.last());
  }
  while (m_devices.size() > shown)
    delete m_devices.takeLast();
  for (qsizetype i = 0; i < shown; ++i)
    m_devices[i]->show(devices[i]);
}

void StatusStrip::showJobs() {
  const auto& jobs = m_model.jobs();
  QMap<QString, JobItem*> old = std::exchange(m_jobs, {});
  for (qsizetype i = 0; i < std::min<qsizetype>(jobs.size(), kShownJobs); ++i) {
    JobItem* item = old.take(jobs[i].id);
    if (!item) {
      item = new JobItem(m_model, jobs[i].id, this);
      m_jobRow->addWidget(item);
    }
    item->show(jobs[i]);
    m_jobs.insert(jobs[i].id, item);
  }
  qDeleteAll(old);
  const qsizetype more = jobs.size() - m_jobs.size();
  m_moreJobs->setText(tr("%n more", nullptr, int(more)));
  m_moreJobs->setVisible(more > 0);
}

void StatusStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), Style::theme().surface);
  painter.fillRect(QRect(0, 0, width(), 1), Style::theme().border);
}

void StatusStrip::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::LanguageChange)
    return;
  showDevices();
  showJobs();
  m_engine->show();
}

} // namespace lathe::ui
