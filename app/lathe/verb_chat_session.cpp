// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verb_chat_session.h"

#include "core/api/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

namespace lathe::cli {
namespace {

/// The whole numbers of a line, at most two; anything else is refused with `usage`.
std::vector<size_t> numbersOf(const std::string& text, const char* usage) {
  std::vector<size_t> out;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    size_t value = 0;
    const auto [after, code] = std::from_chars(at, end, value);
    if (code != std::errc() || (after < end && *after != ' ') || out.size() == 2)
      throw Exception(ErrorKind::Usage, fmt::format("Write {}.", usage));
    out.push_back(value);
    for (at = after; at < end && *at == ' ';)
      ++at;
  }
  if (out.empty())
    throw Exception(ErrorKind::Usage, fmt::format("Write {}.", usage));
  return out;
}

std::string oneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

} // namespace

volatile std::sig_atomic_t& chatInterrupted() {
  static volatile std::sig_atomic_t interrupted = 0;
  return interrupted;
}

bool ChatSession::take(const std::string& line) {
  if (line.starts_with("//"))
    return say(line.substr(1));
  if (!line.starts_with("/"))
    return say(line);
  const size_t space = line.find(' ');
  const size_t rest = line.find_first_not_of(' ', space);
  try {
    return command(line.substr(1, space == std::string::npos ? space : space - 1), rest == std::string::npos || space == std::string::npos ? "" : line.substr(rest));
  } catch (const Exception& e) { // the conversation goes on
    fmt::print(stderr, "lathe: {}\n", e.error().message);
    return false;
  }
}

bool ChatSession::say(const std::string& text) { return ask(api::method::kChatsSend, {{"text", text}}); }

bool ChatSession::command(const std::string& name, const std::string& rest) {
  if (name == "again")
    return ask(api::method::kChatsRegenerate, {{"message", last("user").id}});
  if (name == "edit" || name == "rewrite")
    return ask(api::method::kChatsEdit, {{"message", last(name == "edit" ? "user" : "assistant").id}, {"text", rest}});
  if (name == "list")
    list();
  else if (name == "choose")
    choose(rest);
  else if (name == "branch")
    change(api::method::kChatsBranch, numbered(numbersOf(rest, "/branch and the number of a reply, e.g. /branch 2").at(0)).id);
  else if (name == "tokens")
    showTokens();
  else if (name == "alternative")
    return alternative(rest);
  else if (name == "quit")
    m_ended = true;
  else if (name == "help")
    fmt::print("{}", kHelp);
  else
    throw Exception(ErrorKind::Usage, fmt::format("There is no command /{}; /help lists them. A message that begins with / is written with //.", name));
  return true;
}

bool ChatSession::ask(const char* method, Json params) {
  params["id"] = m_chat.id;
  m_chat = api::decode<api::Chat>(m_engine.call(method, params));
  return waitForReplies();
}

void ChatSession::change(const char* method, int64_t message) {
  m_chat = api::decode<api::Chat>(m_engine.call(method, {{"id", m_chat.id}, {"message", message}}));
  list();
}

/// Streams the reply that is being written; of several panes each when it is complete. False when one failed.
bool ChatSession::waitForReplies() {
  std::set<int64_t> open;
  for (const api::ChatMessage& message : m_chat.messages)
    if (api::isUnderWay(message))
      open.insert(message.id);
  const bool stream = open.size() == 1 && !m_json;
  bool stopping = false, good = true;
  while (!open.empty()) {
    for (const api::Event& event : m_engine.events(0.2)) {
      if (intOr(event.body, "chat", 0) != m_chat.id)
        continue;
      if (stream && event.type == "chat_piece") {
        fmt::print("{}", stringOr(event.body, "piece", ""));
        std::fflush(stdout);
      }
      const Json* body = event.type == "chat" ? find(event.body, "message") : nullptr;
      if (!body)
        continue;
      const auto message = api::decode<api::ChatMessage>(*body);
      if (api::isUnderWay(message) || open.erase(message.id) == 0)
        continue;
      if (stream)
        fmt::print("\n");
      else
        show(message, *body);
      if (message.state == "failed")
        fmt::print(stderr, "lathe: {}\n", message.error);
      good = good && message.state != "failed";
    }
    if (chatInterrupted() && !std::exchange(stopping, true))
      m_engine.call(api::method::kChatsStop, {{"id", m_chat.id}});
  }
  chatInterrupted() = 0;
  m_chat = api::decode<api::Chat>(m_engine.call(api::method::kChatsGet, {{"id", m_chat.id}}));
  return good;
}

void ChatSession::show(const api::ChatMessage& message, const Json& body) const {
  if (!m_json) {
    fmt::print("[pane {}] {}\n", message.pane + 1, message.text);
    return;
  }
  Json out = body;
  if (message.traced)
    out["token_traces"] = m_engine.call(api::method::kChatsTokens, {{"id", m_chat.id}, {"message", message.id}})["tokens"];
  fmt::print("{}\n", dumpJson(out));
}

void ChatSession::list() const {
  const api::ChatTree tree(m_chat.messages);
  size_t number = 0;
  for (const api::ChatMessage* message : tree.path(0)) {
    const auto versions = tree.siblings(*message);
    const auto version = static_cast<size_t>(std::find(versions.begin(), versions.end(), message) - versions.begin()) + 1;
    ++number;
    if (m_json)
      fmt::print("{}\n", dumpJson(Json{{"number", number}, {"role", message->role}, {"text", message->text}, {"version", version}, {"versions", versions.size()}, {"id", message->id}}));
    else
      fmt::print("{:>3} {:<9} {}{}\n", number, message->role == "user" ? "you" : "reply", versions.size() > 1 ? fmt::format("[{}/{}] ", version, versions.size()) : "",
                 oneLine(message->text));
  }
  const auto path = tree.path(0);
  if (const auto next = path.empty() ? api::ChatTree::List() : tree.continuations(tree.turns().back()->id); !next.empty() && !m_json)
    fmt::print("    ({} more {} on from here in other branches; /choose {} 1 shows the first)\n", next.size(), next.size() == 1 ? "message goes" : "messages go", number + 1);
}

void ChatSession::choose(const std::string& rest) {
  const auto numbers = numbersOf(rest, "/choose, the number of a message and of its version, e.g. /choose 3 1");
  const api::ChatTree tree(m_chat.messages);
  const auto path = tree.path(0);
  if (numbers[0] < 1 || numbers[0] > path.size() + 1)
    throw Exception(ErrorKind::Usage, fmt::format("The conversation has messages 1 to {}; /list shows them.", path.size()));
  api::ChatTree::List versions;
  size_t now = 0;
  if (numbers[0] <= path.size()) {
    versions = tree.siblings(*path[numbers[0] - 1]);
    now = static_cast<size_t>(std::find(versions.begin(), versions.end(), path[numbers[0] - 1]) - versions.begin()) + 1;
  } else if (const auto turns = tree.turns(); !turns.empty()) {
    versions = tree.continuations(turns.back()->id);
  }
  if (versions.empty())
    throw Exception(ErrorKind::Usage, fmt::format("There is no message {}.", numbers[0]));
  const size_t version = numbers.size() > 1 ? numbers[1] : now % versions.size() + 1;
  if (version < 1 || version > versions.size())
    throw Exception(ErrorKind::Usage, fmt::format("Message {} has versions 1 to {}.", numbers[0], versions.size()));
  change(api::method::kChatsChoose, versions[version - 1]->id);
}

std::vector<api::TokenTrace> ChatSession::tokens() const {
  auto out = api::decode<std::vector<api::TokenTrace>>(m_engine.call(api::method::kChatsTokens, {{"id", m_chat.id}, {"message", last("assistant").id}})["tokens"]);
  if (out.empty())
    throw Exception(ErrorKind::NotFound, "Of the last reply no probabilities were kept. Start lathe chat with --logprobs 5 and ask /again.");
  return out;
}

void ChatSession::showTokens() const {
  const std::string text = last("assistant").text;
  size_t number = 0, at = 0;
  for (const api::TokenTrace& token : tokens()) {
    const auto bytes = std::min(static_cast<size_t>(std::max<int64_t>(0, token.bytes)), text.size() - at);
    std::string others;
    size_t place = 0;
    for (const api::TokenAlternative& other : token.top)
      others += fmt::format("  {}: {} {:.1f} %", ++place, dumpJson(other.text), 100 * std::exp(other.logprob));
    fmt::print("{:>4} {:<16} {:>5.1f} %  {:.2f} nat {}\n", ++number, dumpJson(text.substr(at, bytes)), 100 * std::exp(token.logprob), token.entropy, others);
    at += bytes;
  }
}

bool ChatSession::alternative(const std::string& rest) {
  const auto numbers = numbersOf(rest, "/alternative, the number of a token and of its alternative as /tokens shows them, e.g. /alternative 3 2");
  const auto known = tokens();
  if (numbers.size() != 2 || numbers[0] < 1 || numbers[0] > known.size() || numbers[1] < 1 || numbers[1] > known[numbers[0] - 1].top.size())
    throw Exception(ErrorKind::Usage, fmt::format("The last reply has tokens 1 to {}; /tokens shows them with their alternatives.", known.size()));
  return ask(api::method::kChatsRegenerate, {{"message", last("assistant").id}, {"keep", numbers[0] - 1}, {"token", known[numbers[0] - 1].top[numbers[1] - 1].id}});
}

const api::ChatMessage& ChatSession::last(const char* role) const {
  const api::ChatTree::List path = api::ChatTree(m_chat.messages).path(0);
  for (auto message = path.rbegin(); message != path.rend(); ++message)
    if ((*message)->role == role)
      return **message;
  throw Exception(ErrorKind::Usage, "Nothing was said yet.");
}

const api::ChatMessage& ChatSession::numbered(size_t number) const {
  const auto path = api::ChatTree(m_chat.messages).path(0);
  if (number < 1 || number > path.size())
    throw Exception(ErrorKind::Usage, fmt::format("The conversation has messages 1 to {}; /list shows them.", path.size()));
  return *path[number - 1];
}

} // namespace lathe::cli
