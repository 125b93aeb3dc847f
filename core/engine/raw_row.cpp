// SPDX-License-Identifier: Apache-2.0
#include "core/engine/raw_row.h"

#include "core/base/files.h"
#include "core/base/text_format.h"

#include <cstring>

namespace lathe::engine {
namespace {

constexpr size_t kRawBytes = 64 << 10;
constexpr uint64_t kBlock = 1 << 20;

/// Where line `line` (from 1) begins, going on from `at`, which is the beginning of line `from`; the file's end when there are fewer.
uint64_t lineBegin(const MappedFile& file, uint64_t at, uint64_t from, uint64_t line) {
  std::vector<std::byte> block;
  while (from < line && at < file.size()) {
    block.resize(std::min(kBlock, file.size() - at));
    file.readAt(at, block);
    const std::byte* begin = block.data();
    const std::byte* end = begin + block.size();
    const std::byte* next = begin;
    while (from < line && next < end) {
      const auto* found = static_cast<const std::byte*>(std::memchr(next, '\n', static_cast<size_t>(end - next)));
      next = found ? found + 1 : end;
      from += found != nullptr;
    }
    at += static_cast<uint64_t>(next - begin);
  }
  return at;
}

/// Whole characters, and what is none becomes a mark.
std::string readable(std::string text, bool cut) {
  for (int i = 0; cut && i < 3 && !text.empty() && !isValidUtf8(text); ++i)
    text.pop_back();
  if (isValidUtf8(text))
    return text;
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80)
      c = '?';
  return text;
}

RawRow fromLines(const data::Dataset& dataset, uint64_t row) {
  const data::RowError place = dataset.place(row);
  RawRow out;
  const auto file = MappedFile::open(place.file);
  const uint64_t line = lineBegin(*file, 0, 1, place.line);
  const uint64_t begin = std::min(file->size(), line + place.column - 1);
  uint64_t end = file->size();
  if (row + 1 < dataset.rows()) {
    const data::RowError next = dataset.place(row + 1);
    if (next.file == place.file)
      end = std::max(begin, lineBegin(*file, line, place.line, next.line) + (next.line == place.line ? next.column - 1 : 0));
  }
  out.text.resize(std::min<uint64_t>(kRawBytes, end - begin));
  file->readAt(begin, std::as_writable_bytes(std::span(out.text.data(), out.text.size())));
  out.leftOut = end - begin - out.text.size();
  out.text = readable(std::move(out.text), out.leftOut > 0);
  while (out.leftOut == 0 && !out.text.empty() && (out.text.back() == '\n' || out.text.back() == '\r'))
    out.text.pop_back();
  return out;
}

} // namespace

RawRow rawRow(const data::Dataset& dataset, uint64_t row) {
  RawRow out;
  try {
    const Json json = dataset.row(row);
    out.text = json.is_string() ? json.get<std::string>() : dumpJson(json, 2);
    if (out.text.size() > kRawBytes) {
      out.leftOut = out.text.size() - kRawBytes;
      out.text = readable(out.text.substr(0, kRawBytes), true);
    }
    return out;
  } catch (const data::RowException&) { // its text tells more than the reader
  }
  const auto& files = dataset.files();
  const std::string path = dataset.place(row).file;
  for (const data::Dataset::File& file : files)
    if (file.path == path && (file.packed != data::Packed::None || file.format == data::FileFormat::Parquet || file.format == data::FileFormat::Safetensors))
      return out;
  const auto lines = capture([&] { return fromLines(dataset, row); });
  return lines.ok() ? *lines : out;
}

} // namespace lathe::engine
