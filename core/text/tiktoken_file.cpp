// SPDX-License-Identifier: Apache-2.0
// tiktoken's rank files (https://github.com/openai/tiktoken): a line per token, its bytes in base64 and its rank, which is the id.
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/text/base64_text.h"
#include "core/text/ranked_bpe_model.h"
#include "core/text/tokenizer_state.h"
#include "core/text/unicode_classes.h"
#include "core/text/vocabulary.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace lathe::text {
namespace {

/// Special tokens and split pattern are not in the file; the number of ranks tells which family it is.
struct Family {
  const char* recipe;
  std::vector<std::pair<std::string, int32_t>> specials;
  const char* bos = nullptr;
  const char* eos = nullptr;
};

std::vector<std::pair<std::string, int32_t>> llama3Specials(int32_t first) {
  std::vector<std::string> names = {"<|begin_of_text|>", "<|end_of_text|>", "", "", "<|finetune_right_pad_id|>", "", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"};
  names.resize(256);
  std::vector<std::pair<std::string, int32_t>> out;
  int reserved = 0;
  for (std::string& name : names) {
    if (name.empty())
      name = fmt::format("<|reserved_special_token_{}|>", reserved++);
    out.emplace_back(name, first + static_cast<int32_t>(out.size()));
  }
  return out;
}

std::vector<std::pair<std::string, int32_t>> llama4Specials(int32_t first) {
  std::vector<std::string> names = {"<|begin_of_text|>", "<|end_of_text|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|header_start|>", "<|header_end|>", "<|eom|>", "<|eot|>", "<|step|>"};
  const auto reserve = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      names.push_back(fmt::format("<|text_post_train_reserved_special_token_{}|>", i));
  };
  reserve(0, 6);
  for (const char* name : {"<|python_start|>", "<|python_end|>", "<|finetune_right_pad|>"})
    names.emplace_back(name);
  reserve(8, 66);
  std::vector<std::pair<std::string, int32_t>> out;
  for (const std::string& name : names)
    out.emplace_back(name, first + static_cast<int32_t>(out.size()));
  return out;
}

std::vector<std::pair<std::string, int32_t>> qwenSpecials(int32_t first) {
  std::vector<std::pair<std::string, int32_t>> out;
  for (const char* name : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"})
    out.emplace_back(name, first + static_cast<int32_t>(out.size()));
  for (int i = 0; i < 205; ++i)
    out.emplace_back(fmt::format("<|extra_{}|>", i), first + static_cast<int32_t>(out.size()));
  return out;
}

Family familyOf(int32_t ranks) {
  switch (ranks) {
  case 128000:
    return {"llama3", llama3Specials(ranks), "<|begin_of_text|>", "<|end_of_text|>"};
  case 200000:
    return {"llama4", llama4Specials(ranks), "<|begin_of_text|>", "<|end_of_text|>"};
  case 151643:
    return {"qwen2", qwenSpecials(ranks), nullptr, "<|endoftext|>"};
  case 100256:
    return {"dbrx", {{"<|endoftext|>", 100257}, {"<|fim_prefix|>", 100258}, {"<|fim_middle|>", 100259}, {"<|fim_suffix|>", 100260}, {"<|endofprompt|>", 100276}}, nullptr, "<|endoftext|>"};
  case 199998:
    return {"gpt-4o", {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}, nullptr, "<|endoftext|>"};
  case 50256:
  case 50280:
    return {"gpt-2", {{"<|endoftext|>", 50256}}, nullptr, "<|endoftext|>"};
  case 163584:
    return {"kimi-k2", {{"[BOS]", 163584}, {"[EOS]", 163585}, {"<|im_end|>", 163586}, {"<|im_user|>", 163587}, {"<|im_assistant|>", 163588}, {"<|im_system|>", 163594}, {"<|im_middle|>", 163601}}, "[BOS]", "[EOS]"};
  default:
    return {nullptr, {}, nullptr, nullptr};
  }
}

/// Split pattern and special tokens decide about ids, so a guess would give wrong ones without anybody seeing it.
[[noreturn]] void refuseFamily(size_t ranks) {
  throw Exception(ErrorKind::Unsupported,
                  fmt::format("This tiktoken file has {} tokens. How its model splits text and which special tokens it has stands in no file; Lathe knows it for Llama 3 (128,000), Llama 4 (200,000), "
                              "Qwen (151,643), GPT-4 and DBRX (100,256), GPT-4o (199,998), GPT-2 (50,256, 50,280) and Kimi K2 (163,584). Use the model's tokenizer.json.", ranks));
}

struct Ranks {
  std::vector<std::pair<int32_t, std::string>> tokens; // rank, byte characters
};

Ranks readRanks(std::string_view text) {
  Ranks out;
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty())
      continue;
    const size_t space = line.find(' ');
    const auto bytes = space == std::string_view::npos ? std::nullopt : base64Decoded(line.substr(0, space));
    int64_t rank = -1;
    const auto parsed = space == std::string_view::npos ? std::from_chars_result{} : std::from_chars(line.data() + space + 1, line.data() + line.size(), rank);
    if (!bytes || bytes->empty() || bytes->size() > limits::kTokenBytes || parsed.ec != std::errc() || parsed.ptr != line.data() + line.size() || rank < 0 || rank >= static_cast<int64_t>(limits::kVocabulary))
      refuse("REJ:TOKENIZER_TIKTOKEN", fmt::format("Line {} of the tiktoken file is not a token in base64 and a rank from 0 to {}; download it again.", number, limits::kVocabulary - 1));
    std::string mapped;
    appendByteCharacters(mapped, *bytes);
    out.tokens.emplace_back(static_cast<int32_t>(rank), std::move(mapped));
  }
  if (out.tokens.empty())
    refuse("REJ:TOKENIZER_TIKTOKEN", "The tiktoken file has no tokens; download it again.");
  return out;
}

std::unique_ptr<WordModel> modelOf(const Ranks& ranks) {
  TokenTable table;
  RankedPieces pieces;
  pieces.wholeWordsFirst = true;
  std::vector<bool> seen;
  for (const auto& [rank, token] : ranks.tokens) {
    if (static_cast<size_t>(rank) >= seen.size())
      seen.resize(std::max<size_t>(static_cast<size_t>(rank) + 1, seen.size() * 2));
    if (seen[static_cast<size_t>(rank)] || !table.add(token, rank))
      refuse("REJ:TOKENIZER_TIKTOKEN", fmt::format("The tiktoken file has the rank {} or its token twice.", rank));
    seen[static_cast<size_t>(rank)] = true;
    pieces.ranks.push_back(static_cast<uint32_t>(rank));
  }
  pieces.unused.assign(table.size(), false);
  pieces.whole.assign(table.size(), false);
  return std::make_unique<RankedBpeModel>(std::move(table), pieces);
}

} // namespace

bool looksLikeTiktoken(std::string_view bytes) {
  const size_t end = std::min<size_t>(bytes.find('\n'), bytes.size());
  const std::string_view line = bytes.substr(0, std::min<size_t>(end, 4096));
  const size_t space = line.find(' ');
  return space != std::string_view::npos && space > 0 && space + 1 < line.size() && base64Decoded(line.substr(0, space)).has_value() &&
         line.find_first_not_of("0123456789\r", space + 1) == std::string_view::npos;
}

std::unique_ptr<TokenizerState> stateFromTiktoken(std::string_view text, bool anyFamily) {
  const Ranks ranks = readRanks(text);
  auto state = std::make_unique<TokenizerState>();
  state->model = modelOf(ranks);
  Family family = familyOf(static_cast<int32_t>(ranks.tokens.size()));
  if (!family.recipe && !anyFamily)
    refuseFamily(ranks.tokens.size());
  if (!family.recipe)
    family.recipe = "llama3";
  Json steps = Json::array();
  for (const char* pattern : preTokenizerRecipe(family.recipe)->patterns)
    steps.push_back({{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  if (preTokenizerRecipe(family.recipe)->normalizeNfc)
    state->normalizer = Normalizer::fromJson({{"type", "NFC"}});
  state->preTokenizer = PreTokenizer::fromJson({{"type", "Sequence"}, {"pretokenizers", std::move(steps)}});
  state->decoder = TokenDecoder::fromJson({{"type", "ByteLevel"}});
  for (const auto& [name, id] : family.specials) {
    AddedToken token;
    token.content = name;
    token.normalized = false;
    token.special = true;
    state->added.add(token, id, [id = id](const std::string&) { return id; });
  }
  state->added.finish([](const std::string& content) { return content; });
  const auto idOf = [&](const char* name) { return name ? std::optional(state->added.idOf(name)) : std::nullopt; };
  state->bos = idOf(family.bos);
  state->eos = idOf(family.eos);
  if (state->bos)
    state->prefixIds.push_back(*state->bos);
  Hasher hasher;
  hasher.add("tiktoken ");
  hasher.add(family.recipe);
  hasher.add(text);
  state->fingerprint = hasher.hex();
  return state;
}

} // namespace lathe::text
