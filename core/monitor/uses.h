// SPDX-License-Identifier: Apache-2.0
// Which of Lathe's own workers computes on which device.
#pragma once

#include "core/api/values.h"

#include <map>
#include <string>
#include <vector>

namespace lathe::monitor {

/// A worker as the engine knows it.
struct WorkerUse {
  int64_t pid = 0;
  std::string device = "auto"; // as asked for
  std::string kind;            // train | chat
  std::string name, run;
  std::map<std::string, int64_t> memory; // bytes by category
};

/// Adds each worker's categories and its entry in `processes` to one device: where the driver sees its process, else the one it asked
/// for ("auto": the first GPU that can be used, else the processor).
void attribute(std::vector<api::DeviceTelemetry>& devices, const std::vector<WorkerUse>& workers);

} // namespace lathe::monitor
