// SPDX-License-Identifier: Apache-2.0
// Numbers as a person reads them, and the nearest known name for a typing error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lathe {

std::string formatBytes(uint64_t bytes);      // "61.2 GiB", "512 B"
std::string formatCount(double count);        // "15.9k", "8.03 B" style: 950, 15.9k, 41.9M, 8.03B
std::string formatDuration(double seconds);   // "2 h 05 min", "12 min", "45 s"
/// Closest of `known` by edit distance (≤ 3, and less than half the length); nullopt when none is near.
std::optional<std::string> nearestName(std::string_view name, std::span<const std::string_view> known);
bool isValidUtf8(std::string_view text);

} // namespace lathe
