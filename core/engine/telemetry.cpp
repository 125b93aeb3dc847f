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
  const std::string processor = monitor::processorName();
  monitor::CpuLoad load;
  monitor::CpuPower power;
  std::unique_lock lock(m_mutex);
  while (!m_ending) {
    lock.unlock();
    TelemetrySample sample;
    const monitor::HostMemory memory = monitor::hostMemory();
    sample.memoryTotal = memory.total;
    sample.memoryUsed = memory.total - memory.available;
    sample.cpu = load.sample();
    sample.devices = devices.sample();
    api::DeviceTelemetry cpu;
    cpu.name = "CPU";
    cpu.id = "cpu";
    cpu.model = processor;
    cpu.memoryUsed = sample.memoryUsed;
    cpu.memoryTotal = sample.memoryTotal;
    cpu.utilisation = sample.cpu;
    cpu.clock = monitor::processorClock();
    cpu.temperature = monitor::processorTemperature();
    cpu.power = power.sample(std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count());
    sample.devices.push_back(std::move(cpu));
    sink(std::move(sample));
    lock.lock();
    m_changed.wait_for(lock, std::chrono::milliseconds(500), [&] { return m_ending; });
  }
}

} // namespace lathe::engine
