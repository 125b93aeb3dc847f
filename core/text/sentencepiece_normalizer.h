// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/byte_trie.h"
#include "core/text/charsmap.h"
#include "core/text/normalizer.h"
#include "core/text/vocabulary.h"

#include <optional>

namespace lathe::text {

/// What sentencepiece does to a text before cutting it: the precompiled rules, white space, the leading "▁". User-defined pieces stay as they are.
class SentencePieceNormalizer : public Normalizer {
public:
  explicit SentencePieceNormalizer(const VocabularyData& data);
  void apply(const TracedView& in, TracedText& out) const override;

private:
  struct Piece {
    std::string_view text; // what is written
    size_t length;         // bytes of the input it stands for
  };
  Piece next(std::string_view rest) const;
  void copyPlain(const TracedView& in, TracedText& out) const;

  std::optional<Charsmap> m_charsmap;
  ByteTrie m_userDefined;
  bool m_dummyPrefix, m_removeExtra, m_suffix;
  std::string m_space;
};

} // namespace lathe::text
