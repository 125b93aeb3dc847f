// SPDX-License-Identifier: Apache-2.0
#include "core/text/sentencepiece_normalizer.h"

#include "core/text/unicode_classes.h"
#include "core/text/word_model.h"

namespace lathe::text {

SentencePieceNormalizer::SentencePieceNormalizer(const VocabularyData& data)
    : m_dummyPrefix(data.addDummyPrefix), m_removeExtra(data.removeExtraWhitespaces), m_suffix(data.whitespaceAsSuffix),
      m_space(data.escapeWhitespaces ? std::string(kMarkText) : std::string(" ")) {
  if (!data.charsmap.empty())
    m_charsmap.emplace(data.charsmap);
  for (size_t id = 0; id < data.types.size(); ++id)
    if (data.types[id] == PieceType::UserDefined)
      m_userDefined.add(data.tokens[id], static_cast<int32_t>(id));
}

SentencePieceNormalizer::Piece SentencePieceNormalizer::next(std::string_view rest) const {
  if (const size_t length = m_userDefined.longest(rest).first; length > 0)
    return {rest.substr(0, length), length};
  if (m_charsmap)
    if (const Charsmap::Match match = m_charsmap->longest(rest); match.length > 0)
      return {match.replacement, match.length};
  const size_t length = codePointAt(rest, 0).length;
  return {rest.substr(0, length), length};
}

/// Without rules only spaces change.
void SentencePieceNormalizer::copyPlain(const TracedView& in, TracedText& out) const {
  size_t done = 0;
  for (size_t at = in.text.find(' '); at != std::string_view::npos; at = in.text.find(' ', done)) {
    out.copy(in, done, at);
    out.add(m_space, in.originAt(at));
    done = at + 1;
  }
  out.copy(in, done, in.text.size());
}

void SentencePieceNormalizer::apply(const TracedView& in, TracedText& out) const {
  size_t at = 0;
  while (m_removeExtra && at < in.text.size()) {
    const Piece piece = next(in.text.substr(at));
    if (piece.text != " ")
      break;
    at += piece.length;
  }
  if (at == in.text.size())
    return;
  const auto mark = [&](uint32_t origin) { out.add(m_space, {origin, origin}); };
  if (m_dummyPrefix && !m_suffix)
    mark(in.originAt(at).first);
  if (!m_charsmap && m_userDefined.empty() && !m_removeExtra) {
    copyPlain(in, out);
  } else {
    bool afterSpace = m_removeExtra;
    while (at < in.text.size()) {
      Piece piece = next(in.text.substr(at));
      while (afterSpace && piece.text.starts_with(' '))
        piece.text.remove_prefix(1);
      if (!piece.text.empty()) {
        const Origin origin = originOf(in, at, at + piece.length);
        for (const char c : piece.text)
          out.add(c == ' ' ? std::string_view(m_space) : std::string_view(&c, 1), origin);
        afterSpace = m_removeExtra && piece.text.ends_with(' ');
      }
      at += piece.length;
    }
    while (m_removeExtra && out.text.ends_with(m_space)) {
      out.text.resize(out.text.size() - m_space.size());
      if (out.traced)
        out.origins.resize(out.text.size());
    }
  }
  if (m_dummyPrefix && m_suffix)
    mark(in.originAt(in.text.size() - 1).second);
}

} // namespace lathe::text
