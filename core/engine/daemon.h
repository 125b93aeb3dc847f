// SPDX-License-Identifier: Apache-2.0
// How programs reach the engine: started on demand in its own session, or relayed over standard input and output.
#pragma once

#include "core/rpc/client.h"

#include <string>

namespace lathe::engine {

/// Connects to the engine of this home, starting `lathe engine` first when none answers.
rpc::Client connectEngine(const std::string& home, const std::string& name = "lathe");
/// Starts the daemon unless one answers, and waits until it does. Throws Io after `seconds`.
void ensureEngine(const std::string& home, double seconds = 10);
/// Copies bytes between standard input/output and the engine's socket until either side ends. Nothing else reaches stdout.
int relayStdio(const std::string& home);
/// Becomes a daemon: own session, no terminal, log in <home>/engine.log. The parent returns false at once.
bool detach(const std::string& home);

} // namespace lathe::engine
