// SPDX-License-Identifier: Apache-2.0
#include "core/base/paths.h"

#include "core/base/hash.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace lathe {
namespace fs = std::filesystem;
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

} // namespace

std::string absolutePath(const std::string& path) {
  std::error_code code;
  const fs::path full = fs::absolute(path, code);
  return code ? path : full.lexically_normal().string();
}

std::string homeFolder(const std::string& explicitHome) {
  std::string home = explicitHome;
  if (home.empty())
    home = environment("LATHE_HOME");
  if (home.empty() && !environment("XDG_DATA_HOME").empty())
    home = environment("XDG_DATA_HOME") + "/lathe";
  if (home.empty())
    home = environment("HOME") + "/.local/share/lathe";
  return absolutePath(home);
}

std::string runsFolder(const std::string& home) { return home + "/runs"; }
std::string databaseFile(const std::string& home) { return home + "/lathe.db"; }

std::string runtimeFolder() {
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  return runtime.empty() ? "/tmp/lathe-" + std::to_string(::getuid()) : runtime + "/lathe";
}

std::string engineSocket(const std::string& home) { return runtimeFolder() + "/" + hashText(home).substr(0, 16) + ".sock"; }

std::string workerSocket(const std::string& runFolder) {
  return runtimeFolder() + "/" + hashText(absolutePath(runFolder)).substr(0, 16) + ".w.sock";
}

std::string executableFolder() {
  std::error_code code;
  return fs::read_symlink("/proc/self/exe", code).parent_path().string();
}

std::string resourcesFolder() {
  const std::string chosen = environment("LATHE_RESOURCES");
  if (!chosen.empty())
    return chosen;
  const fs::path here = executableFolder();
  for (const fs::path& candidate : {here / "../share/lathe", here / "../../../resources", here / "../../resources"})
    if (fs::is_directory(candidate))
      return candidate.lexically_normal().string();
  return (here / "resources").string();
}

} // namespace lathe
