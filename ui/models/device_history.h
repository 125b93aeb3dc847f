// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/engine_events.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/stacked_bar.h"

#include <deque>

namespace lathe::ui {

/// What the telemetry of one device said at one moment. NaN where it said nothing.
struct DeviceSample {
  double time = 0;                               // seconds, on the clock that add() was given
  std::array<double, kMemoryCategories> parts{}; // bytes; Other is what is in use beyond Lathe's own
  double utilisation = api::kNaN, power = api::kNaN, temperature = api::kNaN;
};

/// The devices of the engine's machine and their last ten minutes. Kept while no page shows them.
class DeviceHistory : public QObject {
  Q_OBJECT
public:
  static constexpr double kSeconds = 600;
  static constexpr double kGap = 3; // a longer silence is drawn as one

  struct Device {
    api::DeviceTelemetry now;
    std::deque<DeviceSample> samples; // oldest first
  };

  using QObject::QObject;
  void add(const TelemetryArrived& telemetry, double seconds);
  const std::vector<Device>& devices() const { return m_devices; }
  const Device* find(const QString& id) const;
  QList<DeviceChoice> choices() const; // the processor last
  bool hasGpu() const;

Q_SIGNALS:
  void devicesChanged(); // other devices than before
  void sampled();

private:
  std::vector<Device> m_devices;
};

/// Parts of a device's memory in the order of the bar: Lathe's by category, then everything else.
QList<MemoryPart> partsOf(const DeviceSample& sample);

} // namespace lathe::ui
