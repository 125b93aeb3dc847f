// SPDX-License-Identifier: Apache-2.0
#include "core/data/data_folder.h"

#include "core/base/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace lathe::data {
namespace {

namespace fs = std::filesystem;

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool isSideFile(const std::string& name) {
  static const std::set<std::string> kNames = {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "adapter_config.json",
                                               "preprocessor_config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "package.json", "requirements.txt", "merges.txt", "vocab.txt"};
  return kNames.contains(name) || name.ends_with(".index.json") || name.starts_with("readme") || name.starts_with("license") || name.starts_with("licence") || name.starts_with("changelog");
}

/// By whole words of the path: "data/validation-00000-of-00002.parquet", but not "latest.jsonl". The last such word counts.
bool isForTesting(const std::string& relative) {
  static const std::set<std::string> kTrain = {"train", "training"}, kTest = {"test", "testing", "validation", "valid", "val", "dev", "eval", "evaluation", "heldout"};
  bool out = false;
  std::string word;
  for (const char c : lowerCase(relative) + "/") {
    if (std::isalpha(static_cast<unsigned char>(c))) {
      word += c;
      continue;
    }
    out = !kTrain.contains(word) && (out || kTest.contains(word));
    word.clear();
  }
  return out;
}

/// All regular files below, relative, sorted.
void collect(const fs::path& folder, const std::string& prefix, int depth, size_t& seen, std::vector<std::string>& out) {
  for (const std::string& name : listDirectory(folder.string())) {
    if (++seen > kFolderEntries)
      refuse("REJ:DATASET_FOLDER", fmt::format("{} has more than {} entries; name the files or a smaller folder.", folder.string(), kFolderEntries));
    if (name.empty() || name.front() == '.')
      continue;
    std::error_code code;
    const fs::path path = folder / name;
    if (fs::is_regular_file(path, code))
      out.push_back(prefix + name);
    else if (depth < kFolderDepth && fs::is_directory(path, code) && !fs::is_symlink(path, code))
      collect(path, prefix + name + "/", depth + 1, seen, out);
  }
}

/// Leaves out what is for testing by its name, unless everything is.
void leaveTestsOut(std::vector<std::string>& files, std::vector<std::string>& leftOut) {
  const auto isTest = [](const std::string& file) { return isForTesting(file); };
  if (std::all_of(files.begin(), files.end(), isTest))
    return;
  std::erase_if(files, [&](const std::string& file) {
    if (isTest(file))
      leftOut.push_back(file + ": by its name it is for testing, not for training");
    return isTest(file);
  });
}

} // namespace

NameKind nameKind(const std::string& path) {
  fs::path name = fs::path(lowerCase(path)).filename();
  if (const std::string ending = name.extension().string(); ending == ".gz" || ending == ".gzip" || ending == ".zst" || ending == ".zstd")
    name = name.stem();
  static const std::map<std::string, NameKind> kEndings = {{".json", NameKind::Json}, {".jsonl", NameKind::Json}, {".ndjson", NameKind::Json}, {".csv", NameKind::Csv}, {".tsv", NameKind::Tsv}, {".tab", NameKind::Tsv},
                                                           {".txt", NameKind::Text}, {".text", NameKind::Text}, {".md", NameKind::Document}, {".markdown", NameKind::Document}, {".rst", NameKind::Document},
                                                           {".parquet", NameKind::Parquet}, {".pq", NameKind::Parquet}, {".safetensors", NameKind::Safetensors}};
  const auto it = kEndings.find(name.extension().string());
  return it == kEndings.end() ? NameKind::Other : it->second;
}

FolderFiles dataFilesIn(const std::string& folder, bool tokens) {
  std::vector<std::string> names;
  size_t seen = 0;
  collect(folder, {}, 0, seen, names);
  FolderFiles out;
  for (const std::string& name : names) {
    const NameKind kind = nameKind(name);
    const bool data = tokens ? kind == NameKind::Safetensors : kind == NameKind::Json || kind == NameKind::Csv || kind == NameKind::Tsv || kind == NameKind::Parquet;
    if (isSideFile(lowerCase(fs::path(name).filename().string())))
      continue;
    if (data)
      out.data.push_back(name);
    else if (!tokens && (kind == NameKind::Text || kind == NameKind::Document))
      out.texts.push_back(name);
  }
  if (!out.data.empty()) {
    for (const std::string& text : out.texts)
      out.leftOut.push_back(text + ": a text file beside data files");
    out.texts.clear();
  }
  leaveTestsOut(out.data.empty() ? out.texts : out.data, out.leftOut);
  if (out.data.empty() && out.texts.empty())
    refuse("REJ:DATASET_FOLDER", fmt::format("{} has no data files ({}, looked at {} entries).", folder, tokens ? "safetensors with tokens" : "JSON, JSONL, CSV, TSV, Parquet, text or Markdown, also packed", seen));
  if (out.data.size() > kFolderDataFiles)
    refuse("REJ:DATASET_FOLDER", fmt::format("{} has {} data files; at most {} are read at once. Join some of them or name those you want.", folder, out.data.size(), kFolderDataFiles));
  for (auto* list : {&out.data, &out.texts})
    for (std::string& name : *list)
      name = (fs::path(folder) / name).string();
  return out;
}

} // namespace lathe::data
