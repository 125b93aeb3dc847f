// SPDX-License-Identifier: Apache-2.0
// A folder of text files: each is one row. They are opened when they are asked for, so there may be many.
#include "core/data/row_index.h"
#include "core/data/row_source.h"
#include "core/data/unpack_file.h"

#include "core/base/text_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::data {
namespace {

class TextFolderSource final : public RowSource {
public:
  std::vector<size_t> documents; // indices of stamps with something in them

  uint64_t rows() const override { return documents.size(); }
  uint64_t rowBytes(uint64_t row) const override { return stamps[documents[row]].bytes; }
  RowError place(uint64_t row) const override { return {stamps[documents[row]].path, 1, 1, {}}; }

  Json row(uint64_t row) const override {
    const FileStamp& document = stamps[documents[row]];
    const auto fail = [&](uint64_t line, uint64_t column, std::string message) { throw RowException({document.path, line, column, std::move(message)}); };
    if (document.bytes > limits::kDatasetLineBytes)
      fail(1, 1, fmt::format("the file has {}; the limit for a row is {}", formatBytes(document.bytes), formatBytes(limits::kDatasetLineBytes)));
    const auto content = capture([&] {
      const Packed packed = packedKind(document.path);
      const auto file = packed == Packed::None ? MappedFile::open(document.path) : unpackFile(document.path, packed, limits::kDatasetLineBytes + 1, {}, {}).file;
      const uint64_t from = checkEncoding(*file, document.path);
      std::string text(std::min<uint64_t>(file->size() - from, limits::kDatasetLineBytes + 1), '\0');
      file->readAt(from, std::as_writable_bytes(std::span(text.data(), text.size())));
      return text;
    });
    if (!content.ok())
      fail(1, 1, content.error().message);
    if (content->size() > limits::kDatasetLineBytes)
      fail(1, 1, fmt::format("the file unpacks to more than {}, the limit for a row", formatBytes(limits::kDatasetLineBytes)));
    if (!isValidUtf8(*content)) {
      const std::string_view before = std::string_view(*content).substr(0, firstInvalidByte(*content));
      const auto breaks = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
      fail(breaks + 1, breaks == 0 ? before.size() + 1 : before.size() - before.rfind('\n'), kNotUtf8);
    }
    return Json(*content);
  }

  void hash(std::string& into) const override {
    for (const FileStamp& stamp : stamps)
      into += fmt::format("{}|", stamp.bytes);
    RowSource::hash(into);
  }
};

} // namespace

std::unique_ptr<RowSource> openTextFolder(const std::vector<std::string>& texts, const DatasetOptions& options, const Progress& progress, const std::stop_token& stop, Dataset::File& file) {
  auto out = std::make_unique<TextFolderSource>();
  uint64_t all = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
    out->stamps.push_back(FileStamp::of(texts[i]));
    file.bytes += out->stamps.back().bytes;
    if (out->stamps.back().bytes == 0)
      continue;
    ++all;
    if (out->documents.size() < options.maxRows)
      out->documents.push_back(i);
    if (progress && i % 256 == 0)
      progress(static_cast<double>(i) / static_cast<double>(texts.size()));
  }
  if (out->documents.empty())
    refuse("REJ:DATASET_EMPTY", fmt::format("All {} text files in {} are empty.", texts.size(), file.path));
  file.format = FileFormat::TextFolder;
  file.textRows = textRowsName(TextRows::Document);
  file.rows = out->documents.size();
  file.estimatedRows = all;
  return out;
}

} // namespace lathe::data
