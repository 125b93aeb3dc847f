// SPDX-License-Identifier: Apache-2.0
// Chat templates: the Jinja dialect of Hugging Face tokenizers (trim_blocks, lstrip_blocks, sandbox, loop controls, {% generation %}),
// with Python's value and printing rules. Source: jinja2 3.1 and transformers' apply_chat_template.
#pragma once

#include "core/base/json.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::text {

namespace jinja {
struct Program;
}

/// A parsed template. Immutable, may be rendered by several threads at once.
/// Everything throws lathe::Exception with ErrorKind::Refused and one of these codes:
///   TEMPLATE:raised     raise_exception() was called; `message` is exactly its text
///   TEMPLATE:undefined  a missing name or attribute was used
///   TEMPLATE:syntax     the source does not parse (message names line and column)
///   TEMPLATE:limit      size, depth, step, output or time limit of core/base/limits.h
///   TEMPLATE:security   an attribute that templates may not touch (list.append, __class__, …)
///   TEMPLATE:runtime    any other failure, worded as Python words it ("TypeError: …")
class ChatTemplate {
public:
  struct Request {
    Json messages = Json::array();
    Json tools;                       // null when there are none
    bool addGenerationPrompt = false;
    Json variables = Json::object();  // bos_token, eos_token, documents, enable_thinking, … any name
    std::string nowIso;               // "2026-07-26T14:05:06" for strftime_now; empty: the clock
  };
  /// `text` with the byte ranges [begin, end) that the assistant has to produce, end-of-turn token included.
  struct Rendered {
    std::string text;
    std::vector<std::pair<uint32_t, uint32_t>> assistantSpans;
    std::vector<uint32_t> spanMessages; // message index of every span (generation blocks count assistant messages in order)
  };

  static std::shared_ptr<const ChatTemplate> parse(std::string source);
  /// The built-in ChatML template, for tokenizers that bring none.
  static std::shared_ptr<const ChatTemplate> chatMl();

  std::string render(const Request& request) const;
  /// Spans come from {% generation %} blocks where the template has them, else from renderings of conversation prefixes and of
  /// marked contents. Throws TEMPLATE:spans when an assistant message cannot be found again in the text.
  Rendered renderWithSpans(const Request& request) const;

  const std::string& source() const { return m_source; }
  /// Hash of the source.
  std::string fingerprint() const;
  bool hasGenerationBlocks() const;

private:
  explicit ChatTemplate(std::string source) : m_source(std::move(source)) {}
  std::string m_source;
  std::shared_ptr<const jinja::Program> m_program;
};

/// "raised", "undefined", "syntax" or "limit" (what `lathe template` prints) for a code thrown by ChatTemplate: failures of
/// class runtime count as raised, of class security as limit.
std::string_view templateErrorKind(const std::string& code);

} // namespace lathe::text
