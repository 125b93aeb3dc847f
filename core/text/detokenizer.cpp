// SPDX-License-Identifier: Apache-2.0
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_state.h"
#include "core/text/unicode_classes.h"

namespace lathe::text {

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skipSpecial)
    : m_tokenizer(std::move(tokenizer)), m_skipSpecial(skipSpecial) {}

bool StreamDecoder::isSkipped(int32_t id) const {
  const TokenizerState& state = *m_tokenizer->m_state;
  return !state.hasToken(id) || (m_skipSpecial && state.added.isSpecialText(state.decodedText(id)));
}

std::string StreamDecoder::push(int32_t id) {
  m_window.push_back(id);
  return advance(false);
}

std::string StreamDecoder::finish() {
  std::string out = advance(true);
  m_window.clear();
  m_context = m_given = 0;
  return out;
}

/// The window is decoded as a whole and what is new in it is given out. Ids in front of the last clean point (where nothing was held
/// back) serve as context only, so that a decoder that treats the beginning differently sees the same as in decode().
std::string StreamDecoder::advance(bool last) {
  const TokenDecoder& decoder = m_tokenizer->m_state->decoder;
  if (m_window.empty() || (!last && decoder.changesEarlierText()))
    return {};
  bool skipped = isSkipped(m_window.back());
  if (!last && decoder.hasByteFallback() && (skipped || byteFallbackValue(m_tokenizer->m_state->decodedText(m_window.back())) >= 0))
    return {}; // a run of byte tokens is valid or not as a whole
  std::string text = m_tokenizer->decode(m_window, m_skipSpecial);
  size_t certain = text.size();
  if (!last && decoder.isByteLevel()) {
    std::string bytes;
    for (int32_t id : m_window)
      if (!isSkipped(id))
        bytes += m_tokenizer->tokenBytes(id);
    // The end may be the beginning of a character; it shows as one U+FFFD until the rest comes.
    bool unfinished = false;
    for (size_t at = bytes.size() - std::min<size_t>(bytes.size(), 3); at < bytes.size() && !unfinished; ++at)
      if ((static_cast<unsigned char>(bytes[at]) & 0xC0) == 0xC0)
        unfinished = validUtf8Prefix(std::string_view(bytes).substr(at), &unfinished) < bytes.size() - at && unfinished;
    if (unfinished && certain >= 3)
      certain -= 3;
  }
  std::string piece = certain > m_given ? text.substr(m_given, certain - m_given) : std::string();
  m_given = std::max(m_given, certain);
  if (certain == text.size() && !last) {
    std::vector<int32_t> recent(m_window.begin() + static_cast<std::ptrdiff_t>(m_context), m_window.end());
    std::string context = m_tokenizer->decode(recent, m_skipSpecial);
    if (!context.empty()) {
      if (m_context > 0) {
        m_window = std::move(recent);
        m_given = context.size();
      }
      m_context = m_window.size();
    }
  }
  return piece;
}

} // namespace lathe::text
