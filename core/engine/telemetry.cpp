// SPDX-License-Identifier: Apache-2.0
#include "core/engine/telemetry.h"

#include "core/monitor/devices.h"
#include "core/monitor/host.h"

#include <chrono>

namespace lathe::engine {

Telemetry::Telemetry(std::function<void(TelemetrySample)> sink) : m_thread([this, sink = std::move(sink)] { work(sink); }) {}

Telemetry::~Telemetry() {
  {
    std::scoped_lock lock(m_mutex);
    m_ending = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void Telemetry::work(const std::function<void(TelemetrySample)>& sink) {
  const monitor::Devices devices;
  monitor::CpuLoad load;
  std::unique_lock lock(m_mutex);
  while (!m_ending) {
    lock.unlock();
    TelemetrySample sample;
    const monitor::HostMemory memory = monitor::hostMemory();
    sample.memoryTotal = memory.total;
    sample.memoryUsed = memory.total - memory.available;
    sample.cpu = load.sample();
    sample.devices = devices.sample();
    if (sample.devices.empty()) {
      api::DeviceTelemetry cpu;
      cpu.name = "CPU";
      cpu.memoryUsed = sample.memoryUsed;
      cpu.memoryTotal = sample.memoryTotal;
      cpu.utilisation = sample.cpu;
      sample.devices.push_back(std::move(cpu));
    }
    sink(std::move(sample));
    lock.lock();
    m_changed.wait_for(lock, std::chrono::milliseconds(500), [&] { return m_ending; });
  }
}

} // namespace lathe::engine
