// SPDX-License-Identifier: GPL-3.0-or-later
// The conversations of FakeEngine: a tree as the engine keeps it, replies word by word, each word a token.
#include "tests/gui/fake_engine.h"

#include "core/api/chat_tree.h"
#include "core/api/protocol.h"

#include <algorithm>
#include <cmath>

namespace lathe::fake {

namespace {

/// The n-th word: every third one doubtful.
api::TokenTrace traceOf(const std::string& piece, size_t place) {
  const double probability = place % 3 == 0 ? 0.97 : place % 3 == 1 ? 0.4 : 0.03;
  api::TokenTrace out{static_cast<int64_t>(100 + place), static_cast<int64_t>(piece.size()), std::log(probability), place % 3 == 0 ? 0.1 : place % 3 == 1 ? 1.2 : 4.0, {}};
  out.top = {{out.id, out.logprob, piece}, {7, std::log(0.02), " instead"}, {8, std::log(0.01), ""}};
  return out;
}

api::ChatMessage* messageOf(api::Chat& chat, int64_t id) {
  const auto found = std::find_if(chat.messages.begin(), chat.messages.end(), [&](const auto& m) { return m.id == id; });
  return found == chat.messages.end() ? nullptr : &*found;
}

} // namespace

api::Chat& FakeEngine::chatOf(const Json& params) {
  const auto found = m_state.chats.find(intOr(params, "id", 0));
  if (found == m_state.chats.end())
    throw Exception(ErrorKind::NotFound, "There is no such conversation.");
  return found->second;
}

Json FakeEngine::handleChats(const std::string& method, const Json& params) {
  if (method == api::method::kChatsList) {
    Json list = Json::array();
    double updated = 1795356000;
    for (const auto& [id, chat] : m_state.chats)
      list.push_back(api::encode(api::ChatSummary{id, chat.title, updated += id >= 100 ? 1000 + static_cast<double>(id) : -3600.0 * static_cast<double>(id),
                                                    static_cast<int64_t>(chat.panes.size()), static_cast<int64_t>(chat.messages.size()), m_state.deletedChats[id]}));
    return {{"chats", list}};
  }
  if (method == api::method::kChatsSearch)
    return search(stringOr(params, "text", ""));
  if (method == api::method::kChatsCreate) {
    api::Chat chat = api::decode<api::Chat>(params);
    chat.id = m_state.nextId++;
    m_state.chats[chat.id] = chat;
    announce("chats", "", Json::object());
    return api::encode(chat);
  }
  api::Chat& chat = chatOf(params);
  if (method == api::method::kChatsTokens)
    return {{"tokens", api::encode(m_tokens[intOr(params, "message", 0)])}};
  if (method == api::method::kChatsDelete || method == api::method::kChatsRestore) {
    m_state.deletedChats[chat.id] = method == api::method::kChatsDelete;
    announce("chats", "", Json::object());
    return Json::object();
  }
  if (method == api::method::kChatsStop) {
    for (auto& reply : m_replies)
      if (reply.chat == chat.id)
        reply.left.clear();
    return Json::object();
  }
  if (method == api::method::kChatsUpdate) {
    const int64_t id = chat.id;
    api::decodeInto(params, chat, "");
    chat.id = id;
  } else if (method != api::method::kChatsGet) {
    growChat(method, chat, params);
  }
  return api::encode(chat);
}

void FakeEngine::growChat(const std::string& method, api::Chat& chat, const Json& params) {
  const int64_t target = intOr(params, "message", 0);
  api::ChatMessage message;
  if (method == api::method::kChatsSend) {
    const api::ChatTree tree(chat.messages);
    if (const auto turns = tree.turns(); !turns.empty()) {
      message.parent = turns.back()->id;
      for (const auto* reply : tree.chosenReplies(message.parent))
        message.follows.push_back(reply->id);
    }
    message.text = stringOr(params, "text", "");
    beginReplies(chat, addTurn(chat, message), -1);
    return;
  }
  const api::ChatMessage* known = messageOf(chat, target);
  if (!known)
    throw Exception(ErrorKind::NotFound, "There is no such message.");
  const api::ChatMessage old = *known;
  if (method == api::method::kChatsChoose) {
    choose(chat, target);
  } else if (method == api::method::kChatsBranch) {
    choose(chat, target);
    std::vector<int64_t> next;
    for (const auto* turn : api::ChatTree(chat.messages).continuations(old.parent))
      next.push_back(turn->id);
    for (const int64_t id : next)
      messageOf(chat, id)->active = false;
  } else if (method == api::method::kChatsRegenerate) {
    std::vector<std::string> kept;
    const auto tokens = m_tokens[target];
    size_t at = 0;
    for (int64_t i = 0; i < intOr(params, "keep", 0); at += static_cast<size_t>(tokens[static_cast<size_t>(i++)].bytes))
      kept.push_back(old.text.substr(at, static_cast<size_t>(tokens[static_cast<size_t>(i)].bytes)));
    for (const auto& other : tokens.empty() ? std::vector<api::TokenAlternative>() : tokens[kept.size()].top)
      if (other.id == intOr(params, "token", -1))
        kept.push_back(other.text);
    beginReplies(chat, old.role == "user" ? old.id : old.parent, old.role == "user" ? intOr(params, "pane", -1) : old.pane, kept);
  } else if (method == api::method::kChatsEdit) {
    message.parent = old.parent;
    message.follows = old.follows;
    message.text = stringOr(params, "text", "");
    if (old.role == "user") {
      beginReplies(chat, addTurn(chat, message), -1);
      return;
    }
    message.id = m_state.nextId++;
    message.role = "assistant";
    message.pane = old.pane;
    message.state = "done";
    message.edited = true;
    chat.messages.push_back(message);
    choose(chat, message.id);
  }
}

int64_t FakeEngine::addTurn(api::Chat& chat, api::ChatMessage message) {
  message.id = m_state.nextId++;
  message.role = "user";
  message.state = "done";
  chat.messages.push_back(message);
  choose(chat, message.id);
  return message.id;
}

void FakeEngine::choose(api::Chat& chat, int64_t message) {
  std::map<int64_t, bool> active;
  const api::ChatTree tree(chat.messages);
  for (const auto* chosen : tree.lineage(*tree.find(message)))
    for (const auto* sibling : tree.siblings(*chosen))
      active[sibling->id] = sibling == chosen;
  for (auto& m : chat.messages)
    if (const auto it = active.find(m.id); it != active.end())
      m.active = it->second;
}

void FakeEngine::beginReplies(api::Chat& chat, int64_t parent, int64_t onlyPane, const std::vector<std::string>& kept) {
  for (size_t pane = 0; pane < chat.panes.size(); ++pane) {
    if (onlyPane >= 0 && static_cast<int64_t>(pane) != onlyPane)
      continue;
    api::ChatMessage reply;
    reply.id = m_state.nextId++;
    reply.parent = parent;
    reply.role = "assistant";
    reply.pane = static_cast<int64_t>(pane);
    reply.state = "waiting";
    chat.messages.push_back(reply);
    choose(chat, reply.id);
    auto words = pieces(replyText(chat.panes[pane], ""));
    words.insert(words.begin(), kept.begin(), kept.end());
    m_replies.push_back({chat.id, reply.id, words, {}});
    announce("chat", "", {{"chat", chat.id}, {"message", api::encode(reply)}});
  }
}

Json FakeEngine::search(const std::string& text) {
  Json hits = Json::array();
  for (const auto& [id, chat] : m_state.chats)
    for (const auto& message : chat.messages)
      if (const auto at = message.text.find(text); at != std::string::npos && !m_state.deletedChats[id])
        hits.push_back(api::encode(api::ChatHit{id, message.id, chat.title, message.role, message.text.substr(at, 60), message.created}));
  return {{"hits", hits}, {"more", false}};
}

void FakeEngine::tickReplies() {
  for (auto& reply : m_replies) {
    api::Chat& chat = m_state.chats[reply.chat];
    api::ChatMessage* found = messageOf(chat, reply.message);
    if (!found)
      continue;
    const bool stopped = reply.left.empty();
    for (int i = 0; i < m_piecesPerTick && !reply.left.empty(); ++i) {
      const std::string piece = reply.left.front();
      found->text += piece;
      found->state = "streaming"; // nobody is told but by the piece
      Json body = {{"chat", chat.id}, {"message", reply.message}, {"piece", piece}};
      if (chat.sampling.logprobs > 0) {
        reply.tokens.push_back(traceOf(piece, reply.tokens.size()));
        body["tokens"] = Json::array({api::encode(reply.tokens.back())});
      }
      announce("chat_piece", "", body);
      reply.left.erase(reply.left.begin());
    }
    if (!reply.left.empty())
      continue;
    found->state = stopped ? "stopped" : "done";
    found->firstTokenMs = 41;
    found->tokensPerS = 212;
    found->tokens = static_cast<int64_t>(pieces(found->text).size());
    found->traced = !reply.tokens.empty();
    m_tokens[reply.message] = reply.tokens;
    announce("chat", "", {{"chat", chat.id}, {"message", api::encode(*found)}});
  }
  std::erase_if(m_replies, [](const Reply& reply) { return reply.left.empty(); });
}

} // namespace lathe::fake
