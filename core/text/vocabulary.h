// SPDX-License-Identifier: Apache-2.0
// A vocabulary as plain data, before it is a Tokenizer: what a SentencePiece model, a tiktoken file or a GGUF file holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

class Tokenizer;
struct TokenizerState;

/// Numbers as in sentencepiece_model.proto and tokenizer.ggml.token_type.
enum class PieceType : uint8_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

struct VocabularyData {
  /// Bpe: SentencePiece's merging by score. MergedBpe: a list of merges over byte characters. Unigram: the most probable cut.
  enum class Model { Bpe, Unigram, MergedBpe };
  Model model = Model::Bpe;
  std::vector<std::string> tokens;   // index = id
  std::vector<float> scores;         // Bpe, Unigram: one per token
  std::vector<PieceType> types;      // empty: all normal
  std::vector<std::string> merges;   // MergedBpe: "left right" in order of rank
  std::string pre;                   // MergedBpe: name of the split patterns, tokenizer.ggml.pre
  std::string charsmap;              // SentencePiece's precompiled normalization, may be empty
  bool addDummyPrefix = true, removeExtraWhitespaces = false, escapeWhitespaces = true, whitespaceAsSuffix = false, byteFallback = false;
  std::string unkSurface = " \xE2\x81\x87 "; // what an unknown token is decoded as
  std::optional<int32_t> bos, eos, pad;
  bool addBos = false, addEos = false; // in front of and behind a text when special tokens are wanted
  bool controlIsText = false;          // "<s>" typed in a text is characters (sentencepiece), not the token
};

/// The parts of sentencepiece_model.proto that decide ids and texts. Throws REJ:TOKENIZER_SPM, Unsupported for word and character models.
VocabularyData readSentencePiece(std::string_view bytes);
/// True when `bytes` begin like a SentencePiece model (a piece with a text).
bool looksLikeSentencePiece(std::string_view bytes);
/// True when `bytes` begin with a line "base64 rank".
bool looksLikeTiktoken(std::string_view bytes);

/// Throws a refusal (REJ:TOKENIZER…) for damaged data, Unsupported for an unknown `pre`.
std::unique_ptr<TokenizerState> stateFromVocabulary(VocabularyData data);
/// tiktoken's rank file; pattern and special tokens follow from the number of ranks (Llama 3 and 4, Qwen, GPT-2/4/4o, Kimi K2). Unsupported for other
/// numbers, unless `anyFamily` (for trying the reader on small files): then the text is split as Llama 3 does and there are no special tokens.
std::unique_ptr<TokenizerState> stateFromTiktoken(std::string_view text, bool anyFamily = false);

/// A tokenizer from the vocabulary of a GGUF file. `ggmlModel`: tokenizer.ggml.model ("gpt2", "llama", "t5"); sets data.model and the
/// flags that go with it. Throws Unsupported for other kinds ("bert", "rwkv" …).
std::shared_ptr<const Tokenizer> tokenizerFromGgufVocabulary(VocabularyData data, std::string_view ggmlModel);

/// Split patterns of a tokenizer.ggml.pre name, in order; nullptr when the name is not known.
struct PreTokenizerRecipe {
  const char* names; // separated by spaces
  std::vector<const char*> patterns;
  bool ignoreMerges = false, normalizeNfc = false;
};
const PreTokenizerRecipe* preTokenizerRecipe(std::string_view name);

} // namespace lathe::text
