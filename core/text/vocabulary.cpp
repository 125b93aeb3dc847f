// SPDX-License-Identifier: Apache-2.0
// From plain vocabularies to the parts of a tokenizer.
#include "core/text/vocabulary.h"

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/text/bpe_model.h"
#include "core/text/ranked_bpe_model.h"
#include "core/text/sentencepiece_normalizer.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_state.h"
#include "core/text/unicode_classes.h"
#include "core/text/unigram_model.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

using Model = VocabularyData::Model;

void requireSound(VocabularyData& data) {
  const size_t count = data.tokens.size();
  if (count == 0 || count > limits::kVocabulary)
    refuse("REJ:TOKENIZER_VOCAB", fmt::format("The vocabulary has {} tokens; from 1 to {} are possible.", count, limits::kVocabulary));
  if (data.types.empty())
    data.types.assign(count, PieceType::Normal);
  const bool scored = data.model != Model::MergedBpe;
  if (data.types.size() != count || (scored && data.scores.size() != count))
    refuse("REJ:TOKENIZER_VOCAB", fmt::format("The vocabulary has {} tokens but {} types and {} scores; download the file again.", count, data.types.size(), data.scores.size()));
  for (size_t id = 0; id < count; ++id) {
    const std::string& token = data.tokens[id];
    if (token.size() > limits::kTokenBytes || validUtf8Prefix(token) != token.size())
      refuse("REJ:TOKENIZER_VOCAB", fmt::format("Token {} of the vocabulary is longer than 65536 bytes or not UTF-8.", id));
    if (scored && !(std::abs(data.scores[id]) < 1e30F))
      refuse("REJ:TOKENIZER_VOCAB", fmt::format("Token {} of the vocabulary has a score that is not a number.", id));
  }
  for (const auto& role : {data.bos, data.eos, data.pad})
    if (role && (*role < 0 || static_cast<size_t>(*role) >= count))
      refuse("REJ:TOKENIZER_VOCAB", fmt::format("The vocabulary names token {} as special, but has only {} tokens.", *role, count));
}

int32_t firstOfType(const VocabularyData& data, PieceType type) {
  const auto found = std::find(data.types.begin(), data.types.end(), type);
  return found == data.types.end() ? -1 : static_cast<int32_t>(found - data.types.begin());
}

/// All tokens that `wanted` lets in; a text that comes twice keeps its first id.
template <class Wanted>
TokenTable tableOf(const VocabularyData& data, Wanted wanted) {
  TokenTable out;
  size_t bytes = 0;
  for (const std::string& token : data.tokens)
    bytes += token.size();
  out.reserve(data.tokens.size(), bytes);
  for (size_t id = 0; id < data.tokens.size(); ++id)
    if (!data.tokens[id].empty() && wanted(data.types[id]))
      out.add(data.tokens[id], static_cast<int32_t>(id));
  return out;
}

std::unique_ptr<WordModel> scoredBpe(const VocabularyData& data) {
  TokenTable table = tableOf(data, [](PieceType) { return true; });
  std::vector<float> order(data.scores);
  std::sort(order.begin(), order.end(), std::greater<>());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  RankedPieces pieces;
  for (size_t i = 0; i < table.size(); ++i) {
    const auto id = static_cast<size_t>(table.idAt(i));
    const PieceType type = data.types[id];
    const bool merges = type == PieceType::Normal || type == PieceType::UserDefined || type == PieceType::Unused;
    pieces.ranks.push_back(merges ? static_cast<uint32_t>(std::lower_bound(order.begin(), order.end(), data.scores[id], std::greater<>()) - order.begin()) : RankedPieces::kNever);
    pieces.unused.push_back(type == PieceType::Unused);
    pieces.whole.push_back(type == PieceType::UserDefined);
  }
  pieces.unkId = firstOfType(data, PieceType::Unknown);
  pieces.byteFallback = data.byteFallback;
  return std::make_unique<RankedBpeModel>(std::move(table), pieces);
}

std::unique_ptr<WordModel> unigram(const VocabularyData& data) {
  UnigramSettings settings;
  settings.scores.assign(data.scores.begin(), data.scores.end());
  for (const PieceType type : data.types)
    settings.kinds.push_back(static_cast<uint8_t>(type));
  settings.unkId = firstOfType(data, PieceType::Unknown);
  settings.byteFallback = data.byteFallback;
  settings.singlePrecision = true;
  return std::make_unique<UnigramModel>(tableOf(data, [](PieceType) { return true; }), std::move(settings));
}

std::unique_ptr<WordModel> mergedBpe(const VocabularyData& data, const BpeSettings& settings) {
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  if (data.merges.size() > limits::kMerges)
    refuse("REJ:TOKENIZER_MERGES", fmt::format("The vocabulary has {} merges; at most {} are allowed.", data.merges.size(), limits::kMerges));
  for (const std::string& merge : data.merges) {
    const size_t space = merge.find(' ', 1); // a part may begin with a space only in vocabularies that are not byte-level
    if (space == std::string::npos)
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the vocabulary does not have two parts.", merges.size() + 1));
    merges.emplace_back(std::string_view(merge).substr(0, space), std::string_view(merge).substr(space + 1));
  }
  return std::make_unique<BpeModel>(tableOf(data, [](PieceType type) { return type != PieceType::Control; }), merges, settings);
}

/// The Split steps of a recipe and the step to bytes.
PreTokenizer byteLevelSplits(const std::vector<const char*>& patterns) {
  Json steps = Json::array();
  for (const char* pattern : patterns)
    steps.push_back({{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  return PreTokenizer::fromJson({{"type", "Sequence"}, {"pretokenizers", std::move(steps)}});
}

void addSpecialTokens(TokenizerState& state, const VocabularyData& data, bool userDefinedToo) {
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    const PieceType type = data.types[id];
    if (type != PieceType::Control && (!userDefinedToo || type != PieceType::UserDefined))
      continue;
    AddedToken token;
    token.content = data.tokens[id];
    token.normalized = false;
    token.special = type == PieceType::Control;
    state.added.add(token, static_cast<int32_t>(data.tokens.size()), [id](const std::string&) { return static_cast<int32_t>(id); });
  }
}

std::string fingerprintOf(const VocabularyData& data) {
  Hasher hasher;
  const auto add = [&](std::string_view text) {
    hasher.add(fmt::format("{}:", text.size()));
    hasher.add(text);
  };
  add(fmt::format("{} {} {:d}{:d}{:d}{:d}{:d}{:d}{:d}", static_cast<int>(data.model), data.pre, data.addDummyPrefix, data.removeExtraWhitespaces, data.escapeWhitespaces,
                  data.whitespaceAsSuffix, data.byteFallback, data.addBos, data.addEos));
  add(data.charsmap);
  add(data.unkSurface);
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    add(data.tokens[id]);
    add(fmt::format("{} {}", static_cast<int>(data.types[id]), id < data.scores.size() ? data.scores[id] : 0.0F));
  }
  for (const std::string& merge : data.merges)
    add(merge);
  return hasher.hex();
}

void setSentencePiece(TokenizerState& state, const VocabularyData& data) {
  state.normalizer = std::make_unique<SentencePieceNormalizer>(data);
  state.model = data.model == Model::Unigram ? unigram(data) : scoredBpe(data);
  state.decoder = TokenDecoder::fromJson(Json::parse(R"({"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]})"));
  state.pieces = std::make_shared<SentencePieceDecoder>(data);
  addSpecialTokens(state, data, false);
}

void setMergedBpe(TokenizerState& state, const VocabularyData& data) {
  BpeSettings settings;
  if (data.byteFallback) { // SentencePiece-style pieces with a list of merges (Gemma)
    settings.byteFallback = settings.fuseUnk = settings.hasUnk = true;
    settings.unkToken = "<unk>";
    state.normalizer = Normalizer::fromJson({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kMarkText}});
    state.decoder = TokenDecoder::fromJson(Json::parse(R"({"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]})"));
  } else {
    const PreTokenizerRecipe* recipe = preTokenizerRecipe(data.pre.empty() ? "default" : data.pre);
    if (!recipe)
      throw Exception(ErrorKind::Unsupported, fmt::format("This vocabulary splits text by the rules \"{}\", which Lathe does not know; use the model's folder with its tokenizer.json.", data.pre));
    settings.ignoreMerges = recipe->ignoreMerges;
    if (recipe->normalizeNfc)
      state.normalizer = Normalizer::fromJson({{"type", "NFC"}});
    state.preTokenizer = byteLevelSplits(recipe->patterns);
    state.decoder = TokenDecoder::fromJson({{"type", "ByteLevel"}});
  }
  state.model = mergedBpe(data, settings);
  addSpecialTokens(state, data, true);
}

} // namespace

std::unique_ptr<TokenizerState> stateFromVocabulary(VocabularyData data) {
  requireSound(data);
  auto state = std::make_unique<TokenizerState>();
  state->fingerprint = fingerprintOf(data);
  if (data.model == Model::MergedBpe)
    setMergedBpe(*state, data);
  else
    setSentencePiece(*state, data);
  state->added.finish([](const std::string& content) { return content; });
  state->controlIsText = data.controlIsText;
  state->bos = data.bos;
  state->eos = data.eos;
  state->pad = data.pad;
  if (data.addBos && data.bos)
    state->prefixIds.push_back(*data.bos);
  if (data.addEos && data.eos)
    state->suffixIds.push_back(*data.eos);
  return state;
}

std::shared_ptr<const Tokenizer> tokenizerFromGgufVocabulary(VocabularyData data, std::string_view ggmlModel) {
  if (ggmlModel == "llama" || ggmlModel == "t5") {
    data.model = ggmlModel == "llama" ? Model::Bpe : Model::Unigram;
    data.byteFallback = ggmlModel == "llama";
  } else if (ggmlModel == "gpt2" || ggmlModel == "gemma4") {
    data.model = Model::MergedBpe;
    data.byteFallback = ggmlModel == "gemma4";
  } else {
    throw Exception(ErrorKind::Unsupported, fmt::format("The GGUF file has a vocabulary of the kind \"{}\"; Lathe reads BPE, SentencePiece and Unigram vocabularies (gpt2, llama, t5).", ggmlModel.substr(0, 40)));
  }
  return std::make_shared<const Tokenizer>(stateFromVocabulary(std::move(data)));
}

} // namespace lathe::text
