// SPDX-License-Identifier: Apache-2.0
#include "core/store/store.h"

#include <fmt/format.h>

namespace lathe::store {
namespace {

constexpr const char* kColumns = "id, parent, role, text, pane, active, state, error, created, first_token_ms, tokens_per_s, tokens";

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
  return m;
}

void insertMessage(Database& database, int64_t chat, api::ChatMessage& m) {
  Statement statement(database, "INSERT INTO chat_messages(chat, parent, role, text, pane, active, state, created) VALUES(?,?,?,?,?,?,?,?)");
  statement.bindAll(chat, m.parent, m.role, m.text, m.pane, int64_t{m.active}, m.state, m.created).run();
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
    touch(*m_database, chat, now);
  });
}

api::ChatMessage Store::addSibling(int64_t chat, int64_t message, double now) {
  Statement statement(*m_database, fmt::format("SELECT {} FROM chat_messages WHERE chat = ?1 AND id = ?2", kColumns));
  statement.bindAll(chat, message);
  if (!statement.step())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no message {} in chat {}.", message, chat));
  const api::ChatMessage old = messageFrom(statement);
  if (old.role != "assistant")
    throw Exception(ErrorKind::Conflict, "Only a reply can be written again.");
  api::ChatMessage fresh;
  fresh.parent = old.parent;
  fresh.role = old.role;
  fresh.pane = old.pane;
  fresh.state = "waiting";
  fresh.created = now;
  m_database->transaction([&] {
    Statement(*m_database, "UPDATE chat_messages SET active = 0 WHERE chat = ?1 AND parent = ?2 AND pane = ?3 AND role = 'assistant'")
        .bindAll(chat, old.parent, old.pane)
        .run();
    insertMessage(*m_database, chat, fresh);
    touch(*m_database, chat, now);
  });
  return fresh;
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
