// SPDX-License-Identifier: Apache-2.0
#include "core/text/chat_template.h"

#include "core/base/hash.h"
#include "core/text/jinja_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lathe::text {
namespace {

using jinja::Evaluator;
using jinja::Failure;
using jinja::Value;

constexpr const char* kChatMl = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
                                "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
                                "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}"
                                "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

[[noreturn]] void rethrow(const Failure& failure, int line) {
  const std::string kind = failure.kind;
  const int at = failure.line ? failure.line : line;
  std::string message = failure.message;
  if (kind != "raised")
    message += fmt::format(" (line {} of the chat template)", at);
  throw Exception(Error{ErrorKind::Refused, std::move(message), fmt::format("template line {}", at), "TEMPLATE:" + kind});
}

/// What apply_chat_template does to messages: keys without value go away, reasoning is known under several names.
Json normalizedMessages(const Json& messages) {
  static constexpr std::array<const char*, 3> fields = {"reasoning_content", "thinking", "reasoning"};
  if (!messages.is_array())
    return messages;
  Json out = Json::array();
  for (const Json& message : messages) {
    if (!message.is_object()) {
      out.push_back(message);
      continue;
    }
    Json plain = Json::object();
    const Json* reasoning = nullptr;
    for (const char* field : fields)
      if (const Json* found = find(message, field); found && !found->is_null() && !reasoning)
        reasoning = found;
    auto& entries = plain.get_ref<Json::object_t&>();
    if (reasoning && (!find(message, "thinking") || find(message, "thinking")->is_null()))
      entries.emplace_back("thinking", *reasoning);
    bool named = false;
    for (const auto& [key, value] : message.items()) {
      if (value.is_null())
        continue;
      named |= key == "reasoning_content";
      entries.emplace_back(key, value);
    }
    if (reasoning && !named)
      entries.emplace_back("reasoning_content", *reasoning);
    out.push_back(std::move(plain));
  }
  return out;
}

void fill(Evaluator& evaluator, const ChatTemplate::Request& request) {
  if (request.variables.is_object())
    for (const auto& [key, value] : request.variables.items())
      evaluator.setVariable(key, Value::fromJson(value));
  if (!find(request.variables, "documents"))
    evaluator.setVariable("documents", Value::none());
  evaluator.setVariable("messages", Value::fromJson(normalizedMessages(request.messages)));
  evaluator.setVariable("tools", Value::fromJson(request.tools));
  evaluator.setVariable("add_generation_prompt", Value::fromBool(request.addGenerationPrompt));
}

struct Output {
  std::string text;
  std::vector<std::pair<uint32_t, uint32_t>> generations;
  bool complete = true;
};

Output run(const jinja::Program& program, const ChatTemplate::Request& request) {
  Evaluator evaluator(program, request.nowIso);
  try {
    fill(evaluator, request);
    Output out;
    out.text = evaluator.run();
    out.generations = evaluator.generationSpans();
    out.complete = evaluator.spansComplete();
    return out;
  } catch (const Failure& failure) {
    rethrow(failure, evaluator.line());
  }
}

// --- where the assistant speaks

size_t commonPrefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin()).first - a.begin());
}

size_t commonSuffix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.rbegin(), a.rbegin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.rbegin()).first - a.rbegin());
}

bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Finds the assistant turns of one rendered conversation by rendering variations of it.
class SpanFinder {
public:
  SpanFinder(const jinja::Program& program, const ChatTemplate::Request& request, const std::string& text)
      : m_program(program), m_request(request), m_text(text), m_eos(stringOr(request.variables, "eos_token", {})) {}

  ChatTemplate::Rendered find() {
    ChatTemplate::Rendered out;
    out.text = m_text;
    const Json& messages = m_request.messages;
    for (size_t i = 0; i < messages.size(); ++i) {
      if (stringOr(messages[i], "role", {}) != "assistant")
        continue;
      const auto span = locate(i);
      if (!span)
        refuse("TEMPLATE:spans", fmt::format("The chat template hides where assistant message {} begins and ends, so it cannot be trained on. "
                                             "Use a template with generation blocks, or train on all tokens.", i + 1));
      if (!out.assistantSpans.empty() && span->first <= out.assistantSpans.back().second) {
        out.assistantSpans.back().second = std::max(out.assistantSpans.back().second, span->second); // two messages in one turn
      } else {
        out.assistantSpans.push_back(*span);
        out.spanMessages.push_back(static_cast<uint32_t>(i));
      }
      m_floor = out.assistantSpans.back().second;
      m_firstTurn = out.assistantSpans.front().first;
    }
    return out;
  }

private:
  using Span = std::pair<uint32_t, uint32_t>;
  static constexpr const char* kMark = "\uE0F7\uE0F8";

  const jinja::Program& m_program;
  const ChatTemplate::Request& m_request;
  const std::string& m_text;
  std::string m_eos;
  size_t m_floor = 0;     // end of the turn before
  size_t m_firstTurn = 0; // begin of the first assistant turn

  std::optional<std::string> rendered(const Json& messages, bool prompt) const {
    ChatTemplate::Request request = m_request;
    request.messages = messages;
    request.addGenerationPrompt = prompt;
    try {
      return run(m_program, request).text;
    } catch (const Exception&) {
      return std::nullopt;
    }
  }

  Json first(size_t count) const {
    Json out = Json::array();
    for (size_t i = 0; i < count; ++i)
      out.push_back(m_request.messages[i]);
    return out;
  }

  std::optional<Span> locate(size_t i) const {
    size_t begin = 0, end = 0;
    const auto before = i == 0 ? std::nullopt : rendered(first(i), true);
    const auto after = rendered(first(i + 1), false);
    const bool exact = before && m_text.starts_with(*before) && before->size() >= m_floor;
    const auto content = contentRange(i);
    if (exact)
      begin = before->size();
    else if (content && content->first >= m_floor)
      begin = startOfTurn(*content, before);
    else if (before && after)
      begin = std::max(commonPrefix(m_text, *before), m_floor);
    else
      return std::nullopt;
    if (content && content->second >= begin) {
      end = endOfTurn(content->second);
      // A marker that comes only with the next message ends this turn unless it is how other turns begin ("<|user|>").
      if (after && after->size() < end && after->size() >= content->second && m_text.starts_with(*after) && beginsTurns(content->second, end, begin))
        end = trimmedEnd(after->size(), content->second);
    } else if (after) {
      end = commonPrefix(m_text, *after);
      while (end > begin && isBlank(m_text[end - 1]))
        --end;
    }
    // What stands between the content and the end of the turn (tool calls) belongs to the assistant too.
    if (after && hasToolCalls(i))
      end = std::max(end, trimmedEnd(commonPrefix(m_text, *after), begin));
    if (end <= begin)
      return std::nullopt;
    return Span(static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
  }

  bool beginsTurns(size_t from, size_t to, size_t turn) const {
    while (from < to && isBlank(m_text[from]))
      ++from;
    return std::string_view(m_text).substr(0, m_floor > 0 ? m_firstTurn : turn).find(std::string_view(m_text).substr(from, to - from)) != std::string_view::npos;
  }

  bool hasToolCalls(size_t i) const {
    const Json* calls = lathe::find(m_request.messages[i], "tool_calls");
    return calls && calls->is_array() && !calls->empty();
  }

  size_t trimmedEnd(size_t end, size_t begin) const {
    while (end > begin && isBlank(m_text[end - 1]))
      --end;
    return end;
  }

  /// Bytes of the message's content in the text, seen from renderings with a mark before and behind it.
  std::optional<std::pair<size_t, size_t>> contentRange(size_t i) const {
    const Json* content = lathe::find(m_request.messages[i], "content");
    if (!content || !content->is_string())
      return std::nullopt;
    const std::string& plain = content->get_ref<const std::string&>();
    const auto marked = [&](const std::string& text) {
      Json messages = m_request.messages;
      messages[i]["content"] = text;
      return rendered(messages, m_request.addGenerationPrompt);
    };
    const auto front = marked(kMark + plain), back = marked(plain + kMark);
    if (!front || !back)
      return std::nullopt;
    const size_t begin = commonPrefix(m_text, *front), tail = commonSuffix(m_text, *back);
    if (front->substr(begin, std::string_view(kMark).size()) != kMark)
      return std::nullopt;
    const std::string_view rest = std::string_view(*back).substr(0, back->size() - tail);
    if (!rest.ends_with(kMark) || m_text.size() - tail < begin)
      return std::nullopt;
    return std::pair(begin, m_text.size() - tail);
  }

  /// The content's begin, or earlier where the generation prompt ends the same way (thinking blocks, a space).
  size_t startOfTurn(const std::pair<size_t, size_t>& content, const std::optional<std::string>& before) const {
    size_t begin = content.first;
    if (before && !before->empty()) {
      // The last line of the prompt ("<|im_start|>assistant\n", "[/INST]") found again in front of the content.
      const std::string_view prompt(*before);
      const std::string_view window = std::string_view(m_text).substr(m_floor, begin - m_floor);
      for (const size_t length : {size_t{24}, size_t{12}, size_t{7}}) {
        if (prompt.size() < length)
          continue;
        if (const size_t hit = window.rfind(prompt.substr(prompt.size() - length)); hit != std::string_view::npos)
          return m_floor + hit + length;
      }
    }
    while (begin > m_floor && m_text[begin - 1] == ' ')
      --begin;
    return begin;
  }

  /// Behind the marker that ends the turn: the eos token, <…> or […]; white space before it belongs to it.
  size_t endOfTurn(size_t at) const {
    size_t marker = at;
    while (marker < m_text.size() && isBlank(m_text[marker]))
      ++marker;
    const std::string_view rest = std::string_view(m_text).substr(marker);
    if (!m_eos.empty() && rest.starts_with(m_eos))
      return marker + m_eos.size();
    if (rest.empty() || (rest[0] != '<' && rest[0] != '['))
      return at;
    const size_t close = rest.find(rest[0] == '<' ? '>' : ']');
    if (close == std::string_view::npos || close > 80 || rest.substr(0, close).find_first_of(" \n\t") != std::string_view::npos)
      return at;
    return marker + close + 1;
  }
};

} // namespace

std::shared_ptr<const ChatTemplate> ChatTemplate::parse(std::string source) {
  if (source.size() > limits::kTemplateBytes)
    throw Exception(Error{ErrorKind::Refused, fmt::format("The chat template has {} bytes; the limit is {}.", source.size(), limits::kTemplateBytes), {}, "TEMPLATE:limit"});
  std::shared_ptr<ChatTemplate> out(new ChatTemplate(std::move(source)));
  const size_t held = std::exchange(jinja::heldBytes(), 0);
  try {
    out->m_program = jinja::parseProgram(out->m_source);
  } catch (const Failure& failure) {
    jinja::heldBytes() = held;
    rethrow(failure, 1);
  }
  jinja::heldBytes() = held;
  return out;
}

std::shared_ptr<const ChatTemplate> ChatTemplate::chatMl() {
  static const std::shared_ptr<const ChatTemplate> standard = parse(kChatMl);
  return standard;
}

std::string ChatTemplate::render(const Request& request) const { return run(*m_program, request).text; }

ChatTemplate::Rendered ChatTemplate::renderWithSpans(const Request& request) const {
  Output output = run(*m_program, request);
  if (!output.generations.empty() && output.complete) {
    Rendered out;
    out.text = std::move(output.text);
    uint32_t message = 0;
    for (const auto& span : output.generations) {
      while (message < request.messages.size() && stringOr(request.messages[message], "role", {}) != "assistant")
        ++message;
      out.assistantSpans.push_back(span);
      out.spanMessages.push_back(message++);
    }
    return out;
  }
  return SpanFinder(*m_program, request, output.text).find();
}

std::string ChatTemplate::fingerprint() const { return hashText(m_source); }
bool ChatTemplate::hasGenerationBlocks() const { return m_program->hasGeneration; }

std::string_view templateErrorKind(const std::string& code) {
  const std::string_view kind = std::string_view(code).substr(std::min<size_t>(code.size(), 9));
  if (kind == "security")
    return "limit";
  if (kind == "runtime" || kind == "spans")
    return "raised";
  return kind == "undefined" || kind == "syntax" || kind == "limit" ? kind : "raised";
}

} // namespace lathe::text
