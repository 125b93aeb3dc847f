// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/device_history.h"

#include "ui/models/format.h"

#include <algorithm>

namespace lathe::ui {

namespace {

DeviceSample sampleOf(const api::DeviceTelemetry& device, double seconds) {
  DeviceSample out;
  out.time = seconds;
  for (const MemoryPart& part : withOthers(memoryParts(device.categories), static_cast<double>(device.memoryUsed)))
    out.parts[static_cast<size_t>(part.category)] = part.bytes;
  out.utilisation = device.utilisation;
  out.power = device.power;
  out.temperature = device.temperature;
  return out;
}

DeviceSample silence(double seconds) {
  DeviceSample out;
  out.time = seconds;
  out.parts.fill(api::kNaN);
  return out;
}

} // namespace

void DeviceHistory::add(const TelemetryArrived& telemetry, double seconds) {
  std::vector<Device> next;
  for (const api::DeviceTelemetry& device : telemetry.devices) {
    Device entry{device, {}};
    if (entry.now.id.empty()) // an older engine
      entry.now.id = device.name == "CPU" ? "cpu" : "cuda:" + std::to_string(next.size());
    next.push_back(std::move(entry));
  }
  bool changed = next.size() != m_devices.size();
  for (Device& entry : next) {
    const auto old = std::find_if(m_devices.begin(), m_devices.end(), [&](const Device& d) { return d.now.id == entry.now.id; });
    changed = changed || old == m_devices.end() || old->now.name != entry.now.name || old->now.problem != entry.now.problem;
    if (old != m_devices.end())
      entry.samples = std::move(old->samples);
    if (!entry.samples.empty() && seconds - entry.samples.back().time > kGap)
      entry.samples.push_back(silence(seconds - 0.01));
    entry.samples.push_back(sampleOf(entry.now, seconds));
    while (seconds - entry.samples.front().time > kSeconds)
      entry.samples.pop_front();
  }
  m_devices = std::move(next);
  if (changed)
    Q_EMIT devicesChanged();
  Q_EMIT sampled();
}

const DeviceHistory::Device* DeviceHistory::find(const QString& id) const {
  const auto found = std::find_if(m_devices.begin(), m_devices.end(), [wanted = id.toStdString()](const Device& d) { return d.now.id == wanted; });
  return found == m_devices.end() ? nullptr : &*found;
}

QList<DeviceChoice> DeviceHistory::choices() const {
  QList<DeviceChoice> out;
  for (const Device& device : m_devices)
    out.append({fromStd(device.now.id), shortDeviceName(fromStd(device.now.name)), static_cast<double>(device.now.memoryTotal - device.now.memoryUsed), fromStd(device.now.problem)});
  return out;
}

bool DeviceHistory::hasGpu() const {
  return std::any_of(m_devices.begin(), m_devices.end(), [](const Device& d) { return d.now.id != "cpu"; });
}

QList<MemoryPart> partsOf(const DeviceSample& sample) {
  QList<MemoryPart> out;
  for (int i = 0; i < kMemoryCategories; ++i)
    if (sample.parts[static_cast<size_t>(i)] > 0)
      out.append({static_cast<MemoryCategory>(i), sample.parts[static_cast<size_t>(i)]});
  return out;
}

} // namespace lathe::ui
