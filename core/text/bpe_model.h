// SPDX-License-Identifier: Apache-2.0
// The BPE model of tokenizer.json: vocabulary, merges, and how a word becomes ids.
#pragma once

#include "core/text/pair_merger.h"
#include "core/text/word_model.h"

namespace lathe::text {

struct BpeSettings {
  std::string unkToken, prefix, suffix; // empty: none
  bool hasUnk = false, fuseUnk = false, byteFallback = false, ignoreMerges = false;
};

class BpeModel : public WordModel {
public:
  /// `merges`: pairs of token texts in order of rank. Refuses merges whose parts or result are not in the vocabulary.
  BpeModel(TokenTable vocabulary, const std::vector<std::pair<std::string_view, std::string_view>>& merges, BpeSettings settings);

protected:
  void tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const override;

private:
  void initialSymbols(std::string_view word, bool bytes, std::vector<MergeSymbol>& symbols) const;

  BpeSettings m_settings;
  PairMerger m_merger;
  int32_t m_unkId = -1;
};

} // namespace lathe::text
