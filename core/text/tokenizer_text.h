// SPDX-License-Identifier: Apache-2.0
// Text on its way through a tokenizer, with the original bytes that every byte came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::text {

using Origin = std::pair<uint32_t, uint32_t>; // [begin, end) in the original text; empty for inserted bytes

/// A view of text. Byte i comes from origins[i], or from `base + i` when origins is null.
struct TracedView {
  std::string_view text;
  const Origin* origins = nullptr;
  uint32_t base = 0;
  Origin originAt(size_t i) const {
    if (origins)
      return origins[i];
    auto at = static_cast<uint32_t>(base + i);
    return {at, at + 1};
  }
  TracedView part(size_t begin, size_t end) const {
    return {text.substr(begin, end - begin), origins ? origins + begin : nullptr, static_cast<uint32_t>(base + begin)};
  }
};

/// Text under construction; origins are kept only when `traced`.
struct TracedText {
  std::string text;
  std::vector<Origin> origins;
  bool traced = false;

  explicit TracedText(bool trace = false) : traced(trace) {}
  TracedView view() const { return {text, traced ? origins.data() : nullptr, 0}; }
  void copy(const TracedView& from, size_t begin, size_t end) {
    text.append(from.text.substr(begin, end - begin));
    if (traced)
      for (size_t i = begin; i < end; ++i)
        origins.push_back(from.originAt(i));
  }
  void add(std::string_view piece, Origin origin) {
    text.append(piece);
    if (traced)
      origins.insert(origins.end(), piece.size(), origin);
  }
  void clear() {
    text.clear();
    origins.clear();
  }
};

/// Origin of a non-empty range of a view.
inline Origin originOf(const TracedView& view, size_t begin, size_t end) {
  return {view.originAt(begin).first, view.originAt(end - 1).second};
}

struct TextRange {
  uint32_t begin, end;
};

} // namespace lathe::text
