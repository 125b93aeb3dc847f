// SPDX-License-Identifier: Apache-2.0
#include "core/text/tokenizer.h"

#include "core/base/error.h"
#include "core/text/bpe_word_cache.h"
#include "core/text/tokenizer_state.h"
#include "core/text/unicode_classes.h"

namespace lathe::text {
namespace {

/// A word cache for the time of one call.
class CacheLoan {
public:
  explicit CacheLoan(const WordModel& model) : m_model(model), m_cache(model.borrowCache()) {}
  ~CacheLoan() { m_model.giveBack(std::move(m_cache)); }
  CacheLoan(const CacheLoan&) = delete;
  CacheLoan& operator=(const CacheLoan&) = delete;
  WordCache& cache() { return *m_cache; }

private:
  const WordModel& m_model;
  std::unique_ptr<WordCache> m_cache;
};

/// One text through all stages. `Emit` takes (id, origin of the token).
template <class Emit>
class Encoder {
public:
  Encoder(const TokenizerState& state, bool parseSpecial, bool offsets, Emit emit)
      : m_state(state), m_parseSpecial(parseSpecial), m_offsets(offsets), m_trace(offsets || state.traceAlways), m_emit(std::move(emit)),
        m_loan(*state.model), m_normalized(m_trace) {}

  void run(const TracedView& text) {
    std::vector<TextPart> parts;
    m_state.added.split(text.text, false, m_parseSpecial, parts);
    for (const TextPart& part : parts) {
      if (part.id >= 0)
        m_emit(part.id, originOf(text, part.begin, part.end));
      else
        normalized(text.part(part.begin, part.end));
    }
  }

private:
  void normalized(TracedView section) {
    if (m_state.normalizer) {
      m_normalized.clear();
      m_state.normalizer->apply(section, m_normalized);
      section = m_normalized.view();
    }
    m_state.added.split(section.text, true, m_parseSpecial, m_parts);
    for (const TextPart& part : m_parts) {
      if (part.id >= 0)
        m_emit(part.id, m_offsets ? originOf(section, part.begin, part.end) : Origin{});
      else
        words(section.part(part.begin, part.end));
    }
  }

  void words(const TracedView& section) {
    m_tokens.start(section, m_trace);
    m_state.preTokenizer.apply(m_tokens);
    const bool bytes = m_state.preTokenizer.bytesAtEnd();
    for (const TextRange& piece : m_tokens.pieces) {
      m_word.clear();
      m_state.model->tokenize(m_tokens.view.text.substr(piece.begin, piece.end - piece.begin), bytes, m_loan.cache(), m_word);
      for (const WordToken& token : m_word)
        m_emit(token.id, m_offsets ? originOf(m_tokens.view, piece.begin + token.begin, piece.begin + token.end) : Origin{});
    }
  }

  const TokenizerState& m_state;
  bool m_parseSpecial, m_offsets, m_trace;
  Emit m_emit;
  CacheLoan m_loan;
  TracedText m_normalized;
  std::vector<TextPart> m_parts;
  PreTokens m_tokens;
  std::vector<WordToken> m_word;
};

template <class Emit>
void encodeWith(const TokenizerState& state, std::string_view text, const EncodeOptions& options, bool offsets, const Emit& emit) {
  if (text.size() >= UINT32_MAX / 4)
    refuse("REJ:TEXT_SIZE", "The text is longer than 1 GiB; split it into documents.");
  if (options.addSpecial)
    for (int32_t id : state.prefixIds)
      emit(id, Origin{0, 0});
  Encoder<Emit> encoder(state, options.parseSpecial, offsets, emit);
  if (validUtf8Prefix(text) == text.size()) {
    encoder.run({text, nullptr, 0});
  } else {
    std::vector<Origin> origins;
    std::string repaired = repairedUtf8(text, &origins);
    encoder.run({repaired, origins.data(), 0});
  }
  auto end = static_cast<uint32_t>(text.size());
  if (options.addSpecial)
    for (int32_t id : state.suffixIds)
      emit(id, Origin{end, end});
}

} // namespace

Tokenizer::Tokenizer(std::unique_ptr<const TokenizerState> state) : m_state(std::move(state)) {}
Tokenizer::~Tokenizer() = default;

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool addSpecial) const {
  return encode(text, EncodeOptions{addSpecial, !m_state->controlIsText});
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<int32_t> out;
  out.reserve(text.size() / 4 + 8);
  encodeWith(*m_state, text, options, false, [&](int32_t id, Origin) { out.push_back(id); });
  return out;
}

std::vector<Tokenizer::Piece> Tokenizer::encodeWithOffsets(std::string_view text, const EncodeOptions& options) const {
  std::vector<Piece> out;
  out.reserve(text.size() / 4 + 8);
  encodeWith(*m_state, text, options, true, [&](int32_t id, Origin origin) { out.push_back({id, origin.first, origin.second}); });
  return out;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skipSpecial) const {
  if (m_state->pieces)
    return m_state->pieces->decode(ids, [&](int32_t id) { return skipSpecial && isSpecial(id) ? std::string() : m_state->decodedText(id); });
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (int32_t id : ids) {
    if (!m_state->hasToken(id))
      continue;
    std::string text = m_state->decodedText(id);
    if (!skipSpecial || !m_state->added.isSpecialText(text))
      tokens.push_back(std::move(text));
  }
  return m_state->decoder.decode(std::move(tokens));
}

std::string Tokenizer::tokenText(int32_t id) const { return m_state->tokenText(id); }

std::string Tokenizer::tokenBytes(int32_t id) const { return m_state->decoder.bytesOf(m_state->decodedText(id)); }

int32_t Tokenizer::vocabSize() const { return std::max(m_state->model->highestId(), m_state->added.highestId()) + 1; }

std::optional<int32_t> Tokenizer::idOf(std::string_view token) const {
  int32_t id = m_state->idOf(std::string(token));
  return id < 0 ? std::nullopt : std::optional(id);
}

bool Tokenizer::isSpecial(int32_t id) const { return m_state->hasToken(id) && m_state->added.isSpecialText(m_state->tokenText(id)); }

std::optional<int32_t> Tokenizer::bosId() const { return m_state->bos; }
std::optional<int32_t> Tokenizer::eosId() const { return m_state->eos; }
std::optional<int32_t> Tokenizer::padId() const { return m_state->pad; }
const std::string& Tokenizer::fingerprint() const { return m_state->fingerprint; }

} // namespace lathe::text
