// SPDX-License-Identifier: Apache-2.0
#include "core/store/migrations.h"

#include <array>

namespace lathe::store {
namespace {

constexpr const char* kInitial = R"sql(
CREATE TABLE runs(
  id TEXT PRIMARY KEY,
  summary TEXT NOT NULL,                        -- api::RunSummary as JSON
  deleted INTEGER NOT NULL DEFAULT 0,
  metrics_offset INTEGER NOT NULL DEFAULT 0,    -- bytes of metrics.jsonl that are in `metrics`
  metrics_tail BLOB NOT NULL DEFAULT x'',       -- the last of those bytes, to notice a file that was cut and grew again
  events_offset INTEGER NOT NULL DEFAULT 0,
  events_tail BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE TABLE metrics(
  run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  row TEXT NOT NULL,                            -- api::MetricRow as JSON
  PRIMARY KEY(run, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE events(
  run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,                      -- line of events.jsonl
  row TEXT NOT NULL,                            -- api::RunEvent as JSON
  PRIMARY KEY(run, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE chats(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL,
  system_prompt TEXT NOT NULL,
  panes TEXT NOT NULL,
  sampling TEXT NOT NULL,
  updated REAL NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE chat_messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE,
  parent INTEGER NOT NULL,
  role TEXT NOT NULL,
  text TEXT NOT NULL,
  pane INTEGER NOT NULL,
  active INTEGER NOT NULL,
  state TEXT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  created REAL NOT NULL,
  first_token_ms REAL NOT NULL DEFAULT 0,
  tokens_per_s REAL NOT NULL DEFAULT 0,
  tokens INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX chat_messages_chat ON chat_messages(chat, id);
CREATE TABLE models(path TEXT PRIMARY KEY, added REAL NOT NULL) STRICT;
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
)sql";

// Until here a conversation was one line of the person's messages; each continued what was shown of the replies before it.
constexpr const char* kChatTree = R"sql(
ALTER TABLE chat_messages ADD COLUMN follows TEXT NOT NULL DEFAULT '[]';  -- ids of the replies that a person's message continues, in order
ALTER TABLE chat_messages ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN traced INTEGER NOT NULL DEFAULT 0;   -- its tokens are in chat_tokens
UPDATE chat_messages SET follows = (
  SELECT json_group_array(id) FROM (SELECT reply.id FROM chat_messages AS reply
    WHERE reply.chat = chat_messages.chat AND reply.parent = chat_messages.parent AND reply.role = 'assistant' AND reply.active = 1 ORDER BY reply.id))
  WHERE role = 'user' AND parent != 0;
CREATE TABLE chat_tokens(
  message INTEGER PRIMARY KEY REFERENCES chat_messages(id) ON DELETE CASCADE,
  tokens TEXT NOT NULL                          -- api::TokenTrace as JSON
) STRICT;
)sql";

// What the rules of core/api/run_alerts.h remember of a run, as of metrics_offset.
constexpr const char* kRunWatch = "ALTER TABLE runs ADD COLUMN watch TEXT NOT NULL DEFAULT '';";

constexpr std::array kMigrations = {Migration{1, "initial", kInitial}, Migration{2, "chat tree", kChatTree}, Migration{3, "run watch", kRunWatch}};

} // namespace

std::span<const Migration> migrations() { return kMigrations; }

} // namespace lathe::store
