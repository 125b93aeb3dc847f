// SPDX-License-Identifier: Apache-2.0
// 64-bit arithmetic on numbers that come from outside: nullopt instead of wrapping.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace lathe {

inline std::optional<uint64_t> checkedAdd(uint64_t a, uint64_t b) {
  uint64_t out;
  return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
}

inline std::optional<uint64_t> checkedMul(uint64_t a, uint64_t b) {
  uint64_t out;
  return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
}

/// Product of all dimensions; a negative one counts as overflow. Empty span (scalar) gives 1.
inline std::optional<uint64_t> checkedProduct(std::span<const int64_t> dims) {
  uint64_t out = 1;
  for (int64_t d : dims) {
    if (d < 0 || __builtin_mul_overflow(out, static_cast<uint64_t>(d), &out))
      return std::nullopt;
  }
  return out;
}

} // namespace lathe
