// SPDX-License-Identifier: Apache-2.0
// Where Lathe keeps things. Nothing here creates folders.
#pragma once

#include <string>

namespace lathe {

/// `explicitHome` if not empty, else $LATHE_HOME, else $XDG_DATA_HOME/lathe, else ~/.local/share/lathe. Absolute.
std::string homeFolder(const std::string& explicitHome = {});
std::string runsFolder(const std::string& home); // <home>/runs
std::string databaseFile(const std::string& home); // <home>/lathe.db
/// $XDG_RUNTIME_DIR/lathe (or /tmp/lathe-<uid>): 0700, made by whoever listens.
std::string runtimeFolder();
/// The engine's socket for this home: <runtimeFolder>/<hash of home>.sock. At most 107 bytes.
std::string engineSocket(const std::string& home);
/// The socket of the worker of one run: <runtimeFolder>/<hash of the run folder>.w.sock.
std::string workerSocket(const std::string& runFolder);
/// Folder of the running executable (to find lathe-worker and lathe beside it).
std::string executableFolder();
/// Bundled resources: $LATHE_RESOURCES, else <prefix>/share/lathe, else the source tree's resources/.
std::string resourcesFolder();
std::string absolutePath(const std::string& path);

} // namespace lathe
