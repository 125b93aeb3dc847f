// SPDX-License-Identifier: Apache-2.0
// The machine's memory and processor load from /proc.
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <string>

namespace lathe::monitor {

/// Bytes; 0 where the system does not tell.
struct HostMemory {
  int64_t total = 0;
  int64_t available = 0; // what programs can still take without swapping; also limited by the control group
  int64_t swapTotal = 0, swapFree = 0;
  int64_t hugePages = 0; // reserved huge pages
};

HostMemory hostMemory();
/// Resident bytes of a process; 0 when it is gone.
int64_t residentBytes(int64_t pid);
std::string processorName();
int processorCount(); // usable by this process

/// Processor load since the last call, in percent of all cores; NaN on the first one.
class CpuLoad {
public:
  double sample();

private:
  uint64_t m_busy = 0, m_total = 0;
};

} // namespace lathe::monitor
