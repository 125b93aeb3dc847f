// SPDX-License-Identifier: Apache-2.0
#include "core/text/chat_template.h"

#include "core/base/hash.h"
#include "core/text/assistant_spans.h"
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
  return findAssistantSpans(request, output.text, [this](const Request& varied) { return run(*m_program, varied).text; });
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
