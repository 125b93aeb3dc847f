// SPDX-License-Identifier: Apache-2.0
#include "core/text/decoder.h"

#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <fmt/format.h>

namespace lathe::text {
namespace {

std::string joined(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens)
    out += token;
  return out;
}

void replaceEvery(std::string& text, std::string_view from, std::string_view to, size_t most = SIZE_MAX) {
  if (from.empty())
    return;
  for (size_t at = text.find(from); at != std::string::npos && most > 0; at = text.find(from, at + to.size()), --most)
    text.replace(at, from.size(), to);
}

class ByteLevelStep : public DecoderStep {
  void apply(std::vector<std::string>& tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens)
      if (!byteCharactersToBytes(token, bytes))
        bytes += token;
    tokens.assign(1, repairedUtf8(bytes));
  }
  void bytesOf(std::string& token) const override {
    std::string bytes;
    if (byteCharactersToBytes(token, bytes))
      token = std::move(bytes);
  }
};

class ByteFallbackStep : public DecoderStep {
  void apply(std::vector<std::string>& tokens) const override {
    std::vector<std::string> out;
    std::string run;
    auto flush = [&] {
      if (run.empty())
        return;
      if (validUtf8Prefix(run) == run.size())
        out.push_back(run);
      else
        out.insert(out.end(), run.size(), "\xEF\xBF\xBD");
      run.clear();
    };
    for (std::string& token : tokens) {
      if (int byte = byteFallbackValue(token); byte >= 0) {
        run += static_cast<char>(byte);
      } else {
        flush();
        out.push_back(std::move(token));
      }
    }
    flush();
    tokens = std::move(out);
  }
  void bytesOf(std::string& token) const override {
    if (int byte = byteFallbackValue(token); byte >= 0)
      token.assign(1, static_cast<char>(byte));
  }
};

class FuseStep : public DecoderStep {
  void apply(std::vector<std::string>& tokens) const override { tokens = {joined(tokens)}; }
};

class StripStep : public DecoderStep {
public:
  StripStep(std::string content, int64_t start, int64_t stop) : m_content(std::move(content)), m_start(start), m_stop(stop) {}

private:
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      size_t begin = 0, end = token.size();
      for (int64_t i = 0; i < m_start && token.compare(begin, m_content.size(), m_content) == 0 && begin < end; ++i)
        begin += m_content.size();
      for (int64_t i = 0; i < m_stop && end >= begin + m_content.size() && token.compare(end - m_content.size(), m_content.size(), m_content) == 0; ++i)
        end -= m_content.size();
      token = token.substr(begin, end - begin);
    }
  }
  std::string m_content;
  int64_t m_start, m_stop;
};

class ReplaceStep : public DecoderStep {
public:
  ReplaceStep(TokenPattern pattern, std::string content) : m_pattern(std::move(pattern)), m_content(std::move(content)) {}

private:
  void replace(std::string& token) const {
    std::vector<TextRange> matches;
    m_pattern.findAll(token, matches);
    if (matches.empty())
      return;
    std::string out;
    size_t done = 0;
    for (const TextRange& match : matches) {
      out.append(token, done, match.begin - done).append(m_content);
      done = match.end;
    }
    token = out.append(token, done);
  }
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens)
      replace(token);
  }
  void bytesOf(std::string& token) const override {
    if (validUtf8Prefix(token) == token.size())
      replace(token);
  }
  TokenPattern m_pattern;
  std::string m_content;
};

class MetaspaceStep : public DecoderStep {
public:
  MetaspaceStep(std::string mark, bool dropsFirst) : m_mark(std::move(mark)), m_dropsFirst(dropsFirst) {}

private:
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceEvery(tokens[i], m_mark, i == 0 && m_dropsFirst ? "" : " ");
  }
  void bytesOf(std::string& token) const override { replaceEvery(token, m_mark, " "); }
  std::string m_mark;
  bool m_dropsFirst;
};

class SuffixStep : public DecoderStep {
public:
  explicit SuffixStep(std::string suffix) : m_suffix(std::move(suffix)) {}

private:
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceEvery(tokens[i], m_suffix, i + 1 == tokens.size() ? "" : " ");
  }
  void bytesOf(std::string& token) const override { replaceEvery(token, m_suffix, " "); }
  std::string m_suffix;
};

class WordPieceStep : public DecoderStep {
public:
  WordPieceStep(std::string prefix, bool cleanup) : m_prefix(std::move(prefix)), m_cleanup(cleanup) {}

private:
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i != 0 && token.starts_with(m_prefix))
        token.erase(0, m_prefix.size());
      else if (i != 0)
        token.insert(0, " ");
      if (!m_cleanup)
        continue;
      for (auto [from, to] : {std::pair{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
                              {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}})
        replaceEvery(token, from, to);
    }
  }
  std::string m_prefix;
  bool m_cleanup;
};

std::string oneCharacter(const Json& json, const char* key, const char* fallback) {
  std::string text = stringOr(json, key, fallback);
  if (text.empty() || codePointAt(text, 0).length != text.size())
    refuse("REJ:TOKENIZER_DECODER", fmt::format("\"{}\" of a decoder of the tokenizer must be one character.", key));
  return text;
}

} // namespace

int byteFallbackValue(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>')
    return -1;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  int high = token[3] == '+' ? 0 : digit(token[3]), low = digit(token[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void TokenDecoder::add(const Json& json) {
  std::string type = stringOr(json, "type", "");
  if (type == "Sequence") {
    if (const Json* parts = find(json, "decoders"); parts && parts->is_array())
      for (const Json& part : *parts)
        add(part);
  } else if (type == "ByteLevel") {
    m_byteLevel = true;
    m_changesEarlierText = m_changesEarlierText || !m_steps.empty();
    m_fused = true;
    m_steps.push_back(std::make_shared<ByteLevelStep>());
  } else if (type == "ByteFallback") {
    m_byteFallback = true;
    m_steps.push_back(std::make_shared<ByteFallbackStep>());
  } else if (type == "Fuse") {
    m_fused = true;
    m_steps.push_back(std::make_shared<FuseStep>());
  } else if (type == "Strip") {
    int64_t stop = intOr(json, "stop", 0);
    m_changesEarlierText = m_changesEarlierText || (stop > 0 && m_fused);
    m_steps.push_back(std::make_shared<StripStep>(oneCharacter(json, "content", " "), intOr(json, "start", 0), stop));
  } else if (type == "Replace") {
    const Json* pattern = find(json, "pattern");
    if (!pattern)
      refuse("REJ:TOKENIZER_DECODER", "The Replace decoder of the tokenizer has no pattern.");
    TokenPattern compiled = TokenPattern::fromJson(*pattern);
    m_changesEarlierText = m_changesEarlierText || (m_fused && !compiled.isOneCharacterLiteral());
    m_steps.push_back(std::make_shared<ReplaceStep>(std::move(compiled), stringOr(json, "content", "")));
  } else if (type == "Metaspace") {
    std::string scheme = stringOr(json, "prepend_scheme", boolOr(json, "add_prefix_space", true) ? "always" : "never");
    m_steps.push_back(std::make_shared<MetaspaceStep>(oneCharacter(json, "replacement", "\xE2\x96\x81"), scheme != "never"));
  } else if (type == "BPEDecoder") {
    m_changesEarlierText = true;
    m_steps.push_back(std::make_shared<SuffixStep>(stringOr(json, "suffix", "</w>")));
  } else if (type == "WordPiece") {
    m_changesEarlierText = m_changesEarlierText || (m_fused && boolOr(json, "cleanup", true));
    m_steps.push_back(std::make_shared<WordPieceStep>(stringOr(json, "prefix", "##"), boolOr(json, "cleanup", true)));
  } else {
    throw Exception(ErrorKind::Unsupported, fmt::format("This tokenizer decodes with \"{}\", which Lathe does not support; it reads the kinds that BPE and Unigram tokenizers use.", type));
  }
}

TokenDecoder TokenDecoder::fromJson(const Json& json) {
  TokenDecoder out;
  out.m_any = !json.is_null();
  if (out.m_any)
    out.add(json);
  return out;
}

std::string TokenDecoder::decode(std::vector<std::string> tokens) const {
  if (!m_any) {
    std::string out;
    for (size_t i = 0; i < tokens.size(); ++i)
      out.append(i ? " " : "").append(tokens[i]);
    return out;
  }
  for (auto& step : m_steps)
    step->apply(tokens);
  return joined(tokens);
}

std::string TokenDecoder::bytesOf(std::string token) const {
  for (auto& step : m_steps)
    step->bytesOf(token);
  return token;
}

} // namespace lathe::text
