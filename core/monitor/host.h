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

/// Mean clock of the cores in MHz; NaN where the system does not tell.
double processorClock(const std::string& proc = "/proc");
/// °C of the processor's package: the hottest sensor of coretemp, k10temp or zenpower, else the thermal zone; NaN without any.
double processorTemperature(const std::string& sys = "/sys");
/// Program of a process as the kernel names it; "process N" when it cannot be seen from here.
std::string processName(int64_t pid);

/// Watt of all processor packages since the last call, from the powercap counters; NaN on the first one and where they may not be read.
class CpuPower {
public:
  explicit CpuPower(std::string sys = "/sys") : m_sys(std::move(sys)) {}
  double sample(double seconds); // on any steady clock

private:
  std::string m_sys;
  double m_microjoules = -1, m_seconds = 0;
};

/// Processor load since the last call, in percent of all cores; NaN on the first one.
class CpuLoad {
public:
  double sample();

private:
  uint64_t m_busy = 0, m_total = 0;
};

} // namespace lathe::monitor
