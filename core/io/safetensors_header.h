// SPDX-License-Identifier: Apache-2.0
// The JSON header of a safetensors file, parsed in one pass for files with up to a million tensors.
#pragma once

#include "core/io/tensor_view.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::io {

struct SafetensorsHeader {
  std::vector<TensorView> tensors;      // sorted by their bytes; data and owner not set
  std::vector<uint64_t> begins;         // of each tensor, from the end of the header
  std::vector<std::pair<uint64_t, uint32_t>> byName; // (hash of the name, index), sorted
  std::map<std::string, std::string> metadata;
  uint64_t dataBytes = 0;               // what the tensors cover: 0…dataBytes without holes
};

/// Validates everything that does not depend on the file's size. `what` is the file's name in messages.
SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& what);

/// Index of a name; −1 when absent.
int64_t findByName(const std::vector<TensorView>& tensors, const std::vector<std::pair<uint64_t, uint32_t>>& byName, std::string_view name);

} // namespace lathe::io
