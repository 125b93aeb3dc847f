// SPDX-License-Identifier: Apache-2.0
// Normalizers that come from other tokenizers: SentencePiece's precompiled tables, NMT's and BERT's clean-up.
#include "core/text/base64_text.h"
#include "core/text/charsmap.h"
#include "core/text/normalizer.h"
#include "core/text/normalizer_parts.h"
#include "core/text/unicode_classes.h"

#include <utf8proc.h>

namespace lathe::text {
namespace {

/// End of the user-perceived character (UAX #29) that begins at `at`.
size_t graphemeEnd(std::string_view text, size_t at) {
  utf8proc_int32_t state = 0;
  CodePoint c = codePointAt(text, at);
  at += c.length;
  while (at < text.size()) {
    const CodePoint following = codePointAt(text, at);
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(c.value), static_cast<utf8proc_int32_t>(following.value), &state))
      break;
    c = following;
    at += c.length;
  }
  return at;
}

/// Looks graphemes up first and then their characters, and replaces the whole of what was looked up, as the library does.
void precompiled(const Charsmap& map, const TracedView& in, TracedText& out) {
  const auto replaced = [&](size_t begin, size_t end) {
    const Charsmap::Match match = map.shortest(in.text.substr(begin, end - begin));
    if (match.length == 0)
      return false;
    out.add(match.replacement, originOf(in, begin, end));
    return true;
  };
  for (size_t begin = 0; begin < in.text.size();) {
    const size_t end = graphemeEnd(in.text, begin);
    if (end - begin >= 6 || !replaced(begin, end)) {
      for (size_t at = begin; at < end;) {
        const size_t next = at + codePointAt(in.text, at).length;
        if (!replaced(at, next))
          out.copy(in, at, next);
        at = next;
      }
    }
    begin = end;
  }
}

bool droppedByNmt(char32_t c) { return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F; }

bool spaceForNmt(char32_t c) {
  return c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

void nmt(const TracedView& in, TracedText& out) {
  for (size_t at = 0; at < in.text.size();) {
    const CodePoint c = codePointAt(in.text, at);
    if (spaceForNmt(c.value))
      out.add(" ", originOf(in, at, at + c.length));
    else if (!droppedByNmt(c.value))
      out.copy(in, at, at + c.length);
    at += c.length;
  }
}

bool isChinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool droppedByBert(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  const bool blank = c == '\t' || c == '\n' || c == '\r';
  return !blank && (c == 0xFFFD || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CO);
}

struct BertOptions {
  bool clean, chinese, accents, lower;
};

void bert(const BertOptions& options, const TracedView& in, TracedText& out) {
  TracedText first(out.traced);
  for (size_t at = 0; at < in.text.size();) {
    const CodePoint c = codePointAt(in.text, at);
    const Origin origin = originOf(in, at, at + c.length);
    if (options.chinese && isChinese(c.value)) {
      first.add(" ", {origin.first, origin.first});
      first.copy(in, at, at + c.length);
      first.add(" ", {origin.second, origin.second});
    } else if (!options.clean || !droppedByBert(c.value)) {
      if (options.clean && (characterClass(c.value) & kSpace) && c.value != ' ')
        first.add(" ", origin);
      else
        first.copy(in, at, at + c.length);
    }
    at += c.length;
  }
  if (options.accents) {
    TracedText decomposed(out.traced), bare(out.traced);
    normalizeUnicode(first.view(), decomposed, false, false);
    dropNonspacingMarks(decomposed.view(), bare);
    first = std::move(bare);
  }
  if (options.lower)
    lowercaseText(first.view(), out);
  else
    out.copy(first.view(), 0, first.text.size());
}

class TableNormalizer : public Normalizer {
public:
  explicit TableNormalizer(std::function<void(const TracedView&, TracedText&)> function) : m_function(std::move(function)) {}
  void apply(const TracedView& in, TracedText& out) const override { m_function(in, out); }

private:
  std::function<void(const TracedView&, TracedText&)> m_function;
};

} // namespace

std::unique_ptr<const Normalizer> tableNormalizer(const std::string& type, const Json& json) {
  if (type == "Nmt")
    return std::make_unique<TableNormalizer>(nmt);
  if (type == "Precompiled") {
    const auto blob = base64Decoded(stringOr(json, "precompiled_charsmap", ""));
    if (!blob)
      refuse("REJ:TOKENIZER_CHARSMAP", "The normalization table of the tokenizer is not base64; download it again.");
    if (blob->empty())
      return std::make_unique<TableNormalizer>([](const TracedView& in, TracedText& out) { out.copy(in, 0, in.text.size()); });
    return std::make_unique<TableNormalizer>([map = std::make_shared<const Charsmap>(*blob)](const TracedView& in, TracedText& out) { precompiled(*map, in, out); });
  }
  if (type == "BertNormalizer") {
    const bool lower = boolOr(json, "lowercase", true);
    const Json* accents = find(json, "strip_accents");
    const BertOptions options{boolOr(json, "clean_text", true), boolOr(json, "handle_chinese_chars", true), accents && accents->is_boolean() ? accents->get<bool>() : lower, lower};
    return std::make_unique<TableNormalizer>([options](const TracedView& in, TracedText& out) { bert(options, in, out); });
  }
  return nullptr;
}

} // namespace lathe::text
