// SPDX-License-Identifier: Apache-2.0
// Twice a second: memory and load of the machine and its GPUs, on a thread of its own (drivers may take their time).
#pragma once

#include "core/api/values.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lathe::engine {

struct TelemetrySample {
  std::vector<api::DeviceTelemetry> devices; // GPUs, then the processor
  int64_t memoryUsed = 0, memoryTotal = 0;
  double cpu = api::kNaN; // percent of all cores
};

class Telemetry {
public:
  /// `sink` is called on the telemetry thread.
  explicit Telemetry(std::function<void(TelemetrySample)> sink);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

private:
  void work(const std::function<void(TelemetrySample)>& sink);
  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_ending = false;
  std::thread m_thread;
};

} // namespace lathe::engine
