// SPDX-License-Identifier: Apache-2.0
#include "core/text/pretokenizer.h"

#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"
#include "core/text/unicode_scripts.h"

#include <fmt/format.h>

namespace lathe::text {
namespace {

enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

Behavior behaviorFromJson(const Json& json, const char* fallback) {
  std::string name = stringOr(json, "behavior", fallback);
  if (name == "Removed" || name == "removed")
    return Behavior::Removed;
  if (name == "Isolated" || name == "isolated")
    return Behavior::Isolated;
  if (name == "MergedWithPrevious" || name == "merged_with_previous")
    return Behavior::MergedWithPrevious;
  if (name == "MergedWithNext" || name == "merged_with_next")
    return Behavior::MergedWithNext;
  if (name == "Contiguous" || name == "contiguous")
    return Behavior::Contiguous;
  refuse("REJ:TOKENIZER_PRETOKENIZER", fmt::format("The pre-tokenizer of the tokenizer has the unknown behavior \"{}\".", name));
}

/// Splits pieces at matches, with the library's rules for what happens to a match.
class SplitStep : public PreTokenizerStep {
public:
  SplitStep(Behavior behavior, bool invert) : m_behavior(behavior), m_invert(invert) {}

  void apply(PreTokens& tokens) const override {
    tokens.nextPieces.clear();
    for (const TextRange& piece : tokens.pieces) {
      tokens.matches.clear();
      findMatches(tokens.view.text.substr(piece.begin, piece.end - piece.begin), tokens.matches);
      split(piece, tokens.matches, tokens.nextPieces);
    }
    std::swap(tokens.pieces, tokens.nextPieces);
  }

protected:
  virtual void findMatches(std::string_view text, std::vector<TextRange>& matches) const = 0;

private:
  struct Part {
    uint32_t begin, end;
    bool match;
  };

  void split(const TextRange& piece, const std::vector<TextRange>& matches, std::vector<TextRange>& out) const {
    uint32_t length = piece.end - piece.begin, done = 0;
    auto emit = [&](uint32_t begin, uint32_t end) {
      if (begin < end)
        out.push_back({piece.begin + begin, piece.begin + end});
    };
    if (m_behavior == Behavior::Isolated || m_behavior == Behavior::Removed) {
      bool keepMatch = m_behavior == Behavior::Isolated || m_invert, keepRest = m_behavior == Behavior::Isolated || !m_invert;
      for (const TextRange& match : matches) {
        if (keepRest)
          emit(done, match.begin);
        if (keepMatch)
          emit(match.begin, match.end);
        done = match.end;
      }
      if (keepRest)
        emit(done, length);
      return;
    }
    std::vector<Part> parts;
    for (const TextRange& match : matches) {
      if (done < match.begin)
        parts.push_back({done, match.begin, m_invert});
      parts.push_back({match.begin, match.end, !m_invert});
      done = match.end;
    }
    if (done < length)
      parts.push_back({done, length, m_invert});
    for (const Part& part : merged(parts))
      emit(part.begin, part.end);
  }

  std::vector<Part> merged(const std::vector<Part>& parts) const {
    std::vector<Part> out;
    bool previous = false;
    if (m_behavior == Behavior::MergedWithNext) {
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (part->match && !previous && !out.empty())
          out.back().begin = part->begin;
        else
          out.push_back(*part);
        previous = part->match;
      }
      return {out.rbegin(), out.rend()};
    }
    for (const Part& part : parts) {
      bool join = m_behavior == Behavior::Contiguous ? part.match == previous : part.match && !previous;
      if (join && !out.empty())
        out.back().end = part.end;
      else
        out.push_back(part);
      previous = part.match;
    }
    return out;
  }

  Behavior m_behavior;
  bool m_invert;
};

class PatternSplit : public SplitStep {
public:
  PatternSplit(TokenPattern pattern, Behavior behavior, bool invert) : SplitStep(behavior, invert), m_pattern(std::move(pattern)) {}

protected:
  void findMatches(std::string_view text, std::vector<TextRange>& matches) const override { m_pattern.findAll(text, matches); }

private:
  TokenPattern m_pattern;
};

/// Every character for which a function says so is a match.
class CharacterSplit : public SplitStep {
public:
  CharacterSplit(bool (*test)(char32_t), Behavior behavior) : SplitStep(behavior, false), m_test(test) {}

protected:
  void findMatches(std::string_view text, std::vector<TextRange>& matches) const override {
    for (uint32_t i = 0; i < text.size();) {
      CodePoint c = codePointAt(text, i);
      if (m_test(c.value))
        matches.push_back({i, i + c.length});
      i += c.length;
    }
  }

private:
  bool (*m_test)(char32_t);
};

/// Runs of word characters and runs of what is neither word nor white space; the rest goes.
class WordSplit : public SplitStep {
public:
  WordSplit() : SplitStep(Behavior::Removed, true) {}

protected:
  void findMatches(std::string_view text, std::vector<TextRange>& matches) const override {
    int before = 0;
    for (uint32_t i = 0; i < text.size();) {
      CodePoint c = codePointAt(text, i);
      uint8_t kind = characterClass(c.value);
      int now = (kind & kWord) || c.value == 0x200C || c.value == 0x200D ? 1 : kind & kSpace ? 0 : 2;
      if (now != 0 && now == before)
        matches.back().end = i + c.length;
      else if (now != 0)
        matches.push_back({i, i + c.length});
      before = now;
      i += c.length;
    }
  }
};

class ScriptSplit : public SplitStep {
public:
  ScriptSplit() : SplitStep(Behavior::Removed, true) {}

protected:
  void findMatches(std::string_view text, std::vector<TextRange>& matches) const override { scriptRuns(text, matches); }
};

bool isSpaceCharacter(char32_t c) { return characterClass(c) & kSpace; }
bool isNumberCharacter(char32_t c) { return characterClass(c) & kNumber; }
bool isPunctuationCharacter(char32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126) || (characterClass(c) & kPunctuation);
}

/// A step that writes every piece anew.
class RewriteStep : public PreTokenizerStep {
public:
  bool rewrites() const override { return true; }
  void apply(PreTokens& tokens) const override {
    tokens.spare.clear();
    tokens.spare.traced = tokens.traced;
    tokens.nextPieces.clear();
    for (const TextRange& piece : tokens.pieces) {
      auto begin = static_cast<uint32_t>(tokens.spare.text.size());
      rewrite(tokens.view.part(piece.begin, piece.end), tokens.spare);
      auto end = static_cast<uint32_t>(tokens.spare.text.size());
      if (begin < end)
        tokens.nextPieces.push_back({begin, end});
    }
    std::swap(tokens.storage, tokens.spare);
    std::swap(tokens.pieces, tokens.nextPieces);
    tokens.view = tokens.storage.view();
  }

protected:
  virtual void rewrite(const TracedView& piece, TracedText& out) const = 0;
};

void addMark(const TracedView& piece, std::string_view mark, TracedText& out) {
  uint32_t at = piece.originAt(0).first;
  out.add(mark, {at, at});
}

class PrefixSpace : public RewriteStep {
protected:
  void rewrite(const TracedView& piece, TracedText& out) const override {
    if (piece.text[0] != ' ')
      addMark(piece, " ", out);
    out.copy(piece, 0, piece.text.size());
  }
};

class ByteCharacters : public RewriteStep {
protected:
  void rewrite(const TracedView& piece, TracedText& out) const override {
    for (size_t i = 0; i < piece.text.size(); ++i) {
      std::string mapped;
      appendUtf8(mapped, byteCharacter(static_cast<uint8_t>(piece.text[i])));
      out.add(mapped, piece.originAt(i));
    }
  }
};

enum class PrependScheme { First, Always, Never };

class MetaspaceMark : public RewriteStep {
public:
  MetaspaceMark(std::string mark, PrependScheme scheme) : m_mark(std::move(mark)), m_scheme(scheme) {}
  bool needsOrigins() const override { return m_scheme == PrependScheme::First; }

protected:
  void rewrite(const TracedView& piece, TracedText& out) const override {
    bool marked = piece.text[0] == ' ' || piece.text.starts_with(m_mark);
    if (!marked && (m_scheme == PrependScheme::Always || (m_scheme == PrependScheme::First && piece.originAt(0).first == 0)))
      addMark(piece, m_mark, out);
    size_t done = 0;
    for (size_t at = piece.text.find(' '); at != std::string_view::npos; at = piece.text.find(' ', done)) {
      out.copy(piece, done, at);
      out.add(m_mark, piece.originAt(at));
      done = at + 1;
    }
    out.copy(piece, done, piece.text.size());
  }

private:
  std::string m_mark;
  PrependScheme m_scheme;
};

class FixedLength : public SplitStep {
public:
  explicit FixedLength(uint32_t characters) : SplitStep(Behavior::Isolated, false), m_characters(characters) {}

protected:
  void findMatches(std::string_view text, std::vector<TextRange>& matches) const override {
    uint32_t begin = 0, taken = 0;
    for (uint32_t i = 0; i < text.size();) {
      i += codePointAt(text, i).length;
      if (++taken == m_characters || i == text.size()) {
        matches.push_back({begin, i});
        begin = i;
        taken = 0;
      }
    }
  }

private:
  uint32_t m_characters;
};

PrependScheme schemeFromJson(const Json& json) {
  std::string name = stringOr(json, "prepend_scheme", boolOr(json, "add_prefix_space", true) ? "always" : "never");
  if (name == "always")
    return PrependScheme::Always;
  if (name == "first")
    return PrependScheme::First;
  if (name == "never")
    return PrependScheme::Never;
  refuse("REJ:TOKENIZER_PRETOKENIZER", fmt::format("The Metaspace pre-tokenizer has the unknown prepend_scheme \"{}\"; always, first and never exist.", name));
}

const Json& patternOf(const Json& json, const char* key) {
  const Json* pattern = find(json, key);
  if (!pattern)
    refuse("REJ:TOKENIZER_PRETOKENIZER", fmt::format("A pre-tokenizer of the tokenizer has no \"{}\".", key));
  return *pattern;
}

std::shared_ptr<const PreTokenizerStep> simpleStep(const std::string& type, const Json& json) {
  if (type == "Split")
    return std::make_shared<PatternSplit>(TokenPattern::fromJson(patternOf(json, "pattern")), behaviorFromJson(json, ""), boolOr(json, "invert", false));
  if (type == "Digits")
    return std::make_shared<CharacterSplit>(isNumberCharacter, boolOr(json, "individual_digits", false) ? Behavior::Isolated : Behavior::Contiguous);
  if (type == "Punctuation")
    return std::make_shared<CharacterSplit>(isPunctuationCharacter, behaviorFromJson(json, "Isolated"));
  if (type == "WhitespaceSplit")
    return std::make_shared<CharacterSplit>(isSpaceCharacter, Behavior::Removed);
  if (type == "Whitespace")
    return std::make_shared<WordSplit>();
  if (type == "UnicodeScripts")
    return std::make_shared<ScriptSplit>();
  if (type == "CharDelimiterSplit")
    return std::make_shared<PatternSplit>(TokenPattern::fromJson(patternOf(json, "delimiter")), Behavior::Removed, false);
  if (type == "FixedLength")
    return std::make_shared<FixedLength>(static_cast<uint32_t>(std::max<int64_t>(1, intOr(json, "length", 5))));
  throw Exception(ErrorKind::Unsupported, fmt::format("This tokenizer splits words with \"{}\", which Lathe does not support; it reads the kinds that BPE and Unigram tokenizers use.", type));
}

} // namespace

void PreTokenizer::add(const Json& json) {
  std::string type = stringOr(json, "type", "");
  if (type == "Sequence") {
    if (const Json* parts = find(json, "pretokenizers"); parts && parts->is_array())
      for (const Json& part : *parts)
        add(part);
    return;
  }
  if (m_bytesAtEnd) { // something follows a ByteLevel: its characters have to be written after all
    m_steps.push_back(std::make_shared<ByteCharacters>());
    m_bytesAtEnd = false;
  }
  if (type == "ByteLevel") {
    if (boolOr(json, "add_prefix_space", true))
      m_steps.push_back(std::make_shared<PrefixSpace>());
    if (boolOr(json, "use_regex", true))
      m_steps.push_back(std::make_shared<PatternSplit>(TokenPattern::regex(kGpt2Pattern), Behavior::Isolated, false));
    m_bytesAtEnd = true;
  } else if (type == "Metaspace") {
    std::string mark = stringOr(json, "replacement", "\xE2\x96\x81");
    if (mark.empty() || codePointAt(mark, 0).length != mark.size())
      refuse("REJ:TOKENIZER_PRETOKENIZER", "The replacement of a Metaspace pre-tokenizer must be one character.");
    m_steps.push_back(std::make_shared<MetaspaceMark>(mark, schemeFromJson(json)));
    if (boolOr(json, "split", true))
      m_steps.push_back(std::make_shared<PatternSplit>(TokenPattern::literal(mark), Behavior::MergedWithNext, false));
  } else if (type == "BertPreTokenizer") {
    m_steps.push_back(std::make_shared<CharacterSplit>(isSpaceCharacter, Behavior::Removed));
    m_steps.push_back(std::make_shared<CharacterSplit>(isPunctuationCharacter, Behavior::Isolated));
  } else {
    m_steps.push_back(simpleStep(type, json));
  }
}

PreTokenizer PreTokenizer::fromJson(const Json& json) {
  PreTokenizer out;
  if (!json.is_null())
    out.add(json);
  return out;
}

bool PreTokenizer::needsTrace(bool normalized) const {
  bool changed = normalized;
  for (auto& step : m_steps) {
    if (step->needsOrigins() && changed)
      return true;
    changed = changed || step->rewrites();
  }
  return false;
}

} // namespace lathe::text
