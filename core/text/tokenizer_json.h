// SPDX-License-Identifier: Apache-2.0
// tokenizer.json in one pass: vocabulary, merges and added tokens go straight to where they belong, the rest becomes a small tree.
#pragma once

#include "core/base/json.h"
#include "core/text/added_tokens.h"
#include "core/text/word_model.h"

namespace lathe::text {

struct TokenizerJson {
  Json rest; // without model.vocab, model.merges and added_tokens
  TokenTable vocabulary;
  struct Merge {
    uint64_t offset; // into mergeText
    uint32_t left, right; // bytes of the two parts, one behind the other
  };
  std::vector<Merge> merges;
  std::string mergeText;
  std::vector<std::pair<std::string_view, std::string_view>> mergePairs() const;
  std::vector<AddedToken> added;
  bool vocabularyIsList = false; // Unigram
  std::vector<double> scores;    // of a list: by id
};

/// Throws a refusal with code REJ:TOKENIZER…
TokenizerJson readTokenizerJson(std::string_view text);

} // namespace lathe::text
