// SPDX-License-Identifier: Apache-2.0
// How byte-level vocabularies without a tokenizer.json split text: by the names of GGUF files (tokenizer.ggml.pre). The patterns are those of
// the models' own tokenizer.json files.
#include "core/text/tokenizer_regex.h"
#include "core/text/vocabulary.h"

namespace lathe::text {
namespace {

constexpr const char* kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kBailing =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr const char* kExaoneMoe =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr const char* kKimi =
    R"([\p{Han}]+|(?:(?!\p{Han})[^\r\n\p{L}\p{N}])?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])*(?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|(?:(?!\p{Han})[^\r\n\p{L}\p{N}])?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])+(?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kFalconPunctuation = R"([\p{P}\$\+<=>\^~\|`]+)";
constexpr const char* kBloom = R"( ?[^(\s|.,!?…。，、।۔،)]+)";
constexpr const char* kCjk = "[一-龥ࠀ-一가-퟿]+";
constexpr const char* kCjkKana = "[一-龥぀-ゟ゠-ヿ]+";

const std::vector<PreTokenizerRecipe>& recipes() {
  static const std::vector<PreTokenizerRecipe> all = {
      {"llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2", {kLlama3Pattern}, true},
      {"dbrx smaug-bpe chatglm4 glm4 glm-4 jina-v5-nano chatglm-bpe", {kLlama3Pattern}},
      {"qwen2 deepseek-r1-qwen stablelm2 hunyuan solar-open grok-2 megrez kormo f2llmv2 mellum", {kQwen2Pattern}, false, true},
      {"qwen35", {kQwen35}, false, true},
      {"gpt-2 gpt2 phi-2 jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-en roberta-bpe gigachat mpt olmo jais trillion granite-docling a.x-4.0 exaone4 modern-bert default", {kGpt2Pattern}},
      {"starcoder refact command-r smollm codeshell exaone minerva-7b jina-v2-code", {R"(\p{N})", kGpt2Pattern}},
      {"falcon", {kFalconPunctuation, kGpt2Pattern, "[0-9][0-9][0-9]"}},
      {"deepseek-coder", {"[\r\n]", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kCjk, R"(\p{N})"}},
      {"deepseek-v3 deepseek-v4 hunyuan-dense joyai-llm", {R"(\p{N}{1,3})", kCjkKana, kDeepSeek3}},
      {"tekken", {kTekken}, true},
      {"gpt-4o llama4 minimax-m2 kanana2 talkie", {kO200k}},
      {"kimi-k2", {kKimi}},
      {"poro-chat bloom gpt3-finnish", {kBloom}},
      {"viking", {kBloom, R"(\p{N})"}},
      {"seed-coder", {kSeedCoder}},
      {"bailingmoe bailingmoe2 llada-moe", {kBailing}},
      {"exaone-moe", {kExaoneMoe}},
  };
  return all;
}

} // namespace

const PreTokenizerRecipe* preTokenizerRecipe(std::string_view name) {
  for (const PreTokenizerRecipe& recipe : recipes()) {
    const std::string_view names = recipe.names;
    for (size_t at = 0; at <= names.size();) {
      const size_t end = std::min(names.find(' ', at), names.size());
      if (names.substr(at, end - at) == name)
        return &recipe;
      at = end + 1;
    }
  }
  return nullptr;
}

} // namespace lathe::text
