// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/uses.h"

#include "core/monitor/host.h"

#include <algorithm>

namespace lathe::monitor {
namespace {

api::DeviceProcess* entryOf(api::DeviceTelemetry& device, int64_t pid) {
  const auto found = std::find_if(device.processes.begin(), device.processes.end(), [&](const api::DeviceProcess& p) { return pid > 0 && p.pid == pid; });
  return found == device.processes.end() ? nullptr : &*found;
}

api::DeviceTelemetry* placeOf(std::vector<api::DeviceTelemetry>& devices, const WorkerUse& worker) {
  for (api::DeviceTelemetry& device : devices)
    if (entryOf(device, worker.pid))
      return &device;
  const bool automatic = worker.device.empty() || worker.device == "auto";
  const std::string wanted = worker.device == "cuda" ? "cuda:0" : worker.device;
  for (api::DeviceTelemetry& device : devices)
    if (automatic ? device.id != "cpu" && device.problem.empty() : device.id == wanted)
      return &device;
  return devices.empty() ? nullptr : &devices.back();
}

} // namespace

void attribute(std::vector<api::DeviceTelemetry>& devices, const std::vector<WorkerUse>& workers) {
  for (const WorkerUse& worker : workers) {
    api::DeviceTelemetry* device = placeOf(devices, worker);
    if (!device)
      continue;
    int64_t known = 0;
    for (const auto& [category, bytes] : worker.memory) {
      device->categories[category] += bytes;
      known += bytes;
    }
    api::DeviceProcess* entry = entryOf(*device, worker.pid);
    if (!entry) {
      const int64_t resident = device->id == "cpu" ? residentBytes(worker.pid) : 0;
      entry = &device->processes.emplace_back(api::DeviceProcess{worker.pid, {}, std::max(known, resident), {}, {}});
    }
    entry->name = worker.name;
    entry->kind = worker.kind;
    entry->run = worker.run;
  }
}

} // namespace lathe::monitor
