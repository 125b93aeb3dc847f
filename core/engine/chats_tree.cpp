// SPDX-License-Identifier: Apache-2.0
// Requests that grow or choose branches of a conversation, and what is kept of a reply's tokens.
#include "core/engine/chats_internal.h"

#include "core/api/chat_tree.h"

#include <algorithm>

namespace lathe::engine {
namespace {

const api::ChatMessage& messageIn(const api::Chat& chat, int64_t id) {
  const auto it = std::find_if(chat.messages.begin(), chat.messages.end(), [&](const api::ChatMessage& m) { return m.id == id; });
  if (it == chat.messages.end())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no message {} in chat {}.", id, chat.id));
  return *it;
}

/// The first `keep` tokens of a reply and then another one in place of the next.
std::vector<api::TokenTrace> otherFrom(std::vector<api::TokenTrace> tokens, int64_t keep, int64_t token) {
  if (keep < 0 || keep >= static_cast<int64_t>(tokens.size()))
    refuse("REJ:FIELD", fmt::format("Of this reply {} tokens are kept, so it cannot be changed at token {}. Turn token probabilities on and write it again.", tokens.size(), keep + 1));
  tokens.resize(static_cast<size_t>(keep) + 1);
  api::TokenTrace& last = tokens.back();
  const auto known = std::find_if(last.top.begin(), last.top.end(), [&](const auto& alternative) { return alternative.id == token; });
  if (known == last.top.end() && token != last.id)
    refuse("REJ:FIELD", fmt::format("Token {} is not among the alternatives that were kept for token {} of this reply.", token, keep + 1));
  last.id = token;
  if (known != last.top.end())
    last.logprob = known->logprob;
  return tokens;
}

std::vector<int64_t> panesToAsk(const api::Chat& chat, const api::ChatMessage& target, const Json& params) {
  const int64_t count = static_cast<int64_t>(chat.panes.size());
  const int64_t pane = target.role == "assistant" ? target.pane : intOr(params, "pane", -1);
  std::vector<int64_t> out;
  for (int64_t i = 0; i < count; ++i)
    if (pane < 0 || i == pane)
      out.push_back(i);
  if (out.empty())
    refuse("REJ:FIELD", fmt::format("This chat has {} panes; pane {} does not exist.", count, pane + 1));
  return out;
}

} // namespace

void Chats::regenerate(const Json& params, const rpc::Reply& reply) {
  const int64_t id = intOr(params, "id", 0);
  refuseWhileAnswering(id);
  answer([id, params](store::Store& s) -> Turn {
    const api::Chat chat = s.chat(id);
    refuseUnderWay(chat);
    const api::ChatMessage& target = messageIn(chat, intOr(params, "message", 0));
    Turn turn;
    if (find(params, "keep") && find(params, "token")) {
      if (target.role != "assistant")
        throw Exception(ErrorKind::Conflict, "Only a reply can be changed at one of its tokens.");
      turn.kept = otherFrom(s.tokens(id, target.id), intOr(params, "keep", 0), intOr(params, "token", 0));
    }
    for (const int64_t pane : panesToAsk(chat, target, params)) {
      api::ChatMessage fresh;
      fresh.role = "assistant";
      fresh.parent = target.role == "assistant" ? target.parent : target.id;
      fresh.pane = pane;
      fresh.state = "waiting";
      turn.messages.push_back(fresh);
    }
    s.addReplies(id, turn.messages, wallClock());
    turn.chat = s.chat(id);
    return turn;
  }, reply);
}

void Chats::edit(const Json& params, const rpc::Reply& reply) {
  const int64_t id = intOr(params, "id", 0);
  const std::string text = messageText(params);
  refuseWhileAnswering(id);
  answer([id, text, message = intOr(params, "message", 0)](store::Store& s) -> Turn {
    const api::Chat chat = s.chat(id);
    refuseUnderWay(chat);
    const api::ChatMessage& target = messageIn(chat, message);
    api::ChatMessage fresh;
    fresh.parent = target.parent;
    fresh.text = text;
    Turn turn;
    if (target.role == "user") {
      fresh.follows = target.follows;
      turn.messages = askedInAllPanes(chat, std::move(fresh));
      s.addTurn(id, turn.messages, wallClock());
    } else {
      fresh.role = "assistant";
      fresh.pane = target.pane;
      fresh.state = "done";
      fresh.edited = true;
      turn.messages = {fresh};
      s.addReplies(id, turn.messages, wallClock());
    }
    turn.chat = s.chat(id);
    return turn;
  }, reply);
}

void Chats::choose(const Json& params, bool asEnd, const rpc::Reply& reply) {
  m_context.ask([this, asEnd, id = intOr(params, "id", 0), message = intOr(params, "message", 0)](store::Store& s) -> Json {
    if (asEnd)
      s.endPathAt(id, message, wallClock());
    else
      s.chooseMessage(id, message, wallClock());
    tell("chats", Json::object());
    return api::encode(s.chat(id));
  }, reply);
}

void Chats::tokens(const Json& params, const rpc::Reply& reply) {
  const int64_t chat = intOr(params, "id", 0), message = intOr(params, "message", 0);
  for (const auto& [request, running] : m_replies)
    if (running.chat == chat && running.message.id == message) {
      reply(Json{{"tokens", api::encode(running.tokens)}});
      return;
    }
  m_context.ask([chat, message](store::Store& s) -> Json { return {{"tokens", api::encode(s.tokens(chat, message))}}; }, reply);
}

} // namespace lathe::engine
