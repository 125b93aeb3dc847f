// SPDX-License-Identifier: Apache-2.0
#include "core/text/normalizer.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utf8proc.h>

namespace lathe::text {
namespace {

constexpr char32_t kHangulFirst = 0xAC00, kHangulL = 0x1100, kHangulV = 0x1161, kHangulT = 0x11A7;
constexpr char32_t kHangulLCount = 19, kHangulVCount = 21, kHangulTCount = 28, kHangulCount = 11172;

int combiningClass(char32_t c) { return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class; }

int decompose(char32_t c, bool compatibility, utf8proc_int32_t* out, int room) {
  int lastBoundary = 0;
  int options = UTF8PROC_DECOMPOSE | (compatibility ? UTF8PROC_COMPAT : 0);
  auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), out, room, static_cast<utf8proc_option_t>(options), &lastBoundary);
  if (count < 0 || count > room) {
    out[0] = static_cast<utf8proc_int32_t>(c);
    return 1;
  }
  return static_cast<int>(count);
}

/// Primary composites from the library's decompositions, and the starters that can be second in one.
struct Composition {
  std::unordered_map<uint64_t, char32_t> pairs;
  std::unordered_set<char32_t> seconds;

  static uint64_t key(char32_t a, char32_t b) { return static_cast<uint64_t>(a) << 32 | b; }

  Composition() {
    std::map<std::u32string, char32_t> whole;
    for (char32_t c = 0xC0; c < 0x30000; ++c) {
      const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
      if (property->decomp_seqindex == UINT16_MAX || property->decomp_type != 0 || property->comp_exclusion)
        continue;
      utf8proc_int32_t parts[32];
      int count = decompose(c, false, parts, 32);
      if (count >= 2 && property->combining_class == 0 && combiningClass(static_cast<char32_t>(parts[0])) == 0)
        whole.emplace(std::u32string(parts, parts + count), c);
    }
    for (auto& [parts, c] : whole) {
      std::u32string head = parts.substr(0, parts.size() - 1);
      char32_t first = head.size() == 1 ? head[0] : 0;
      if (auto found = whole.find(head); head.size() > 1 && found != whole.end())
        first = found->second;
      if (first != 0) {
        pairs.emplace(key(first, parts.back()), c);
        if (combiningClass(parts.back()) == 0)
          seconds.insert(parts.back());
      }
    }
  }

  static const Composition& instance() {
    static const Composition table;
    return table;
  }

  /// The composite of two characters, 0 when there is none.
  char32_t compose(char32_t a, char32_t b) const {
    if (a >= kHangulL && a < kHangulL + kHangulLCount && b >= kHangulV && b < kHangulV + kHangulVCount)
      return kHangulFirst + ((a - kHangulL) * kHangulVCount + (b - kHangulV)) * kHangulTCount;
    if (a >= kHangulFirst && a < kHangulFirst + kHangulCount && (a - kHangulFirst) % kHangulTCount == 0 && b > kHangulT && b < kHangulT + kHangulTCount)
      return a + (b - kHangulT);
    auto found = pairs.find(key(a, b));
    return found == pairs.end() ? 0 : found->second;
  }

  bool canBeSecond(char32_t c) const {
    return (c >= kHangulV && c < kHangulV + kHangulVCount) || (c > kHangulT && c < kHangulT + kHangulTCount) || seconds.contains(c);
  }
};

/// Canonical ordering: stable by class inside every run of non-starters.
void reorder(std::u32string& text) {
  for (size_t i = 0; i < text.size();) {
    if (combiningClass(text[i]) == 0) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && combiningClass(text[end]) != 0)
      ++end;
    std::stable_sort(text.begin() + static_cast<std::ptrdiff_t>(i), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char32_t a, char32_t b) { return combiningClass(a) < combiningClass(b); });
    i = end;
  }
}

void composeInPlace(std::u32string& text, const Composition& table) {
  size_t kept = 0, starter = 0;
  bool haveStarter = false;
  int lastClass = 0;
  for (char32_t c : text) {
    int cc = combiningClass(c);
    bool adjacent = haveStarter && kept == starter + 1;
    if (haveStarter && (adjacent || (lastClass < cc && lastClass != 0))) {
      if (char32_t composite = table.compose(text[starter], c)) {
        text[starter] = composite;
        continue;
      }
    }
    if (cc == 0) {
      starter = kept;
      haveStarter = true;
    }
    lastClass = cc;
    text[kept++] = c;
  }
  text.resize(kept);
}

/// True when nothing before this character can interact with it.
bool beginsSegment(char32_t c, const Composition& table) {
  if (c < 0x300)
    return true;
  utf8proc_int32_t parts[32];
  decompose(c, true, parts, 32);
  return combiningClass(c) == 0 && combiningClass(static_cast<char32_t>(parts[0])) == 0 && !table.canBeSecond(c) &&
         !table.canBeSecond(static_cast<char32_t>(parts[0]));
}

void emitSegment(const TracedView& in, size_t begin, size_t end, const std::u32string& text, TracedText& out) {
  std::string encoded;
  for (char32_t c : text)
    appendUtf8(encoded, c);
  if (encoded == in.text.substr(begin, end - begin))
    out.copy(in, begin, end);
  else
    out.add(encoded, originOf(in, begin, end));
}

} // namespace

void normalizeUnicode(const TracedView& in, TracedText& out, bool compose, bool compatibility) {
  const Composition& table = Composition::instance();
  std::u32string segment;
  for (size_t begin = 0; begin < in.text.size();) {
    size_t plain = begin; // ASCII followed by ASCII stays as it is
    while (plain < in.text.size() && static_cast<unsigned char>(in.text[plain]) < 0x80)
      ++plain;
    if (plain < in.text.size() && plain > begin)
      --plain;
    if (plain > begin) {
      out.copy(in, begin, plain);
      begin = plain;
      continue;
    }
    segment.clear();
    size_t end = begin;
    while (end < in.text.size()) {
      CodePoint c = codePointAt(in.text, end);
      if (end > begin && beginsSegment(c.value, table))
        break;
      utf8proc_int32_t parts[32];
      int count = decompose(c.value, compatibility, parts, 32);
      segment.append(parts, parts + count);
      end += c.length;
    }
    reorder(segment);
    if (compose)
      composeInPlace(segment, table);
    emitSegment(in, begin, end, segment, out);
    begin = end;
  }
}

} // namespace lathe::text
