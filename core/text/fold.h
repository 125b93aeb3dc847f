// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::text {

/// Finds a text in others without regard to upper and lower case (simple case mapping of Unicode).
class FoldedFinder {
public:
  explicit FoldedFinder(std::string_view wanted);
  /// First place as (byte offset, bytes); nothing when it is absent or when nothing is wanted.
  std::optional<std::pair<size_t, size_t>> find(std::string_view text) const;

private:
  std::vector<int32_t> m_wanted; // lower case
};

} // namespace lathe::text
