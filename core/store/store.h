// SPDX-License-Identifier: Apache-2.0
// The experiment store: index of runs, chats, added models, settings. Only the engine's store thread opens it (robustness.md §5).
// A damaged file is moved aside (never changed) and what can be read of it and of the last backup is taken over; the run index is
// rebuilt from the run folders anyway. A file of another program or of a newer Lathe is refused and stays as it is.
#pragma once

#include "core/api/values.h"
#include "core/store/database.h"
#include "core/store/migrations.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lathe::store {

inline constexpr int64_t kApplicationId = 0x4C415448; // "LATH"

/// Where a run's files have been read to. `tail`: the last ≤ 64 bytes before the offset.
struct FilePosition {
  int64_t offset = 0;
  std::string tail;
};

struct RunRecord {
  api::RunSummary summary;
  bool deleted = false;
  FilePosition metrics, events;
  std::string watch; // api::RunWatch as JSON, as of `metrics`; empty: none
};

/// Rows of one run to be written in one transaction.
struct RunRows {
  std::string run;
  bool restartMetrics = false, restartEvents = false; // the file was cut: forget what was indexed before
  std::vector<std::pair<int64_t, std::string>> metrics; // step, JSON
  std::vector<std::pair<int64_t, std::string>> events;  // line number, JSON
  FilePosition metricsPosition, eventsPosition;
  std::string watch; // api::RunWatch as JSON
};

/// Part of a search through the texts of all conversations, from the newest message on.
struct ChatSearch {
  std::vector<api::ChatHit> hits;
  int64_t before = 0; // go on with messages before this one; 0: nothing is left
};
/// One line around the first place that is meant, or nothing.
using ChatMatcher = std::function<std::string(const std::string& text)>;

class Store {
public:
  /// Opens or creates. `steps` is the schema to arrive at (tests pass their own).
  explicit Store(const std::string& path, std::span<const Migration> steps = migrations());
  ~Store();

  /// One sentence for the person when the file had to be recovered; empty otherwise.
  const std::string& notice() const { return m_notice; }
  Database& database() { return *m_database; }

  std::vector<RunRecord> runs();
  void putRun(const api::RunSummary& summary);
  void setRunDeleted(const std::string& run, bool deleted);
  void removeRun(const std::string& run);
  void addRows(const RunRows& rows);
  /// Rows with step ≥ `from`, in order, at most `limit`.
  std::vector<std::string> metrics(const std::string& run, int64_t from, int64_t limit);
  std::vector<std::string> events(const std::string& run);

  std::vector<api::ChatSummary> chats();
  api::Chat chat(int64_t id); // NotFound
  int64_t createChat(const api::Chat& chat, double now);
  void updateChat(const api::Chat& chat, double now); // title, system prompt, panes, sampling
  void setChatDeleted(int64_t id, bool deleted);
  /// Adds in one transaction and fills in the ids: the person's message, then replies to it. The conversation goes through them.
  void addTurn(int64_t chat, std::vector<api::ChatMessage>& messages, double now);
  /// Adds replies (parent and pane say where) and fills in the ids; each becomes the chosen one of its siblings.
  void addReplies(int64_t chat, std::vector<api::ChatMessage>& replies, double now);
  /// The conversation goes through this message (api::ChatTree::lineage). NotFound.
  void chooseMessage(int64_t chat, int64_t message, double now);
  /// The conversation ends with this reply; what followed stays.
  void endPathAt(int64_t chat, int64_t reply, double now);
  void saveTokens(int64_t message, const std::vector<api::TokenTrace>& tokens);
  std::vector<api::TokenTrace> tokens(int64_t chat, int64_t message); // empty when none were kept
  /// Looks at messages older than `before` for at most `seconds`, or until there are `limit` hits.
  ChatSearch searchChats(const ChatMatcher& find, int64_t before, int64_t limit, double seconds);
  void saveReply(const api::ChatMessage& message); // text, state, error and figures of one message
  /// After a crash: replies that were under way become "stopped" with what was stored of them.
  int64_t stopUnfinishedReplies();

  std::vector<std::string> models();
  void addModel(const std::string& path, double now);
  void removeModel(const std::string& path);
  std::map<std::string, Json> settings();
  void setSettings(const Json& values); // one transaction; null removes a key

private:
  void choose(int64_t chat, int64_t message);
  void open(const std::string& path);
  void configure();
  void migrate(const std::string& path);
  void recover(const std::string& path, const std::string& why);
  std::unique_ptr<Database> m_database;
  std::span<const Migration> m_steps;
  std::string m_notice;
};

} // namespace lathe::store
