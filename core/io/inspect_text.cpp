// SPDX-License-Identifier: Apache-2.0
#include "core/base/text_format.h"
#include "core/io/inspect.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::io {
namespace {

class Lines {
public:
  void add(std::string label, std::string text) {
    if (!text.empty())
      m_rows.emplace_back(std::move(label), std::move(text));
  }
  std::string text() const {
    size_t width = 0;
    for (const auto& row : m_rows)
      width = std::max(width, row.first.size());
    std::string out;
    for (const auto& [label, text] : m_rows)
      out += fmt::format("{:<{}}  {}\n", label, width, text);
    return out;
  }

private:
  std::vector<std::pair<std::string, std::string>> m_rows;
};

/// A value of the file as one line; strings without the characters that could fool a terminal.
std::string plain(const Json& value) {
  if (value.is_string()) {
    const std::string shown = shownName(value.get_ref<const std::string&>());
    return shown.substr(1, shown.size() - 2);
  }
  return value.is_null() ? std::string() : dumpJson(value);
}

std::string typesText(const Json& types) {
  std::string out;
  for (const auto& [name, bytes] : types.items())
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, formatBytes(bytes.get<uint64_t>()));
  return out;
}

std::string shapeText(const Json& j) {
  if (!find(j, "hidden_size") || intOr(j, "hidden_size", 0) == 0)
    return {};
  return fmt::format("{} layers, hidden {}, MLP {}, {} heads ({} for keys and values) of {}", intOr(j, "layers", 0), intOr(j, "hidden_size", 0), intOr(j, "intermediate_size", 0), intOr(j, "heads", 0), intOr(j, "kv_heads", 0), intOr(j, "head_dim", 0));
}

std::string templateText(const Json& j) {
  const Json* value = find(j, "template");
  if (!value)
    return {};
  return boolOr(*value, "present", false) ? plain(Json(stringOr(*value, "start", ""))) : "none";
}

std::string filesText(const Json& j) {
  const Json* files = find(j, "files");
  if (!files || !files->is_array() || files->empty())
    return {};
  const Json& first = files->front();
  std::string text = fmt::format("{} ({})", plain(first["name"]), formatBytes(first["bytes"].get<uint64_t>()));
  return files->size() == 1 ? text : fmt::format("{} weight files, the first {}", files->size(), text);
}

} // namespace

std::string inspectText(const Json& j) {
  Lines lines;
  lines.add("what", stringOr(j, "kind", ""));
  // Paths are shown whole: shortened ones cannot be copied.
  lines.add("path", stringOr(j, "path", ""));
  if (const Json* type = find(j, "model_type"))
    lines.add("architecture", fmt::format("{} ({})", plain(j["architecture"]), plain(*type)));
  for (const char* key : {"type", "format", "packed", "layout", "learned", "method", "model", "base_model", "r", "alpha", "target_modules", "step", "loss", "result", "version"})
    if (const Json* value = find(j, key))
      lines.add(key, plain(*value));
  if (const Json* n = find(j, "parameters"))
    lines.add("parameters", fmt::format("{} ({})", formatCount(n->get<double>()), n->get<uint64_t>()));
  if (const Json* experts = find(j, "experts"); experts && experts->is_object())
    lines.add("experts", fmt::format("{} of {} in {} layers; {} parameters for each token", experts->value("per_token", int64_t{0}), experts->value("count", int64_t{0}),
                                     experts->value("layers", int64_t{0}), formatCount(j.value("active_parameters", 0.0))));
  if (const Json* n = find(j, "bytes"))
    lines.add("bytes", formatBytes(n->get<uint64_t>()));
  if (const Json* types = find(j, "bytes_by_dtype"))
    lines.add("by type", typesText(*types));
  for (const char* key : {"tensors", "keys", "rows", "merges", "added_tokens"})
    if (const Json* value = find(j, key))
      lines.add(key, plain(*value));
  lines.add("shape", shapeText(j));
  for (const char* key : {"context", "vocab", "sliding_window", "quantization", "checkpoints"})
    if (const Json* value = find(j, key))
      lines.add(key, plain(*value));
  if (const Json* tokenizer = find(j, "tokenizer"))
    lines.add("tokenizer", tokenizer->is_null() ? "none" : stringOr(*tokenizer, "file", ""));
  lines.add("template", templateText(j));
  lines.add("files", filesText(j));
  lines.add("supported", boolOr(j, "supported", false) ? "yes" : "no");
  if (const Json* problems = find(j, "problems"))
    for (const Json& problem : *problems)
      lines.add("problem", problem.is_string() ? problem.get<std::string>() : dumpJson(problem));
  return lines.text();
}

} // namespace lathe::io
