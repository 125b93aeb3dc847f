// SPDX-License-Identifier: Apache-2.0
// Tokenizers: tokenizer.json of Hugging Face (https://github.com/huggingface/tokenizers; BPE and Unigram), SentencePiece models, tiktoken rank
// files and GGUF vocabularies. Ids and decodings are those of each format's own library. WordPiece and WordLevel are answered with Unsupported.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

struct TokenizerState;

/// What to do with special tokens while encoding.
struct EncodeOptions {
  bool addSpecial = false;  // add what the post-processor adds (<s> in front, …)
  bool parseSpecial = true; // false: special-token text inside stays plain text (text that a user typed)
};

/// Immutable and safe to use from several threads. Invalid UTF-8 in a text counts as U+FFFD.
class Tokenizer {
public:
  using EncodeOptions = lathe::text::EncodeOptions;

  /// One token and the bytes [begin, end) of the original text that it stands for; empty for added ones (bos, …) and for
  /// inserted marks such as the first "▁". Pieces of one text are in order and cover what the normalizer kept.
  struct Piece {
    int32_t id;
    uint32_t begin, end;
  };

  /// `path`: tokenizer.json, the same gzipped, a SentencePiece or tiktoken file, or a folder with one of them (tokenizer.json first);
  /// tokenizer_config.json beside it gives bos, eos, padding and, without a tokenizer.json, further tokens.
  /// Throws NotFound, Unsupported or a refusal (REJ:TOKENIZER…).
  static std::shared_ptr<const Tokenizer> fromFile(const std::string& path);
  /// Any of the file formats from memory. `config`: text of tokenizer_config.json, may be empty.
  static std::shared_ptr<const Tokenizer> fromBytes(std::string_view bytes, std::string_view config = {});
  /// `config`: text of tokenizer_config.json, may be empty.
  static std::shared_ptr<const Tokenizer> fromJson(std::string_view json, std::string_view config = {});

  explicit Tokenizer(std::unique_ptr<const TokenizerState> state);
  ~Tokenizer();

  /// Special-token text inside becomes the special token, as in Hugging Face; in a SentencePiece model it stays text, as in sentencepiece.
  std::vector<int32_t> encode(std::string_view text, bool addSpecial) const;
  std::vector<int32_t> encode(std::string_view text, const EncodeOptions& options) const;
  std::vector<Piece> encodeWithOffsets(std::string_view text, const EncodeOptions& options) const;

  /// Ids without a token are left out, as in Hugging Face. The result is valid UTF-8.
  std::string decode(std::span<const int32_t> ids, bool skipSpecial) const;

  /// The vocabulary's own form ("Ġthe", "▁the", "<0x0A>"); empty for an id without a token.
  std::string tokenText(int32_t id) const;
  /// The bytes one token stands for ("Ġthe" is " the"); may be a part of a UTF-8 character.
  std::string tokenBytes(int32_t id) const;

  /// Highest id + 1 (ids may have gaps).
  int32_t vocabSize() const;
  std::optional<int32_t> idOf(std::string_view token) const;
  bool isSpecial(int32_t id) const;

  std::optional<int32_t> bosId() const;
  std::optional<int32_t> eosId() const;
  std::optional<int32_t> padId() const;

  /// Hash of everything that decides ids and texts.
  const std::string& fingerprint() const;

private:
  friend class StreamDecoder;
  std::unique_ptr<const TokenizerState> m_state;
};

/// decode() piece by piece: pieces never end inside a UTF-8 character and concatenate to decode() of all ids.
class StreamDecoder {
public:
  StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skipSpecial);
  /// Text that is certain now; may be empty.
  std::string push(int32_t id);
  /// What is still held back; the decoder is as new afterwards.
  std::string finish();

private:
  std::string advance(bool last);
  bool isSkipped(int32_t id) const;
  std::shared_ptr<const Tokenizer> m_tokenizer;
  bool m_skipSpecial;
  std::vector<int32_t> m_window; // ids whose text is not completely given out, with context in front
  size_t m_context = 0;          // leading ids of m_window that are only context
  size_t m_given = 0;            // bytes of the window's text already given out
};

/// The file that Tokenizer::fromFile(folder) reads; empty when the folder has none.
std::string tokenizerFileIn(const std::string& folder);

} // namespace lathe::text
