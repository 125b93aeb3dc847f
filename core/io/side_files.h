// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: the small files beside the weights of a model.
#pragma once

#include "core/base/json.h"

#include <map>
#include <string>
#include <vector>

namespace lathe::io {

struct SideFiles {
  std::string tokenizerFile, chatTemplate;
  std::map<std::string, std::string> namedTemplates;
  Json generationConfig, tokenizerConfig;
  std::vector<std::string> warnings;
};

/// Damaged side files become warnings: the weights are still worth something.
SideFiles readSideFiles(const std::string& folder);

/// Names in the folder that are Python pickles by their suffix.
std::vector<std::string> pickleFiles(const std::vector<std::string>& names);

} // namespace lathe::io
