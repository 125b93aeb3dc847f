// SPDX-License-Identifier: Apache-2.0
#include "core/api/run_tags.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lathe::api {
namespace {

/// U+200B…U+200F, U+2028…U+202E, U+2060…U+2069, U+FEFF: invisible, or they turn the text around.
bool hasHiddenCharacter(std::string_view text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]), b = static_cast<unsigned char>(text[i + 1]), c = static_cast<unsigned char>(text[i + 2]);
    if (a == 0xE2 && ((b == 0x80 && ((c >= 0x8B && c <= 0x8F) || (c >= 0xA8 && c <= 0xAE))) || (b == 0x81 && c >= 0xA0 && c <= 0xA9)))
      return true;
    if (a == 0xEF && b == 0xBB && c == 0xBF)
      return true;
  }
  return false;
}

} // namespace

std::string checkedTag(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  if (text.empty() || text.size() > kMostTagBytes)
    refuse("REJ:TAG", fmt::format("A tag has 1 to {} bytes, this one has {}.", kMostTagBytes, text.size()));
  const bool control = std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!isValidUtf8(text) || control || hasHiddenCharacter(text))
    refuse("REJ:TAG", "A tag is plain text without line breaks and invisible characters.");
  if (text.find(',') != std::string_view::npos || text.front() == '+' || text.front() == '-')
    refuse("REJ:TAG", fmt::format("The tag \"{}\" has a comma or begins with + or -. Leave them out.", text));
  return std::string(text);
}

std::vector<std::string> changedTags(std::vector<std::string> tags, const std::vector<std::string>& add, const std::vector<std::string>& remove) {
  std::set<std::string> out(tags.begin(), tags.end());
  for (const std::string& tag : remove)
    out.erase(tag);
  for (const std::string& tag : add)
    out.insert(checkedTag(tag));
  if (out.size() > kMostTags)
    refuse("REJ:TAG", fmt::format("A run has at most {} tags, these would be {}. Remove some first.", kMostTags, out.size()));
  return {out.begin(), out.end()};
}

std::vector<std::string> readTags(const std::string& folder) {
  const std::string path = folder + "/tags.json";
  if (!fileExists(path))
    return {};
  const auto tags = capture([&] {
    std::vector<std::string> found;
    const Json json = parseJsonFile(path);
    if (const Json* list = find(json, "tags"); list && list->is_array())
      for (const Json& item : *list)
        found.push_back(item.is_string() ? checkedTag(item.get<std::string>()) : checkedTag(""));
    return changedTags({}, found, {});
  });
  return tags.ok() ? *tags : std::vector<std::string>();
}

void writeTags(const std::string& folder, const std::vector<std::string>& tags) {
  Json list = Json::array();
  for (const std::string& tag : tags)
    list.push_back(tag);
  writeFileAtomic(folder + "/tags.json", dumpJson(Json{{"tags", list}}, 2) + "\n");
}

} // namespace lathe::api
