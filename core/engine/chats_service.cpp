// SPDX-License-Identifier: Apache-2.0
#include "core/engine/chats_internal.h"

#include "core/api/chat_tree.h"
#include "core/api/protocol.h"
#include "core/api/train_spec.h"

#include <algorithm>

namespace lathe::engine {
namespace method = api::method;
namespace {

constexpr size_t kTitleBytes = 60;
constexpr size_t kPanes = 8;
constexpr const char* kStillAnswering = "The last message is still being answered. Stop it first, or wait.";
std::string requestName(int64_t chat, int64_t message) { return fmt::format("{}-{}", chat, message); }

/// The first words of the first message, cut between characters.
std::string titleOf(const std::string& text) {
  std::string title = text.substr(0, text.find('\n'));
  if (title.size() > kTitleBytes) {
    size_t end = kTitleBytes;
    while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0) == 0x80)
      --end;
    title = title.substr(0, end) + "…";
  }
  return title;
}

/// What pane `message.pane` has seen before this reply: system prompt, then the messages on the way to it.
Json historyFor(const api::Chat& chat, const api::ChatMessage& message) {
  Json out = Json::array();
  if (!chat.systemPrompt.empty())
    out.push_back({{"role", "system"}, {"content", chat.systemPrompt}});
  for (const api::ChatMessage* m : api::ChatTree(chat.messages).history(message.parent, message.pane))
    out.push_back({{"role", m->role}, {"content", m->text}});
  return out;
}

void checkPanes(const std::vector<api::ChatPane>& panes) {
  if (panes.empty() || panes.size() > kPanes)
    refuse("REJ:FIELD", fmt::format("A chat has 1 to {} panes, not {}.", kPanes, panes.size()));
  for (const api::ChatPane& pane : panes)
    if (pane.modelPath.empty())
      refuse("REJ:FIELD", "Every pane needs a model.");
    else if (!api::isDeviceName(pane.device))
      refuse("REJ:FIELD", fmt::format("\"{}\" is no device; use auto, cpu, cuda or cuda:N.", pane.device));
}

/// A conversation that is brought along: person and model in turn, the person first.
void checkSaidBefore(const std::vector<api::ChatMessage>& messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    const char* expected = i % 2 == 0 ? "user" : "assistant";
    if (messages[i].role != expected || messages[i].text.empty() || messages[i].text.size() > kMessageBytes)
      refuse("REJ:FIELD", fmt::format("Message {} of the conversation should be of role \"{}\" and hold 1 to {} bytes of text.", i + 1, expected, kMessageBytes));
  }
  if (messages.size() % 2 != 0)
    refuse("REJ:FIELD", "The conversation that is brought along has to end with a reply; send the last message with chats/send.");
}

void addSaidBefore(store::Store& s, int64_t id, const api::Chat& chat) {
  int64_t parent = 0;
  std::vector<int64_t> follows;
  for (size_t i = 0; i + 1 < chat.messages.size(); i += 2) {
    std::vector<api::ChatMessage> turn(1 + chat.panes.size());
    turn[0].role = "user";
    turn[0].text = chat.messages[i].text;
    turn[0].state = "done";
    turn[0].parent = parent;
    turn[0].follows = std::exchange(follows, {});
    for (size_t pane = 0; pane < chat.panes.size(); ++pane) {
      turn[pane + 1].role = "assistant";
      turn[pane + 1].text = chat.messages[i + 1].text;
      turn[pane + 1].state = "done";
      turn[pane + 1].pane = static_cast<int64_t>(pane);
    }
    s.addTurn(id, turn, wallClock());
    parent = turn[0].id;
    for (size_t pane = 0; pane < chat.panes.size(); ++pane)
      follows.push_back(turn[pane + 1].id);
  }
}

} // namespace

std::string messageText(const Json& params) {
  std::string text = stringOr(params, "text", "");
  if (text.empty() || text.size() > kMessageBytes)
    refuse("REJ:FIELD", fmt::format("A message has 1 to {} bytes.", kMessageBytes));
  return text;
}

void refuseUnderWay(const api::Chat& chat) {
  if (std::any_of(chat.messages.begin(), chat.messages.end(), api::isUnderWay))
    throw Exception(ErrorKind::Conflict, kStillAnswering);
}

std::vector<api::ChatMessage> askedInAllPanes(const api::Chat& chat, api::ChatMessage said) {
  std::vector<api::ChatMessage> turn(1 + chat.panes.size());
  turn[0] = std::move(said);
  turn[0].role = "user";
  turn[0].state = "done";
  for (size_t pane = 0; pane < chat.panes.size(); ++pane) {
    turn[pane + 1].role = "assistant";
    turn[pane + 1].pane = static_cast<int64_t>(pane);
    turn[pane + 1].state = "waiting";
  }
  return turn;
}

Chats::Chats(Context& context, ModelWorkers& workers) : m_context(context), m_workers(workers) {
  m_context.store.post([](store::Store& s) { s.stopUnfinishedReplies(); });
  m_timer = m_context.loop.every(std::chrono::milliseconds(500), [this] { saveDirty(); });
}

void Chats::close() {
  m_context.loop.cancel(m_timer);
  saveDirty();
  for (const auto& [request, reply] : m_replies)
    if (!reply.tokens.empty())
      m_context.store.post([id = reply.message.id, tokens = reply.tokens](store::Store& s) { s.saveTokens(id, tokens); });
}

void Chats::addMethods(rpc::MethodTable& table) {
  table.addAsync(method::kChatsList, [this](const Json&, const rpc::Reply& reply) {
    m_context.ask([](store::Store& s) -> Json { return {{"chats", api::encode(s.chats())}}; }, reply);
  });
  table.addAsync(method::kChatsGet, [this](const Json& p, const rpc::Reply& reply) {
    saveDirty(); // so that the answer holds what was streamed
    m_context.ask([id = intOr(p, "id", 0)](store::Store& s) { return api::encode(s.chat(id)); }, reply);
  });
  table.addAsync(method::kChatsCreate, [this](const Json& p, const rpc::Reply& reply) { create(p, reply); });
  table.addAsync(method::kChatsUpdate, [this](const Json& p, const rpc::Reply& reply) { update(p, reply); });
  table.addAsync(method::kChatsDelete, [this](const Json& p, const rpc::Reply& reply) { setDeleted(p, true, reply); });
  table.addAsync(method::kChatsRestore, [this](const Json& p, const rpc::Reply& reply) { setDeleted(p, false, reply); });
  table.addAsync(method::kChatsSend, [this](const Json& p, const rpc::Reply& reply) { send(p, reply); });
  table.addAsync(method::kChatsRegenerate, [this](const Json& p, const rpc::Reply& reply) { regenerate(p, reply); });
  table.addAsync(method::kChatsEdit, [this](const Json& p, const rpc::Reply& reply) { edit(p, reply); });
  table.addAsync(method::kChatsChoose, [this](const Json& p, const rpc::Reply& reply) { choose(p, false, reply); });
  table.addAsync(method::kChatsBranch, [this](const Json& p, const rpc::Reply& reply) { choose(p, true, reply); });
  table.addAsync(method::kChatsTokens, [this](const Json& p, const rpc::Reply& reply) { tokens(p, reply); });
  table.addAsync(method::kChatsSearch, [this](const Json& p, const rpc::Reply& reply) { search(p, reply); });
  table.add(method::kChatsStop, [this](const Json& p) { return stop(p); });
}

void Chats::create(const Json& params, const rpc::Reply& reply) {
  api::Chat chat = api::decode<api::Chat>(params);
  checkPanes(chat.panes);
  checkSaidBefore(chat.messages);
  m_context.ask([this, chat](store::Store& s) -> Json {
    const int64_t id = s.createChat(chat, wallClock());
    addSaidBefore(s, id, chat);
    tell("chats", Json::object());
    return api::encode(s.chat(id));
  }, reply);
}

void Chats::update(const Json& params, const rpc::Reply& reply) {
  api::decode<api::Chat>(params); // types are checked before anything is touched
  m_context.ask([this, params](store::Store& s) -> Json {
    api::Chat chat = s.chat(intOr(params, "id", 0));
    const auto messages = chat.messages;
    api::decodeInto(params, chat, "");
    chat.messages = messages;
    checkPanes(chat.panes);
    s.updateChat(chat, wallClock());
    tell("chats", Json::object());
    return api::encode(s.chat(chat.id));
  }, reply);
}

void Chats::setDeleted(const Json& params, bool deleted, const rpc::Reply& reply) {
  if (deleted)
    stop(params);
  m_context.ask([this, id = intOr(params, "id", 0), deleted](store::Store& s) -> Json {
    s.setChatDeleted(id, deleted);
    tell("chats", Json::object());
    return Json::object();
  }, reply);
}

void Chats::refuseWhileAnswering(int64_t chat) const {
  if (std::any_of(m_replies.begin(), m_replies.end(), [&](const auto& entry) { return entry.second.chat == chat; }))
    throw Exception(ErrorKind::Conflict, kStillAnswering);
}

void Chats::send(const Json& params, const rpc::Reply& reply) {
  const int64_t id = intOr(params, "id", 0);
  const std::string text = messageText(params);
  refuseWhileAnswering(id);
  answer([id, text](store::Store& s) -> Turn {
    api::Chat chat = s.chat(id);
    refuseUnderWay(chat);
    const api::ChatTree tree(chat.messages);
    api::ChatMessage said;
    if (const auto turns = tree.turns(); !turns.empty())
      said.parent = turns.back()->id;
    if (said.parent != 0)
      for (const api::ChatMessage* before : tree.chosenReplies(said.parent))
        said.follows.push_back(before->id);
    said.text = text;
    std::vector<api::ChatMessage> turn = askedInAllPanes(chat, std::move(said));
    s.addTurn(id, turn, wallClock());
    if (chat.title.empty()) {
      chat.title = titleOf(text);
      s.updateChat(chat, wallClock());
    }
    return {s.chat(id), turn, {}};
  }, reply);
}

/// `write` puts messages on disk; only then does a model see them.
void Chats::answer(std::function<Turn(store::Store&)> write, const rpc::Reply& reply) {
  m_context.fetch<Turn>(std::move(write), [this, reply](Result<Turn> turn) {
    if (!turn.ok()) {
      reply(turn.error());
      return;
    }
    reply(api::encode(turn->chat));
    for (const api::ChatMessage& message : turn->messages) {
      tell("chat", {{"chat", turn->chat.id}, {"message", api::encode(message)}});
      if (api::isUnderWay(message))
        begin(turn->chat, message, turn->kept);
    }
    tell("chats", Json::object());
  });
}

void Chats::begin(const api::Chat& chat, const api::ChatMessage& message, const std::vector<api::TokenTrace>& kept) {
  const std::string request = requestName(chat.id, message.id);
  m_replies[request] = {chat.id, message, {}, kept, false, false};
  if (message.pane < 0 || message.pane >= static_cast<int64_t>(chat.panes.size())) {
    finish(request, {{"state", "failed"}, {"error", "This pane no longer exists."}});
    return;
  }
  const api::ChatPane& pane = chat.panes[static_cast<size_t>(message.pane)];
  Json adapters = Json::array(), prefix = Json::array();
  if (!pane.adapterPath.empty())
    adapters.push_back({{"path", pane.adapterPath}, {"strength", pane.strength}});
  for (const api::TokenTrace& token : kept)
    prefix.push_back(token.id);
  const Json params = {{"request", request}, {"model_path", pane.modelPath}, {"adapters", adapters}, {"messages", historyFor(chat, message)},
                       {"prefix", prefix}, {"sampling", api::encode(api::samplingOf(chat.sampling, pane))}};
  m_workers.generate(pane.modelPath, pane.device, params, [this, request](const api::Event& event) { onEvent(request, event); });
}

void Chats::onEvent(const std::string& request, const api::Event& event) {
  const auto it = m_replies.find(request);
  if (it == m_replies.end())
    return;
  if (event.type == "text_end") {
    finish(request, event.body);
    return;
  }
  if (event.type != "text")
    return;
  Reply& reply = it->second;
  const std::string piece = stringOr(event.body, "piece", "");
  const auto tokens = takeTokens(reply, event.body);
  reply.message.text += piece;
  reply.dirty = true;
  if (reply.message.state == "waiting") { // from here on the window shows it as streaming
    reply.message.state = "streaming";
    save(reply);
  }
  Json body = {{"chat", reply.chat}, {"message", reply.message.id}, {"piece", piece}};
  if (!tokens.empty())
    body["tokens"] = api::encode(tokens);
  tell("chat_piece", body);
}

/// The tokens of a piece; of those that the reply began with the model was asked before.
std::vector<api::TokenTrace> Chats::takeTokens(Reply& reply, const Json& body) {
  const Json* list = find(body, "tokens");
  if (!list)
    return {};
  auto tokens = api::decode<std::vector<api::TokenTrace>>(*list);
  for (api::TokenTrace& token : tokens) {
    const size_t place = reply.tokens.size();
    if (place < reply.kept.size()) {
      const int64_t bytes = token.bytes;
      token = reply.kept[place];
      token.bytes = bytes;
    }
    reply.tokens.push_back(token);
  }
  return tokens;
}

void Chats::finish(const std::string& request, const Json& body) {
  const auto it = m_replies.find(request);
  if (it == m_replies.end())
    return;
  Reply reply = std::move(it->second);
  m_replies.erase(it);
  const std::string state = stringOr(body, "state", "done");
  reply.message.state = reply.cancelled && state != "failed" ? "stopped" : state == "done" || state == "stopped" ? state : "failed";
  reply.message.error = stringOr(body, "error", "");
  reply.message.tokens = intOr(body, "tokens", 0);
  reply.message.firstTokenMs = doubleOr(body, "first_token_ms", 0);
  reply.message.tokensPerS = doubleOr(body, "tokens_per_s", 0);
  reply.message.traced = !reply.tokens.empty();
  const int64_t chat = reply.chat;
  m_context.store.post([this, chat, message = reply.message, tokens = std::move(reply.tokens)](store::Store& s) {
    s.saveReply(message);
    if (!tokens.empty())
      s.saveTokens(message.id, tokens);
    tell("chat", {{"chat", chat}, {"message", api::encode(message)}}); // "done" is said when it is on disk
  });
}

void Chats::save(Reply& reply) {
  reply.dirty = false;
  m_context.store.post([message = reply.message](store::Store& s) { s.saveReply(message); });
}

void Chats::saveDirty() {
  for (auto& [request, reply] : m_replies)
    if (reply.dirty)
      save(reply);
}

Json Chats::stop(const Json& params) {
  const int64_t id = intOr(params, "id", 0);
  for (auto& [request, reply] : m_replies)
    if (reply.chat == id) {
      reply.cancelled = true;
      m_workers.cancel(request);
    }
  return Json::object();
}

} // namespace lathe::engine
