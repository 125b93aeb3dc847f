// SPDX-License-Identifier: Apache-2.0
// By which names a folder holds a tokenizer: the one list of them.
#pragma once

#include <array>
#include <string_view>

namespace lathe {

/// In the order in which they are looked for.
inline constexpr std::array<std::string_view, 7> kTokenizerFileNames = {
    "tokenizer.json", "tokenizer.json.gz", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "qwen.tiktoken", "tiktoken.model"};

} // namespace lathe
