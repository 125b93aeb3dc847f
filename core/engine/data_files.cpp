// SPDX-License-Identifier: Apache-2.0
#include "core/engine/data_files.h"

#include "core/base/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace {

constexpr size_t kDatasetsKept = 4;

std::string entriesKey(const std::vector<data::DatasetEntry>& entries) {
  std::string key;
  for (const data::DatasetEntry& entry : entries)
    key += fmt::format("{}|{}|{}|{}\n", entry.path, entry.format, dumpJson(entry.columns), fileStamp(entry.path));
  return key;
}

bool isIndexed(const data::Dataset& dataset) {
  return std::all_of(dataset.files().begin(), dataset.files().end(), [](const auto& file) { return file.whole(); });
}

} // namespace

std::string fileStamp(const std::string& path) {
  std::error_code code;
  const auto time = fs::last_write_time(path, code);
  if (code)
    return "-";
  const auto bytes = fs::is_regular_file(path, code) ? fs::file_size(path, code) : 0;
  return fmt::format("{}.{}", time.time_since_epoch().count(), bytes);
}

std::shared_ptr<const data::Dataset> DataFiles::find(const std::string& key, uint64_t rows) {
  std::scoped_lock lock(m_mutex);
  const auto found = std::find_if(m_kept.begin(), m_kept.end(), [&](const Kept& kept) { return kept.key == key && (kept.rows >= rows || isIndexed(*kept.dataset)); });
  if (found == m_kept.end())
    return nullptr;
  std::rotate(m_kept.begin(), found, found + 1);
  return m_kept.front().dataset;
}

std::shared_ptr<const data::Dataset> DataFiles::open(const std::vector<data::DatasetEntry>& entries, uint64_t rows, const data::Progress& progress, std::stop_token stop) {
  const std::string key = entriesKey(entries);
  if (auto known = find(key, rows))
    return known;
  data::DatasetOptions options;
  options.maxRows = rows;
  auto opened = data::Dataset::open(entries, options, progress, std::move(stop));
  std::scoped_lock lock(m_mutex);
  std::erase_if(m_kept, [&](const Kept& kept) { return kept.key == key; });
  m_kept.push_front({key, rows, opened});
  if (m_kept.size() > kDatasetsKept)
    m_kept.pop_back();
  return opened;
}

data::SpecSources DataFiles::sources(const api::TrainSpec& spec) {
  const std::string& folder = spec.model.tokenizer.empty() ? spec.model.path : spec.model.tokenizer;
  std::string key = spec.model.path + "\n" + folder + "\n" + spec.data.templateName + "\n" + fileStamp(spec.data.templateName);
  for (const char* name : {"", "/tokenizer.json", "/tokenizer.model", "/tokenizer_config.json", "/chat_template.jinja"})
    key += "\n" + fileStamp(folder + name);
  std::scoped_lock lock(m_sourcesMutex);
  if (key != m_sourcesKey) {
    m_sources = data::openSpecSources(spec);
    m_sourcesKey = key;
  }
  return m_sources;
}

} // namespace lathe::engine
