// SPDX-License-Identifier: Apache-2.0
#include "core/data/canonical_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace lathe::data {
namespace {

using Names = std::initializer_list<const char*>;

[[noreturn]] void fail(std::string message) { throw RowProblem{std::move(message)}; }

std::string firstOf(const Json& row, Names names, Json::value_t type) {
  for (const char* name : names)
    if (const Json* value = find(row, name); value && value->type() == type)
      return name;
  return {};
}

std::string messagesColumn(const Json& row) {
  for (const char* name : {"messages", "conversations", "conversation", "dialog", "dialogue", "chat"})
    if (const Json* value = find(row, name); value && value->is_array() && (value->empty() || value->front().is_object()))
      return name;
  return {};
}

const char* typeOf(const Json& value) {
  return value.is_null() ? "null" : value.is_object() ? "an object" : value.is_array() ? "an array" : value.is_string() ? "a text" : value.is_boolean() ? "true or false" : "a number";
}

std::string textField(const Json& row, const std::string& column, bool needed) {
  const Json* value = column.empty() ? nullptr : find(row, column);
  if (!value || value->is_null()) {
    if (needed)
      fail(fmt::format("the field \"{}\" is {}", column, value ? "null" : "missing"));
    return {};
  }
  if (!value->is_string())
    fail(fmt::format("the field \"{}\" should be a text but is {}", column, typeOf(*value)));
  return value->get<std::string>();
}

/// "human" and "gpt" are user and assistant; nullptr for a role that nobody knows.
const char* roleName(const std::string& role) {
  static constexpr std::array<std::pair<const char*, const char*>, 19> known = {{
      {"system", "system"}, {"user", "user"}, {"assistant", "assistant"}, {"tool", "tool"}, {"developer", "developer"}, {"ipython", "ipython"},
      {"human", "user"}, {"prompter", "user"}, {"gpt", "assistant"}, {"bot", "assistant"}, {"model", "assistant"}, {"chatgpt", "assistant"}, {"bard", "assistant"},
      {"bing", "assistant"}, {"function_call", "assistant"}, {"function-call", "assistant"}, {"observation", "tool"}, {"function_response", "tool"}, {"function", "tool"}}};
  const auto* it = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return role == entry.first; });
  return it == known.end() ? nullptr : it->second;
}

/// A list of text parts becomes one text.
std::string flattened(const Json& content, size_t number) {
  if (content.is_string())
    return content.get<std::string>();
  if (!content.is_array())
    fail(fmt::format("the content of message {} should be a text but is {}", number, typeOf(content)));
  std::string out;
  for (const Json& part : content) {
    if (part.is_string()) {
      out += part.get<std::string>();
      continue;
    }
    const Json* text = find(part, "text");
    if (!text)
      text = find(part, "value");
    const Json* type = find(part, "type");
    if (!text || !text->is_string() || (type && type->is_string() && *type != "text"))
      fail(fmt::format("message {} has a part of type {}; only text can be trained on", number, type ? dumpJson(*type) : "unknown"));
    out += text->get<std::string>();
  }
  return out;
}

Json functionCall(const std::string& text, size_t number) {
  Json calls = Json::array();
  Json parsed;
  try {
    parsed = parseJson(text, {.what = "the function call"});
  } catch (const Exception& e) {
    fail(fmt::format("message {}: {}", number, e.what()));
  }
  for (const Json& call : parsed.is_array() ? parsed : Json::array({parsed})) {
    if (!call.is_object() || !call.contains("name"))
      fail(fmt::format("message {} is a function call without a name", number));
    calls.push_back({{"type", "function"}, {"function", call}});
  }
  return calls;
}

/// Whether a row asks to train on this message; absent means yes.
bool trained(const Json& message) {
  for (const char* name : {"loss_weight", "weight"})
    if (const Json* value = find(message, name); value && value->is_number())
      return value->get<double>() > 0;
  const Json* train = find(message, "train");
  if (!train)
    train = find(message, "trainable");
  return !train || !train->is_boolean() || train->get<bool>();
}

void addMessage(Sample& out, const Json& message, size_t number) {
  if (!message.is_object())
    fail(fmt::format("message {} should be an object but is {}", number, typeOf(message)));
  const Json* role = find(message, "role");
  const Json* content = find(message, "content");
  if (!role)
    role = find(message, "from");
  if (!content)
    content = find(message, "value");
  if (!role || !role->is_string())
    fail(fmt::format("message {} has no role", number));
  const char* name = roleName(role->get<std::string>());
  if (!name)
    fail(fmt::format("message {} has the unknown role \"{}\"; known are system, user, assistant and tool", number, role->get<std::string>().substr(0, 40)));
  Json made = Json::object();
  made["role"] = name;
  const bool callsFunction = role->get<std::string>().starts_with("function") && std::string_view(name) == "assistant";
  const Json* calls = find(message, "tool_calls");
  if (callsFunction && content && content->is_string()) {
    made["content"] = "";
    made["tool_calls"] = functionCall(content->get<std::string>(), number);
  } else if (content && !content->is_null()) {
    made["content"] = flattened(*content, number);
  } else if (!calls || !calls->is_array() || calls->empty()) {
    fail(fmt::format("message {} has no content", number));
  }
  for (const auto& [key, value] : message.items()) // name, tool_calls, reasoning_content, … belong to the template
    if (key != "role" && key != "from" && key != "content" && key != "value" && key != "loss_weight" && key != "weight" && key != "train" && key != "trainable" && !value.is_null())
      made[key] = value;
  out.train.push_back(trained(message));
  out.messages.push_back(std::move(made));
}

void addPlain(Sample& out, const char* role, std::string text) {
  Json message = Json::object();
  message["role"] = role;
  message["content"] = std::move(text);
  out.messages.push_back(std::move(message));
  out.train.push_back(true);
}

Json toolList(const Json& row, const std::string& column) {
  const Json* value = column.empty() ? nullptr : find(row, column);
  if (!value || value->is_null() || (value->is_string() && value->get_ref<const std::string&>().empty()))
    return {};
  Json tools = *value;
  if (tools.is_string()) {
    try {
      tools = parseJson(tools.get_ref<const std::string&>(), {.what = fmt::format("the field \"{}\"", column)});
    } catch (const Exception& e) {
      fail(e.what());
    }
  }
  if (!tools.is_array())
    fail(fmt::format("the field \"{}\" should be a list of tools but is {}", column, typeOf(tools)));
  if (tools.empty())
    return {};
  for (Json& tool : tools)
    if (tool.is_object() && tool.contains("name") && !tool.contains("function"))
      tool = Json{{"type", "function"}, {"function", tool}};
  return tools;
}

void fromMessages(Sample& out, const Json& row, const Roles& roles) {
  const Json* list = find(row, roles.messages);
  if (!list || list->is_null())
    fail(fmt::format("the field \"{}\" is {}", roles.messages, list ? "null" : "missing"));
  if (!list->is_array())
    fail(fmt::format("the field \"{}\" should be a list of messages but is {}", roles.messages, typeOf(*list)));
  if (list->empty())
    fail(fmt::format("the field \"{}\" has no messages", roles.messages));
  const std::string system = textField(row, roles.system, false);
  if (!system.empty() && stringOr(list->front(), "role", stringOr(list->front(), "from", {})) != "system")
    addPlain(out, "system", system);
  for (size_t i = 0; i < list->size(); ++i)
    addMessage(out, (*list)[i], i + 1);
  if (const Json* chosen = roles.chosen.empty() ? nullptr : find(row, roles.chosen)) {
    if (chosen->is_object())
      addMessage(out, *chosen, list->size() + 1);
    else if (chosen->is_string())
      addPlain(out, "assistant", chosen->get<std::string>());
  }
}

void fromAlpaca(Sample& out, const Json& row, const Roles& roles) {
  if (const std::string system = textField(row, roles.system, false); !system.empty())
    addPlain(out, "system", system);
  if (const Json* history = find(row, "history"); history && history->is_array())
    for (const Json& turn : *history)
      if (turn.is_array() && turn.size() == 2 && turn[0].is_string() && turn[1].is_string()) {
        addPlain(out, "user", turn[0].get<std::string>());
        addPlain(out, "assistant", turn[1].get<std::string>());
      }
  std::string query = textField(row, roles.instruction, true);
  if (const std::string input = textField(row, roles.input, false); !input.empty())
    query += "\n" + input;
  addPlain(out, "user", std::move(query));
  addPlain(out, "assistant", textField(row, roles.output, true));
}

} // namespace

std::optional<std::pair<DatasetShape, Roles>> detectShape(const Json& row) {
  Roles roles;
  if (row.is_string())
    return std::pair(DatasetShape::Text, roles);
  if (!row.is_object())
    return std::nullopt;
  for (const auto& [shape, probe] : {std::pair(DatasetShape::Messages, 0), std::pair(DatasetShape::Alpaca, 1), std::pair(DatasetShape::Text, 2)}) {
    (void)probe;
    try {
      return std::pair(shape, rolesFor(shape, row, Json::object()));
    } catch (const RowProblem&) {
    }
  }
  return std::nullopt;
}

Roles rolesFor(DatasetShape shape, const Json& row, const Json& columns) {
  Roles out;
  const auto named = [&](const char* role, std::string found) { return stringOr(columns, role, std::move(found)); };
  constexpr auto text = Json::value_t::string;
  out.system = named("system", firstOf(row, {"system", "system_prompt"}, text));
  out.tools = named("tools", find(row, "tools") ? "tools" : find(row, "functions") ? "functions" : "");
  switch (shape) {
  case DatasetShape::Messages:
    out.messages = named("messages", messagesColumn(row));
    out.chosen = named("chosen", find(row, "chosen") ? "chosen" : "");
    if (out.messages.empty())
      fail("there is no list of messages (\"messages\" or \"conversations\")");
    break;
  case DatasetShape::Alpaca:
    out.instruction = named("instruction", firstOf(row, {"instruction", "prompt", "question", "query"}, text));
    out.output = named("output", firstOf(row, {"output", "completion", "response", "answer", "chosen"}, text));
    out.input = named("input", firstOf(row, {"input", "context"}, text));
    if (out.instruction.empty() || out.output.empty())
      fail("there is no pair of instruction and output");
    break;
  case DatasetShape::Text:
    out.text = named("text", row.is_string() ? "" : firstOf(row, {"text", "content", "document"}, text));
    if (row.is_object() && out.text.empty())
      fail("there is no field \"text\"");
    break;
  case DatasetShape::Tokens:
    break;
  }
  return out;
}

Sample canonical(const Json& row, DatasetShape shape, const Roles& roles) {
  Sample out;
  out.shape = shape;
  if (shape == DatasetShape::Text) {
    out.text = row.is_string() ? row.get<std::string>() : row.is_object() ? textField(row, roles.text, true) : std::string();
    if (!row.is_string() && !row.is_object())
      fail(fmt::format("a row should be an object or a text but is {}", typeOf(row)));
    if (out.text.empty())
      fail("the text is empty");
    return out;
  }
  if (!row.is_object())
    fail(fmt::format("a row should be an object but is {}", typeOf(row)));
  out.messages = Json::array();
  out.tools = toolList(row, roles.tools);
  shape == DatasetShape::Messages ? fromMessages(out, row, roles) : fromAlpaca(out, row, roles);
  return out;
}

} // namespace lathe::data
