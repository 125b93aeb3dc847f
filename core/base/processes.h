// SPDX-License-Identifier: Apache-2.0
// What identifies a process beyond its reusable number, and the wall clock that run folders carry.
#pragma once

#include <cstdint>

namespace lathe {

/// Start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat); 0 when it is not there or is a zombie.
uint64_t processStartTime(int64_t pid);

/// Seconds since 1970.
double wallClock();

} // namespace lathe
