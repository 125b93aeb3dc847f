// SPDX-License-Identifier: Apache-2.0
#include "core/text/ranked_bpe_model.h"

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr int32_t kUnknownSymbol = INT32_MAX; // merges with nothing
constexpr size_t kMostSplits = 64u << 20;

} // namespace

RankedBpeModel::RankedBpeModel(TokenTable table, const RankedPieces& pieces)
    : WordModel(std::move(table)), m_unkId(pieces.unkId), m_byteFallback(pieces.byteFallback), m_wholeWordsFirst(pieces.wholeWordsFirst) {
  m_canMerge.assign(static_cast<size_t>(highestId() + 1), false);
  m_unused.assign(m_canMerge.size(), false);
  if (!m_wholeWordsFirst)
    allowCutsAtMarks();
  for (size_t i = 0; i < vocabulary().size(); ++i) {
    const auto id = static_cast<size_t>(vocabulary().idAt(i));
    const std::string_view text = vocabulary().tokenAt(i);
    m_canMerge[id] = pieces.ranks[i] != RankedPieces::kNever;
    m_unused[id] = pieces.unused[i];
    m_anyUnused |= pieces.unused[i];
    if (!pieces.whole[i])
      continue;
    m_whole.add(text, static_cast<int32_t>(id));
    for (size_t at = text.find(kMarkText, 1); at != std::string_view::npos; at = text.find(kMarkText, at + 1))
      joinsMark(lastCodePoint(text.substr(0, at)).value);
  }
  indexMerges(pieces);
}

int32_t RankedBpeModel::symbolOf(std::string_view text) const {
  const int32_t id = vocabulary().find(text);
  return id >= 0 && m_canMerge[static_cast<size_t>(id)] ? id : m_parts.find(text);
}

void RankedBpeModel::indexMerges(const RankedPieces& pieces) {
  size_t splits = 0;
  for (size_t i = 0; i < vocabulary().size(); ++i) {
    const std::string_view text = vocabulary().tokenAt(i);
    if (pieces.ranks[i] == RankedPieces::kNever)
      continue;
    for (size_t at = 0; at < text.size(); ++splits) {
      const size_t length = codePointAt(text, at).length;
      const std::string_view character = text.substr(at, length);
      if (symbolOf(character) < 0)
        m_parts.add(character, highestId() + 1 + static_cast<int32_t>(m_parts.size()));
      at += length;
    }
    if (splits > kMostSplits)
      refuse("REJ:TOKENIZER_VOCAB", "The pieces of the tokenizer have more than 64 Mi characters together, which is the limit.");
  }
  struct Merge {
    int32_t left, right;
    uint32_t rank;
    int32_t result;
  };
  std::vector<Merge> merges;
  for (size_t i = 0; i < vocabulary().size(); ++i) {
    const std::string_view text = vocabulary().tokenAt(i);
    if (pieces.ranks[i] == RankedPieces::kNever || text.size() < 2 || text.size() > 1024) // a longer piece costs a square and never occurs
      continue;
    for (size_t at = codePointAt(text, 0).length; at < text.size(); at += codePointAt(text, at).length) {
      const int32_t left = symbolOf(text.substr(0, at));
      const int32_t right = left < 0 ? -1 : symbolOf(text.substr(at));
      if (right < 0)
        continue;
      merges.push_back({left, right, pieces.ranks[i], vocabulary().idAt(i)});
      if (text.substr(at).starts_with(kMarkText))
        joinsMark(lastCodePoint(text.substr(0, at)).value);
    }
  }
  m_merger.reserve(merges.size());
  for (const Merge& merge : merges)
    m_merger.add(merge.left, merge.right, merge.rank, merge.result);
}

void RankedBpeModel::emitUnknown(std::string_view word, uint32_t begin, uint32_t end, uint32_t base, std::vector<WordToken>& out) const {
  const bool all = m_byteFallback && std::all_of(word.begin() + begin, word.begin() + end, [&](char b) { return fallbackId(static_cast<uint8_t>(b)) >= 0; });
  if (all) {
    for (uint32_t i = begin; i < end; ++i)
      out.push_back({fallbackId(static_cast<uint8_t>(word[i])), base + i, base + i + 1});
  } else if (m_unkId >= 0) {
    if (!out.empty() && out.back().id == m_unkId && out.back().end == base + begin) // a run of unknown characters is one token
      out.back().end = base + end;
    else
      out.push_back({m_unkId, base + begin, base + end});
  }
}

void RankedBpeModel::emit(const MergeSymbol& symbol, std::string_view word, uint32_t base, const PairMerger::Origins& origins, std::vector<WordToken>& out) const {
  if (symbol.id > highestId())
    return emitUnknown(word, symbol.begin, symbol.end, base, out);
  const auto made = m_anyUnused && m_unused[static_cast<size_t>(symbol.id)] ? origins.find(symbol.id) : origins.end();
  if (made == origins.end()) {
    out.push_back({symbol.id, base + symbol.begin, base + symbol.end});
    return;
  }
  const auto [left, right] = made->second;
  const std::string_view text = word.substr(symbol.begin, symbol.end - symbol.begin);
  const uint32_t size = left > highestId() ? codePointAt(text, 0).length : static_cast<uint32_t>(tokenOf(left).size());
  emit({left, symbol.begin, symbol.begin + size, 0, 0}, word, base, origins, out);
  emit({right, symbol.begin + size, symbol.end, 0, 0}, word, base, origins, out);
}

void RankedBpeModel::merge(std::string_view word, bool bytes, uint32_t base, std::vector<WordToken>& out) const {
  static thread_local std::vector<MergeSymbol> symbols;
  symbols.clear();
  for (uint32_t i = 0; i < word.size();) {
    const uint32_t length = bytes ? 1 : codePointAt(word, i).length;
    int32_t id = bytes ? byteId(static_cast<uint8_t>(word[i])) : length > 3 ? vocabulary().find(word.substr(i, length)) : characterId(codePointAt(word, i).value);
    if (id < 0 || !m_canMerge[static_cast<size_t>(id)])
      id = bytes || m_parts.size() == 0 ? -1 : m_parts.find(word.substr(i, length));
    symbols.push_back({id < 0 ? kUnknownSymbol : id, i, i + length, 0, 0});
    i += length;
  }
  PairMerger::Origins origins;
  if (m_anyUnused)
    m_merger.run(symbols, origins);
  else
    m_merger.run(symbols);
  for (const MergeSymbol& symbol : symbols)
    emit(symbol, word, base, origins, out);
  if (symbols.capacity() > 1 << 16)
    symbols = {};
}

void RankedBpeModel::tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const {
  if (m_wholeWordsFirst) {
    std::string mapped;
    if (bytes)
      appendByteCharacters(mapped, word);
    if (const int32_t id = vocabulary().find(bytes ? std::string_view(mapped) : word); id >= 0) {
      out.push_back({id, 0, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  if (m_whole.empty())
    return merge(word, bytes, 0, out);
  size_t done = 0;
  for (size_t at = 0; at < word.size();) {
    const auto [length, id] = m_whole.longest(word.substr(at));
    if (length == 0) {
      at += codePointAt(word, at).length;
      continue;
    }
    if (done < at)
      merge(word.substr(done, at - done), bytes, static_cast<uint32_t>(done), out);
    out.push_back({id, static_cast<uint32_t>(at), static_cast<uint32_t>(at + length)});
    done = at += length;
  }
  if (done < word.size())
    merge(word.substr(done), bytes, static_cast<uint32_t>(done), out);
}

} // namespace lathe::text
