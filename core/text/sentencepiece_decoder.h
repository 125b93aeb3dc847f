// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/vocabulary.h"

#include <span>
#include <string>
#include <vector>

namespace lathe::text {

/// Ids to text as sentencepiece does it: control pieces vanish, an unknown one is a sign, bytes become characters one by one, the first "▁" goes.
class SentencePieceDecoder {
public:
  explicit SentencePieceDecoder(const VocabularyData& data);
  /// Ids behind the vocabulary are looked up by `textOf` (added tokens); it gives the empty text for what is to be left out.
  template <class TextOf>
  std::string decode(std::span<const int32_t> ids, TextOf&& textOf) const {
    Run run;
    for (const int32_t id : ids) {
      if (id >= 0 && static_cast<size_t>(id) < m_texts.size())
        add(run, static_cast<size_t>(id));
      else
        addOther(run, textOf(id));
    }
    flush(run);
    return std::move(run.out);
  }

private:
  struct Run {
    std::string out, bytes;
    bool atBegin = true, markSeen = false;
  };
  void add(Run& run, size_t id) const;
  static void addOther(Run& run, const std::string& text);
  static void flush(Run& run);
  std::vector<std::string> m_texts; // with spaces; of a byte piece: the byte
  std::vector<PieceType> m_types;
  bool m_dropsFirstMark, m_dropsAllMarks;
};

} // namespace lathe::text
