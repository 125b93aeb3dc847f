// SPDX-License-Identifier: Apache-2.0
// SentencePiece's precompiled normalization: a double array (https://github.com/s-yata/darts-clone) from byte strings to replacements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

class Charsmap {
public:
  /// `blob`: size of the array, the array, replacement texts ended by zero bytes. Throws REJ:TOKENIZER_CHARSMAP.
  explicit Charsmap(std::string_view blob);

  struct Match {
    size_t length = 0; // 0: no rule
    std::string_view replacement;
  };
  /// The longest rule that `text` begins with (sentencepiece).
  Match longest(std::string_view text) const { return find(text, true); }
  /// The shortest one; the `tokenizers` library replaces the whole of what it asks about by it.
  Match shortest(std::string_view text) const { return find(text, false); }

private:
  Match find(std::string_view text, bool longest) const;
  std::vector<uint32_t> m_units;
  std::string m_texts;
};

} // namespace lathe::text
