// SPDX-License-Identifier: Apache-2.0
#include "core/text/unigram_model.h"

#include "core/base/error.h"
#include "core/text/unicode_classes.h"
#include "core/text/vocabulary.h"

#include <algorithm>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr double kUnknownPenalty = 10;
constexpr size_t kMostTrieBytes = 64u << 20;
constexpr size_t kStepsPerByte = 512, kFreeSteps = 100'000'000; // ordinary vocabularies need fewer than 20 a byte

} // namespace

UnigramModel::UnigramModel(TokenTable table, UnigramSettings settings) : WordModel(std::move(table)), m_settings(std::move(settings)) {
  size_t bytes = 0;
  bool any = false;
  const bool typed = !m_settings.kinds.empty();
  for (size_t i = 0; i < vocabulary().size(); ++i) {
    const int32_t id = vocabulary().idAt(i);
    const auto kind = typed ? static_cast<PieceType>(m_settings.kinds[static_cast<size_t>(id)]) : PieceType::Normal;
    if ((bytes += vocabulary().tokenAt(i).size()) > kMostTrieBytes)
      refuse("REJ:TOKENIZER_VOCAB", "The pieces of the tokenizer have more than 64 MiB of text together, which is the limit.");
    if (kind == PieceType::Normal || kind == PieceType::UserDefined)
      m_trie.add(vocabulary().tokenAt(i), id);
    if (kind != PieceType::Normal)
      continue;
    const double score = m_settings.scores[static_cast<size_t>(id)];
    m_lowest = any ? std::min(m_lowest, score) : score;
    m_highestScore = std::max(m_highestScore, score);
    any = true;
  }
}

void UnigramModel::search(std::string_view text, std::vector<Node>& nodes) const {
  nodes.assign(text.size() + 1, {});
  const double unknown = m_settings.singlePrecision ? static_cast<double>(static_cast<float>(m_lowest) - static_cast<float>(kUnknownPenalty)) : m_lowest - kUnknownPenalty;
  const bool typed = !m_settings.kinds.empty();
  size_t steps = 0;
  for (size_t begin = 0; begin < text.size();) {
    const double here = nodes[begin].score;
    const size_t character = codePointAt(text, begin).length;
    bool single = false;
    const auto offer = [&](size_t end, double score, int32_t id) {
      Node& node = nodes[end];
      const double sum = m_settings.singlePrecision ? static_cast<double>(static_cast<float>(score) + static_cast<float>(here)) : score + here;
      if (node.begin < 0 || sum > node.score)
        node = {sum, static_cast<int32_t>(begin), id};
    };
    steps += m_trie.prefixes(text.substr(begin), [&](size_t length, int32_t id) {
      const bool userDefined = typed && m_settings.kinds[static_cast<size_t>(id)] == static_cast<uint8_t>(PieceType::UserDefined);
      const double score = userDefined ? static_cast<double>(static_cast<float>(length) * static_cast<float>(m_highestScore)) - 0.1 : m_settings.scores[static_cast<size_t>(id)];
      offer(begin + length, score, id);
      single |= length == character;
    });
    if (!single)
      offer(begin + character, unknown, m_settings.unkId);
    begin += character;
    if (steps > kFreeSteps + kStepsPerByte * begin)
      refuse("REJ:TOKENIZER_VOCAB", fmt::format("The pieces of the tokenizer overlap so much that a text of {} bytes takes too long; the tokenizer is damaged or hostile.", text.size()));
  }
}

void UnigramModel::addUnknown(std::string_view text, uint32_t begin, uint32_t end, std::vector<WordToken>& out) const {
  const bool all = m_settings.byteFallback && std::all_of(text.begin() + begin, text.begin() + end, [&](char b) { return fallbackId(static_cast<uint8_t>(b)) >= 0; });
  for (uint32_t i = begin; all && i < end; ++i)
    out.push_back({fallbackId(static_cast<uint8_t>(text[i])), i, i + 1});
  if (all)
    return;
  if (m_settings.unkId < 0)
    refuse("REJ:TOKENIZER_UNK", "The tokenizer has no token for unknown characters, and the text has one.");
  out.push_back({m_settings.unkId, begin, end});
}

void UnigramModel::tokenizeWhole(std::string_view word, bool bytes, std::vector<WordToken>& out) const {
  std::string mapped;
  std::vector<uint32_t> origin; // byte of the word for every byte of its characters
  if (bytes) {
    for (uint32_t i = 0; i < word.size(); ++i) {
      appendUtf8(mapped, byteCharacter(static_cast<uint8_t>(word[i])));
      origin.resize(mapped.size(), i);
    }
    origin.push_back(static_cast<uint32_t>(word.size()));
  }
  const std::string_view text = bytes ? std::string_view(mapped) : word;
  static thread_local std::vector<Node> nodes;
  search(text, nodes);
  std::vector<WordToken> reversed;
  for (size_t end = text.size(); end > 0;) {
    const Node& node = nodes[end];
    const auto begin = static_cast<uint32_t>(node.begin);
    if (node.id == m_settings.unkId && !reversed.empty() && reversed.back().id == m_settings.unkId)
      reversed.back().begin = begin; // a run of unknown characters is one piece
    else
      reversed.push_back({node.id, begin, static_cast<uint32_t>(end)});
    end = begin;
  }
  const size_t first = out.size();
  for (size_t i = reversed.size(); i-- > 0;) {
    const WordToken& token = reversed[i];
    if (token.id >= 0 && token.id != m_settings.unkId)
      out.push_back(token);
    else if (const int32_t known = vocabulary().find(text.substr(token.begin, token.end - token.begin)); known >= 0 && m_settings.kinds.empty())
      out.push_back({known, token.begin, token.end});
    else
      addUnknown(text, token.begin, token.end, out);
  }
  for (size_t i = first; bytes && i < out.size(); ++i)
    out[i] = {out[i].id, origin[out[i].begin], origin[out[i].end]};
  if (nodes.capacity() > 1 << 16)
    nodes = {};
}

} // namespace lathe::text
