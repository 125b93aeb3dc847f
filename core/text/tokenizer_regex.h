// SPDX-License-Identifier: Apache-2.0
// The patterns of normalizers, pre-tokenizers and decoders. Hugging Face runs them with Oniguruma; here the well-known split patterns
// are matched by hand, all others by PCRE2 after translating what the two understand differently.
#pragma once

#include "core/base/json.h"
#include "core/text/tokenizer_text.h"

#include <memory>

namespace lathe::text {

class TokenPattern {
public:
  /// `json`: {"String": …}, {"Regex": …}, or a plain string (literal). Refuses what does not compile.
  /// `handWritten` false keeps the general engine also for the well-known patterns (to test one against the other).
  static TokenPattern fromJson(const Json& json, bool handWritten = true);
  static TokenPattern literal(std::string text);
  static TokenPattern regex(const std::string& pattern, bool handWritten = true);

  /// All matches from left to right, without overlaps. An empty match is not taken right after another match.
  /// Throws a refusal when the pattern needs more than its match or time limit.
  void findAll(std::string_view text, std::vector<TextRange>& matches) const;
  bool isHandWritten() const { return m_kind == Kind::Gpt2 || m_kind == Kind::Llama3 || m_kind == Kind::Qwen2; }
  bool isOneCharacterLiteral() const;

private:
  enum class Kind { Literal, Gpt2, Llama3, Qwen2, Pcre };
  struct Compiled;
  Kind m_kind = Kind::Literal;
  std::string m_literal;
  std::shared_ptr<const Compiled> m_compiled;
};

/// The pattern that ByteLevel splits by.
extern const char* const kGpt2Pattern;
extern const char* const kLlama3Pattern;
extern const char* const kQwen2Pattern;

/// Oniguruma (Ruby syntax) to PCRE2 with UTF and UCP. Throws Unsupported for classes that it cannot express.
std::string translatedPattern(const std::string& pattern);

// Matchers of the well-known patterns: the end of the match that begins at `position`.
size_t matchGpt2(std::string_view text, size_t position);
size_t matchLlama3(std::string_view text, size_t position, int maxDigits);

} // namespace lathe::text
