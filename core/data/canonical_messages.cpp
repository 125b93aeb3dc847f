// SPDX-License-Identifier: Apache-2.0
// One message as OpenAI, ShareGPT and their relatives write it → role, content, tool_calls.
#include "core/data/canonical_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lathe::data {
namespace {

[[noreturn]] void messageProblem(std::string message) { throw RowProblem{std::move(message)}; }

/// "human" and "gpt" are user and assistant; nullptr for a role that nobody knows.
const char* canonicalRole(std::string role) {
  std::transform(role.begin(), role.end(), role.begin(), [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
  static constexpr std::array<std::pair<const char*, const char*>, 23> known = {{
      {"system", "system"}, {"user", "user"}, {"assistant", "assistant"}, {"tool", "tool"}, {"developer", "developer"}, {"ipython", "ipython"},
      {"human", "user"}, {"prompter", "user"}, {"gpt", "assistant"}, {"bot", "assistant"}, {"model", "assistant"}, {"chatgpt", "assistant"}, {"bard", "assistant"},
      {"bing", "assistant"}, {"ai", "assistant"}, {"function_call", "assistant"}, {"tool_call", "assistant"}, {"tool_calls", "assistant"}, {"observation", "tool"},
      {"function_response", "tool"}, {"tool_response", "tool"}, {"tool_result", "tool"}, {"function", "tool"}}};
  const auto* it = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return role == entry.first; });
  return it == known.end() ? nullptr : it->second;
}

bool isCallRole(const std::string& role) { return role.size() > 5 && role.ends_with("call"); }
bool isCallsRole(const std::string& role) { return isCallRole(role) || role == "tool_calls"; }

const Json* firstKey(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const Json* value = find(object, name))
      return value;
  return nullptr;
}

/// {"name", "arguments"} (arguments perhaps as JSON in a text) or {"function": {…}} → one entry of tool_calls.
Json toolCall(const Json& call, size_t number) {
  const Json* inner = find(call, "function");
  Json function = inner && inner->is_object() ? *inner : call;
  if (!function.is_object() || !function.contains("name") || !function["name"].is_string())
    messageProblem(fmt::format("message {} is a function call without a name", number));
  if (const auto it = function.find("arguments"); it != function.end() && it->is_string())
    if (const auto parsed = capture([&] { return parseJson(it->get_ref<const std::string&>(), {.bytes = limits::kDatasetLineBytes}); }); parsed.ok() && parsed->is_object())
      *it = *parsed; // templates print objects
  Json out = {{"type", "function"}, {"function", std::move(function)}};
  if (inner)
    for (const auto& [key, value] : call.items())
      if (key != "type" && key != "function" && !value.is_null())
        out[key] = value;
  return out;
}

Json toolCalls(const Json& calls, size_t number) {
  Json out = Json::array();
  for (const Json& call : calls.is_array() ? calls : Json::array({calls}))
    out.push_back(toolCall(call, number));
  return out;
}

Json parsedCalls(const std::string& text, size_t number) {
  const auto parsed = capture([&] { return parseJson(text, {.bytes = limits::kDatasetLineBytes, .what = "the function call"}); });
  if (!parsed.ok())
    messageProblem(fmt::format("message {}: {}", number, parsed.error().message));
  return toolCalls(*parsed, number);
}

/// What a message's content says, part by part.
struct Content {
  std::string text, reasoning;
  Json calls = Json::array();
};

void addPart(Content& out, const Json& part, size_t number) {
  if (part.is_string()) {
    out.text += part.get_ref<const std::string&>();
    return;
  }
  const Json* text = firstKey(part, {"text", "value"});
  const Json* named = find(part, "type");
  const std::string type = named && named->is_string() ? named->get<std::string>() : text ? "text" : "unknown";
  const bool isText = type == "text" || type == "input_text" || type == "output_text", isCall = isCallsRole(type), isReasoning = type == "reasoning" || type == "thinking";
  if (!text || !text->is_string() || !(isText || isCall || isReasoning))
    messageProblem(fmt::format("message {} has a part of type \"{}\"; only text can be trained on", number, type.substr(0, 40)));
  if (isCall)
    for (Json& call : parsedCalls(text->get<std::string>(), number))
      out.calls.push_back(std::move(call));
  else
    (isReasoning ? out.reasoning : out.text) += text->get_ref<const std::string&>();
}

Content contentOf(const Json& content, size_t number) {
  Content out;
  if (content.is_string())
    out.text = content.get<std::string>();
  else if (content.is_array())
    for (const Json& part : content)
      addPart(out, part, number);
  else if (content.is_object() && content.contains("type"))
    addPart(out, content, number);
  else
    messageProblem(fmt::format("the content of message {} should be a text but is {}", number, jsonTypeText(content)));
  return out;
}

/// Whether a row asks to train on this message; absent means yes.
bool learned(const Json& message) {
  for (const char* name : {"loss_weight", "weight"})
    if (const Json* value = find(message, name); value && value->is_number())
      return value->get<double>() > 0;
  const Json* train = firstKey(message, {"train", "trainable"});
  return !train || !train->is_boolean() || train->get<bool>();
}

/// name, reasoning_content, tool_call_id, … belong to the template.
void copyOthers(Json& made, const Json& message) {
  static constexpr std::array<std::string_view, 11> taken = {"role", "from", "content", "value", "text", "loss_weight", "weight", "train", "trainable", "tool_calls", "function_call"};
  for (const auto& [key, value] : message.items())
    if (!value.is_null() && std::find(taken.begin(), taken.end(), key) == taken.end())
      made[key] = value;
}

} // namespace

const char* jsonTypeText(const Json& value) {
  return value.is_null() ? "null" : value.is_object() ? "an object" : value.is_array() ? "a list" : value.is_string() ? "a text" : value.is_boolean() ? "true or false" : "a number";
}

void addPlainMessage(Sample& out, const char* role, std::string text, bool train) {
  Json message = Json::object();
  message["role"] = role;
  message["content"] = std::move(text);
  out.messages.push_back(std::move(message));
  out.train.push_back(train);
}

void addMessage(Sample& out, const Json& message, size_t number, bool train) {
  if (!message.is_object())
    messageProblem(fmt::format("message {} should be an object but is {}", number, jsonTypeText(message)));
  const Json* role = firstKey(message, {"role", "from"});
  const Json* content = firstKey(message, {"content", "value", "text"});
  if (!role || !role->is_string())
    messageProblem(fmt::format("message {} has no role", number));
  const std::string given = role->get<std::string>();
  const char* name = canonicalRole(given);
  if (!name)
    messageProblem(fmt::format("message {} has the unknown role \"{}\"; known are system, user, assistant and tool", number, given.substr(0, 40)));
  Json made = Json::object();
  made["role"] = name;
  const Json* calls = find(message, "tool_calls");
  const Json* single = find(message, "function_call");
  Json allCalls = calls && calls->is_array() && !calls->empty() ? toolCalls(*calls, number) : single && single->is_object() ? toolCalls(*single, number) : Json::array();
  if (std::string_view(name) == "assistant" && isCallsRole(given) && content && content->is_string()) {
    made["content"] = "";
    allCalls = parsedCalls(content->get<std::string>(), number);
  } else if (content && !content->is_null()) {
    Content parts = contentOf(*content, number);
    made["content"] = std::move(parts.text);
    if (!parts.reasoning.empty())
      made["reasoning_content"] = std::move(parts.reasoning);
    for (Json& call : parts.calls)
      allCalls.push_back(std::move(call));
  } else if (allCalls.empty()) {
    messageProblem(fmt::format("message {} has no content", number));
  }
  if (!allCalls.empty())
    made["tool_calls"] = std::move(allCalls);
  copyOthers(made, message);
  out.train.push_back(train && learned(message));
  out.messages.push_back(std::move(made));
}

bool isMessageList(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || text[first] != '[' || text.find('{', first) == std::string::npos)
      return false;
    const auto parsed = capture([&] { return parseJson(text, {.bytes = limits::kDatasetLineBytes}); });
    return parsed.ok() && !parsed->empty() && isMessageList(*parsed);
  }
  if (!value.is_array())
    return false;
  return value.empty() || (value.front().is_object() && firstKey(value.front(), {"role", "from"}));
}

void addMessages(Sample& out, const Json& list, const std::string& column, bool train) {
  if (list.is_string()) {
    const auto parsed = capture([&] { return parseJson(list.get_ref<const std::string&>(), {.bytes = limits::kDatasetLineBytes, .what = fmt::format("the field \"{}\"", column)}); });
    if (!parsed.ok() || !parsed->is_array())
      messageProblem(fmt::format("the field \"{}\" should be a list of messages but is a text", column));
    return addMessages(out, *parsed, column, train);
  }
  if (!list.is_array())
    messageProblem(fmt::format("the field \"{}\" should be a list of messages but is {}", column, jsonTypeText(list)));
  if (list.empty())
    messageProblem(fmt::format("the field \"{}\" has no messages", column));
  for (size_t i = 0; i < list.size(); ++i)
    addMessage(out, list[i], i + 1, train);
}

} // namespace lathe::data
