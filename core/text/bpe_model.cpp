// SPDX-License-Identifier: Apache-2.0
#include "core/text/bpe_model.h"

#include "core/base/error.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr char32_t kSpaceMark = 0x2581; // ▁

} // namespace

BpeModel::BpeModel(TokenTable tokens, const std::vector<std::pair<std::string_view, std::string_view>>& merges, BpeSettings settings)
    : WordModel(std::move(tokens)), m_settings(std::move(settings)) {
  if (m_settings.hasUnk)
    m_unkId = vocabulary().find(m_settings.unkToken);
  if (m_settings.prefix.empty() && m_settings.suffix.empty() && !m_settings.ignoreMerges && characterId(kSpaceMark) >= 0)
    allowCutsAtMarks();
  m_merger.reserve(merges.size());
  std::string result;
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    auto [left, right] = merges[rank];
    int32_t a = vocabulary().find(left), b = vocabulary().find(right);
    if (a < 0 || b < 0 || right.size() < m_settings.prefix.size())
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the tokenizer names \"{}\", which is not in its vocabulary.", rank + 1, a < 0 ? left : right));
    result.assign(left).append(right.substr(m_settings.prefix.size()));
    int32_t merged = vocabulary().find(result);
    if (merged < 0)
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the tokenizer makes \"{}\", which is not in its vocabulary.", rank + 1, result));
    m_merger.add(a, b, static_cast<uint32_t>(rank), merged);
    if (cutsAtMarks() && right.starts_with(kMarkText) && !left.empty())
      joinsMark(lastCodePoint(left).value);
  }
}

void BpeModel::initialSymbols(std::string_view word, bool bytes, std::vector<MergeSymbol>& symbols) const {
  MergeSymbol unk{-1, 0, 0, 0, 0};
  auto add = [&](int32_t id, uint32_t begin, uint32_t end) { symbols.push_back({id, begin, end, 0, 0}); };
  std::string text;
  for (uint32_t i = 0; i < word.size();) {
    CodePoint c = bytes ? CodePoint{byteCharacter(static_cast<uint8_t>(word[i])), 1} : codePointAt(word, i);
    uint32_t end = i + c.length;
    bool plain = (i == 0 || m_settings.prefix.empty()) && (end < word.size() || m_settings.suffix.empty());
    int32_t id = -1;
    if (plain) {
      id = bytes ? byteId(static_cast<uint8_t>(word[i])) : characterId(c.value);
    } else {
      text.clear();
      if (i > 0)
        text = m_settings.prefix;
      appendUtf8(text, c.value);
      if (end == word.size())
        text += m_settings.suffix;
      id = vocabulary().find(text);
    }
    if (id >= 0) {
      if (unk.id >= 0)
        add(unk.id, unk.begin, unk.end);
      unk.id = -1;
      add(id, i, end);
      i = end;
      continue;
    }
    if (m_settings.byteFallback) {
      if (plain) {
        text.clear();
        appendUtf8(text, c.value);
      }
      bool all = std::all_of(text.begin(), text.end(), [&](char b) { return fallbackId(static_cast<uint8_t>(b)) >= 0; });
      if (all) {
        bool aligned = text.size() == c.length;
        for (uint32_t k = 0; k < text.size(); ++k)
          add(fallbackId(static_cast<uint8_t>(text[k])), aligned ? i + k : i, aligned ? i + k + 1 : end);
        i = end;
        continue;
      }
    }
    if (m_settings.hasUnk) {
      if (m_unkId < 0)
        refuse("REJ:TOKENIZER_UNK", fmt::format("The unknown token \"{}\" of the tokenizer is not in its vocabulary.", m_settings.unkToken));
      if (unk.id >= 0 && m_settings.fuseUnk) {
        unk.end = end;
      } else {
        if (unk.id >= 0)
          add(unk.id, unk.begin, unk.end);
        unk = {m_unkId, i, end, 0, 0};
      }
    }
    i = end;
  }
  if (unk.id >= 0)
    add(unk.id, unk.begin, unk.end);
}

void BpeModel::tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const {
  if (m_settings.ignoreMerges) {
    std::string mapped;
    if (bytes)
      appendByteCharacters(mapped, word);
    int32_t id = vocabulary().find(bytes ? std::string_view(mapped) : word);
    if (id >= 0) {
      out.push_back({id, 0, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  static thread_local std::vector<MergeSymbol> symbols;
  symbols.clear();
  initialSymbols(word, bytes, symbols);
  m_merger.run(symbols);
  for (const MergeSymbol& symbol : symbols)
    out.push_back({symbol.id, symbol.begin, symbol.end});
  if (symbols.capacity() > 1 << 16)
    symbols = {};
}

} // namespace lathe::text
