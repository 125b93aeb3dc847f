// SPDX-License-Identifier: Apache-2.0
#include "core/engine/run_files.h"

#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/base/processes.h"

#include <filesystem>
#include <set>

#include <sys/stat.h>

namespace lathe::engine {
namespace fs = std::filesystem;

std::string statusStamp(const std::string& folder) {
  struct stat info {};
  if (::stat((folder + "/state.json").c_str(), &info) != 0)
    return {};
  return fmt::format("{}.{}.{}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

void createRunFolder(const std::string& runs, const std::string& id, const api::TrainSpec& spec) {
  makeDirectories(runs);
  const std::string temporary = runs + "/.tmp-" + randomId(12);
  makeDirectories(temporary);
  try {
    writeFileAtomic(temporary + "/spec.json", dumpJson(api::trainSpecToJson(spec), 2) + "\n");
    RunStatus status;
    status.created = status.updated = wallClock();
    api::writeRunStatus(temporary, status);
    renamePath(temporary, runs + "/" + id);
    syncDirectory(runs);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
}

void describeSpec(const std::string& folder, api::RunSummary& summary) {
  const auto parsed = capture([&] { return api::parseTrainSpec(parseJsonFile(folder + "/spec.json")); });
  if (!parsed.ok())
    return;
  const api::TrainSpec& spec = parsed->spec;
  const auto lastPart = [](std::string path) {
    while (path.size() > 1 && path.back() == '/')
      path.pop_back();
    return fs::path(path).filename().string();
  };
  summary.name = spec.name.empty() ? summary.id : spec.name;
  summary.modelPath = spec.model.path.empty() ? spec.model.config : spec.model.path;
  summary.model = lastPart(summary.modelPath);
  summary.method = spec.method.type == "full" ? "Full" : fmt::format("{} r{}", spec.method.useDora ? "DoRA" : spec.method.useRslora ? "rsLoRA" : "LoRA", spec.method.r);
  summary.device = spec.training.device;
  summary.data.clear();
  for (const api::DatasetEntry& entry : spec.data.train)
    summary.data += (summary.data.empty() ? "" : ", ") + lastPart(entry.path);
}

bool hasCheckpoint(const std::string& folder) {
  const std::string checkpoints = folder + "/checkpoints";
  if (!isDirectory(checkpoints))
    return false;
  for (const std::string& name : listDirectory(checkpoints))
    if (!name.starts_with(".") && fileExists(checkpoints + "/" + name + "/manifest.json"))
      return true;
  return false;
}

int64_t folderBytes(const std::string& folder, const std::stop_token& stop) {
  constexpr int64_t kMostEntries = 100'000;
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, code);
  if (code)
    return -1;
  std::set<std::pair<dev_t, ino_t>> linked;
  int64_t bytes = 0, seen = 0;
  for (; entry != fs::recursive_directory_iterator() && !stop.stop_requested() && seen < kMostEntries; ++seen) {
    struct stat info {};
    if (::lstat(entry->path().c_str(), &info) == 0 && (info.st_nlink < 2 || S_ISDIR(info.st_mode) || linked.emplace(info.st_dev, info.st_ino).second))
      bytes += static_cast<int64_t>(info.st_blocks) * 512;
    entry.increment(code);
    if (code)
      break; // a file that went meanwhile
  }
  return bytes;
}

} // namespace lathe::engine
