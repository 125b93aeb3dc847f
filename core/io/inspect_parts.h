// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: `inspect` for everything that is no model.
#pragma once

#include "core/base/json.h"

#include <string>

namespace lathe::io {

/// At most `bytes` bytes from the start of a regular file.
std::string firstBytes(const std::string& path, size_t bytes);

Json inspectTokenizer(const std::string& path);
Json inspectDataset(const std::string& path);
Json inspectRun(const std::string& path);
Json inspectCheckpoint(const std::string& path);

} // namespace lathe::io
