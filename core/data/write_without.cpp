// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/data/duplicates.h"
#include "core/data/parallel_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace lathe::data {
namespace {

enum class CopyForm { OwnBytes, JsonLines, JsonArray };

/// A folder beside the result in which it is made; it is removed whatever happens.
class WorkFolder {
public:
  explicit WorkFolder(const std::string& beside) : m_path((std::filesystem::path(beside).parent_path() / (".lathe-" + randomId(8))).string()) { makeDirectories(m_path); }
  ~WorkFolder() {
    try {
      removeTree(m_path);
    } catch (const Exception&) { // the folder stays; its name says whose it is
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::string file(const std::string& name) const { return m_path + "/" + name; }

private:
  std::string m_path;
};

std::string endingOf(const std::string& path) {
  std::string out = std::filesystem::path(path).extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool isLineFile(const Dataset::File& file) {
  return file.packed == Packed::None && (file.format == FileFormat::JsonLines || file.format == FileFormat::Csv || file.format == FileFormat::Tsv || file.format == FileFormat::PlainText);
}

CopyForm formFor(const Dataset& dataset, const std::string& out) {
  const auto& files = dataset.files();
  for (const Dataset::File& file : files) {
    std::error_code code;
    if (std::filesystem::equivalent(file.path, out, code))
      throw Exception(ErrorKind::Usage, fmt::format("{} is the file that is cleaned; give the copy another name.", out));
    if (rolesJson(file.roles) != rolesJson(files.front().roles) || file.shape != files.front().shape)
      throw Exception(ErrorKind::Usage, fmt::format("{} and {} have different columns, so one file cannot hold both. Clean them one at a time.", files.front().path, file.path));
  }
  const std::string ending = endingOf(out);
  if (files.size() == 1 && isLineFile(files.front()) && ending == endingOf(files.front().path))
    return CopyForm::OwnBytes;
  if (ending == ".jsonl" || ending == ".ndjson")
    return CopyForm::JsonLines;
  if (ending == ".json")
    return CopyForm::JsonArray;
  throw Exception(ErrorKind::Usage, fmt::format("The copy {} should end in .jsonl or .json{}.", out, files.size() == 1 && isLineFile(files.front()) ? " or like the file itself" : ""));
}

/// Walks through a file by line and column.
class PlaceReader {
public:
  explicit PlaceReader(const std::string& path) : m_file(MappedFile::open(path)) {}
  /// Byte where a place begins; places must be asked for in rising order.
  uint64_t offsetOf(const RowError& place) {
    while (m_line < place.line && m_at < m_file->size()) {
      if (m_at >= m_blockAt + m_block.size())
        read();
      const std::byte* begin = m_block.data() + (m_at - m_blockAt);
      const uint64_t left = m_blockAt + m_block.size() - m_at;
      const auto* found = static_cast<const std::byte*>(std::memchr(begin, '\n', left));
      m_at += found ? static_cast<uint64_t>(found - begin) + 1 : left;
      m_line += found != nullptr;
    }
    return std::min(m_file->size(), m_at + place.column - 1);
  }
  const MappedFile& file() const { return *m_file; }

private:
  void read() {
    m_block.resize(std::min<uint64_t>(1 << 20, m_file->size() - m_at));
    m_file->readAt(m_at, m_block);
    m_blockAt = m_at;
  }
  std::shared_ptr<MappedFile> m_file;
  std::vector<std::byte> m_block;
  uint64_t m_blockAt = 0, m_at = 0, m_line = 1; // m_at: beginning of line m_line
};

void copyBytes(const MappedFile& from, uint64_t begin, uint64_t end, AtomicFile& to) {
  std::vector<std::byte> block;
  for (uint64_t at = begin; at < end; at += block.size()) {
    block.resize(std::min<uint64_t>(1 << 20, end - at));
    from.readAt(at, block);
    to.write(block);
  }
}

/// The file's bytes without those from the beginning of a removed row to the beginning of the next one.
void writeOwnBytes(const Dataset& dataset, std::span<const uint64_t> removed, AtomicFile& to, const std::stop_token& stop) {
  PlaceReader reader(dataset.files().front().path);
  uint64_t at = 0;
  for (const uint64_t row : removed) {
    if (stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Writing the copy was stopped.");
    const uint64_t begin = reader.offsetOf(dataset.place(row));
    if (begin > at)
      copyBytes(reader.file(), at, begin, to);
    at = row + 1 < dataset.rows() ? reader.offsetOf(dataset.place(row + 1)) : reader.file().size();
  }
  copyBytes(reader.file(), at, reader.file().size(), to);
}

/// The row as an object that a JSON file can hold.
Json objectOf(Json row) { return row.is_string() ? Json{{"text", std::move(row)}} : row; }

void writeJson(const Dataset& dataset, std::span<const uint64_t> kept, bool array, AtomicFile& to, const std::stop_token& stop) {
  std::string buffer = array ? "[\n" : "";
  for (size_t i = 0; i < kept.size(); ++i) {
    if (stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Writing the copy was stopped.");
    buffer += dumpJson(objectOf(dataset.row(kept[i])));
    buffer += array && i + 1 < kept.size() ? ",\n" : "\n";
    if (buffer.size() > (1 << 20)) {
      to.write(buffer);
      buffer.clear();
    }
  }
  to.write(array ? buffer + "]\n" : buffer);
}

/// Rows that stay. In the file's own form unreadable ones stay, too; elsewhere they cannot be written.
std::vector<uint64_t> keptRows(const Dataset& dataset, std::span<const uint64_t> removed, CopyForm form) {
  std::vector<uint64_t> out;
  for (uint64_t row = 0; row < dataset.rows(); ++row) {
    if (std::binary_search(removed.begin(), removed.end(), row))
      continue;
    if (form != CopyForm::OwnBytes)
      try {
        dataset.row(row);
      } catch (const RowException&) {
        continue;
      }
    out.push_back(row);
  }
  return out;
}

/// How the copy is read: as the original was.
DatasetEntry entryOf(const Dataset::File& file, const std::string& path, CopyForm form) {
  DatasetEntry out;
  out.path = path;
  out.columns = rolesJson(file.roles);
  if (file.layout == RowLayout::Preference)
    out.format = "preference";
  else if (form == CopyForm::OwnBytes && file.format == FileFormat::PlainText)
    out.format = file.textRows;
  else
    out.format = datasetShapeName(file.shape);
  return out;
}

void compareCopy(const Dataset& original, std::span<const uint64_t> kept, const std::string& path, CopyForm form, const Progress& progress, const std::stop_token& stop) {
  const auto copy = Dataset::open({entryOf(original.files().front(), path, form)}, {}, {}, stop);
  if (copy->rows() != kept.size())
    throw Exception(ErrorKind::Io, fmt::format("The copy was read back with {} rows instead of {}; it was not kept. Check the disk.", copy->rows(), kept.size()));
  forEachRow(kept.size(), progress, stop, [&](uint64_t i) {
    const auto before = capture([&] { return form == CopyForm::OwnBytes ? original.row(kept[i]) : objectOf(original.row(kept[i])); });
    const auto after = capture([&] { return copy->row(i); });
    if (before.ok() != after.ok() || (before.ok() && *before != *after))
      throw Exception(ErrorKind::Io, fmt::format("Row {} of the copy differs from what was written; it was not kept. Check the disk.", i + 1));
  });
}

} // namespace

uint64_t writeWithout(const Dataset& dataset, std::span<const uint64_t> removed, const std::string& out, const Progress& progress, std::stop_token stop) {
  const std::string path = absolutePath(out);
  const CopyForm form = formFor(dataset, path);
  dataset.checkUnchanged();
  const std::vector<uint64_t> kept = keptRows(dataset, removed, form);
  if (kept.empty())
    throw Exception(ErrorKind::Usage, "No row would be left, so no copy was written.");
  const WorkFolder folder(path);
  const std::string made = folder.file(std::filesystem::path(path).filename().string());
  {
    AtomicFile file(made);
    if (form == CopyForm::OwnBytes)
      writeOwnBytes(dataset, removed, file, stop);
    else
      writeJson(dataset, kept, form == CopyForm::JsonArray, file, stop);
    file.commit();
  }
  if (progress)
    progress(0.5);
  compareCopy(dataset, kept, made, form, progress ? Progress([&](double share) { progress(0.5 + 0.5 * share); }) : Progress(), stop);
  dataset.checkUnchanged();
  renamePath(made, path);
  syncDirectory(std::filesystem::path(path).parent_path().string());
  return kept.size();
}

} // namespace lathe::data
