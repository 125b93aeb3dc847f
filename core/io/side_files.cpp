// SPDX-License-Identifier: Apache-2.0
#include "core/io/side_files.h"

#include "core/base/files.h"
#include "core/base/limits.h"
#include "core/base/tokenizer_names.h"
#include "core/io/model_folder.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace lathe::io {
namespace {

/// Besides the tokenizer's own file.
constexpr std::array<std::string_view, 16> kCopied = {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",  "merges.txt", "vocab.txt",
                                                      "chat_template.jinja",   "chat_template.json",      "generation_config.json", "LICENSE", "LICENSE.txt", "LICENSE.md",
                                                      "NOTICE",                "NOTICE.txt",              "USE_POLICY.md",     "README.md"};

bool isThere(const std::string& folder, std::string_view name) { return fileExists(folder + "/" + std::string(name)); }

Json readSideJson(const std::string& folder, const char* name, std::vector<std::string>& warnings) {
  if (!isThere(folder, name))
    return nullptr;
  try {
    JsonLimits limits;
    limits.bytes = limits::kIndexJsonBytes; // tokenizer_config.json lists every added token
    limits.what = name;
    Json json = parseJson(readFile(resolveInside(folder, name), limits.bytes), limits);
    if (!json.is_object()) {
      warnings.push_back(fmt::format("{} is {}, not an object; it is not used.", name, json.type_name()));
      return nullptr;
    }
    return json;
  } catch (const Exception& e) {
    warnings.push_back(fmt::format("{} is not used: {}", name, e.error().message));
    return nullptr;
  }
}

/// A string, or the list form [{"name": "default", "template": "…"}, …].
void takeTemplates(const Json& value, const char* name, SideFiles& out) {
  const auto fits = [&](const Json& text) {
    if (text.is_string() && text.get_ref<const std::string&>().size() <= limits::kTemplateBytes)
      return true;
    out.warnings.push_back(fmt::format("The chat template in {} is {}; it is not used.", name, text.is_string() ? "longer than 1 MiB" : "no text"));
    return false;
  };
  if (value.is_null())
    return;
  if (!value.is_array()) {
    if (fits(value))
      out.chatTemplate = value.get<std::string>();
    return;
  }
  for (const Json& item : value) {
    const Json* title = find(item, "name");
    const Json* text = find(item, "template");
    if (!title || !text || !title->is_string() || !fits(*text))
      continue;
    if (*title == "default")
      out.chatTemplate = text->get<std::string>();
    else
      out.namedTemplates[title->get<std::string>()] = text->get<std::string>();
  }
}

/// As transformers does: the .jinja file wins, then chat_template.json, then tokenizer_config.json.
void readTemplates(const std::string& folder, SideFiles& out) {
  if (const Json* value = find(out.tokenizerConfig, "chat_template"))
    takeTemplates(*value, "tokenizer_config.json", out);
  const Json beside = readSideJson(folder, "chat_template.json", out.warnings);
  if (const Json* value = find(beside, "chat_template"))
    takeTemplates(*value, "chat_template.json", out);
  if (!isThere(folder, "chat_template.jinja"))
    return;
  try {
    out.chatTemplate = readFile(resolveInside(folder, "chat_template.jinja"), limits::kTemplateBytes, "REJ:TEMPLATE_SIZE");
  } catch (const Exception& e) {
    out.warnings.push_back(fmt::format("chat_template.jinja is not used: {}", e.error().message));
  }
}

bool isTemplateOfFolder(const std::string& name) { return name.ends_with(".jinja"); }

} // namespace

SideFiles readSideFiles(const std::string& folder) {
  SideFiles out;
  for (const std::string_view name : kTokenizerFileNames) {
    if (!isThere(folder, name))
      continue;
    try {
      out.tokenizerFile = resolveInside(folder, std::string(name));
      break;
    } catch (const Exception& e) {
      out.warnings.push_back(e.error().message);
    }
  }
  out.tokenizerConfig = readSideJson(folder, "tokenizer_config.json", out.warnings);
  out.generationConfig = readSideJson(folder, "generation_config.json", out.warnings);
  readTemplates(folder, out);
  return out;
}

std::vector<std::string> pickleFiles(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 5> kSuffixes = {".bin", ".pt", ".pth", ".pkl", ".ckpt"};
  std::vector<std::string> out;
  for (const std::string& name : names)
    if (std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](std::string_view suffix) { return name.ends_with(suffix); }))
      out.push_back(name);
  return out;
}

std::vector<std::string> copySideFiles(const std::string& from, const std::string& to, bool withConfig) {
  std::vector<std::string> copied;
  makeDirectories(to);
  for (const std::string& name : listDirectory(from)) {
    const bool known = std::find(kCopied.begin(), kCopied.end(), name) != kCopied.end() || isTemplateOfFolder(name) ||
                       std::find(kTokenizerFileNames.begin(), kTokenizerFileNames.end(), name) != kTokenizerFileNames.end();
    if (!known && !(withConfig && name == "config.json"))
      continue;
    if (fileExists(to + "/" + name))
      continue;
    const std::string source = resolveInside(from, name);
    std::error_code code;
    if (!std::filesystem::is_regular_file(source, code))
      continue;
    writeFileAtomic(to + "/" + name, readFile(source, limits::kTokenizerBytes));
    copied.push_back(name);
  }
  return copied;
}

} // namespace lathe::io
