// SPDX-License-Identifier: Apache-2.0
// What the engine notices about runs beside their own files: alerts, where they compute, what they take on the disk.
#include "core/engine/runs_internal.h"

#include "core/base/log.h"

#include <algorithm>

namespace lathe::engine {
namespace {

constexpr int kMostCounts = 8;
constexpr double kCountSeconds = 60; // between two looks at the folder of a run that is at work

} // namespace

void Runs::showAlerts(Run& run) {
  if (run.watch.revision() == run.watchRevision)
    return;
  const size_t before = run.summary.alerts.size();
  run.watchRevision = run.watch.revision();
  run.summary.alerts = run.watch.alerts();
  run.changed = true;
  if (run.summary.alerts.size() != before)
    run.announced = 0; // tell at once
}

void Runs::noteDevices(const std::vector<api::DeviceTelemetry>& devices) {
  std::string gpu;
  for (const api::DeviceTelemetry& device : devices)
    if (device.id != "cpu" && gpu.empty())
      gpu = device.name;
  for (const api::DeviceTelemetry& device : devices)
    for (const api::DeviceProcess& process : device.processes) {
      const auto found = m_runs.find(process.run);
      if (found == m_runs.end() || found->second->summary.step == 0) // before the first step it may still go to the GPU
        continue;
      Run& run = *found->second;
      run.watch.setDevice(run.summary.device == "auto", device.id == "cpu", gpu);
      showAlerts(run);
    }
}

/// A few folders at a time: an index of ten thousand runs that is made again must not fill the queue.
void Runs::countDisk(const RunPointer& run) {
  const double now = wallClock();
  if (m_counts >= kMostCounts || (!run->recount && now - run->counted < kCountSeconds))
    return;
  run->counted = now;
  run->recount = false;
  ++m_counts;
  m_counting.post("", [this, id = run->summary.id, folder = run->summary.folder](std::stop_token stop) {
    const int64_t bytes = folderBytes(folder, stop);
    m_context.loop.post([this, id, bytes] {
      --m_counts;
      const auto found = m_runs.find(id);
      if (bytes < 0 || found == m_runs.end() || found->second->summary.diskBytes == bytes)
        return;
      found->second->summary.diskBytes = bytes;
      found->second->changed = true;
    });
  });
}

} // namespace lathe::engine
