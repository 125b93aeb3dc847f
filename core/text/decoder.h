// SPDX-License-Identifier: Apache-2.0
// Decoders of tokenizer.json: ByteLevel, Metaspace, ByteFallback, Fuse, Strip, Replace, BPEDecoder, WordPiece, Sequence.
#pragma once

#include "core/base/json.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

class DecoderStep {
public:
  virtual ~DecoderStep() = default;
  virtual void apply(std::vector<std::string>& tokens) const = 0;
  /// Text of a token that stands alone, as bytes.
  virtual void bytesOf(std::string&) const {}
};

class TokenDecoder {
public:
  static TokenDecoder fromJson(const Json& json); // null joins tokens with a space; Unsupported for unknown kinds
  std::string decode(std::vector<std::string> tokens) const;
  std::string bytesOf(std::string token) const;
  bool isByteLevel() const { return m_byteLevel; }
  /// A run of byte tokens (<0x0A>) is decoded as a whole.
  bool hasByteFallback() const { return m_byteFallback; }
  /// Later tokens can change text that is already decoded (other than in the two cases above).
  bool changesEarlierText() const { return m_changesEarlierText; }

private:
  void add(const Json& json);
  std::vector<std::shared_ptr<const DecoderStep>> m_steps;
  bool m_byteLevel = false, m_byteFallback = false, m_changesEarlierText = false, m_fused = false, m_any = false;
};

/// The byte of "<0x0A>", −1 for other tokens.
int byteFallbackValue(std::string_view token);

} // namespace lathe::text
