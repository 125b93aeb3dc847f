// SPDX-License-Identifier: Apache-2.0
#include "core/text/unicode_scripts.h"

#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <utf8proc.h>

namespace lathe::text {
namespace {

constexpr uint8_t kAnyScript = 0, kHanScript = 1;

/// The largest first, so that what is left to look at shrinks quickly. Hiragana and Katakana follow Han.
constexpr const char* kScripts[] = {
    "Han", "Hiragana", "Katakana", "Hangul", "Common", "Latin", "Yi", "Arabic", "Egyptian_Hieroglyphs", "Cuneiform", "Canadian_Aboriginal", "Inherited", "Ethiopic", "Greek", "Cyrillic", "Braille", "Vai", "Bamum",
    "Tangut", "Nushu", "Anatolian_Hieroglyphs", "SignWriting", "Linear_A", "Linear_B", "Khitan_Small_Script", "Duployan", "Bopomofo", "Georgian", "Tibetan", "Devanagari", "Myanmar", "Khmer", "Mongolian", "Cherokee",
    "Hebrew", "Armenian", "Thai", "Lao", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Syriac", "Thaana", "Nko", "Samaritan", "Mandaic", "Ogham", "Runic", "Tagalog",
    "Hanunoo", "Buhid", "Tagbanwa", "Limbu", "Tai_Le", "New_Tai_Lue", "Buginese", "Tai_Tham", "Balinese", "Sundanese", "Batak", "Lepcha", "Ol_Chiki", "Glagolitic", "Coptic", "Tifinagh", "Lisu", "Syloti_Nagri", "Phags_Pa",
    "Saurashtra", "Kayah_Li", "Rejang", "Javanese", "Cham", "Tai_Viet", "Meetei_Mayek", "Lycian", "Carian", "Old_Italic", "Gothic", "Old_Permic", "Ugaritic", "Old_Persian", "Deseret", "Shavian", "Osmanya", "Osage",
    "Elbasan", "Caucasian_Albanian", "Cypriot", "Imperial_Aramaic", "Palmyrene", "Nabataean", "Hatran", "Phoenician", "Lydian", "Meroitic_Hieroglyphs", "Meroitic_Cursive", "Kharoshthi", "Old_South_Arabian",
    "Old_North_Arabian", "Manichaean", "Avestan", "Inscriptional_Parthian", "Inscriptional_Pahlavi", "Psalter_Pahlavi", "Old_Turkic", "Old_Hungarian", "Brahmi", "Kaithi", "Sora_Sompeng", "Chakma", "Mahajani", "Sharada",
    "Khojki", "Multani", "Khudawadi", "Grantha", "Newa", "Tirhuta", "Siddham", "Modi", "Takri", "Ahom", "Warang_Citi", "Zanabazar_Square", "Soyombo", "Pau_Cin_Hau", "Bhaiksuki", "Marchen", "Masaram_Gondi", "Mro",
    "Bassa_Vah", "Pahawh_Hmong", "Miao", "Mende_Kikakui", "Adlam"};

std::vector<uint8_t> scriptTable() {
  std::vector<uint8_t> table(0x110000, kAnyScript);
  std::string rest;
  for (char32_t c = 0; c < table.size(); ++c) {
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    if (category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_CO && category != UTF8PROC_CATEGORY_CS)
      appendUtf8(rest, c);
  }
  uint8_t number = kHanScript;
  std::vector<TextRange> matches;
  for (const char* script : kScripts) {
    TokenPattern::regex(std::string("\\p{sc:") + script + "}+").findAll(rest, matches);
    const bool han = std::string_view(script) == "Hiragana" || std::string_view(script) == "Katakana";
    std::string left;
    size_t done = 0;
    for (const TextRange& match : matches) {
      for (size_t at = match.begin; at < match.end;) {
        const CodePoint c = codePointAt(rest, at);
        table[c.value] = han ? kHanScript : number;
        at += c.length;
      }
      left.append(rest, done, match.begin - done);
      done = match.end;
    }
    rest = left.append(rest, done);
    ++number;
  }
  table[0x30FC] = kHanScript;
  table[' '] = kAnyScript;
  return table;
}

} // namespace

void scriptRuns(std::string_view text, std::vector<TextRange>& runs) {
  static const std::vector<uint8_t> scripts = scriptTable();
  int before = -1;
  uint32_t begin = 0;
  bool open = false;
  for (uint32_t at = 0; at < text.size();) {
    const CodePoint c = codePointAt(text, at);
    const int script = scripts[c.value];
    if (script != kAnyScript && script != before) {
      if (open)
        runs.push_back({begin, at});
      begin = at;
      open = true;
    }
    if (script != kAnyScript)
      before = script;
    at += c.length;
  }
  if (open)
    runs.push_back({begin, static_cast<uint32_t>(text.size())});
}

} // namespace lathe::text
