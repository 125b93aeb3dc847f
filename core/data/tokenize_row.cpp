// SPDX-License-Identifier: Apache-2.0
// One sample → token ids with their loss mask.
#include "core/data/tokenized_dataset.h"

#include "core/data/canonical_row.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::data {
namespace {

using Piece = text::Tokenizer::Piece;
using Spans = std::vector<std::pair<uint32_t, uint32_t>>;

constexpr std::string_view kBreak = "\uE0F9"; // private-use mark that breaks special-token text in what people wrote

/// Special-token texts by first byte, made once per tokenizer and thread.
class SpecialTexts {
public:
  static const SpecialTexts& of(const text::Tokenizer& tokenizer) {
    thread_local std::string owner;
    thread_local SpecialTexts texts;
    if (owner != tokenizer.fingerprint()) {
      texts = SpecialTexts();
      for (int32_t id = 0; id < tokenizer.vocabSize(); ++id)
        if (tokenizer.isSpecial(id))
          texts.add(tokenizer.tokenText(id));
      owner = tokenizer.fingerprint();
    }
    return texts;
  }

  /// Puts the mark behind the first character of every special-token text; true when there was one.
  bool broken(std::string& text) const {
    bool any = false;
    for (size_t i = 0; i < text.size(); ++i) {
      for (const std::string& special : m_byFirst[static_cast<unsigned char>(text[i])]) {
        if (text.compare(i, special.size(), special) != 0)
          continue;
        size_t behind = i + 1;
        while (behind < text.size() && (static_cast<unsigned char>(text[behind]) & 0xC0) == 0x80)
          ++behind;
        text.insert(behind, kBreak);
        any = true;
        i = behind + kBreak.size() - 1;
        break;
      }
    }
    return any;
  }

private:
  void add(std::string text) {
    if (text.size() >= 2)
      m_byFirst[static_cast<unsigned char>(text[0])].push_back(std::move(text));
  }
  std::array<std::vector<std::string>, 256> m_byFirst;
};

/// Removes the marks from the text and shifts the spans; returns the byte positions where marks were.
std::vector<uint32_t> removeMarks(std::string& text, Spans& spans) {
  std::vector<uint32_t> marks, removedAt; // positions in the clean text and in the marked text
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const size_t hit = std::min(text.find(kBreak, at), text.size());
    clean.append(text, at, hit - at);
    if (hit == text.size())
      break;
    marks.push_back(static_cast<uint32_t>(clean.size()));
    removedAt.push_back(static_cast<uint32_t>(hit));
    at = hit + kBreak.size();
  }
  const auto shifted = [&](uint32_t position) {
    const auto before = std::lower_bound(removedAt.begin(), removedAt.end(), position) - removedAt.begin();
    return position - static_cast<uint32_t>(before) * static_cast<uint32_t>(kBreak.size());
  };
  for (auto& [begin, end] : spans) {
    begin = shifted(begin);
    end = shifted(end);
  }
  text = std::move(clean);
  return marks;
}

/// Tokens of a text in which special-token text at the marks stays plain text.
std::vector<Piece> piecesOf(const text::Tokenizer& tokenizer, const std::string& text, const std::vector<uint32_t>& marks) {
  const std::vector<Piece> all = tokenizer.encodeWithOffsets(text, {.addSpecial = false, .parseSpecial = true});
  if (marks.empty())
    return all;
  const auto marked = [&](uint32_t begin, uint32_t end) {
    const auto it = std::upper_bound(marks.begin(), marks.end(), begin);
    return it != marks.end() && *it < end;
  };
  std::vector<Piece> out;
  size_t segment = 0; // first piece of the segment between two real special tokens
  const auto flush = [&](size_t until) {
    if (segment >= until)
      return;
    const uint32_t begin = all[segment].begin, end = all[until - 1].end;
    if (!marked(begin, end)) {
      out.insert(out.end(), all.begin() + static_cast<std::ptrdiff_t>(segment), all.begin() + static_cast<std::ptrdiff_t>(until));
      return;
    }
    for (Piece piece : tokenizer.encodeWithOffsets(std::string_view(text).substr(begin, end - begin), {.addSpecial = false, .parseSpecial = false})) {
      piece.begin += begin;
      piece.end += begin;
      out.push_back(piece);
    }
  };
  for (size_t i = 0; i < all.size(); ++i) {
    if (!tokenizer.isSpecial(all[i].id) || marked(all[i].begin, all[i].end))
      continue;
    flush(i);
    out.push_back(all[i]);
    segment = i + 1;
  }
  flush(all.size());
  return out;
}

/// Labels follow the mask; those of a pre-tokenized row that has its own are kept.
void finish(TokenizedRow& row) {
  if (!row.supervised.empty())
    row.supervised[0] = 0; // nothing stands before it that could predict it
  const bool own = row.labels.size() == row.ids.size();
  row.labels.resize(row.ids.size());
  for (size_t i = 0; i < row.ids.size(); ++i)
    row.labels[i] = !row.supervised[i] ? kIgnoredLabel : own ? row.labels[i] : row.ids[i];
}

/// Tokens `begin` to `end` of a row that is not finished yet.
TokenizedRow partOf(const TokenizedRow& whole, size_t begin, size_t end) {
  TokenizedRow out;
  out.ids.assign(whole.ids.begin() + static_cast<std::ptrdiff_t>(begin), whole.ids.begin() + static_cast<std::ptrdiff_t>(end));
  out.supervised.assign(whole.supervised.begin() + static_cast<std::ptrdiff_t>(begin), whole.supervised.begin() + static_cast<std::ptrdiff_t>(end));
  if (!whole.labels.empty())
    out.labels.assign(whole.labels.begin() + static_cast<std::ptrdiff_t>(begin), whole.labels.begin() + static_cast<std::ptrdiff_t>(end));
  return out;
}

void split(const TokenizedRow& whole, uint64_t maxSeqLen, TokenizedSample& out) {
  for (size_t at = 0; at < whole.ids.size(); at += maxSeqLen) {
    TokenizedRow piece = partOf(whole, at, std::min<size_t>(at + maxSeqLen, whole.ids.size()));
    finish(piece);
    ++out.pieces;
    if (std::count(piece.supervised.begin(), piece.supervised.end(), uint8_t{1}) > 0) {
      out.rows.push_back(std::move(piece));
      continue;
    }
    ++out.droppedPieces;
    out.droppedTokens += piece.ids.size();
  }
}

/// A whole row as training rows of at most maxSeqLen tokens.
TokenizedSample fitted(TokenizedRow whole, LongRows longRows, uint64_t maxSeqLen) {
  TokenizedSample out;
  const size_t length = whole.ids.size();
  out.tokens = length;
  if (length <= maxSeqLen) {
    finish(whole);
    out.rows.push_back(std::move(whole));
  } else if (longRows == LongRows::Split) {
    split(whole, maxSeqLen, out);
  } else if (longRows == LongRows::Drop) {
    out.dropped = true;
    out.droppedTokens = length;
  } else {
    const size_t begin = longRows == LongRows::TruncateLeft ? length - maxSeqLen : 0;
    TokenizedRow row = partOf(whole, begin, begin + maxSeqLen);
    finish(row);
    row.truncated = true;
    row.droppedTokens = out.droppedTokens = length - maxSeqLen;
    out.rows.push_back(std::move(row));
  }
  return out;
}

void markSpans(TokenizedRow& row, const std::vector<Piece>& pieces, const Spans& spans) {
  size_t at = 0;
  for (const Piece& piece : pieces) {
    while (at < spans.size() && spans[at].second <= piece.begin)
      ++at;
    const bool inside = at < spans.size() && piece.end > spans[at].first && piece.begin < spans[at].second;
    row.ids.push_back(piece.id);
    row.supervised.push_back(inside ? 1 : 0);
  }
}

/// The spans that this run trains on.
Spans trainedSpans(const text::ChatTemplate::Rendered& rendered, const Sample& sample, TrainOn trainOn) {
  Spans out;
  for (size_t i = 0; i < rendered.assistantSpans.size(); ++i) {
    const size_t message = rendered.spanMessages[i];
    if (message < sample.train.size() && !sample.train[message])
      continue;
    if (trainOn == TrainOn::Completion && i + 1 < rendered.assistantSpans.size())
      continue;
    out.push_back(rendered.assistantSpans[i]);
  }
  return out;
}

/// Marks special-token text in what people wrote; true when there was some.
bool breakSpecials(Json& messages, const text::Tokenizer& tokenizer) {
  const SpecialTexts& specials = SpecialTexts::of(tokenizer);
  bool any = false;
  for (Json& message : messages)
    if (const auto it = message.find("content"); it != message.end() && it->is_string())
      any |= specials.broken(it->get_ref<std::string&>());
  return any;
}

TokenizedRow chatRow(const Sample& sample, const text::Tokenizer& tokenizer, const TokenizeOptions& options) {
  const auto chat = options.chatTemplate ? options.chatTemplate : text::ChatTemplate::chatMl();
  text::ChatTemplate::Request request;
  request.messages = sample.messages;
  request.tools = sample.tools;
  request.variables = options.variables;
  request.nowIso = options.nowIso;
  const bool any = breakSpecials(request.messages, tokenizer);
  text::ChatTemplate::Rendered rendered;
  if (options.trainOn == TrainOn::All)
    rendered.text = chat->render(request);
  else
    rendered = chat->renderWithSpans(request);
  Spans spans = options.trainOn == TrainOn::All ? Spans() : trainedSpans(rendered, sample, options.trainOn);
  std::vector<uint32_t> marks;
  if (any)
    marks = removeMarks(rendered.text, spans);
  if (options.trainOn == TrainOn::All)
    spans = {{0, static_cast<uint32_t>(rendered.text.size())}};
  TokenizedRow out;
  markSpans(out, piecesOf(tokenizer, rendered.text, marks), spans);
  return out;
}

/// A text with the tokenizer's own special tokens around it and eos behind it.
TokenizedRow textRow(const std::string& text, const text::Tokenizer& tokenizer, const TokenizeOptions& options) {
  TokenizedRow out;
  out.ids = tokenizer.encode(text, text::EncodeOptions{.addSpecial = true, .parseSpecial = false});
  const std::string eos = stringOr(options.variables, "eos_token", {});
  const auto eosId = eos.empty() ? tokenizer.eosId() : tokenizer.idOf(eos);
  if (eosId && (out.ids.empty() || out.ids.back() != *eosId))
    out.ids.push_back(*eosId);
  out.supervised.assign(out.ids.size(), 1);
  return out;
}

TokenizedRow tokenRow(const Sample& sample) {
  TokenizedRow out;
  out.ids = sample.ids;
  out.labels = sample.labels;
  for (const int32_t label : sample.labels)
    out.supervised.push_back(label != kIgnoredLabel);
  return out;
}

TokenizedRow wholeRow(const Sample& sample, const text::Tokenizer* tokenizer, const TokenizeOptions& options) {
  if (sample.shape == DatasetShape::Tokens)
    return tokenRow(sample);
  if (!tokenizer)
    throw Exception(ErrorKind::Usage, "A tokenizer is needed for a dataset that is not tokenized yet.");
  return sample.shape == DatasetShape::Text ? textRow(sample.text, *tokenizer, options) : chatRow(sample, *tokenizer, options);
}

} // namespace

std::vector<int32_t> tokenizePrompt(const Json& messages, const text::Tokenizer& tokenizer, const TokenizeOptions& options) {
  const auto chat = options.chatTemplate ? options.chatTemplate : text::ChatTemplate::chatMl();
  text::ChatTemplate::Request request;
  request.messages = messages;
  request.addGenerationPrompt = true;
  request.variables = options.variables;
  const bool any = breakSpecials(request.messages, tokenizer);
  std::string text = chat->render(request);
  Spans none;
  const std::vector<uint32_t> marks = any ? removeMarks(text, none) : std::vector<uint32_t>();
  std::vector<int32_t> ids;
  for (const Piece& piece : piecesOf(tokenizer, text, marks))
    ids.push_back(piece.id);
  return ids;
}

TrainOn trainOnFromName(const std::string& name) {
  for (const TrainOn value : {TrainOn::Assistant, TrainOn::All, TrainOn::Completion})
    if (name == trainOnName(value))
      return value;
  refuse("REJ:SPEC", fmt::format("data.train_on is \"{}\"; use assistant, completion or all.", name));
}

const char* trainOnName(TrainOn value) {
  switch (value) {
  case TrainOn::Assistant:
    return "assistant";
  case TrainOn::All:
    return "all";
  case TrainOn::Completion:
    return "completion";
  }
  return "";
}

LongRows longRowsFromName(const std::string& name) {
  for (const LongRows value : {LongRows::Auto, LongRows::TruncateRight, LongRows::TruncateLeft, LongRows::Split, LongRows::Drop})
    if (name == longRowsName(value))
      return value;
  refuse("REJ:SPEC", fmt::format("data.long_rows is \"{}\"; use auto, truncate_right, truncate_left, split or drop.", name));
}

const char* longRowsName(LongRows value) {
  switch (value) {
  case LongRows::Auto:
    return "auto";
  case LongRows::TruncateRight:
    return "truncate_right";
  case LongRows::TruncateLeft:
    return "truncate_left";
  case LongRows::Split:
    return "split";
  case LongRows::Drop:
    return "drop";
  }
  return "";
}

TokenizedSample tokenizeWhole(const Sample& sample, const text::Tokenizer* tokenizer, const TokenizeOptions& options) {
  if (options.maxSeqLen < 2)
    throw Exception(ErrorKind::Usage, fmt::format("data.max_seq_len is {}; it must be at least 2.", options.maxSeqLen));
  LongRows longRows = options.longRows;
  if (longRows == LongRows::Auto)
    longRows = sample.shape == DatasetShape::Text ? LongRows::Split : LongRows::TruncateRight;
  TokenizedRow whole = wholeRow(sample, tokenizer, options);
  if (sample.shape == DatasetShape::Text && whole.ids.empty())
    return {};
  return fitted(std::move(whole), longRows, options.maxSeqLen);
}

std::vector<TokenizedRow> tokenizeSample(const Sample& sample, const text::Tokenizer* tokenizer, const TokenizeOptions& options) {
  return tokenizeWhole(sample, tokenizer, options).rows;
}

} // namespace lathe::data
