// SPDX-License-Identifier: Apache-2.0
// Workers as processes: started in their own session so that they outlive the engine, recognised by pid and start time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe::engine {

/// Starts a program in a session of its own, standard output and error appended to `logFile` (0600).
/// Throws Io when it cannot be started.
int64_t spawnWorker(const std::vector<std::string>& command, const std::string& logFile);
/// `start` 0: any process of that pid counts.
bool isAlive(int64_t pid, uint64_t start);
/// Exit status of an ended child as a shell shows it (128 + signal); nullopt while it runs or when it is no child of ours.
std::optional<int> reap(int64_t pid);

} // namespace lathe::engine
