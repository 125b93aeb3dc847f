// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/device_panel.h"

#include "ui/style/format.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {
constexpr int kPanelWidth = 320;
}

QString deviceLoadText(const DeviceStatus& device, const QString& between) {
  QStringList out;
  if (std::isfinite(device.utilisation))
    out << format::percent(std::round(device.utilisation));
  if (std::isfinite(device.power))
    out << QStringLiteral("%1 W").arg(std::lround(device.power));
  if (std::isfinite(device.temperature))
    out << QStringLiteral("%1 °C").arg(std::lround(device.temperature));
  return out.join(between);
}

QList<MemoryPart> deviceParts(const DeviceStatus& device) { return withOthers(device.parts, device.used); }

DevicePanel::DevicePanel(QWidget* parent)
    : QFrame(parent, Qt::Popup), m_name(new TextLabel({}, TextRole::Strong)), m_used(new TextLabel({}, TextRole::Caption)), m_bar(new StackedBar),
      m_legend(new MemoryLegend), m_load(new TextLabel({}, TextRole::Caption)), m_system(new LinkButton({})) {
  setObjectName(QStringLiteral("device_panel"));
  m_bar->setMinimumWidth(kPanelWidth - 2 * space::k16);
  m_system->setObjectName(QStringLiteral("device_panel_system"));
  auto* head = new QHBoxLayout;
  head->addWidget(m_name);
  head->addStretch();
  head->addWidget(m_used);
  auto* foot = new QHBoxLayout;
  foot->addWidget(m_load);
  foot->addStretch();
  foot->addWidget(m_system);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::k16, space::k12, space::k16, space::k12);
  column->setSpacing(space::k8);
  column->setSizeConstraint(QLayout::SetFixedSize); // a category that comes or goes changes its height
  column->addLayout(head);
  column->addWidget(m_bar);
  column->addWidget(m_legend);
  column->addLayout(foot);
  connect(m_system, &LinkButton::clicked, this, [this] {
    close();
    Q_EMIT systemRequested();
  });
}

void DevicePanel::show(const DeviceStatus& device) {
  const QList<MemoryPart> parts = deviceParts(device);
  const int bottom = geometry().bottom();
  m_name->setText(device.name);
  m_used->setText(tr("%1 of %2 GiB in use").arg(format::gib(device.used), format::gib(device.total)));
  m_bar->setParts(parts, device.total);
  m_legend->setParts(parts);
  m_legend->setExtras({{tr("Free"), format::bytes(std::max(0.0, device.total - std::max(device.used, sumOf(parts))))}});
  m_load->setText(deviceLoadText(device, QStringLiteral(" · ")));
  m_system->setText(tr("Open System"));
  setAccessibleName(tr("Memory of %1").arg(device.name));
  layout()->activate();
  if (isVisible())
    move(x(), bottom - height() + 1);
}

void DevicePanel::openOver(const QWidget* anchor) {
  move(anchor->mapToGlobal(QPoint(0, -space::k4 - height())));
  QFrame::show();
  m_system->setFocus();
}

void DevicePanel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), Style::theme().raised);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().borderStrong, 0);
}

} // namespace lathe::ui
