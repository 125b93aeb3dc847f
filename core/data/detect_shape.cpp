// SPDX-License-Identifier: Apache-2.0
#include "core/data/detect_shape.h"

#include "core/data/canonical_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lathe::data {
namespace {

using ColumnNames = std::initializer_list<const char*>;

constexpr ColumnNames kPromptNames = {"instruction", "prompt", "question", "query", "problem", "user_prompt", "inputs", "user", "human", "input"};
constexpr ColumnNames kAnswerNames = {"output", "completion", "response", "answer", "solution", "target", "targets", "outputs", "reply", "assistant", "assistant_response", "chosen"};
constexpr ColumnNames kTextNames = {"text", "content", "document", "raw_content", "body", "article", "passage", "markdown", "code", "story", "sentence"};
constexpr ColumnNames kMessageNames = {"messages", "conversations", "conversation", "dialog", "dialogue", "chat"};
constexpr ColumnNames kSystemNames = {"system", "system_prompt", "system_message"};

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The first of the names that the row has (in any case of letters) with a value that fits.
template <class Fits>
std::string firstColumn(const Json& row, ColumnNames names, Fits fits) {
  for (const char* name : names) {
    if (const Json* value = find(row, name); value && fits(*value))
      return name;
    for (const auto& [key, value] : row.items())
      if (key.size() == std::string_view(name).size() && lowered(key) == name && fits(value))
        return key;
  }
  return {};
}

bool isText(const Json& value) { return value.is_string(); }
bool isSet(const Json& value) { return !value.is_null(); }
bool isIds(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& id) { return id.is_number_integer(); });
}

std::string messagesColumn(const Json& row) {
  if (const std::string named = firstColumn(row, kMessageNames, isMessageList); !named.empty())
    return named;
  for (const auto& [key, value] : row.items())
    if (value.is_array() && !value.empty() && isMessageList(value) && key != "prompt" && key != "completion" && key != "chosen" && key != "rejected" && key != "history")
      return key;
  return {};
}

void commonRoles(const Json& row, Roles& out) {
  out.system = firstColumn(row, kSystemNames, isText);
  out.tools = firstColumn(row, {"tools", "functions"}, isSet);
}

std::optional<Detected> asTokens(const Json& row) {
  Detected out{RowLayout::TokenRows, DatasetShape::Tokens, {}};
  out.roles.ids = firstColumn(row, {"input_ids", "token_ids", "tokens", "ids"}, [](const Json& value) {
    if (!value.is_string() || !value.get_ref<const std::string&>().starts_with('['))
      return isIds(value);
    const auto parsed = capture([&] { return parseJson(value.get_ref<const std::string&>(), {.bytes = limits::kDatasetLineBytes}); });
    return parsed.ok() && isIds(*parsed);
  });
  if (out.roles.ids.empty())
    return std::nullopt;
  out.roles.labels = firstColumn(row, {"labels", "assistant_masks", "completion_mask", "loss_mask"}, isSet);
  return out;
}

std::optional<Detected> asPreference(const Json& row) {
  static constexpr std::pair<const char*, const char*> kPairs[] = {
      {"chosen", "rejected"}, {"response_chosen", "response_rejected"}, {"chosen_response", "rejected_response"}, {"preferred_output", "non_preferred_output"}, {"preferred", "dispreferred"}};
  for (const auto& [good, bad] : kPairs) {
    const Json* chosen = find(row, good);
    const Json* rejected = find(row, bad);
    if (!chosen || !rejected || !(chosen->is_string() || chosen->is_array() || chosen->is_object()) || rejected->is_null())
      continue;
    Detected out{RowLayout::Preference, DatasetShape::Messages, {}};
    commonRoles(row, out.roles);
    out.roles.rejected = bad;
    const std::string prompt = firstColumn(row, kPromptNames, isText);
    std::string messages = firstColumn(row, {"prompt"}, [](const Json& value) { return isMessageList(value); });
    if (messages.empty())
      messages = columnOf(row, "input.messages") ? "input.messages" : messagesColumn(row);
    if (chosen->is_string() && messages.empty() && !prompt.empty()) {
      out.shape = DatasetShape::Alpaca;
      out.roles.instruction = prompt;
      out.roles.output = good;
      out.roles.input = prompt == "input" ? "" : firstColumn(row, {"input", "context"}, isText);
      return out;
    }
    if (chosen->is_string() && messages.empty() && !chosen->get_ref<const std::string&>().starts_with("\n\nHuman:"))
      continue;
    out.roles.chosen = good;
    out.roles.messages = messages.empty() || firstColumn(row, {"prompt"}, isText) == "prompt" ? prompt : messages;
    return out;
  }
  return std::nullopt;
}

bool hasFrom(const Json& list) { return list.is_array() ? !list.empty() && list.front().is_object() && list.front().contains("from") : list.is_string() && list.get_ref<const std::string&>().find("\"from\"") != std::string::npos; }

std::optional<Detected> asMessages(const Json& row) {
  Detected out{RowLayout::OpenAi, DatasetShape::Messages, {}};
  commonRoles(row, out.roles);
  out.roles.messages = messagesColumn(row);
  if (out.roles.messages.empty()) {
    out.roles.messages = firstColumn(row, {"prompt"}, isMessageList);
    out.roles.chosen = firstColumn(row, {"completion", "response", "chosen"}, isSet);
    if (out.roles.messages.empty() || out.roles.chosen.empty())
      return std::nullopt;
    out.layout = RowLayout::PromptCompletion;
    return out;
  }
  if (const Json* list = find(row, out.roles.messages); list && hasFrom(*list))
    out.layout = RowLayout::ShareGpt;
  if (const Json* chosen = find(row, "chosen"); chosen && isSet(*chosen))
    out.roles.chosen = "chosen";
  return out;
}

std::optional<Detected> asAlpaca(const Json& row) {
  Detected out{RowLayout::PromptCompletion, DatasetShape::Alpaca, {}};
  Roles& roles = out.roles;
  commonRoles(row, roles);
  roles.instruction = firstColumn(row, kPromptNames, isText);
  roles.output = firstColumn(row, kAnswerNames, isText);
  if (roles.instruction.empty() || roles.output.empty())
    return std::nullopt;
  roles.input = firstColumn(row, {"input", "context"}, isText);
  if (roles.input == roles.instruction)
    roles.input.clear();
  roles.history = firstColumn(row, {"history"}, [](const Json& value) { return value.is_array(); });
  roles.verdict = firstColumn(row, {"label", "kto_tag"}, [](const Json& value) { return value.is_boolean(); });
  if (lowered(roles.instruction) == "instruction" && lowered(roles.output) == "output")
    out.layout = RowLayout::Alpaca;
  return out;
}

std::optional<Detected> asText(const Json& row) {
  Detected out;
  if (row.is_string())
    return out;
  out.roles.text = firstColumn(row, kTextNames, isText);
  if (out.roles.text.empty() && row.size() == 1 && row.begin()->is_string() && firstColumn(row, kPromptNames, isText).empty() && firstColumn(row, kAnswerNames, isText).empty())
    out.roles.text = row.items().begin().key();
  return out.roles.text.empty() ? std::nullopt : std::optional(out);
}

/// One row that has every column of these, with the first value that says something.
Json unionOf(std::span<const Json* const> rows) {
  const auto says = [](const Json& value) { return !value.is_null() && !(value.is_array() && value.empty()) && !(value.is_string() && value.get_ref<const std::string&>().empty()); };
  Json out = Json::object();
  for (const Json* row : rows)
    for (const auto& [key, value] : row->items())
      if (const auto it = out.find(key); it == out.end())
        out[key] = value;
      else if ((it->is_null() && !value.is_null()) || (!says(*it) && says(value)))
        *it = value;
  return out;
}

std::optional<Detected> byVote(std::span<const Json> rows) {
  std::vector<std::pair<Detected, std::vector<const Json*>>> votes;
  for (const Json& row : rows) {
    const auto found = detectRow(row);
    if (!found)
      continue;
    const auto same = [&](const auto& vote) { return vote.first.layout == found->layout && vote.first.shape == found->shape; };
    auto it = std::find_if(votes.begin(), votes.end(), same);
    if (it == votes.end())
      it = votes.insert(votes.end(), {*found, {}});
    it->second.push_back(&row);
  }
  if (votes.empty())
    return std::nullopt;
  const auto most = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (!most->second.front()->is_object())
    return most->first;
  const auto all = detectRow(unionOf(most->second));
  return all && all->layout == most->first.layout ? all : most->first;
}

std::optional<DatasetShape> shapeOfFormat(const std::string& format) {
  static const std::map<std::string, DatasetShape> kShapes = {{"messages", DatasetShape::Messages}, {"chat", DatasetShape::Messages}, {"openai", DatasetShape::Messages}, {"sharegpt", DatasetShape::Messages},
                                                              {"alpaca", DatasetShape::Alpaca}, {"prompt-completion", DatasetShape::Alpaca}, {"text", DatasetShape::Text}, {"lines", DatasetShape::Text},
                                                              {"paragraphs", DatasetShape::Text}, {"document", DatasetShape::Text}, {"tokens", DatasetShape::Tokens}};
  const auto it = kShapes.find(format);
  return it == kShapes.end() ? std::nullopt : std::optional(it->second);
}

/// The shape that a format or the named columns ask for.
std::optional<DatasetShape> askedShape(const std::string& format, const Json& columns) {
  if (const auto shape = shapeOfFormat(format))
    return shape;
  for (const auto& [key, shape] : {std::pair("messages", DatasetShape::Messages), std::pair("chosen", DatasetShape::Messages), std::pair("instruction", DatasetShape::Alpaca), std::pair("output", DatasetShape::Alpaca),
                                   std::pair("ids", DatasetShape::Tokens), std::pair("text", DatasetShape::Text)})
    if (!stringOr(columns, key, {}).empty())
      return shape;
  return std::nullopt;
}

/// What the rows say for a shape that somebody asked for; parts may be missing.
Detected inShape(DatasetShape shape, const Json& row) {
  std::optional<Detected> out;
  if (row.is_object()) {
    if (shape == DatasetShape::Messages || shape == DatasetShape::Alpaca)
      if (auto pair = asPreference(row); pair && pair->shape == shape)
        return *pair;
    out = shape == DatasetShape::Messages ? asMessages(row) : shape == DatasetShape::Alpaca ? asAlpaca(row) : shape == DatasetShape::Tokens ? asTokens(row) : asText(row);
  }
  if (out)
    return *out;
  Detected empty;
  empty.shape = shape;
  empty.layout = shape == DatasetShape::Messages ? RowLayout::OpenAi : shape == DatasetShape::Alpaca ? RowLayout::PromptCompletion : shape == DatasetShape::Tokens ? RowLayout::TokenRows : RowLayout::Text;
  if (row.is_object() && shape != DatasetShape::Tokens && shape != DatasetShape::Text)
    commonRoles(row, empty.roles);
  return empty;
}

std::string columnList(const Json& row) {
  std::string out;
  if (row.is_object())
    for (const auto& [key, value] : row.items())
      out += (out.empty() ? "\"" : ", \"") + key.substr(0, 40) + "\"";
  return out.empty() ? "none" : out.substr(0, 300);
}

void applyColumns(Detected& out, const Json& row, const Json& columns) {
  for (const auto& [key, value] : columns.items()) {
    std::string* role = value.is_string() ? roleOf(out.roles, key) : nullptr;
    if (!role)
      throw RowProblem{fmt::format("\"{}\" is not a part that a column can play; known are messages, instruction, input, output, history, system, tools, chosen, rejected, verdict, text, ids and labels", key)};
    *role = value.get<std::string>();
    if (!role->empty() && !columnOf(row, *role))
      throw RowProblem{fmt::format("there is no column \"{}\" (for \"{}\"); the columns are {}", *role, key, columnList(row))};
  }
  const Roles& roles = out.roles;
  if (!roles.rejected.empty())
    out.layout = RowLayout::Preference;
  else if (out.layout == RowLayout::Preference)
    out.layout = RowLayout::PromptCompletion;
}

void requireParts(const Detected& found, const Json& row) {
  const Roles& roles = found.roles;
  const auto fail = [&](const char* what) { throw RowProblem{fmt::format("there is no {}; the columns are {}", what, columnList(row))}; };
  switch (found.shape) {
  case DatasetShape::Messages:
    if (roles.messages.empty() && roles.chosen.empty())
      fail("list of messages (\"messages\" or \"conversations\")");
    break;
  case DatasetShape::Alpaca:
    if (roles.instruction.empty() || roles.output.empty())
      fail("pair of instruction and output");
    break;
  case DatasetShape::Text:
    if (row.is_object() && roles.text.empty())
      fail("field \"text\"");
    break;
  case DatasetShape::Tokens:
    if (roles.ids.empty())
      fail("list of tokens (\"input_ids\")");
    break;
  }
}

} // namespace

std::optional<Detected> detectRow(const Json& row) {
  if (row.is_string())
    return asText(row);
  if (!row.is_object())
    return std::nullopt;
  for (const auto& reading : {asTokens, asPreference, asMessages, asAlpaca, asText})
    if (auto found = reading(row))
      return found;
  return std::nullopt;
}

std::optional<Detected> detectShape(std::span<const Json> rows, const std::string& format, const Json& columns) {
  const bool named = columns.is_object() && !columns.empty();
  const auto asked = askedShape(format, columns);
  if (!asked && !named && format != "preference")
    return byVote(rows);
  std::vector<const Json*> objects;
  for (const Json& row : rows)
    if (row.is_object())
      objects.push_back(&row);
  const Json all = objects.empty() ? (rows.empty() ? Json() : rows.front()) : unionOf(objects);
  Detected out;
  if (format == "preference") {
    const auto pair = all.is_object() ? asPreference(all) : std::nullopt;
    out = pair ? *pair : inShape(columns.contains("output") ? DatasetShape::Alpaca : DatasetShape::Messages, all);
  } else if (asked) {
    out = inShape(*asked, all);
  } else if (auto found = byVote(rows)) {
    out = *found;
  } else {
    return std::nullopt;
  }
  if (named)
    applyColumns(out, all, columns);
  if (format == "preference" && out.roles.rejected.empty())
    throw RowProblem{fmt::format("there is no pair of a chosen and a rejected answer; the columns are {}", columnList(all))};
  requireParts(out, all);
  return out;
}

} // namespace lathe::data
