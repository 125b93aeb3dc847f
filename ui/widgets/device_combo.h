// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QList>

namespace lathe::ui {

/// A device that can be chosen to compute on.
struct DeviceChoice {
  QString id, name;   // "cuda:0", "H200"
  double free = 0;    // bytes
  QString problem;    // code of DeviceTelemetry::problem; empty: it can be used
  bool operator==(const DeviceChoice&) const = default;
};

QString shortDeviceName(const QString& name);      // without "NVIDIA"
QString deviceProblemText(const QString& problem); // one translated sentence; empty for an empty code

/// Automatic, and the devices that are there with what is free on them. One that cannot be used is listed, greyed, and says why; a choice
/// that names a device of another machine stays visible as such.
class DeviceCombo : public QComboBox {
  Q_OBJECT
public:
  explicit DeviceCombo(QWidget* parent = nullptr);
  void setDevices(const QList<DeviceChoice>& devices);
  void setDevice(const QString& id); // no signal
  QString device() const { return m_device; }
  /// One sentence about the present choice where it needs one: not there, not usable, or nothing to choose from.
  QString remark() const;
  bool isUsable() const; // the present choice

Q_SIGNALS:
  void deviceChosen(const QString& id); // by the person

protected:
  void changeEvent(QEvent* event) override;
  void showPopup() override;

private:
  void fill();
  void addDevice(const QString& id, const QString& text, const QString& problem);
  const DeviceChoice* find(const QString& id) const;
  QString automaticText() const;
  QString m_device = QStringLiteral("auto");
  QList<DeviceChoice> m_devices;
};

} // namespace lathe::ui
