// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/device_combo.h"

#include "ui/style/format.h"

#include <QEvent>
#include <QAbstractItemView>
#include <QCoreApplication>
#include <QEvent>
#include <QStandardItemModel>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

struct DeviceText {
  Q_DECLARE_TR_FUNCTIONS(Device)
};

/// "cuda" is the first GPU.
QString whole(const QString& id) { return id == QStringLiteral("cuda") ? QStringLiteral("cuda:0") : id; }

/// Figures that move a little every half second must not make the control flicker.
bool nearlySame(const QList<DeviceChoice>& a, const QList<DeviceChoice>& b) {
  constexpr double kStep = 256.0 * 1024 * 1024;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const DeviceChoice& x, const DeviceChoice& y) {
    return x.id == y.id && x.name == y.name && x.problem == y.problem && std::fabs(x.free - y.free) < kStep;
  });
}

} // namespace

QString shortDeviceName(const QString& name) { return name.startsWith(QStringLiteral("NVIDIA ")) ? name.mid(7) : name; }

QString deviceProblemText(const QString& problem) {
  if (problem.isEmpty())
    return {};
  if (problem == QStringLiteral("driver"))
    return DeviceText::tr("Its driver is too old: install NVIDIA driver 580 or later.");
  if (problem == QStringLiteral("capability"))
    return DeviceText::tr("It is of an older kind: an RTX 30, A100 or newer is needed.");
  if (problem == QStringLiteral("backend"))
    return DeviceText::tr("This build has no GPU back end: set up nvcc 13 and build again.");
  return DeviceText::tr("It cannot be used now; System says why.");
}

DeviceCombo::DeviceCombo(QWidget* parent) : QComboBox(parent) {
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  setMinimumContentsLength(8);
  connect(this, &QComboBox::activated, this, [this](int row) {
    const QString id = itemData(row).toString();
    if (id == m_device)
      return;
    m_device = id;
    fill();
    Q_EMIT deviceChosen(id);
  });
  fill();
}

const DeviceChoice* DeviceCombo::find(const QString& id) const {
  for (const DeviceChoice& device : m_devices)
    if (device.id == whole(id))
      return &device;
  return nullptr;
}

void DeviceCombo::setDevices(const QList<DeviceChoice>& devices) {
  if (view()->isVisible() || nearlySame(devices, m_devices))
    return;
  m_devices = devices;
  fill();
}

void DeviceCombo::setDevice(const QString& id) {
  const QString wanted = id.isEmpty() ? QStringLiteral("auto") : id;
  if (wanted == m_device)
    return;
  m_device = wanted;
  fill();
}

QString DeviceCombo::automaticText() const {
  for (const DeviceChoice& device : m_devices)
    if (device.problem.isEmpty())
      return tr("Automatic: %1").arg(device.name);
  return tr("Automatic");
}

void DeviceCombo::addDevice(const QString& id, const QString& text, const QString& problem) {
  addItem(text, id);
  const int row = count() - 1;
  setItemData(row, problem.isEmpty() ? text : deviceProblemText(problem), Qt::ToolTipRole);
  if (!problem.isEmpty())
    if (auto* items = qobject_cast<QStandardItemModel*>(model()))
      items->item(row)->setEnabled(false);
}

void DeviceCombo::fill() {
  const QSignalBlocker quiet(this);
  clear();
  addDevice(QStringLiteral("auto"), automaticText(), {});
  for (const DeviceChoice& device : m_devices) {
    const bool gpu = device.id.startsWith(QStringLiteral("cuda"));
    const QString name = gpu ? tr("GPU %1 · %2").arg(device.id.section(QLatin1Char(':'), 1), device.name) : device.name;
    addDevice(device.id, device.problem.isEmpty() ? tr("%1 · %2 free").arg(name, format::bytes(device.free)) : name, device.problem);
  }
  if (m_device != QStringLiteral("auto") && !find(m_device))
    addDevice(m_device, m_devices.isEmpty() ? m_device : tr("%1, not on this machine").arg(m_device), {});
  int row = std::max(0, findData(m_device));
  if (row == 0 && m_device == QStringLiteral("cuda"))
    row = std::max(0, findData(whole(m_device)));
  setCurrentIndex(row);
  setToolTip(remark().isEmpty() ? currentText() : remark());
}

bool DeviceCombo::isUsable() const {
  const DeviceChoice* device = find(m_device);
  return m_device == QStringLiteral("auto") || m_devices.isEmpty() || (device && device->problem.isEmpty());
}

QString DeviceCombo::remark() const {
  if (m_devices.isEmpty())
    return {};
  if (m_device != QStringLiteral("auto")) {
    const DeviceChoice* device = find(m_device);
    if (!device)
      return tr("This machine has no %1. Choose one of its devices.").arg(m_device);
    if (!device->problem.isEmpty())
      return deviceProblemText(device->problem);
  }
  const bool choice = std::any_of(m_devices.begin(), m_devices.end(), [](const DeviceChoice& d) { return d.id != QStringLiteral("cpu"); });
  return choice ? QString() : tr("This machine has no other device that Lathe could use; System says what is missing.");
}

void DeviceCombo::showPopup() {
  fill(); // with the figures of now
  QComboBox::showPopup();
}

void DeviceCombo::changeEvent(QEvent* event) {
  QComboBox::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    fill();
}

} // namespace lathe::ui
