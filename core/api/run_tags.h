// SPDX-License-Identifier: Apache-2.0
// Words that a person puts on runs to find them again. They lie beside the run (<run>/tags.json), so that an index that is made again has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lathe::api {

inline constexpr size_t kMostTags = 32, kMostTagBytes = 40;

/// Without spaces at the ends. Throws REJ:TAG unless it then has 1–40 bytes of valid UTF-8 without commas, control and text-direction characters
/// and does not begin with + or - (which the command line adds and removes with).
std::string checkedTag(std::string_view text);

/// `tags` with the changes, sorted, each once. Removing what is not there is no error. Throws REJ:TAG for a bad tag and for more than 32.
std::vector<std::string> changedTags(std::vector<std::string> tags, const std::vector<std::string>& add, const std::vector<std::string>& remove);

/// <folder>/tags.json; empty when there is none or it cannot be read.
std::vector<std::string> readTags(const std::string& folder);
/// Written beside and renamed. Throws Io or DiskFull.
void writeTags(const std::string& folder, const std::vector<std::string>& tags);

} // namespace lathe::api
