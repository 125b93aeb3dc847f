// SPDX-License-Identifier: Apache-2.0
#include "core/text/sentencepiece_decoder.h"

#include "core/text/decoder.h"
#include "core/text/unicode_classes.h"
#include "core/text/word_model.h"

namespace lathe::text {

SentencePieceDecoder::SentencePieceDecoder(const VocabularyData& data)
    : m_types(data.types), m_dropsFirstMark(data.addDummyPrefix || data.removeExtraWhitespaces), m_dropsAllMarks(data.removeExtraWhitespaces) {
  m_types.resize(data.tokens.size(), PieceType::Normal);
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    const std::string& token = data.tokens[id];
    std::string text;
    if (m_types[id] == PieceType::Unknown) {
      text = data.unkSurface;
    } else if (const int byte = m_types[id] == PieceType::Byte ? byteFallbackValue(token) : -1; byte >= 0) {
      text.assign(1, static_cast<char>(byte));
    } else if (m_types[id] != PieceType::Control) {
      for (size_t at = 0; at < token.size();) {
        const bool mark = std::string_view(token).substr(at).starts_with(kMarkText);
        text += mark ? ' ' : token[at];
        at += mark ? kMarkText.size() : 1;
      }
    }
    m_texts.push_back(std::move(text));
  }
}

void SentencePieceDecoder::flush(Run& run) {
  for (size_t at = 0; at < run.bytes.size();) {
    const std::string_view rest = std::string_view(run.bytes).substr(at);
    const size_t lead = static_cast<uint8_t>(rest[0]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length <= rest.size() && validUtf8Prefix(rest.substr(0, length)) == length) {
      run.out += rest.substr(0, length);
      at += length;
    } else {
      run.out += "\xEF\xBF\xBD";
      ++at;
    }
  }
  run.bytes.clear();
}

void SentencePieceDecoder::addOther(Run& run, const std::string& text) {
  if (text.empty())
    return;
  flush(run);
  run.out += text;
}

void SentencePieceDecoder::add(Run& run, size_t id) const {
  if (m_types[id] == PieceType::Byte) {
    run.bytes += m_texts[id];
    return;
  }
  flush(run);
  if (run.markSeen || !run.out.empty())
    run.atBegin = false;
  run.markSeen = false;
  const std::string& text = m_texts[id];
  const bool plain = m_types[id] != PieceType::Control && m_types[id] != PieceType::Unknown;
  const bool drop = plain && run.atBegin && m_dropsFirstMark && text.starts_with(' ');
  run.markSeen = drop && !m_dropsAllMarks;
  run.out.append(text, drop ? 1 : 0);
}

} // namespace lathe::text
