// SPDX-License-Identifier: Apache-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <chrono>
#include <fmt/format.h>
#include <pcre2.h>

namespace lathe::text {
namespace {

constexpr uint32_t kMatchLimit = 20'000'000;
constexpr uint32_t kHeapLimitKib = 64 * 1024;
constexpr size_t kStartWindow = 1024; // start positions tried between two looks at the clock
constexpr double kSecondsPerText = 2.0;
constexpr double kSecondsPerMegabyte = 1.0;
constexpr size_t kJitStackBytes = 1 << 20;

struct MatchScratch {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, kJitStackBytes, nullptr);
  MatchScratch() {
    pcre2_set_match_limit(context, kMatchLimit);
    pcre2_set_heap_limit(context, kHeapLimitKib);
    if (stack)
      pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~MatchScratch() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (stack)
      pcre2_jit_stack_free(stack);
  }
};

std::string errorText(int code) {
  char buffer[256];
  pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(buffer), sizeof buffer);
  return buffer;
}

} // namespace

struct TokenPattern::Compiled {
  pcre2_code* code = nullptr;
  explicit Compiled(const std::string& pattern) {
    if (pattern.size() > 65536)
      refuse("REJ:TOKENIZER_PATTERN", fmt::format("A pattern of the tokenizer has {} bytes; at most 65536 are allowed.", pattern.size()));
    std::string translated = translatedPattern(pattern);
    int error;
    size_t offset;
    auto* context = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (!code)
      refuse("REJ:TOKENIZER_PATTERN", fmt::format("A pattern of the tokenizer does not compile: {} at offset {}.", errorText(error), offset),
             pattern);
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  }
  ~Compiled() { pcre2_code_free(code); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  /// Next match that begins at `from` or later.
  bool next(std::string_view text, size_t from, MatchScratch& scratch, std::chrono::steady_clock::time_point deadline, TextRange& match) const {
    while (from <= text.size()) {
      size_t last = std::min(text.size(), from + kStartWindow);
      while (last < text.size() && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
        ++last;
      pcre2_set_offset_limit(scratch.context, last);
      int rc = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, PCRE2_NO_UTF_CHECK, scratch.data, scratch.context);
      if (rc >= 0) {
        const size_t* found = pcre2_get_ovector_pointer(scratch.data);
        match = {static_cast<uint32_t>(std::min(found[0], found[1])), static_cast<uint32_t>(found[1])};
        return true;
      }
      if (rc != PCRE2_ERROR_NOMATCH || std::chrono::steady_clock::now() > deadline)
        refuse("REJ:TOKENIZER_PATTERN",
               fmt::format("A split pattern of the tokenizer needs too many steps on this text of {} bytes; the tokenizer is damaged or hostile.", text.size()),
               rc == PCRE2_ERROR_NOMATCH ? "time limit" : errorText(rc));
      from = last + (last < text.size() ? codePointAt(text, last).length : 1);
    }
    return false;
  }
};

TokenPattern TokenPattern::literal(std::string text) {
  TokenPattern out;
  out.m_literal = std::move(text);
  return out;
}

TokenPattern TokenPattern::regex(const std::string& pattern, bool handWritten) {
  TokenPattern out;
  out.m_kind = Kind::Pcre;
  if (handWritten && pattern == kGpt2Pattern)
    out.m_kind = Kind::Gpt2;
  else if (handWritten && pattern == kLlama3Pattern)
    out.m_kind = Kind::Llama3;
  else if (handWritten && pattern == kQwen2Pattern)
    out.m_kind = Kind::Qwen2;
  else
    out.m_compiled = std::make_shared<Compiled>(pattern);
  return out;
}

TokenPattern TokenPattern::fromJson(const Json& json, bool handWritten) {
  if (json.is_string())
    return literal(json.get<std::string>());
  if (const Json* text = find(json, "String"); text && text->is_string())
    return literal(text->get<std::string>());
  if (const Json* text = find(json, "Regex"); text && text->is_string())
    return regex(text->get<std::string>(), handWritten);
  refuse("REJ:TOKENIZER_PATTERN", "A pattern of the tokenizer is neither {\"String\": …} nor {\"Regex\": …}.");
}

bool TokenPattern::isOneCharacterLiteral() const {
  return m_kind == Kind::Literal && !m_literal.empty() && codePointAt(m_literal, 0).length == m_literal.size();
}

void TokenPattern::findAll(std::string_view text, std::vector<TextRange>& matches) const {
  matches.clear();
  auto add = [&](size_t begin, size_t end) { matches.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}); };
  switch (m_kind) {
  case Kind::Literal:
    if (m_literal.empty())
      return;
    for (size_t at = text.find(m_literal); at != std::string_view::npos; at = text.find(m_literal, at + m_literal.size()))
      add(at, at + m_literal.size());
    return;
  case Kind::Gpt2:
    for (size_t at = 0, end; at < text.size(); at = end)
      add(at, end = matchGpt2(text, at));
    return;
  case Kind::Llama3:
  case Kind::Qwen2:
    for (size_t at = 0, end; at < text.size(); at = end)
      add(at, end = matchLlama3(text, at, m_kind == Kind::Llama3 ? 3 : 1));
    return;
  case Kind::Pcre:
    break;
  }
  static thread_local MatchScratch scratch;
  auto limit = std::chrono::duration<double>(kSecondsPerText + kSecondsPerMegabyte * static_cast<double>(text.size()) / 1e6);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit);
  size_t from = 0;
  int64_t lastEnd = -1;
  TextRange match;
  for (uint32_t count = 1; from <= text.size() && m_compiled->next(text, from, scratch, deadline, match); ++count) {
    if (match.begin == match.end && static_cast<int64_t>(match.end) == lastEnd) {
      from += from < text.size() ? codePointAt(text, from).length : 1;
      continue;
    }
    add(match.begin, match.end);
    from = match.end;
    lastEnd = match.end;
    if (count % 256 == 0 && std::chrono::steady_clock::now() > deadline)
      refuse("REJ:TOKENIZER_PATTERN", fmt::format("A split pattern of the tokenizer needs too long on this text of {} bytes.", text.size()), "time limit");
  }
}

} // namespace lathe::text
