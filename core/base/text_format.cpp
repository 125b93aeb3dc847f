// SPDX-License-Identifier: Apache-2.0
#include "core/base/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace lathe {

std::string formatBytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1023.95 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string formatCount(double count) {
  static constexpr const char* kUnits[] = {"", "k", "M", "B", "T"};
  int unit = 0;
  while (std::abs(count) >= 999.5 && unit < 4) {
    count /= 1000;
    ++unit;
  }
  if (unit == 0)
    return count == std::floor(count) ? fmt::format("{:.0f}", count) : fmt::format("{:.1f}", count);
  return fmt::format("{:.{}f}{}", count, std::abs(count) < 9.995 ? 2 : std::abs(count) < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string formatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0)
    return "unknown";
  const auto total = static_cast<int64_t>(std::llround(seconds));
  if (total < 60)
    return fmt::format("{} s", total);
  if (total < 600)
    return fmt::format("{} min {:02} s", total / 60, total % 60);
  if (total < 3600)
    return fmt::format("{} min", total / 60);
  return fmt::format("{} h {:02} min", total / 3600, total / 60 % 60);
}

std::optional<std::string> nearestName(std::string_view name, std::span<const std::string_view> known) {
  std::optional<std::string> best;
  size_t bestDistance = std::min<size_t>(4, name.size() / 2 + 1);
  for (std::string_view candidate : known) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= name.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (name[i - 1] == candidate[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < bestDistance) {
      bestDistance = row.back();
      best = std::string(candidate);
    }
  }
  return best;
}

bool isValidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    const int length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || i + static_cast<size_t>(length) > text.size())
      return false;
    uint32_t code = c & (0xFF >> (length + 1));
    for (int k = 1; k < length; ++k) {
      const auto d = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      if ((d & 0xC0) != 0x80)
        return false;
      code = (code << 6) | (d & 0x3F);
    }
    if ((length == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) || (length == 4 && (code < 0x10000 || code > 0x10FFFF)))
      return false;
    i += static_cast<size_t>(length);
  }
  return true;
}

} // namespace lathe
