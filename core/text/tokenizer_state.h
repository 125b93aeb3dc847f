// SPDX-License-Identifier: Apache-2.0
// What a Tokenizer consists of.
#pragma once

#include "core/text/added_tokens.h"
#include "core/text/word_model.h"
#include "core/text/decoder.h"
#include "core/text/normalizer.h"
#include "core/text/pretokenizer.h"
#include "core/text/sentencepiece_decoder.h"

#include <optional>

namespace lathe::text {

struct TokenizerState {
  std::unique_ptr<const WordModel> model;
  AddedTokens added;
  std::unique_ptr<const Normalizer> normalizer; // may be null
  PreTokenizer preTokenizer;
  TokenDecoder decoder;
  std::shared_ptr<const SentencePieceDecoder> pieces; // decodes instead of `decoder` when it is there
  std::vector<int32_t> prefixIds, suffixIds; // what the post-processor puts around a text
  std::optional<int32_t> bos, eos, pad;
  bool controlIsText = false; // special-token text in a text is not looked for unless asked
  bool traceAlways = false; // origins decide about ids (Metaspace "first" behind a normalizer)
  std::string fingerprint;

  std::string tokenText(int32_t id) const {
    if (const AddedToken* token = added.byId(id))
      return token->content;
    return std::string(model->tokenOf(id));
  }
  /// What decoding makes of it (see AddedTokens::decodedContent).
  std::string decodedText(int32_t id) const {
    const std::string* content = added.decodedContent(id);
    return content ? *content : std::string(model->tokenOf(id));
  }
  bool hasToken(int32_t id) const { return added.byId(id) || model->hasId(id); }
  int32_t idOf(const std::string& token) const {
    int32_t id = added.idOf(token);
    return id >= 0 ? id : model->vocabulary().find(token);
  }
};

/// tokenizer.json text to its parts. Throws Unsupported or a refusal (REJ:TOKENIZER…).
std::unique_ptr<TokenizerState> loadTokenizerState(std::string_view json);
/// Roles from tokenizer_config.json (text; may be empty).
void readTokenizerRoles(TokenizerState& state, std::string_view config);

} // namespace lathe::text
