// SPDX-License-Identifier: Apache-2.0
#include "core/store/store.h"

#include "core/api/chat_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace lathe::store {
namespace {

constexpr uint64_t kTokensBytes = 64u << 20;
constexpr const char* kColumns = "id, parent, role, text, pane, active, state, error, created, first_token_ms, tokens_per_s, tokens, follows, edited, traced";

api::ChatMessage messageFrom(const Statement& row) {
  api::ChatMessage m;
  m.id = row.integer(0);
  m.parent = row.integer(1);
  m.role = row.text(2);
  m.text = row.text(3);
  m.pane = row.integer(4);
  m.active = row.integer(5) != 0;
  m.state = row.text(6);
  m.error = row.text(7);
  m.created = row.real(8);
  m.firstTokenMs = row.real(9);
  m.tokensPerS = row.real(10);
  m.tokens = row.integer(11);
  m.follows = api::decode<std::vector<int64_t>>(parseJson(row.text(12)));
  m.edited = row.integer(13) != 0;
  m.traced = row.integer(14) != 0;
  return m;
}

void insertMessage(Database& database, int64_t chat, api::ChatMessage& m) {
  std::sort(m.follows.begin(), m.follows.end());
  Statement statement(database, "INSERT INTO chat_messages(chat, parent, role, text, pane, active, state, created, follows, edited) VALUES(?,?,?,?,?,?,?,?,?,?)");
  statement.bindAll(chat, m.parent, m.role, m.text, m.pane, int64_t{m.active}, m.state, m.created, dumpJson(api::encode(m.follows)), int64_t{m.edited}).run();
  m.id = database.lastId();
}

void touch(Database& database, int64_t chat, double now) { Statement(database, "UPDATE chats SET updated = ?2 WHERE id = ?1").bindAll(chat, now).run(); }

} // namespace

std::vector<api::ChatSummary> Store::chats() {
  std::vector<api::ChatSummary> out;
  Statement statement(*m_database, "SELECT id, title, updated, json_array_length(panes), (SELECT count(*) FROM chat_messages WHERE chat = chats.id), deleted "
                                   "FROM chats ORDER BY updated DESC");
  while (statement.step())
    out.push_back({statement.integer(0), statement.text(1), statement.real(2), statement.integer(3), statement.integer(4), statement.integer(5) != 0});
  return out;
}

api::Chat Store::chat(int64_t id) {
  Statement statement(*m_database, "SELECT title, system_prompt, panes, sampling FROM chats WHERE id = ?1");
  statement.bindAll(id);
  if (!statement.step())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no chat {}.", id));
  api::Chat chat;
  chat.id = id;
  chat.title = statement.text(0);
  chat.systemPrompt = statement.text(1);
  chat.panes = api::decode<std::vector<api::ChatPane>>(parseJson(statement.text(2)));
  chat.sampling = api::decode<api::Sampling>(parseJson(statement.text(3)));
  Statement messages(*m_database, fmt::format("SELECT {} FROM chat_messages WHERE chat = ?1 ORDER BY id", kColumns));
  messages.bindAll(id);
  while (messages.step())
    chat.messages.push_back(messageFrom(messages));
  return chat;
}

int64_t Store::createChat(const api::Chat& chat, double now) {
  Statement(*m_database, "INSERT INTO chats(title, system_prompt, panes, sampling, updated) VALUES(?,?,?,?,?)")
      .bindAll(chat.title, chat.systemPrompt, dumpJson(api::encode(chat.panes)), dumpJson(api::encode(chat.sampling)), now)
      .run();
  return m_database->lastId();
}

void Store::updateChat(const api::Chat& chat, double now) {
  Statement(*m_database, "UPDATE chats SET title = ?2, system_prompt = ?3, panes = ?4, sampling = ?5, updated = ?6 WHERE id = ?1")
      .bindAll(chat.id, chat.title, chat.systemPrompt, dumpJson(api::encode(chat.panes)), dumpJson(api::encode(chat.sampling)), now)
      .run();
}

void Store::setChatDeleted(int64_t id, bool deleted) {
  Statement(*m_database, "UPDATE chats SET deleted = ?2 WHERE id = ?1").bindAll(id, int64_t{deleted}).run();
  if (m_database->changes() == 0)
    throw Exception(ErrorKind::NotFound, fmt::format("There is no chat {}.", id));
}

void Store::addTurn(int64_t chat, std::vector<api::ChatMessage>& messages, double now) {
  m_database->transaction([&] {
    for (size_t i = 0; i < messages.size(); ++i) {
      messages[i].created = now;
      if (i > 0)
        messages[i].parent = messages[0].id;
      insertMessage(*m_database, chat, messages[i]);
    }
    Statement siblings(*m_database, "SELECT count(*) FROM chat_messages WHERE chat = ?1 AND parent = ?2 AND role = 'user'");
    siblings.bindAll(chat, messages.at(0).parent).step();
    if (siblings.integer(0) > 1)
      choose(chat, messages[0].id);
    touch(*m_database, chat, now);
  });
}

/// In a transaction: of every message on the way to this one, it alone of its siblings is active.
void Store::choose(int64_t chat, int64_t message) {
  const api::Chat all = this->chat(chat);
  const api::ChatTree tree(all.messages);
  const api::ChatMessage* target = tree.find(message);
  if (!target)
    throw Exception(ErrorKind::NotFound, fmt::format("There is no message {} in chat {}.", message, chat));
  Statement statement(*m_database, "UPDATE chat_messages SET active = ?2 WHERE id = ?1");
  for (const api::ChatMessage* chosen : tree.lineage(*target))
    for (const api::ChatMessage* sibling : tree.siblings(*chosen))
      if (sibling->active != (sibling == chosen))
        statement.bindAll(sibling->id, int64_t{sibling == chosen}).run();
}

void Store::chooseMessage(int64_t chat, int64_t message, double now) {
  m_database->transaction([&] {
    choose(chat, message);
    touch(*m_database, chat, now);
  });
}

void Store::endPathAt(int64_t chat, int64_t reply, double now) {
  m_database->transaction([&] {
    choose(chat, reply);
    const api::Chat all = this->chat(chat);
    const api::ChatTree tree(all.messages);
    const api::ChatMessage* target = tree.find(reply);
    if (target->role != "assistant")
      throw Exception(ErrorKind::Conflict, "A branch begins after a reply. To say something else in place of your own message, edit it.");
    for (const api::ChatMessage* next : tree.continuations(target->parent))
      Statement(*m_database, "UPDATE chat_messages SET active = 0 WHERE id = ?1").bindAll(next->id).run();
    touch(*m_database, chat, now);
  });
}

void Store::addReplies(int64_t chat, std::vector<api::ChatMessage>& replies, double now) {
  m_database->transaction([&] {
    for (api::ChatMessage& reply : replies) {
      reply.created = now;
      insertMessage(*m_database, chat, reply);
      choose(chat, reply.id);
    }
    touch(*m_database, chat, now);
  });
}

void Store::saveTokens(int64_t message, const std::vector<api::TokenTrace>& tokens) {
  m_database->transaction([&] {
    Statement(*m_database, "INSERT OR REPLACE INTO chat_tokens(message, tokens) VALUES(?,?)").bindAll(message, dumpJson(api::encode(tokens))).run();
    Statement(*m_database, "UPDATE chat_messages SET traced = 1 WHERE id = ?1").bindAll(message).run();
  });
}

std::vector<api::TokenTrace> Store::tokens(int64_t chat, int64_t message) {
  Statement statement(*m_database, "SELECT chat_tokens.tokens FROM chat_tokens JOIN chat_messages ON chat_messages.id = message WHERE message = ?2 AND chat = ?1");
  statement.bindAll(chat, message);
  if (!statement.step())
    return {};
  JsonLimits limits;
  limits.bytes = kTokensBytes;
  return api::decode<std::vector<api::TokenTrace>>(parseJson(statement.text(0), limits));
}

ChatSearch Store::searchChats(const ChatMatcher& find, int64_t before, int64_t limit, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  Statement statement(*m_database, "SELECT m.id, m.chat, m.role, m.created, m.text, c.title FROM chat_messages AS m JOIN chats AS c ON c.id = m.chat "
                                   "WHERE m.id < ?1 AND c.deleted = 0 ORDER BY m.id DESC");
  statement.bindAll(before);
  ChatSearch out;
  while (statement.step()) {
    out.before = statement.integer(0);
    const std::string text = statement.text(4);
    if (std::string excerpt = find(text); !excerpt.empty())
      out.hits.push_back({statement.integer(1), statement.integer(0), statement.text(5), statement.text(2), std::move(excerpt), statement.real(3)});
    if (static_cast<int64_t>(out.hits.size()) >= limit || std::chrono::steady_clock::now() >= end)
      return out;
  }
  out.before = 0;
  return out;
}

void Store::saveReply(const api::ChatMessage& m) {
  Statement(*m_database, "UPDATE chat_messages SET text = ?2, state = ?3, error = ?4, first_token_ms = ?5, tokens_per_s = ?6, tokens = ?7 WHERE id = ?1")
      .bindAll(m.id, m.text, m.state, m.error, m.firstTokenMs, m.tokensPerS, m.tokens)
      .run();
}

int64_t Store::stopUnfinishedReplies() {
  m_database->execute("UPDATE chat_messages SET state = 'stopped' WHERE state IN ('waiting', 'streaming')");
  return m_database->changes();
}

} // namespace lathe::store
