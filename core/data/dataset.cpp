// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset.h"

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/data/canonical_row.h"
#include "core/data/data_folder.h"
#include "core/data/detect_shape.h"
#include "core/data/row_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <sys/resource.h>

namespace lathe::data {
namespace {

constexpr uint64_t kProfiledRows = 100;
constexpr uint64_t kProfiledBytes = 4ull << 20;
constexpr uint64_t kSearchedRows = 200; // for a first row that can be read

class DatasetImpl final : public Dataset {
public:
  std::vector<File> m_files;
  std::vector<std::unique_ptr<RowSource>> m_sources; // of m_files
  std::vector<uint64_t> m_first;                     // global number of each file's first row
  std::vector<DatasetEntry> m_entries;
  std::vector<std::string> m_leftOut;
  uint64_t m_rows = 0;

  const std::vector<File>& files() const override { return m_files; }
  const std::vector<std::string>& leftOut() const override { return m_leftOut; }
  uint64_t rows() const override { return m_rows; }

  RowError place(uint64_t row) const override {
    const auto [at, local] = locate(row);
    return m_sources[at]->place(local);
  }

  Json row(uint64_t row) const override {
    const auto [at, local] = locate(row);
    return m_sources[at]->row(local);
  }

  Sample sample(uint64_t row) const override {
    const auto [at, local] = locate(row);
    if (auto ready = m_sources[at]->sample(local))
      return std::move(*ready);
    const Json json = m_sources[at]->row(local);
    try {
      return canonical(json, m_files[at].shape, m_files[at].roles);
    } catch (const RowProblem& problem) {
      RowError error = m_sources[at]->place(local);
      error.message = problem.message;
      throw RowException(std::move(error));
    }
  }

  std::string contentHash() const override {
    Hasher hasher;
    for (size_t i = 0; i < m_files.size(); ++i) {
      const File& file = m_files[i];
      std::string content;
      m_sources[i]->hash(content);
      hasher.add(fmt::format("{}{}|{}|{}|{}|", content, rowLayoutName(file.layout), datasetShapeName(file.shape), dumpJson(rolesJson(file.roles)), file.textRows));
    }
    return hasher.hex();
  }

  void checkUnchanged() const override {
    for (const auto& source : m_sources)
      for (const FileStamp& stamp : source->stamps) {
        if (!fileExists(stamp.path))
          refuse("REJ:DATASET_CHANGED", fmt::format("{} is not there any more.", stamp.path));
        const FileStamp now = FileStamp::of(stamp.path);
        if (now.bytes != stamp.bytes || now.modified != stamp.modified)
          refuse("REJ:DATASET_CHANGED", fmt::format("{} has changed since it was opened ({} bytes then, {} now). Open it again.", stamp.path, stamp.bytes, now.bytes));
      }
  }

private:
  std::pair<size_t, uint64_t> locate(uint64_t row) const {
    if (row >= m_rows)
      throw Exception(ErrorKind::Usage, fmt::format("Row {} was asked for; the dataset has {} rows.", row + 1, m_rows));
    const auto it = std::upper_bound(m_first.begin(), m_first.end(), row);
    const auto at = static_cast<size_t>(it - m_first.begin()) - 1;
    return {at, row - m_first[at]};
  }
};

/// The first rows that can be read; `problem`: why the last one could not.
std::vector<Json> firstRows(const RowSource& source, std::string& problem) {
  std::vector<Json> out;
  uint64_t bytes = 0;
  const uint64_t all = source.rows();
  for (uint64_t i = 0; i < std::min(all, kSearchedRows); ++i) {
    if (!out.empty() && (i >= kProfiledRows || bytes + source.rowBytes(i) > kProfiledBytes))
      break;
    try {
      out.push_back(source.row(i));
      bytes += source.rowBytes(i);
    } catch (const RowException& e) {
      problem = e.row().text();
    }
  }
  return out;
}

/// Shape, roles and columns of a file from its first rows.
void describe(const RowSource& source, const DatasetEntry& entry, Dataset::File& file) {
  if (file.format == FileFormat::Safetensors) {
    file.shape = DatasetShape::Tokens;
    file.layout = RowLayout::TokenFile;
    return;
  }
  if (file.format == FileFormat::PlainText || file.format == FileFormat::TextFolder)
    return; // Text, as it was made
  std::string problem = "no row could be read";
  const std::vector<Json> rows = firstRows(source, problem);
  file.columns = profileColumns(rows);
  file.sampledRows = rows.size();
  std::optional<Detected> found;
  try {
    found = rows.empty() ? std::nullopt : detectShape(rows, entry.format, entry.columns);
  } catch (const RowProblem& named) {
    refuse("REJ:DATASET_COLUMNS", fmt::format("{} cannot be read as asked: {}.", file.path, named.message));
  }
  if (!found) {
    if (!rows.empty())
      problem = file.columns.empty() ? "its rows are not objects" : "its fields are";
    for (size_t i = 0; i < std::min<size_t>(file.columns.size(), 12); ++i)
      problem += (i == 0 ? " \"" : ", \"") + file.columns[i].name.substr(0, 40) + "\"";
    refuse("REJ:DATASET_SHAPE", fmt::format("{} has no known shape: {}. Known are \"messages\" (role, content), \"conversations\" (from, value), \"instruction\" with \"output\", \"prompt\" with "
                                            "\"completion\", \"chosen\" with \"rejected\", \"input_ids\", and \"text\"; other names can be given as columns.", file.path, problem));
  }
  file.layout = found->layout;
  file.shape = found->shape;
  file.roles = found->roles;
}

class Opener {
public:
  Opener(DatasetImpl& set, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop) : m_set(set), m_options(options), m_progress(progress), m_stop(stop) {}

  void open(size_t entry, double from, double to) {
    const DatasetEntry& given = m_set.m_entries[entry];
    const auto& names = datasetFormatNames();
    if (std::find(names.begin(), names.end(), given.format) == names.end())
      throw Exception(ErrorKind::Usage, fmt::format("The format \"{}\" of {} is not known; use auto, messages, alpaca, preference, text, lines, paragraphs, document or tokens.", given.format, given.path));
    if (!isDirectory(given.path))
      return add(given.path, entry, from, to);
    FolderFiles found = dataFilesIn(given.path, given.format == "tokens");
    for (std::string& name : found.leftOut)
      m_set.m_leftOut.push_back(std::move(name));
    if (!found.texts.empty() && given.format != "lines" && given.format != "paragraphs")
      return addFolder(given.path, found.texts, entry, from, to);
    const auto& files = found.data.empty() ? found.texts : found.data;
    raiseFileLimit(files.size());
    addAll(given.path, files, entry, from, to);
  }

private:
  DatasetImpl& m_set;
  const DatasetOptions& m_options;
  const Progress& m_progress;
  const std::stop_token& m_stop;

  Progress part(double from, double to) const {
    return m_progress ? Progress([this, from, to](double share) { m_progress(from + share * (to - from)); }) : Progress();
  }

  void keep(std::unique_ptr<RowSource> source, Dataset::File file) {
    m_set.m_first.push_back(m_set.m_rows);
    m_set.m_rows += file.rows;
    m_set.m_sources.push_back(std::move(source));
    m_set.m_files.push_back(std::move(file));
  }

  void add(const std::string& path, size_t entry, double from, double to) {
    Dataset::File file{path, DatasetShape::Text, {}, 0, 0};
    file.entry = entry;
    auto source = openRowSource(m_set.m_entries[entry].format, m_options, part(from, to), m_stop, file);
    describe(*source, m_set.m_entries[entry], file);
    keep(std::move(source), std::move(file));
  }

  void addFolder(const std::string& path, const std::vector<std::string>& texts, size_t entry, double from, double to) {
    Dataset::File file{path, DatasetShape::Text, {}, 0, 0};
    file.entry = entry;
    auto source = openTextFolder(texts, m_options, part(from, to), m_stop, file);
    keep(std::move(source), std::move(file));
  }

  /// The files of a folder: what is not understood is left out, as long as something is.
  void addAll(const std::string& folder, const std::vector<std::string>& files, size_t entry, double from, double to) {
    const size_t before = m_set.m_files.size();
    std::optional<Error> first;
    for (size_t i = 0; i < files.size(); ++i) {
      const double step = (to - from) / static_cast<double>(files.size());
      try {
        add(files[i], entry, from + step * static_cast<double>(i), from + step * static_cast<double>(i + 1));
      } catch (const Exception& e) {
        if (e.error().kind != ErrorKind::Refused && e.error().kind != ErrorKind::Unsupported)
          throw;
        m_set.m_leftOut.push_back(std::filesystem::path(files[i]).lexically_relative(folder).string() + ": " + e.error().message);
        first = first ? first : e.error();
      }
    }
    if (m_set.m_files.size() == before && first)
      throw Exception(*first);
  }

  /// Every file stays open; the usual 1,024 may be too few.
  static void raiseFileLimit(size_t files) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > files + 512)
      return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, files + 1024);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
};

} // namespace

std::string RowError::text() const {
  return fmt::format("{}:{}:{}: {}", std::filesystem::path(file).filename().string(), line, column, message);
}

RowException::RowException(RowError row) : Exception(Error{ErrorKind::Refused, row.text(), row.file, "ROW"}), m_row(std::move(row)) {}

std::shared_ptr<const Dataset> Dataset::open(const std::vector<DatasetEntry>& entries, const DatasetOptions& options, const Progress& progress, std::stop_token stop) {
  if (entries.empty())
    throw Exception(ErrorKind::Usage, "No dataset was given.");
  auto set = std::make_shared<DatasetImpl>();
  set->m_entries = entries;
  Opener opener(*set, options, progress, stop);
  const auto all = static_cast<double>(entries.size());
  for (size_t i = 0; i < entries.size(); ++i)
    opener.open(i, static_cast<double>(i) / all, static_cast<double>(i + 1) / all);
  return set;
}

} // namespace lathe::data
