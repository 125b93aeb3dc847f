// SPDX-License-Identifier: Apache-2.0
#include "core/data/tokenizer_export.h"

#include "core/base/files.h"
#include "core/data/open_tokenizer.h"
#include "core/text/tokenizer.h"
#include "core/text/unicode_classes.h"
#include "core/text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace lathe::data {
namespace {

using text::PieceType;
using text::VocabularyData;

constexpr const char* kMark = "\u2581";

struct ScoredMerge {
  std::string left, right;
  float score = 0;
  size_t leftLength = 0, rightLength = 0; // characters
};

size_t charactersOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// SentencePiece merges any two pieces whose whole is a piece, the best score first; tokenizer.json needs them as a list.
Json mergesFromScores(const VocabularyData& data) {
  std::unordered_map<std::string_view, size_t> ids;
  for (size_t id = 0; id < data.tokens.size(); ++id)
    if (data.types[id] == PieceType::Normal || data.types[id] == PieceType::UserDefined)
      ids.emplace(data.tokens[id], id);
  std::vector<ScoredMerge> all;
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    const std::string_view piece = data.tokens[id];
    if (!ids.contains(piece) || data.types[id] != PieceType::Normal)
      continue;
    std::vector<std::tuple<size_t, size_t, size_t>> cuts; // id of the left part, of the right part, where
    for (size_t at = 1; at < piece.size(); ++at) {
      const auto left = ids.find(piece.substr(0, at)), right = ids.find(piece.substr(at));
      if ((static_cast<unsigned char>(piece[at]) & 0xC0) != 0x80 && left != ids.end() && right != ids.end())
        cuts.emplace_back(left->second, right->second, at);
    }
    std::sort(cuts.begin(), cuts.end());
    for (const auto& [left, right, at] : cuts)
      all.push_back({std::string(piece.substr(0, at)), std::string(piece.substr(at)), data.scores[id], charactersOf(piece.substr(0, at)), charactersOf(piece.substr(at))});
  }
  std::stable_sort(all.begin(), all.end(), [](const ScoredMerge& a, const ScoredMerge& b) { return std::tie(a.score, a.leftLength, a.rightLength) > std::tie(b.score, b.leftLength, b.rightLength); });
  Json out = Json::array();
  for (const ScoredMerge& merge : all)
    out.push_back({merge.left, merge.right});
  return out;
}

Json mergesAsPairs(const VocabularyData& data) {
  Json out = Json::array();
  for (const std::string& merge : data.merges) {
    const size_t space = merge.find(' ', 1);
    if (space == std::string::npos)
      refuse("REJ:TOKENIZER_MERGES", fmt::format("Merge {} of the vocabulary does not have two parts.", out.size() + 1));
    out.push_back({merge.substr(0, space), merge.substr(space + 1)});
  }
  return out;
}

/// Special tokens, too: the library gives those that are not in the vocabulary the next free ids, whatever the file says.
Json vocabularyJson(const VocabularyData& data) {
  Json out = Json::object();
  out.get_ref<Json::object_t&>().reserve(data.tokens.size());
  std::unordered_map<std::string_view, bool> seen;
  for (size_t id = 0; id < data.tokens.size(); ++id)
    if (seen.emplace(data.tokens[id], true).second)
      out.get_ref<Json::object_t&>().emplace_back(data.tokens[id], id); // without the look-up of operator[], which is linear here
  return out;
}

Json addedTokens(const VocabularyData& data) {
  Json out = Json::array();
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    const PieceType type = data.types[id];
    if (type != PieceType::Control && type != PieceType::UserDefined && type != PieceType::Unknown)
      continue;
    out.push_back({{"id", id}, {"content", data.tokens[id]}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", type != PieceType::UserDefined}});
  }
  return out;
}

/// What stands around a text.
Json postProcessor(const VocabularyData& data) {
  const bool before = data.addBos && data.bos, behind = data.addEos && data.eos;
  if (!before && !behind)
    return nullptr;
  Json single = Json::array(), pair = Json::array(), special = Json::object();
  const auto add = [&](int32_t id, int type, Json& list) {
    const std::string& name = data.tokens.at(static_cast<size_t>(id));
    list.push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
    special[name] = {{"id", name}, {"ids", Json::array({id})}, {"tokens", Json::array({name})}};
  };
  const auto around = [&](const char* sequence, int type, Json& list) {
    if (before)
      add(*data.bos, type, list);
    list.push_back({{"Sequence", {{"id", sequence}, {"type_id", type}}}});
    if (behind)
      add(*data.eos, type, list);
  };
  around("A", 0, single);
  around("A", 0, pair);
  around("B", 1, pair);
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

void describeByteLevel(const VocabularyData& data, Json& out) {
  const text::PreTokenizerRecipe* recipe = text::preTokenizerRecipe(data.pre.empty() ? "default" : data.pre);
  if (!recipe)
    throw Exception(ErrorKind::Unsupported, fmt::format("The vocabulary splits text by the rules \"{}\", which Lathe does not know.", data.pre));
  Json steps = Json::array();
  for (const char* pattern : recipe->patterns)
    steps.push_back({{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}});
  if (recipe->normalizeNfc)
    out["normalizer"] = {{"type", "NFC"}};
  out["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
  out["decoder"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}};
  out["model"] = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr}, {"end_of_word_suffix", nullptr}, {"fuse_unk", false},
                  {"byte_fallback", false}, {"ignore_merges", recipe->ignoreMerges}, {"vocab", vocabularyJson(data)}, {"merges", mergesAsPairs(data)}};
}

/// SentencePiece's BPE with a list of merges; "gemma4": the merges are in the file and no mark is put in front.
void describePieces(const VocabularyData& data, bool ownMerges, Json& out) {
  const bool prefix = data.addDummyPrefix && !ownMerges;
  Json decoders = Json::parse(R"([{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}])");
  if (prefix)
    decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  const Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kMark}};
  out["normalizer"] = prefix ? Json{{"type", "Sequence"}, {"normalizers", Json::array({Json{{"type", "Prepend"}, {"prepend", kMark}}, replace})}} : replace;
  out["decoder"] = {{"type", "Sequence"}, {"decoders", std::move(decoders)}};
  const auto unknown = std::find(data.types.begin(), data.types.end(), PieceType::Unknown);
  const Json unk = unknown == data.types.end() ? Json(nullptr) : Json(data.tokens[static_cast<size_t>(unknown - data.types.begin())]);
  out["model"] = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", unk}, {"continuing_subword_prefix", nullptr}, {"end_of_word_suffix", nullptr}, {"fuse_unk", true}, {"byte_fallback", true},
                  {"ignore_merges", false}, {"vocab", vocabularyJson(data)}, {"merges", ownMerges ? mergesAsPairs(data) : mergesFromScores(data)}};
}

Json tokenizerJson(const VocabularyData& data, std::string_view kind) {
  Json out = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"added_tokens", addedTokens(data)}, {"normalizer", nullptr}, {"pre_tokenizer", nullptr},
              {"post_processor", postProcessor(data)}, {"decoder", nullptr}, {"model", nullptr}};
  if (kind == "gpt2")
    describeByteLevel(data, out);
  else if (kind == "llama" || kind == "gemma4")
    describePieces(data, kind == "gemma4", out);
  else
    throw Exception(ErrorKind::Unsupported, fmt::format("Vocabularies of the kind \"{}\" are not written as tokenizer.json; gpt2, llama and gemma4 are.", kind.substr(0, 40)));
  return out;
}

Json configJson(const VocabularyData& data) {
  Json out = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}, {"add_bos_token", data.addBos}, {"add_eos_token", data.addEos}};
  for (const auto& [name, id] : {std::pair("bos_token", data.bos), std::pair("eos_token", data.eos), std::pair("pad_token", data.pad)})
    if (id && static_cast<size_t>(*id) < data.tokens.size())
      out[name] = data.tokens[static_cast<size_t>(*id)];
  return out;
}

constexpr const char* kProbes[] = {"Hello, world! It's 2024; 1234567 items cost $3.50.", "  two  spaces\n\n\tand a tab\r\n", "Ünïcödé ÀÉÎ — “quotes” … don't we'll", "你好，世界。今天天气很好", "こんにちは 世界 テスト",
                                   "Привет, как дела? 🙂👩‍👩‍👧 ok", "def f(x):\n    return x ** 2  # comment\n", "a", "", " leading and trailing ", "नमस्ते दुनिया مرحبا بالعالم", "\xF0\x9F\x98\x80\xEF\xBF\xBD x\u00A0y"};

void compareTokenizers(const text::Tokenizer& written, const text::Tokenizer& original) {
  for (const char* probe : kProbes)
    for (const bool special : {false, true}) {
      const text::EncodeOptions how{.addSpecial = special, .parseSpecial = false};
      const std::vector<int32_t> ids = original.encode(probe, how);
      if (written.encode(probe, how) != ids || written.decode(ids, true) != original.decode(ids, true))
        throw Exception(ErrorKind::Unsupported, fmt::format("The vocabulary of the GGUF file cannot be written as tokenizer.json: \"{}\" would become other tokens.", probe));
    }
  for (int32_t id = 0; id < original.vocabSize(); ++id)
    if (written.tokenText(id) != original.tokenText(id))
      throw Exception(ErrorKind::Unsupported, fmt::format("The vocabulary of the GGUF file cannot be written as tokenizer.json: token {} would be \"{}\" instead of \"{}\".", id,
                                                          written.tokenText(id).substr(0, 40), original.tokenText(id).substr(0, 40)));
}

} // namespace

void writeTokenizerOfGguf(const io::GgufHeader& header, const std::string& folder) {
  VocabularyData data = vocabularyOfGguf(header);
  data.types.resize(data.tokens.size(), PieceType::Normal);
  data.scores.resize(data.tokens.size());
  const std::string json = dumpJson(tokenizerJson(data, *header.text("tokenizer.ggml.model")));
  const std::string config = dumpJson(configJson(data), 2) + "\n";
  compareTokenizers(*text::Tokenizer::fromJson(json, config), *tokenizerOfGguf(header));
  makeDirectories(folder);
  writeFileAtomic(folder + "/tokenizer.json", json);
  writeFileAtomic(folder + "/tokenizer_config.json", config);
  if (const auto chat = header.text("tokenizer.chat_template"); chat && !chat->empty())
    writeFileAtomic(folder + "/chat_template.jinja", *chat);
}

std::string tryWriteTokenizerOfGguf(const io::GgufHeader& header, const std::string& folder) {
  const auto written = capture([&] { return writeTokenizerOfGguf(header, folder), true; });
  if (written.ok())
    return {};
  if (written.error().kind != ErrorKind::Unsupported && written.error().kind != ErrorKind::NotFound)
    throw Exception(written.error());
  return fmt::format("The folder has no tokenizer: {} Copy tokenizer.json of the original model into it.", written.error().message);
}

} // namespace lathe::data
