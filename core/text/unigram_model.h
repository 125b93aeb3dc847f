// SPDX-License-Identifier: Apache-2.0
// Unigram language model (Kudo 2018): of all cuts of a word into pieces, the one with the highest sum of scores.
#pragma once

#include "core/text/byte_trie.h"
#include "core/text/word_model.h"

#include <vector>

namespace lathe::text {

struct UnigramSettings {
  std::vector<double> scores;      // by id
  std::vector<uint8_t> kinds;      // by id, PieceType; empty: all normal
  int32_t unkId = -1;
  bool byteFallback = false;
  bool singlePrecision = false;    // sums in float, as sentencepiece has them; the `tokenizers` library sums in double
};

class UnigramModel : public WordModel {
public:
  UnigramModel(TokenTable vocabulary, UnigramSettings settings);

protected:
  void tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const override;

private:
  struct Node {
    double score = 0; // of the best cut that ends here
    int32_t begin = -1, id = -1;
  };
  void search(std::string_view text, std::vector<Node>& nodes) const;
  void addUnknown(std::string_view text, uint32_t begin, uint32_t end, std::vector<WordToken>& out) const;

  UnigramSettings m_settings;
  ByteTrie m_trie;
  double m_lowest = 0, m_highestScore = 1.17549435e-38; // never below, as in sentencepiece
};

} // namespace lathe::text
