// SPDX-License-Identifier: Apache-2.0
#include "core/data/canonical_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::data {
namespace {

[[noreturn]] void rowProblem(std::string message) { throw RowProblem{std::move(message)}; }

std::string textField(const Json& row, const std::string& column, bool needed) {
  const Json* value = columnOf(row, column);
  if (!value || value->is_null()) {
    if (needed)
      rowProblem(fmt::format("the field \"{}\" is {}", column, value ? "null" : "missing"));
    return {};
  }
  if (!value->is_string())
    rowProblem(fmt::format("the field \"{}\" should be a text but is {}", column, jsonTypeText(*value)));
  return value->get<std::string>();
}

Json toolList(const Json& row, const std::string& column) {
  const Json* value = columnOf(row, column);
  if (!value || value->is_null() || (value->is_string() && value->get_ref<const std::string&>().find_first_not_of(" \t\r\n") == std::string::npos))
    return {};
  Json tools = *value;
  if (tools.is_string()) {
    const auto parsed = capture([&] { return parseJson(tools.get_ref<const std::string&>(), {.bytes = limits::kDatasetLineBytes, .what = fmt::format("the field \"{}\"", column)}); });
    if (!parsed.ok())
      rowProblem(parsed.error().message);
    tools = *parsed;
  }
  if (tools.is_object())
    tools = Json::array({tools});
  if (!tools.is_array())
    rowProblem(fmt::format("the field \"{}\" should be a list of tools but is {}", column, jsonTypeText(tools)));
  if (tools.empty())
    return {};
  for (Json& tool : tools)
    if (tool.is_object() && tool.contains("name") && !tool.contains("function"))
      tool = Json{{"type", "function"}, {"function", tool}};
  return tools;
}

/// "\n\nHuman: …\n\nAssistant: …" → its turns; false when the text is not such a transcript.
bool addTranscript(Sample& out, const std::string& text) {
  static constexpr std::pair<const char*, const char*> marks[] = {{"\n\nHuman:", "user"}, {"\n\nAssistant:", "assistant"}};
  const auto next = [&](size_t from, const char*& role, size_t& behind) {
    size_t best = std::string::npos;
    for (const auto& [mark, name] : marks)
      if (const size_t hit = text.find(mark, from); hit < best) {
        best = hit;
        role = name;
        behind = hit + std::string_view(mark).size();
      }
    return best;
  };
  const char* role = nullptr;
  size_t at = 0;
  if (next(0, role, at) != 0)
    return false;
  while (at < text.size()) {
    const char* following = nullptr;
    size_t behind = text.size();
    const size_t end = std::min(text.size(), next(at, following, behind));
    std::string said = text.substr(at, end - at);
    said.erase(0, said.find_first_not_of(' '));
    addPlainMessage(out, role, std::move(said), false);
    if (end == text.size())
      break;
    at = behind;
    role = following;
  }
  return true;
}

/// The chosen answer (or completion) behind the prompt that `out` holds already. Only what the answer adds is learned.
void addChosen(Sample& out, const Json& chosen, const std::string& column) {
  std::fill(out.train.begin(), out.train.end(), false);
  if (chosen.is_object())
    return addMessage(out, chosen, out.messages.size() + 1, true);
  if (chosen.is_array() || (chosen.is_string() && isMessageList(chosen)))
    return addMessages(out, chosen, column, true);
  if (!chosen.is_string())
    rowProblem(fmt::format("the field \"{}\" should be a text or messages but is {}", column, jsonTypeText(chosen)));
  const auto& text = chosen.get_ref<const std::string&>();
  if (!out.messages.empty() || !addTranscript(out, text))
    return addPlainMessage(out, "assistant", text);
  if (out.messages.back()["role"] != "assistant")
    rowProblem(fmt::format("the field \"{}\" does not end with an answer", column));
  out.train.back() = true;
}

bool beginsWithAnswer(const Json& messages) {
  return messages.empty() || !messages[0].is_object() || stringOr(messages[0], "role", {}) == "assistant";
}

/// chosen may be a whole conversation: what it shares with rejected is the prompt.
void maskSharedPrompt(Sample& out, const Json* rejected) {
  size_t shared = out.messages.size() - 1;
  if (rejected && rejected->is_array()) {
    Sample other;
    other.messages = Json::array();
    addMessages(other, *rejected, "rejected", true);
    shared = 0;
    while (shared + 1 < out.messages.size() && shared < other.messages.size() && out.messages[shared] == other.messages[shared])
      ++shared;
  }
  for (size_t i = 0; i < shared; ++i)
    out.train[i] = false;
}

void addSystem(Sample& out, const Json& row, const Roles& roles) {
  if (const std::string system = textField(row, roles.system, false); !system.empty())
    addPlainMessage(out, "system", system);
}

void addPrompt(Sample& out, const Json& row, const Roles& roles) {
  const Json* prompt = columnOf(row, roles.messages);
  if (!prompt || prompt->is_null())
    rowProblem(fmt::format("the field \"{}\" is {}", roles.messages, prompt ? "null" : "missing"));
  if (prompt->is_string() && !isMessageList(*prompt)) {
    if (roles.chosen.empty())
      rowProblem(fmt::format("the field \"{}\" should be a list of messages but is a text", roles.messages));
    if (!addTranscript(out, prompt->get<std::string>()))
      addPlainMessage(out, "user", prompt->get<std::string>());
    return;
  }
  addMessages(out, *prompt, roles.messages, true);
}

void fromMessages(Sample& out, const Json& row, const Roles& roles) {
  const Json* chosen = roles.chosen.empty() ? nullptr : columnOf(row, roles.chosen);
  if (!roles.chosen.empty() && (!chosen || chosen->is_null()))
    rowProblem(fmt::format("the field \"{}\" is {}", roles.chosen, chosen ? "null" : "missing"));
  Sample answer;
  answer.messages = Json::array();
  if (chosen && chosen->is_array())
    addChosen(answer, *chosen, roles.chosen);
  if (chosen && chosen->is_array() && !beginsWithAnswer(answer.messages)) { // a whole conversation, with the prompt in it
    maskSharedPrompt(answer, roles.rejected.empty() ? nullptr : columnOf(row, roles.rejected));
    out.messages = std::move(answer.messages);
    out.train = std::move(answer.train);
  } else {
    if (!roles.messages.empty())
      addPrompt(out, row, roles);
    if (chosen)
      addChosen(out, *chosen, roles.chosen);
  }
  const std::string system = textField(row, roles.system, false);
  if (system.empty() || (!out.messages.empty() && out.messages.front()["role"] == "system"))
    return;
  out.messages.insert(out.messages.begin(), Json{{"role", "system"}, {"content", system}});
  out.train.insert(out.train.begin(), true);
}

void addHistory(Sample& out, const Json& row, const std::string& column) {
  const Json* history = columnOf(row, column);
  if (!history || !history->is_array())
    return;
  if (!history->empty() && isMessageList(*history))
    return addMessages(out, *history, column, true);
  for (const Json& turn : *history) {
    if (!turn.is_array() || turn.size() != 2 || !turn[0].is_string() || !turn[1].is_string())
      rowProblem(fmt::format("the field \"{}\" should be a list of pairs of texts (what the user said, what the assistant answered)", column));
    addPlainMessage(out, "user", turn[0].get<std::string>());
    addPlainMessage(out, "assistant", turn[1].get<std::string>());
  }
}

void fromAlpaca(Sample& out, const Json& row, const Roles& roles) {
  addSystem(out, row, roles);
  addHistory(out, row, roles.history);
  std::string query = textField(row, roles.instruction, true);
  if (const std::string input = textField(row, roles.input, false); !input.empty())
    query += (query.empty() ? "" : "\n") + input;
  addPlainMessage(out, "user", std::move(query));
  if (!roles.rejected.empty()) // a pair of answers: what was said before is not what is learned
    std::fill(out.train.begin(), out.train.end(), false);
  const Json* verdict = columnOf(row, roles.verdict);
  const bool wanted = !verdict || !verdict->is_boolean() || verdict->get<bool>();
  if (!wanted)
    std::fill(out.train.begin(), out.train.end(), false);
  addPlainMessage(out, "assistant", textField(row, roles.output, true), wanted);
}

std::vector<int32_t> numberList(const Json& value, const std::string& column, int64_t extra) {
  const Json* list = &value;
  Json parsed;
  if (value.is_string()) {
    const auto text = capture([&] { return parseJson(value.get_ref<const std::string&>(), {.bytes = limits::kDatasetLineBytes}); });
    if (text.ok()) {
      parsed = *text;
      list = &parsed;
    }
  }
  if (!list->is_array())
    rowProblem(fmt::format("the field \"{}\" should be a list of numbers but is {}", column, jsonTypeText(value)));
  std::vector<int32_t> out;
  out.reserve(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    const Json& number = (*list)[i];
    const bool whole = number.is_number_integer() && !(number.is_number_unsigned() && number.get<uint64_t>() > INT32_MAX);
    const int64_t id = whole ? number.get<int64_t>() : -1;
    if (!whole || id > INT32_MAX || (id < 0 && id != extra))
      rowProblem(fmt::format("entry {} of \"{}\" is {}; it should be a whole number from 0 to {}{}", i + 1, column, dumpJson(number).substr(0, 40), INT32_MAX, extra < 0 ? fmt::format(", or {}", extra) : ""));
    out.push_back(static_cast<int32_t>(id));
  }
  return out;
}

void fromTokens(Sample& out, const Json& row, const Roles& roles) {
  const Json* ids = columnOf(row, roles.ids);
  if (!ids || ids->is_null())
    rowProblem(fmt::format("the field \"{}\" is {}", roles.ids, ids ? "null" : "missing"));
  out.ids = numberList(*ids, roles.ids, 0);
  if (out.ids.empty())
    rowProblem(fmt::format("the field \"{}\" has no tokens", roles.ids));
  const Json* labels = columnOf(row, roles.labels);
  if (!labels || labels->is_null()) {
    out.labels = out.ids;
    out.labels[0] = -100;
    return;
  }
  out.labels = numberList(*labels, roles.labels, -100);
  if (out.labels.size() != out.ids.size())
    rowProblem(fmt::format("the row has {} tokens and {} labels", out.ids.size(), out.labels.size()));
  if (roles.labels.ends_with("mask") || roles.labels.ends_with("masks")) // 1 where a token is learned
    for (size_t i = 0; i < out.ids.size(); ++i)
      out.labels[i] = out.labels[i] > 0 ? out.ids[i] : -100;
}

void fromText(Sample& out, const Json& row, const Roles& roles) {
  if (!row.is_string() && !row.is_object())
    rowProblem(fmt::format("a row should be an object or a text but is {}", jsonTypeText(row)));
  out.text = row.is_string() ? row.get<std::string>() : textField(row, roles.text, true);
  if (out.text.empty())
    rowProblem("the text is empty");
}

} // namespace

const Json* columnOf(const Json& row, const std::string& name) {
  if (name.empty())
    return nullptr;
  if (const Json* value = find(row, name))
    return value;
  const size_t dot = name.find('.');
  if (dot == std::string::npos)
    return nullptr;
  const Json* inner = find(row, name.substr(0, dot));
  return inner ? columnOf(*inner, name.substr(dot + 1)) : nullptr;
}

Sample canonical(const Json& row, DatasetShape shape, const Roles& roles) {
  Sample out;
  out.shape = shape;
  if (shape == DatasetShape::Text) {
    fromText(out, row, roles);
    return out;
  }
  if (!row.is_object())
    rowProblem(fmt::format("a row should be an object but is {}", jsonTypeText(row)));
  if (shape == DatasetShape::Tokens) {
    fromTokens(out, row, roles);
    return out;
  }
  out.messages = Json::array();
  out.tools = toolList(row, roles.tools);
  shape == DatasetShape::Messages ? fromMessages(out, row, roles) : fromAlpaca(out, row, roles);
  return out;
}

} // namespace lathe::data
