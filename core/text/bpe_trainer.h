// SPDX-License-Identifier: Apache-2.0
// Byte-level BPE training (Sennrich et al. 2016, over bytes as in GPT-2). Deterministic: the same corpus and options give the same file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

struct BpeTrainerOptions {
  int vocabSize = 4096;        // all ids: special tokens, 256 bytes and merges; at least 256 + specialTokens
  uint64_t minFrequency = 2;   // pairs seen less often are not merged
  bool singleDigits = true;    // every digit is a token of its own
  int maxTokenBytes = 32;      // longer tokens are not made
  std::vector<std::string> specialTokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}; // get the first ids, in this order
  std::function<void(double)> progress; // 0…1, called now and then; may be empty
  std::stop_token stop;                 // a stop throws Cancelled
};

/// Gives the next piece of the corpus (a document, or a block that ends between words); nullopt at the end.
using CorpusReader = std::function<std::optional<std::string>()>;

/// tokenizer.json text, loadable here and in Hugging Face tokenizers. Throws Usage for impossible options.
std::string trainBpe(const CorpusReader& corpus, const BpeTrainerOptions& options);

/// tokenizer_config.json text for such a tokenizer: ChatML template, end of turn <|im_end|>, padding <|endoftext|>, where
/// these tokens are among `specialTokens`.
std::string trainedTokenizerConfig(const std::vector<std::string>& specialTokens);

} // namespace lathe::text
