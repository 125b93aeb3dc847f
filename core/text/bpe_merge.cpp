// SPDX-License-Identifier: Apache-2.0
// From the characters of one word to its tokens.
#include "core/text/bpe_model.h"

#include "core/base/error.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr size_t kShortWord = 20; // symbols up to which a scan beats a heap

} // namespace

void BpeModel::initialSymbols(std::string_view word, bool bytes, std::vector<Symbol>& symbols) const {
  Symbol unk{-1, 0, 0, 0, 0};
  auto add = [&](int32_t id, uint32_t begin, uint32_t end) { symbols.push_back({id, begin, end, 0, 0}); };
  std::string text;
  for (uint32_t i = 0; i < word.size();) {
    CodePoint c = bytes ? CodePoint{byteCharacter(static_cast<uint8_t>(word[i])), 1} : codePointAt(word, i);
    uint32_t end = i + c.length;
    bool plain = (i == 0 || m_settings.prefix.empty()) && (end < word.size() || m_settings.suffix.empty());
    int32_t id = -1;
    if (plain) {
      id = bytes ? m_byteIds[static_cast<uint8_t>(word[i])] : characterId(c.value);
    } else {
      text.clear();
      if (i > 0)
        text = m_settings.prefix;
      appendUtf8(text, c.value);
      if (end == word.size())
        text += m_settings.suffix;
      id = m_vocabulary.find(text);
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
      bool all = std::all_of(text.begin(), text.end(), [&](char b) { return m_fallbackIds[static_cast<uint8_t>(b)] >= 0; });
      if (all) {
        bool aligned = text.size() == c.length;
        for (uint32_t k = 0; k < text.size(); ++k)
          add(m_fallbackIds[static_cast<uint8_t>(text[k])], aligned ? i + k : i, aligned ? i + k + 1 : end);
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

void BpeModel::mergeShort(std::vector<Symbol>& symbols) const {
  size_t count = symbols.size();
  const Merge* ranks[kShortWord];
  for (size_t i = 0; i + 1 < count; ++i)
    ranks[i] = mergeOf(symbols[i].id, symbols[i + 1].id);
  while (count > 1) {
    size_t best = count;
    for (size_t i = 0; i + 1 < count; ++i)
      if (ranks[i] && (best == count || ranks[i]->rank < ranks[best]->rank))
        best = i;
    if (best == count)
      break;
    symbols[best].id = ranks[best]->id;
    symbols[best].end = symbols[best + 1].end;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    for (size_t i = best + 1; i + 2 < count; ++i)
      ranks[i] = ranks[i + 1];
    --count;
    if (best > 0)
      ranks[best - 1] = mergeOf(symbols[best - 1].id, symbols[best].id);
    if (best + 1 < count)
      ranks[best] = mergeOf(symbols[best].id, symbols[best + 1].id);
  }
}

void BpeModel::mergeLong(std::vector<Symbol>& symbols) const {
  struct Candidate {
    uint64_t order; // rank, then position
    int32_t id;
    bool operator<(const Candidate& other) const { return order > other.order; }
  };
  auto count = static_cast<int32_t>(symbols.size());
  std::vector<Candidate> heap;
  heap.reserve(symbols.size());
  auto candidate = [&](int32_t left, int32_t right) -> std::optional<Candidate> {
    const Merge* merge = mergeOf(symbols[static_cast<size_t>(left)].id, symbols[static_cast<size_t>(right)].id);
    if (!merge)
      return std::nullopt;
    return Candidate{static_cast<uint64_t>(merge->rank) << 32 | static_cast<uint32_t>(left), merge->id};
  };
  for (int32_t i = 0; i < count; ++i) {
    Symbol& symbol = symbols[static_cast<size_t>(i)];
    symbol.previous = i - 1;
    symbol.next = i + 1 < count ? i + 1 : -1;
    if (symbol.next > 0)
      if (auto found = candidate(i, symbol.next))
        heap.push_back(*found);
  }
  std::make_heap(heap.begin(), heap.end());
  auto push = [&](std::optional<Candidate> found) {
    if (!found)
      return;
    heap.push_back(*found);
    std::push_heap(heap.begin(), heap.end());
  };
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    Candidate top = heap.back();
    heap.pop_back();
    auto at = static_cast<int32_t>(static_cast<uint32_t>(top.order));
    Symbol& left = symbols[static_cast<size_t>(at)];
    if (left.id < 0 || left.next < 0)
      continue;
    Symbol& right = symbols[static_cast<size_t>(left.next)];
    const Merge* now = mergeOf(left.id, right.id);
    if (!now || now->id != top.id)
      continue; // one side was merged with another neighbour meanwhile
    left.id = top.id;
    left.end = right.end;
    right.id = -1;
    left.next = right.next;
    if (left.next >= 0)
      symbols[static_cast<size_t>(left.next)].previous = at;
    if (left.previous >= 0)
      push(candidate(left.previous, at));
    if (left.next >= 0)
      push(candidate(at, left.next));
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.id < 0; });
}

void BpeModel::tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const {
  if (m_settings.ignoreMerges) {
    std::string mapped;
    if (bytes)
      appendByteCharacters(mapped, word);
    int32_t id = m_vocabulary.find(bytes ? std::string_view(mapped) : word);
    if (id >= 0) {
      out.push_back({id, 0, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  static thread_local std::vector<Symbol> symbols;
  symbols.clear();
  initialSymbols(word, bytes, symbols);
  if (symbols.size() <= kShortWord)
    mergeShort(symbols);
  else
    mergeLong(symbols);
  for (const Symbol& symbol : symbols)
    out.push_back({symbol.id, symbol.begin, symbol.end});
  if (symbols.capacity() > 1 << 16)
    symbols = {};
}

} // namespace lathe::text
