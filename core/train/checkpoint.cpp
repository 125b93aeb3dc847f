// SPDX-License-Identifier: Apache-2.0
#include "core/train/checkpoint.h"

#include "core/api/codec.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace lathe::train {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifestName = "manifest.json";

/// Text of the manifest with a hash over itself in front, so that a flipped byte anywhere is found.
std::string manifestText(const Manifest& manifest) {
  const Json body = api::encode(manifest);
  Json out = Json::object();
  out["manifest_xxh3"] = hashText(dumpJson(body));
  out.update(body);
  return dumpJson(out, 2) + "\n";
}

Manifest readManifest(const std::string& path) {
  const std::string file = path + "/" + kManifestName;
  JsonLimits limits{.bytes = 64ull << 20, .code = "REJ:CHECKPOINT_MANIFEST", .what = file};
  Json json = parseJsonFile(file, limits);
  const std::string stated = stringOr(json, "manifest_xxh3", "");
  const std::string text = dumpJson(json, 2) + "\n";
  if (json.is_object())
    json.erase("manifest_xxh3");
  if (stated.empty() || stated != hashText(dumpJson(json)) || text != readFile(file, limits.bytes))
    refuse("REJ:CHECKPOINT_MANIFEST", fmt::format("{} was changed after it was written: its own hash does not fit.", file));
  const Manifest manifest = api::decode<Manifest>(json);
  if (manifest.version != 1)
    refuse("REJ:CHECKPOINT_VERSION", fmt::format("{} has version {}; this Lathe reads version 1.", file, manifest.version));
  return manifest;
}

bool isPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

std::vector<CheckpointFile> hashFiles(const std::string& folder) {
  std::vector<CheckpointFile> files;
  for (const std::string& name : listDirectory(folder))
    files.push_back({name, fs::file_size(folder + "/" + name), hashFile(folder + "/" + name)});
  return files;
}

/// A folder under its final name is always complete: it loses the name before it loses files.
void discard(const std::string& path) {
  const std::string temporary = fmt::format("{}/.tmp-old-{}", fs::path(path).parent_path().string(), randomId(8));
  renamePath(path, temporary);
  removeTree(temporary);
}

void difference(std::vector<std::string>& out, const char* what, const std::string& then, const std::string& now) {
  if (then != now)
    out.push_back(fmt::format("{} is another one than at the checkpoint ({} then, {} now).", what, then.empty() ? "none" : then.substr(0, 12),
                              now.empty() ? "none" : now.substr(0, 12)));
}

} // namespace

std::vector<std::string> RunIdentity::differences(const RunIdentity& other) const {
  std::vector<std::string> out;
  difference(out, fmt::format("The base model {}", other.modelPath).c_str(), model, other.model);
  difference(out, "The tokenizer", tokenizer, other.tokenizer);
  difference(out, "The chat template", chatTemplate, other.chatTemplate);
  if (tokenizer == other.tokenizer && chatTemplate == other.chatTemplate)
    difference(out, "The training data", dataset, other.dataset);
  return out;
}

std::string CheckpointStore::pathOf(int64_t step) const { return fmt::format("{}/{}", m_folder, step); }

std::string CheckpointStore::save(Manifest manifest, const std::function<void(const std::string& folder)>& writeFiles,
                                  const Retention& retention) {
  makeDirectories(m_folder);
  const std::string temporary = fmt::format("{}/.tmp-{}-{}", m_folder, manifest.step, randomId(8));
  const std::string final = pathOf(manifest.step);
  if (const auto there = capture([&] { return verify(final); }); there.ok() && there->cursor.samples == manifest.cursor.samples)
    return final; // this very state is saved already
  try {
    if (const int code = fault::pass(fault::Point::Create))
      throw Exception(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::Io,
                      fmt::format("The checkpoint folder {} cannot be made: {}.", temporary, std::strerror(code)));
    makeDirectories(temporary);
    writeFiles(temporary);
    manifest.files = hashFiles(temporary);
    writeFileAtomic(temporary + "/" + kManifestName, manifestText(manifest));
    syncDirectory(temporary);
    if (fileExists(final))
      discard(final); // damaged, or of another computation: never what a resume would have taken
    renamePath(temporary, final);
  } catch (...) {
    const Error error = currentError();
    capture([&] { return removeTree(temporary), 0; }).ok();
    throw Exception(error);
  }
  syncDirectory(m_folder);
  verify(final);
  prune(retention, manifest.step);
  return final;
}

std::vector<CheckpointEntry> CheckpointStore::list() const {
  std::vector<CheckpointEntry> out;
  if (!isDirectory(m_folder))
    return out;
  for (const std::string& name : listDirectory(m_folder)) {
    int64_t step = -1;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), step);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() && step >= 0)
      out.push_back({m_folder + "/" + name, step});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return out;
}

std::optional<Manifest> CheckpointStore::newestVerified(std::vector<std::string>* damaged) const {
  auto entries = list();
  for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
    try {
      return verify(it->path);
    } catch (const Exception& problem) {
      logWarning("Checkpoint {} is damaged: {}", it->path, problem.error().message);
      if (damaged)
        damaged->push_back(fmt::format("The checkpoint of step {} is damaged: {}", it->step, problem.error().message));
    }
  }
  return std::nullopt;
}

Manifest CheckpointStore::verify(const std::string& path) {
  Manifest manifest = readManifest(path);
  for (const CheckpointFile& file : manifest.files) {
    const std::string full = path + "/" + file.name;
    if (!isPlainName(file.name))
      refuse("REJ:CHECKPOINT_NAME", fmt::format("{}/manifest.json names the file \"{}\", which is not a plain name.", path, file.name));
    if (!fileExists(full))
      refuse("REJ:CHECKPOINT_MISSING", fmt::format("{} is missing.", full));
    const uint64_t bytes = fs::file_size(full);
    if (bytes != file.bytes)
      refuse("REJ:CHECKPOINT_SIZE", fmt::format("{} has {} bytes instead of {}.", full, bytes, file.bytes));
    if (hashFile(full) != file.hash)
      refuse("REJ:CHECKPOINT_HASH", fmt::format("{} has other content than when it was written (XXH3 does not fit).", full));
  }
  return manifest;
}

void CheckpointStore::prune(const Retention& retention, int64_t justVerified) const {
  const int64_t keep = std::max<int64_t>(2, retention.keep);
  int64_t verified = 0;
  struct Old {
    std::string path;
    double evalLoss;
  };
  std::vector<Old> old;
  auto entries = list();
  for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
    const auto manifest = capture([&] { return it->step == justVerified || verified < keep ? verify(it->path) : readManifest(it->path); });
    if (!manifest.ok())
      continue; // damaged ones stay for the person to look at until the run is deleted
    if (verified++ < keep)
      continue;
    old.push_back({it->path, manifest->evalLoss.value_or(INFINITY)});
  }
  // The best validation loss of all is kept besides; among equal ones the newest, which comes first here.
  double best = INFINITY;
  for (const auto& entry : entries)
    if (const auto manifest = capture([&] { return readManifest(entry.path); }); manifest.ok() && manifest->evalLoss)
      best = std::min(best, *manifest->evalLoss);
  bool keptBest = false;
  for (const Old& entry : old) {
    const bool isBest = !keptBest && std::isfinite(best) && entry.evalLoss == best;
    keptBest = keptBest || isBest;
    if (!isBest)
      discard(entry.path);
  }
}

} // namespace lathe::train
