// SPDX-License-Identifier: Apache-2.0
// Names of shapes, layouts, formats and parts; what columns a file has.
#include "core/data/canonical_row.h"
#include "core/data/detect_shape.h"

#include <algorithm>

namespace lathe::data {
namespace {

constexpr size_t kColumnsKept = 300;
constexpr size_t kExampleBytes = 120;

std::string kindOf(const Json& value) {
  if (value.is_string())
    return isMessageList(value) ? "messages" : "text";
  if (value.is_array()) {
    if (!value.empty() && isMessageList(value))
      return "messages";
    const bool ids = !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& entry) { return entry.is_number_integer(); });
    return ids ? "tokens" : "list";
  }
  return value.is_null() ? "null" : value.is_object() ? "object" : value.is_boolean() ? "true or false" : "number";
}

/// One line of at most kExampleBytes, cut between characters.
std::string exampleOf(const Json& value) {
  std::string out = value.is_string() ? value.get<std::string>().substr(0, 4 * kExampleBytes) : dumpJson(value).substr(0, 4 * kExampleBytes);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  if (out.size() <= kExampleBytes)
    return out;
  size_t end = kExampleBytes - 3;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80)
    --end;
  return out.substr(0, end) + "…";
}

void merge(Column& column, const Json& value) {
  const std::string kind = kindOf(value);
  if (kind == "null")
    return;
  const bool empty = value.is_array() && value.empty();
  if (column.kind == "null" || (column.kind == "list" && column.example == "[]"))
    column.kind = kind;
  else if (column.kind != kind && !empty)
    column.kind = "mixed";
  if (column.example.empty() || column.example == "[]")
    column.example = exampleOf(value);
  ++column.rows;
}

void addColumns(std::vector<Column>& out, const Json& row, const std::string& prefix, int depth) {
  for (const auto& [key, value] : row.items()) {
    const std::string name = prefix + key;
    auto it = std::find_if(out.begin(), out.end(), [&](const Column& column) { return column.name == name; });
    if (it == out.end()) {
      if (out.size() >= kColumnsKept)
        return;
      it = out.insert(out.end(), {name, "null", {}, 0});
    }
    merge(*it, value);
    if (value.is_object() && depth < 2)
      addColumns(out, value, name + ".", depth + 1);
  }
}

} // namespace

std::vector<Column> profileColumns(std::span<const Json> rows) {
  std::vector<Column> out;
  for (const Json& row : rows)
    if (row.is_object())
      addColumns(out, row, {}, 0);
  return out;
}

const char* datasetShapeName(DatasetShape shape) {
  switch (shape) {
  case DatasetShape::Messages:
    return "messages";
  case DatasetShape::Alpaca:
    return "alpaca";
  case DatasetShape::Text:
    return "text";
  case DatasetShape::Tokens:
    return "tokens";
  }
  return "";
}

const char* rowLayoutName(RowLayout layout) {
  switch (layout) {
  case RowLayout::OpenAi:
    return "openai";
  case RowLayout::ShareGpt:
    return "sharegpt";
  case RowLayout::PromptCompletion:
    return "prompt-completion";
  case RowLayout::Alpaca:
    return "alpaca";
  case RowLayout::Preference:
    return "preference";
  case RowLayout::Text:
    return "text";
  case RowLayout::TokenRows:
    return "token-rows";
  case RowLayout::TokenFile:
    return "token-file";
  }
  return "";
}

const char* supervisedText(RowLayout layout) {
  switch (layout) {
  case RowLayout::OpenAi:
  case RowLayout::ShareGpt:
    return "The assistant's messages are learned.";
  case RowLayout::PromptCompletion:
    return "The answer is learned.";
  case RowLayout::Alpaca:
    return "The output is learned, and the answers in the history.";
  case RowLayout::Preference:
    return "Only the chosen answer is learned; the rejected one is not used.";
  case RowLayout::Text:
    return "The whole text is learned.";
  case RowLayout::TokenRows:
  case RowLayout::TokenFile:
    return "What the labels name is learned; without labels, every token after the first.";
  }
  return "";
}

const char* fileFormatName(FileFormat format) {
  switch (format) {
  case FileFormat::JsonLines:
    return "jsonl";
  case FileFormat::JsonArray:
    return "json";
  case FileFormat::Csv:
    return "csv";
  case FileFormat::Tsv:
    return "tsv";
  case FileFormat::PlainText:
    return "text";
  case FileFormat::TextFolder:
    return "text-folder";
  case FileFormat::Parquet:
    return "parquet";
  case FileFormat::Safetensors:
    return "safetensors";
  }
  return "";
}

const char* packedName(Packed packed) {
  switch (packed) {
  case Packed::None:
    return "none";
  case Packed::Gzip:
    return "gzip";
  case Packed::Zstd:
    return "zstd";
  }
  return "";
}

const std::vector<std::string>& datasetFormatNames() {
  static const std::vector<std::string> kNames = {"auto", "messages", "chat", "openai", "sharegpt", "alpaca", "prompt-completion", "preference", "text", "lines", "paragraphs", "document", "tokens"};
  return kNames;
}

std::vector<RoleKey> roleKeys(DatasetShape shape) {
  switch (shape) {
  case DatasetShape::Messages:
    return {{"messages", true}, {"system", false}, {"tools", false}, {"chosen", false}, {"rejected", false}};
  case DatasetShape::Alpaca:
    return {{"instruction", true}, {"output", true}, {"input", false}, {"history", false}, {"system", false}, {"tools", false}, {"rejected", false}, {"verdict", false}};
  case DatasetShape::Text:
    return {{"text", true}};
  case DatasetShape::Tokens:
    return {{"ids", true}, {"labels", false}};
  }
  return {};
}

std::string* roleOf(Roles& roles, const std::string& key) {
  const std::pair<const char*, std::string*> all[] = {{"messages", &roles.messages}, {"instruction", &roles.instruction}, {"input", &roles.input}, {"output", &roles.output}, {"history", &roles.history},
                                                      {"system", &roles.system}, {"tools", &roles.tools}, {"chosen", &roles.chosen}, {"rejected", &roles.rejected}, {"verdict", &roles.verdict},
                                                      {"text", &roles.text}, {"ids", &roles.ids}, {"labels", &roles.labels}};
  for (const auto& [name, role] : all)
    if (key == name)
      return role;
  return nullptr;
}

Json rolesJson(const Roles& roles) {
  Json out = Json::object();
  Roles copy = roles;
  for (const char* key : {"messages", "instruction", "input", "output", "history", "system", "tools", "chosen", "rejected", "verdict", "text", "ids", "labels"})
    if (const std::string* column = roleOf(copy, key); !column->empty())
      out[key] = *column;
  return out;
}

} // namespace lathe::data
