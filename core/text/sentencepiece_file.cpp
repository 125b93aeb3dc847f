// SPDX-License-Identifier: Apache-2.0
// SentencePiece .model files (https://github.com/google/sentencepiece, sentencepiece_model.proto).
#include "core/base/limits.h"
#include "core/text/protobuf_reader.h"
#include "core/text/unicode_classes.h"
#include "core/text/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace lathe::text {
namespace {

using Field = ProtobufReader::Field;

struct TrainerNames {
  std::string bos = "<s>", eos = "</s>", pad = "<pad>";
  uint64_t modelType = 1;
};

void readPiece(std::string_view bytes, VocabularyData& out) {
  ProtobufReader reader(bytes);
  std::string text;
  float score = 0;
  uint64_t type = 1;
  for (Field field; reader.next(field);) {
    if (field.number == 1 && field.type == 2)
      text = field.bytes;
    else if (field.number == 2 && field.type == 5)
      score = field.real();
    else if (field.number == 3 && field.type == 0)
      type = field.integer;
  }
  const size_t id = out.tokens.size();
  if (id >= limits::kVocabulary)
    refuse("REJ:TOKENIZER_VOCAB", fmt::format("The SentencePiece model has more than {} pieces.", limits::kVocabulary));
  if (text.empty() || text.size() > limits::kTokenBytes || validUtf8Prefix(text) != text.size())
    refuse("REJ:TOKENIZER_SPM", fmt::format("Piece {} of the SentencePiece model is empty, longer than 65536 bytes or not UTF-8.", id));
  if (type < 1 || type > 6 || !std::isfinite(score))
    refuse("REJ:TOKENIZER_SPM", fmt::format("Piece {} of the SentencePiece model has the type {} and the score {}; types are 1 to 6 and scores finite.", id, type, score));
  out.tokens.push_back(std::move(text));
  out.scores.push_back(score);
  out.types.push_back(static_cast<PieceType>(type));
}

void readTrainer(std::string_view bytes, VocabularyData& out, TrainerNames& names) {
  ProtobufReader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.type == 0 && field.number == 3)
      names.modelType = field.integer;
    else if (field.type == 0 && field.number == 24)
      out.whitespaceAsSuffix = field.integer != 0;
    else if (field.type == 0 && field.number == 35)
      out.byteFallback = field.integer != 0;
    else if (field.type == 2 && field.number == 44)
      out.unkSurface = field.bytes;
    else if (field.type == 2 && field.number == 46)
      names.bos = field.bytes;
    else if (field.type == 2 && field.number == 47)
      names.eos = field.bytes;
    else if (field.type == 2 && field.number == 48)
      names.pad = field.bytes;
  }
}

void readNormalizer(std::string_view bytes, VocabularyData& out) {
  out.removeExtraWhitespaces = true;
  ProtobufReader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.type == 2 && field.number == 2)
      out.charsmap = field.bytes;
    else if (field.type == 0 && field.number == 3)
      out.addDummyPrefix = field.integer != 0;
    else if (field.type == 0 && field.number == 4)
      out.removeExtraWhitespaces = field.integer != 0;
    else if (field.type == 0 && field.number == 5)
      out.escapeWhitespaces = field.integer != 0;
  }
}

std::optional<int32_t> controlId(const VocabularyData& data, const std::string& name) {
  const auto found = std::find(data.tokens.begin(), data.tokens.end(), name);
  const auto id = static_cast<size_t>(found - data.tokens.begin());
  return found != data.tokens.end() && data.types[id] == PieceType::Control ? std::optional(static_cast<int32_t>(id)) : std::nullopt;
}

} // namespace

bool looksLikeSentencePiece(std::string_view bytes) {
  return bytes.size() > 4 && bytes[0] == 0x0A && static_cast<uint8_t>(bytes[1]) > 2 && bytes[2] == 0x0A && static_cast<uint8_t>(bytes[3]) < static_cast<uint8_t>(bytes[1]);
}

VocabularyData readSentencePiece(std::string_view bytes) {
  VocabularyData out;
  out.removeExtraWhitespaces = true;
  TrainerNames names;
  ProtobufReader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.type != 2)
      continue;
    if (field.number == 1)
      readPiece(field.bytes, out);
    else if (field.number == 2)
      readTrainer(field.bytes, out, names);
    else if (field.number == 3)
      readNormalizer(field.bytes, out);
    else if (field.number == 5 && field.bytes.find('\x12') != std::string_view::npos) {
      VocabularyData reverse;
      readNormalizer(field.bytes, reverse);
      if (!reverse.charsmap.empty())
        throw Exception(ErrorKind::Unsupported, "This SentencePiece model rewrites decoded text with a denormalizer, which Lathe does not support.");
    }
  }
  if (out.tokens.empty())
    refuse("REJ:TOKENIZER_SPM", "The SentencePiece model has no pieces; download it again or choose another one.");
  if (names.modelType != 1 && names.modelType != 2)
    throw Exception(ErrorKind::Unsupported, fmt::format("This SentencePiece model is of the kind {}; Lathe reads BPE and Unigram models.", names.modelType == 3 ? "word" : names.modelType == 4 ? "character" : std::to_string(names.modelType)));
  out.model = names.modelType == 2 ? VocabularyData::Model::Bpe : VocabularyData::Model::Unigram;
  out.bos = controlId(out, names.bos);
  out.eos = controlId(out, names.eos);
  out.pad = controlId(out, names.pad);
  out.addBos = out.bos.has_value();
  out.controlIsText = true;
  return out;
}

} // namespace lathe::text
