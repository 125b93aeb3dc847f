// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::engine {

inline constexpr int64_t kMostLogLines = 2000;

/// The last lines of `home`/engine.log, oldest first, at most `lines` (1 … kMostLogLines) and the last 512 KiB of it; invalid UTF-8 replaced, longer lines cut at
/// 2000 bytes. Empty when there is no log. Reads that fail throw ErrorKind::Io.
std::vector<std::string> logTail(const std::string& home, int64_t lines);

} // namespace lathe::engine
