// SPDX-License-Identifier: Apache-2.0
#include "core/io/inspect_parts.h"

#include "core/base/files.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/names.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

uint64_t fileBytes(const std::string& path) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  return code ? 0 : size;
}

/// A gzip file, inflated; refused above `limit` bytes.
std::string readGzip(const std::string& path, uint64_t limit) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (!file)
    throw Exception(ErrorKind::Io, fmt::format("{} cannot be opened.", path));
  std::string out;
  std::string block(1 << 20, '\0');
  int got = 0;
  while (out.size() <= limit && (got = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0)
    out.append(block.data(), static_cast<size_t>(got));
  gzclose(file);
  if (got < 0)
    refuse("REJ:GZIP", fmt::format("{} is damaged: it cannot be unpacked. Download it again.", path));
  if (out.size() > limit)
    refuse("REJ:TOKENIZER_SIZE", fmt::format("{} unpacks to more than {} bytes.", path, limit));
  return out;
}

std::string typeOf(const Json& json, const char* key) {
  const Json* part = find(json, key);
  return part ? stringOr(*part, "type", "") : std::string();
}

Json describeTokenizerJson(const std::string& text, const std::string& path) {
  JsonLimits limits;
  limits.bytes = limits::kTokenizerBytes;
  limits.code = "REJ:TOKENIZER_JSON";
  limits.what = path;
  const Json json = parseJson(text, limits);
  const Json* model = find(json, "model");
  if (!model || !model->is_object())
    refuse("REJ:TOKENIZER_JSON", fmt::format("{} has no \"model\"; it is no tokenizer.", path));
  Json out;
  const Json* vocab = find(*model, "vocab");
  const Json* merges = find(*model, "merges");
  const Json* added = find(json, "added_tokens");
  std::string type = stringOr(*model, "type", "");
  if (type.empty())
    type = merges ? "BPE" : vocab && vocab->is_array() ? "Unigram" : "unknown";
  out["type"] = type;
  out["vocab"] = vocab ? vocab->size() : 0;
  out["merges"] = merges && merges->is_array() ? merges->size() : 0;
  out["added_tokens"] = added && added->is_array() ? added->size() : 0;
  out["normalizer"] = typeOf(json, "normalizer");
  out["pre_tokenizer"] = typeOf(json, "pre_tokenizer");
  out["decoder"] = typeOf(json, "decoder");
  return out;
}

/// Lines of the whole file, from the first MiB.
Json rowsOf(const std::string& path, uint64_t bytes) {
  const std::string start = firstBytes(path, 1 << 20);
  auto lines = static_cast<uint64_t>(std::count(start.begin(), start.end(), '\n'));
  if (start.size() < bytes)
    return static_cast<uint64_t>(static_cast<double>(lines) * static_cast<double>(bytes) / static_cast<double>(start.size()));
  if (!start.empty() && start.back() != '\n')
    ++lines;
  return lines;
}

Json parseSmall(const std::string& path, Json& problems) {
  try {
    JsonLimits limits;
    limits.comments = true;
    return parseJsonFile(path, limits);
  } catch (const Exception& e) {
    problems.push_back(e.error().message);
    return nullptr;
  }
}

/// The last whole line of a file that grows.
std::string lastLine(const std::string& path) {
  const uint64_t size = fileBytes(path);
  if (size == 0)
    return {};
  const auto file = MappedFile::open(path);
  std::string tail(std::min<uint64_t>(size, 64 << 10), '\0');
  file->readAt(size - tail.size(), std::as_writable_bytes(std::span(tail.data(), tail.size())));
  const size_t end = tail.rfind('\n');
  if (end == std::string::npos)
    return {};
  const size_t before = end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
  return tail.substr(before == std::string::npos ? 0 : before + 1, end - (before == std::string::npos ? 0 : before + 1));
}

} // namespace

std::string firstBytes(const std::string& path, size_t bytes) {
  const auto file = MappedFile::open(path);
  std::string out(std::min<uint64_t>(bytes, file->size()), '\0');
  file->readAt(0, std::as_writable_bytes(std::span(out.data(), out.size())));
  return out;
}

Json inspectTokenizer(const std::string& path) {
  Json out = {{"kind", "tokenizer"}, {"path", path}, {"bytes", fileBytes(path)}};
  if (path.ends_with(".model")) {
    const std::string head = firstBytes(path, 256);
    const size_t line = std::min(head.find('\n'), head.size());
    const bool tiktoken = line > 0 && std::all_of(head.begin(), head.begin() + static_cast<long>(line), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    out["type"] = tiktoken ? "tiktoken" : "SentencePiece";
    if (tiktoken)
      out["vocab"] = rowsOf(path, fileBytes(path));
  } else {
    const bool packed = path.ends_with(".gz");
    out.update(describeTokenizerJson(packed ? readGzip(path, limits::kTokenizerBytes) : readFile(path, limits::kTokenizerBytes, "REJ:TOKENIZER_SIZE"), path));
  }
  out["problems"] = Json::array();
  out["supported"] = true;
  return out;
}

Json inspectDataset(const std::string& path) {
  static constexpr std::array<std::string_view, 7> kFormats = {"jsonl", "json", "csv", "tsv", "parquet", "txt", "md"};
  std::string suffix = fs::path(path).extension().string();
  suffix = suffix.empty() ? suffix : suffix.substr(1);
  std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  if (suffix == "ndjson")
    suffix = "jsonl";
  Json out = {{"kind", "dataset"}, {"path", path}, {"bytes", fileBytes(path)}};
  if (std::find(kFormats.begin(), kFormats.end(), suffix) == kFormats.end()) {
    out["kind"] = "unknown";
    out["problems"] = {fmt::format("Lathe does not know files with the suffix {}.", shownName("." + suffix))};
    out["supported"] = false;
    return out;
  }
  out["format"] = suffix;
  const bool lines = suffix == "jsonl" || suffix == "csv" || suffix == "tsv";
  if (lines) {
    const uint64_t rows = rowsOf(path, fileBytes(path)).get<uint64_t>();
    out["rows"] = suffix == "jsonl" || rows == 0 ? rows : rows - 1; // without the line of column names
    out["rows_estimated"] = fileBytes(path) > (1 << 20);
  }
  out["problems"] = fileBytes(path) == 0 ? Json::array({"The file is empty."}) : Json::array();
  out["supported"] = suffix != "parquet" && fileBytes(path) > 0;
  return out;
}

Json inspectRun(const std::string& path) {
  Json out = {{"kind", "run"}, {"path", path}};
  Json problems = Json::array();
  const Json spec = parseSmall(path + "/spec.json", problems);
  if (const Json* model = find(spec, "model"))
    out["model"] = stringOr(*model, "path", "");
  if (const Json* method = find(spec, "method"))
    out["method"] = stringOr(*method, "type", "");
  if (fileExists(path + "/metrics.jsonl")) {
    if (const std::string line = lastLine(path + "/metrics.jsonl"); !line.empty()) {
      const auto row = capture([&] { return parseJson(line); });
      if (row.ok()) {
        for (const char* key : {"step", "loss"})
          if (const Json* value = find(*row, key))
            out[key] = *value;
      } else {
        problems.push_back(row.error().message);
      }
    }
  }
  Json checkpoints = Json::array();
  if (isDirectory(path + "/checkpoints"))
    for (const std::string& name : listDirectory(path + "/checkpoints"))
      if (!name.starts_with(".") && fileExists(path + "/checkpoints/" + name + "/manifest.json"))
        checkpoints.push_back(name);
  out["checkpoints"] = std::move(checkpoints);
  out["result"] = isDirectory(path + "/adapter") ? Json("adapter") : isDirectory(path + "/model") ? Json("model") : Json(nullptr);
  out["supported"] = problems.empty();
  out["problems"] = std::move(problems);
  return out;
}

Json inspectCheckpoint(const std::string& path) {
  Json out = {{"kind", "checkpoint"}, {"path", path}};
  Json problems = Json::array();
  const Json manifest = parseSmall(path + "/manifest.json", problems);
  for (const char* key : {"step", "format", "created"})
    if (const Json* value = find(manifest, key); value && value->is_primitive())
      out[key] = *value;
  uint64_t bytes = 0;
  const Json* files = find(manifest, "files");
  for (const std::string& name : listDirectory(path))
    bytes += fileBytes(path + "/" + name);
  out["bytes"] = bytes;
  out["files"] = files ? files->size() : 0;
  if (!files && problems.empty())
    problems.push_back("manifest.json lists no files; this is no checkpoint of Lathe.");
  out["supported"] = problems.empty();
  out["problems"] = std::move(problems);
  return out;
}

} // namespace lathe::io
