// SPDX-License-Identifier: Apache-2.0
#include "core/data/open_tokenizer.h"

#include "core/io/gguf.h"
#include "core/text/vocabulary.h"

#include <fmt/format.h>

#include <fstream>

namespace lathe::data {
namespace {

bool beginsWithGguf(const std::string& path) {
  if (!fileExists(path) || isDirectory(path))
    return false;
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, 4) && std::string_view(magic, 4) == "GGUF";
}

std::optional<int32_t> idIn(const io::GgufHeader& header, const char* key) {
  const auto id = header.integer(fmt::format("tokenizer.ggml.{}", key));
  return id && *id >= 0 && *id <= INT32_MAX ? std::optional(static_cast<int32_t>(*id)) : std::nullopt;
}

} // namespace

text::VocabularyData vocabularyOfGguf(const io::GgufHeader& header) {
  const auto model = header.text("tokenizer.ggml.model");
  if (!model || *model == "none")
    throw Exception(ErrorKind::NotFound, "The GGUF file has no vocabulary (tokenizer.ggml.model is missing or \"none\"); use the folder of the model it was made from.");
  text::VocabularyData data;
  for (const std::string_view token : header.texts("tokenizer.ggml.tokens"))
    data.tokens.emplace_back(token);
  if (header.has("tokenizer.ggml.scores"))
    data.scores = header.numbers("tokenizer.ggml.scores");
  for (const int64_t type : header.integers("tokenizer.ggml.token_type"))
    data.types.push_back(type >= 1 && type <= 6 ? static_cast<text::PieceType>(type) : text::PieceType::Normal);
  for (const std::string_view merge : header.texts("tokenizer.ggml.merges"))
    data.merges.emplace_back(merge);
  data.pre = header.text("tokenizer.ggml.pre").value_or("");
  if (*model == "llama" || *model == "t5")
    data.scores.resize(data.tokens.size());
  data.bos = idIn(header, "bos_token_id");
  data.eos = idIn(header, "eos_token_id");
  data.pad = idIn(header, "padding_token_id");
  const bool sentencePiece = *model == "llama";
  data.addBos = header.boolean("tokenizer.ggml.add_bos_token").value_or(sentencePiece || data.pre == "llama-bpe" || data.pre == "llama3" || data.pre == "tekken");
  data.addEos = header.boolean("tokenizer.ggml.add_eos_token").value_or(*model == "t5");
  data.addDummyPrefix = header.boolean("tokenizer.ggml.add_space_prefix").value_or(true);
  data.removeExtraWhitespaces = header.boolean("tokenizer.ggml.remove_extra_whitespaces").value_or(false);
  if (const io::GgufValue* map = header.find("tokenizer.ggml.precompiled_charsmap"))
    for (const int64_t byte : header.integers(map->key))
      data.charsmap += static_cast<char>(byte);
  return data;
}

std::shared_ptr<const text::Tokenizer> tokenizerOfGguf(const io::GgufHeader& header) {
  text::VocabularyData data = vocabularyOfGguf(header); // throws where there is none
  return text::tokenizerFromGgufVocabulary(std::move(data), *header.text("tokenizer.ggml.model"));
}

std::shared_ptr<const text::Tokenizer> openTokenizer(const std::string& path) {
  return beginsWithGguf(path) ? tokenizerOfGguf(io::GgufFile::open(path)->header()) : text::Tokenizer::fromFile(path);
}

} // namespace lathe::data
