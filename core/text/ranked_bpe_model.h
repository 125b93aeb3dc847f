// SPDX-License-Identifier: Apache-2.0
// BPE without a list of merges: two neighbours merge when their text together is a piece, the piece of the lowest rank first. SentencePiece
// ranks by score, tiktoken by id.
#pragma once

#include "core/text/byte_trie.h"
#include "core/text/pair_merger.h"
#include "core/text/word_model.h"

namespace lathe::text {

struct RankedPieces {
  static constexpr uint32_t kNever = UINT32_MAX;
  std::vector<uint32_t> ranks;  // per token of the table; kNever: no merge makes it
  std::vector<bool> unused;     // per token; taken apart again after merging
  std::vector<bool> whole;      // per token; user-defined, found in the text before merging
  int32_t unkId = -1;
  bool byteFallback = false, wholeWordsFirst = false;
};

class RankedBpeModel : public WordModel {
public:
  RankedBpeModel(TokenTable vocabulary, const RankedPieces& pieces);

protected:
  void tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const override;

private:
  void indexMerges(const RankedPieces& pieces);
  int32_t symbolOf(std::string_view text) const; // id, or a number of its own for a character that is only a part of pieces; −1
  void merge(std::string_view word, bool bytes, uint32_t base, std::vector<WordToken>& out) const;
  void emit(const MergeSymbol& symbol, std::string_view word, uint32_t base, const PairMerger::Origins& origins, std::vector<WordToken>& out) const;
  void emitUnknown(std::string_view word, uint32_t begin, uint32_t end, uint32_t base, std::vector<WordToken>& out) const;

  PairMerger m_merger;
  ByteTrie m_whole;
  std::vector<bool> m_canMerge, m_unused; // by id
  TokenTable m_parts;                     // characters that are no pieces, with numbers above all ids
  std::vector<uint32_t> m_lengths;        // bytes of a symbol, by id
  int32_t m_unkId;
  bool m_byteFallback, m_wholeWordsFirst, m_anyUnused = false;
};

} // namespace lathe::text
