// SPDX-License-Identifier: Apache-2.0
#include "core/api/chat_tree.h"
#include "core/base/files.h"
#include "core/store/store_thread.h"

#include <QtTest>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lathe;
using store::Store;

namespace {

api::RunSummary summaryOf(const std::string& id) {
  api::RunSummary summary;
  summary.id = id;
  summary.name = "Run " + id;
  return summary;
}

store::RunRows rowsOf(const std::string& id, int64_t from, int64_t to) {
  store::RunRows rows;
  rows.run = id;
  for (int64_t step = from; step <= to; ++step)
    rows.metrics.emplace_back(step, "{\"step\":" + std::to_string(step) + "}");
  rows.metricsPosition = {to * 10, "tail"};
  return rows;
}

int64_t makeChat(Store& s, const std::string& text) {
  api::Chat chat;
  chat.panes = {{"/m", "", 1.0}, {"/m", "/a", 0.5}};
  const int64_t id = s.createChat(chat, 1);
  std::vector<api::ChatMessage> turn(3);
  turn[0].role = "user";
  turn[0].text = text;
  turn[0].state = "done";
  for (int i : {1, 2}) {
    turn[size_t(i)].role = "assistant";
    turn[size_t(i)].pane = i - 1;
    turn[size_t(i)].state = "waiting";
  }
  s.addTurn(id, turn, 2);
  return id;
}

api::ChatMessage replyTo(int64_t parent, int64_t pane) {
  api::ChatMessage reply;
  reply.role = "assistant";
  reply.parent = parent;
  reply.pane = pane;
  reply.state = "waiting";
  return reply;
}

QStringList filesIn(const std::string& folder) {
  QStringList out;
  for (const auto& name : listDirectory(folder))
    out << QString::fromStdString(name);
  return out;
}

} // namespace

class StoreTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->path().toStdString() + "/lathe.db";
  }
  void settingsOfTheConnectionAreThePolicy();
  void runsAndMetricsSurviveReopening();
  void restartedMetricsReplaceWhatWasThere();
  void repeatedStepsStayUnique();
  void regeneratingAddsASiblingAndKeepsTheOldReply();
  void unfinishedRepliesBecomeStoppedWithTheirText();
  void conversationsOfTheFirstVersionBecomeTrees();
  void aBranchBeginsAfterAReplyAndTheOldOneStays();
  void tokensOfAReplyAreKept();
  void searchLooksIntoTextsAndGoesOnWhereItStopped();
  void settingsAreAllOrNothing();
  void emptyFileIsRecoveredAndKept();
  void truncatedFileIsRecoveredAndKept();
  void flippedHeaderIsRecoveredAndKept();
  void foreignDatabaseIsRefusedAndUntouched();
  void newerDatabaseIsRefusedAndUntouched();
  void migrationMakesAVerifiedBackupFirst();
  void aRunOfTheVersionBeforeIsTakenOverWithNothingWatched();
  void failedMigrationLeavesTheOldVersion();
  void fullDatabaseKeepsWhatWasCommitted();
  void killedWriterLosesNothingAcknowledged();

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  std::string m_path;
};

void StoreTest::settingsOfTheConnectionAreThePolicy() {
  Store s(m_path);
  QCOMPARE(s.database().integer("PRAGMA application_id"), store::kApplicationId);
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(store::migrations().back().version));
  QCOMPARE(s.database().text("PRAGMA journal_mode"), std::string("wal"));
  QCOMPARE(s.database().integer("PRAGMA synchronous"), int64_t(2));
  QCOMPARE(s.database().integer("PRAGMA foreign_keys"), int64_t(1));
  QCOMPARE(s.database().integer("PRAGMA trusted_schema"), int64_t(0));
  QCOMPARE(s.database().integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'"), int64_t(0));
  struct stat info {};
  QCOMPARE(::stat(m_path.c_str(), &info), 0);
  QCOMPARE(int(info.st_mode & 0077), 0); // prompts are private
}

void StoreTest::runsAndMetricsSurviveReopening() {
  {
    Store s(m_path);
    s.putRun(summaryOf("a"));
    auto rows = rowsOf("a", 1, 500);
    rows.watch = "{\"step\":500}";
    s.addRows(rows);
  }
  Store s(m_path);
  QVERIFY(s.notice().empty());
  const auto runs = s.runs();
  QCOMPARE(runs[0].watch, std::string("{\"step\":500}"));
  QCOMPARE(runs.size(), size_t(1));
  QCOMPARE(runs[0].summary.name, std::string("Run a"));
  QCOMPARE(runs[0].metrics.offset, int64_t(5000));
  QCOMPARE(runs[0].metrics.tail, std::string("tail"));
  const auto rows = s.metrics("a", 100, 50);
  QCOMPARE(rows.size(), size_t(50));
  QCOMPARE(rows[0], std::string("{\"step\":100}"));
  s.removeRun("a");
  QVERIFY(s.metrics("a", 0, 10).empty());
}

void StoreTest::restartedMetricsReplaceWhatWasThere() {
  Store s(m_path);
  s.putRun(summaryOf("a"));
  s.addRows(rowsOf("a", 1, 100));
  auto again = rowsOf("a", 1, 40);
  again.restartMetrics = true;
  s.addRows(again);
  QCOMPARE(s.metrics("a", 0, 1000).size(), size_t(40));
}

void StoreTest::repeatedStepsStayUnique() {
  Store s(m_path);
  s.putRun(summaryOf("a"));
  s.addRows(rowsOf("a", 1, 100));
  s.addRows(rowsOf("a", 50, 150));
  QCOMPARE(s.metrics("a", 0, 1000).size(), size_t(150));
}

void StoreTest::regeneratingAddsASiblingAndKeepsTheOldReply() {
  Store s(m_path);
  const int64_t id = makeChat(s, "Hello");
  const api::Chat before = s.chat(id);
  QCOMPARE(before.messages.size(), size_t(3));
  QCOMPARE(before.messages[1].parent, before.messages[0].id);
  std::vector<api::ChatMessage> replies = {replyTo(before.messages[0].id, 1)};
  s.addReplies(id, replies, 3);
  const api::ChatMessage& fresh = replies[0];
  const api::Chat after = s.chat(id);
  QCOMPARE(after.messages.size(), size_t(4));
  QVERIFY(!after.messages[2].active && after.messages[3].active && after.messages[1].active);
  QCOMPARE(fresh.parent, before.messages[0].id);
  QCOMPARE(fresh.pane, int64_t(1));
  s.chooseMessage(id, before.messages[2].id, 4);
  const api::Chat back = s.chat(id);
  QVERIFY(back.messages[2].active && !back.messages[3].active);
  QVERIFY(capture([&] { s.chooseMessage(id, 99, 4); return 0; }).error().kind == ErrorKind::NotFound);
  QVERIFY(capture([&] { return s.chat(99); }).error().kind == ErrorKind::NotFound);
}

void StoreTest::unfinishedRepliesBecomeStoppedWithTheirText() {
  int64_t id = 0;
  {
    Store s(m_path);
    id = makeChat(s, "Hello");
    auto reply = s.chat(id).messages[1];
    reply.text = "Half an ans";
    reply.state = "streaming";
    s.saveReply(reply);
  }
  Store s(m_path);
  QCOMPARE(s.stopUnfinishedReplies(), int64_t(2));
  const api::Chat chat = s.chat(id);
  QCOMPARE(chat.messages[1].state, std::string("stopped"));
  QCOMPARE(chat.messages[1].text, std::string("Half an ans"));
  QCOMPARE(chat.messages[0].text, std::string("Hello"));
}

/// Written by the first version: a second message after a reply that had been regenerated.
void StoreTest::conversationsOfTheFirstVersionBecomeTrees() {
  { Store old(m_path, store::migrations().first(1));
    old.database().execute("INSERT INTO chats(id, title, system_prompt, panes, sampling, updated) VALUES(1, 'Old', '', '[{\"model_path\":\"/m\"},{\"model_path\":\"/n\"}]', '{}', 1);"
                           "INSERT INTO chat_messages(id, chat, parent, role, text, pane, active, state, created) VALUES"
                           "(1,1,0,'user','First',-1,1,'done',1),(2,1,1,'assistant','a',0,0,'done',1),(3,1,1,'assistant','b',1,1,'done',1),"
                           "(4,1,1,'assistant','c',0,1,'done',1),(5,1,1,'user','Second',-1,1,'done',1),(6,1,5,'assistant','d',0,1,'done',1)");
  }
  Store s(m_path);
  const api::Chat chat = s.chat(1);
  QCOMPARE(chat.messages[4].follows, (std::vector<int64_t>{3, 4}));
  const api::ChatTree tree(chat.messages);
  QString path;
  for (const auto* message : tree.path(0))
    path += QString::fromStdString(message->text) + ' ';
  QCOMPARE(path, QString("First c Second d "));
  s.chooseMessage(1, 2, 5); // the other first reply: nothing was said after it
  const api::Chat other = s.chat(1);
  QCOMPARE(api::ChatTree(other.messages).path(0).size(), size_t(2));
  s.chooseMessage(1, 6, 6);
  const api::Chat again = s.chat(1);
  QCOMPARE(api::ChatTree(again.messages).path(0).size(), size_t(4));
}

void StoreTest::aBranchBeginsAfterAReplyAndTheOldOneStays() {
  Store s(m_path);
  const int64_t id = makeChat(s, "Hello");
  std::vector<api::ChatMessage> second(1);
  second[0].role = "user";
  second[0].text = "Second";
  second[0].parent = s.chat(id).messages[0].id;
  second[0].follows = {s.chat(id).messages[1].id, s.chat(id).messages[2].id};
  s.addTurn(id, second, 3);
  const api::Chat line = s.chat(id);
  QCOMPARE(api::ChatTree(line.messages).turns().size(), size_t(2));
  s.endPathAt(id, second[0].follows[1], 4);
  const api::Chat cut = s.chat(id);
  QCOMPARE(api::ChatTree(cut.messages).turns().size(), size_t(1));
  QCOMPARE(api::ChatTree(cut.messages).continuations(second[0].parent).size(), size_t(1));
  auto other = second;
  other[0].text = "Other";
  s.addTurn(id, other, 5);
  const api::Chat both = s.chat(id);
  const api::ChatTree tree(both.messages);
  QCOMPARE(tree.turns().back()->text, std::string("Other"));
  QCOMPARE(tree.siblings(*tree.turns().back()).size(), size_t(2));
  QVERIFY(!capture([&] { s.endPathAt(id, second[0].parent, 6); return 0; }).ok());
}

void StoreTest::tokensOfAReplyAreKept() {
  Store s(m_path);
  const int64_t id = makeChat(s, "Hello");
  const int64_t reply = s.chat(id).messages[1].id;
  QVERIFY(s.tokens(id, reply).empty());
  s.saveTokens(reply, {{17, 5, -0.25, 1.5, {{17, -0.25, "Hello"}, {18, -2, "\""}}}});
  const auto tokens = s.tokens(id, reply);
  QCOMPARE(tokens.size(), size_t(1));
  QCOMPARE(tokens[0].top[1].text, std::string("\""));
  QCOMPARE(tokens[0].logprob, -0.25);
  QVERIFY(s.chat(id).messages[1].traced && !s.chat(id).messages[2].traced);
  QVERIFY(s.tokens(id + 1, reply).empty());
}

void StoreTest::searchLooksIntoTextsAndGoesOnWhereItStopped() {
  Store s(m_path);
  const int64_t first = makeChat(s, "The lighthouse stands"), second = makeChat(s, "Nothing"), third = makeChat(s, "a lighthouse again"), gone = makeChat(s, "lighthouse");
  s.setChatDeleted(gone, true);
  const store::ChatMatcher find = [](const std::string& text) { return text.find("lighthouse") == std::string::npos ? "" : text; };
  auto part = s.searchChats(find, INT64_MAX, 1, 5);
  QCOMPARE(part.hits.size(), size_t(1));
  QCOMPARE(part.hits[0].chat, third);
  QVERIFY(part.before > 0);
  part = s.searchChats(find, part.before, 10, 5);
  QCOMPARE(part.hits.size(), size_t(1));
  QCOMPARE(part.hits[0].chat, first);
  QCOMPARE(part.before, int64_t(0));
  Q_UNUSED(second);
}

void StoreTest::settingsAreAllOrNothing() {
  Store s(m_path);
  s.setSettings({{"theme", "dark"}, {"size", 3}});
  s.setSettings({{"size", nullptr}, {"list", {1, 2}}});
  const auto all = s.settings();
  QCOMPARE(all.size(), size_t(2));
  QVERIFY(all.at("theme") == "dark" && all.at("list") == Json({1, 2}));
}

void StoreTest::emptyFileIsRecoveredAndKept() {
  writeFileAtomic(m_path, "");
  Store s(m_path);
  QVERIFY(!s.notice().empty());
  s.putRun(summaryOf("a"));
  QCOMPARE(filesIn(m_folder->path().toStdString()).filter("damaged").size(), 1);
}

void StoreTest::truncatedFileIsRecoveredAndKept() {
  int64_t id = 0;
  {
    Store s(m_path);
    id = makeChat(s, "Keep me");
    s.putRun(summaryOf("a"));
    s.addRows(rowsOf("a", 1, 5000));
  }
  const std::string whole = readFile(m_path, 1u << 30);
  const std::string cut = whole.substr(0, whole.size() * 3 / 5);
  writeFileAtomic(m_path, cut);
  Store s(m_path);
  QVERIFY(!s.notice().empty());
  QCOMPARE(s.database().check(false), std::string("ok"));
  QCOMPARE(s.chat(id).messages[0].text, std::string("Keep me")); // what can be read is taken over
  const auto kept = filesIn(m_folder->path().toStdString()).filter("damaged");
  QCOMPARE(kept.size(), 1);
  QVERIFY(readFile(m_folder->path().toStdString() + "/" + kept[0].toStdString(), 1u << 30) == cut);
}

void StoreTest::flippedHeaderIsRecoveredAndKept() {
  int64_t id = 0;
  { Store s(m_path); id = makeChat(s, "Keep me"); }
  std::string bytes = readFile(m_path, 1u << 30);
  bytes[3] = static_cast<char>(bytes[3] ^ 0x20);
  writeFileAtomic(m_path, bytes);
  Store s(m_path);
  QVERIFY(!s.notice().empty());
  QCOMPARE(s.database().check(false), std::string("ok"));
  const auto kept = filesIn(m_folder->path().toStdString()).filter("damaged");
  QCOMPARE(kept.size(), 1);
  QVERIFY(readFile(m_folder->path().toStdString() + "/" + kept[0].toStdString(), 1u << 30) == bytes);
  QCOMPARE(s.chat(id).messages[0].text, std::string("Keep me"));
}

void StoreTest::foreignDatabaseIsRefusedAndUntouched() {
  {
    store::Database other(m_path, store::OpenMode::Create);
    other.execute("PRAGMA application_id=1234; CREATE TABLE theirs(x); INSERT INTO theirs VALUES(7)");
  }
  const std::string before = readFile(m_path, 1u << 30);
  const auto result = capture([&] { Store s(m_path); return 0; });
  QVERIFY(!result.ok());
  QCOMPARE(result.error().code, std::string("REJ:STORE_FOREIGN"));
  QVERIFY(readFile(m_path, 1u << 30) == before);
}

void StoreTest::newerDatabaseIsRefusedAndUntouched() {
  { Store s(m_path); s.database().execute("PRAGMA user_version=999"); }
  const std::string before = readFile(m_path, 1u << 30);
  const auto result = capture([&] { Store s(m_path); return 0; });
  QVERIFY(!result.ok());
  QCOMPARE(result.error().code, std::string("REJ:STORE_NEWER"));
  QVERIFY(result.error().message.find("999") != std::string::npos);
  QVERIFY(readFile(m_path, 1u << 30) == before);
}

void StoreTest::migrationMakesAVerifiedBackupFirst() {
  int64_t id = 0;
  { Store s(m_path); id = makeChat(s, "Old version"); }
  std::vector<store::Migration> steps(store::migrations().begin(), store::migrations().end());
  const int before = steps.back().version;
  steps.push_back({before + 1, "colour", "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'"});
  Store s(m_path, steps);
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(before + 1));
  QCOMPARE(s.database().text("SELECT colour FROM chats"), std::string("blue"));
  QCOMPARE(s.chat(id).messages[0].text, std::string("Old version"));
  const auto backups = filesIn(m_folder->path().toStdString() + "/backups");
  QCOMPARE(backups.size(), 1);
  store::Database backup(m_folder->path().toStdString() + "/backups/" + backups[0].toStdString(), store::OpenMode::ReadOnly);
  QCOMPARE(backup.check(false), std::string("ok"));
  QCOMPARE(backup.integer("PRAGMA user_version"), int64_t(before));
  QCOMPARE(backup.text("SELECT text FROM chat_messages LIMIT 1"), std::string("Old version"));
}

void StoreTest::aRunOfTheVersionBeforeIsTakenOverWithNothingWatched() {
  {
    const std::vector<store::Migration> two(store::migrations().begin(), store::migrations().begin() + 2);
    Store s(m_path, two);
    s.putRun(summaryOf("a"));
    s.database().execute("UPDATE runs SET metrics_offset = 77, metrics_tail = x'7461696c' WHERE id = 'a'");
  }
  Store s(m_path);
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(store::migrations().back().version));
  const auto runs = s.runs();
  QCOMPARE(runs.size(), size_t(1));
  QCOMPARE(runs[0].metrics.offset, int64_t(77));
  QVERIFY(runs[0].watch.empty());
}

void StoreTest::failedMigrationLeavesTheOldVersion() {
  { Store s(m_path); makeChat(s, "Old version"); }
  std::vector<store::Migration> steps(store::migrations().begin(), store::migrations().end());
  const int before = steps.back().version;
  steps.push_back({before + 1, "bad", "ALTER TABLE chats ADD COLUMN colour TEXT; CREATE TABLE nonsense("});
  const auto result = capture([&] { Store s(m_path, steps); return 0; });
  QVERIFY(!result.ok());
  Store s(m_path); // as it was, not moved aside
  QVERIFY(s.notice().empty());
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(before));
  QCOMPARE(s.database().integer("SELECT count(*) FROM pragma_table_info('chats') WHERE name = 'colour'"), int64_t(0));
  QCOMPARE(s.chats().size(), size_t(1));
}

void StoreTest::fullDatabaseKeepsWhatWasCommitted() {
  Store s(m_path);
  s.putRun(summaryOf("a"));
  s.addRows(rowsOf("a", 1, 100));
  s.database().execute("PRAGMA max_page_count=" + std::to_string(s.database().integer("PRAGMA page_count")));
  const auto result = capture([&] { s.addRows(rowsOf("a", 101, 50'000)); return 0; });
  QVERIFY(!result.ok());
  QVERIFY2(result.error().kind == ErrorKind::DiskFull, result.error().message.c_str());
  QCOMPARE(s.metrics("a", 0, 1'000'000).size(), size_t(100));
  QCOMPARE(s.database().check(false), std::string("ok"));
  s.database().execute("PRAGMA max_page_count=1000000");
  s.addRows(rowsOf("a", 101, 5000)); // goes on when there is space again
  QCOMPARE(s.metrics("a", 0, 1'000'000).size(), size_t(5000));
}

void StoreTest::killedWriterLosesNothingAcknowledged() {
  for (int round = 0; round < 12; ++round) {
    int channel[2];
    QCOMPARE(::pipe(channel), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      Store s(m_path);
      s.putRun(summaryOf("a"));
      for (int64_t step = 1; step < 1'000'000; ++step) {
        s.addRows(rowsOf("a", round * 1'000'000 + step, round * 1'000'000 + step));
        if (::write(channel[1], &step, sizeof step) != sizeof step)
          ::_exit(0);
      }
    }
    ::close(channel[1]);
    int64_t last = 0;
    const int reads = 3 + round * 7;
    for (int i = 0; i < reads && ::read(channel[0], &last, sizeof last) == sizeof last; ++i) {
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    for (int64_t more; ::read(channel[0], &more, sizeof more) == sizeof more;)
      last = more; // acknowledged before the kill
    ::close(channel[0]);
    Store s(m_path);
    QVERIFY(s.notice().empty());
    QCOMPARE(s.database().check(false), std::string("ok"));
    const auto rows = s.metrics("a", round * 1'000'000 + 1, 1'000'000);
    QVERIFY2(int64_t(rows.size()) >= last && int64_t(rows.size()) <= last + 1, qPrintable(QString("round %1: %2 rows, %3 acknowledged").arg(round).arg(rows.size()).arg(last)));
  }
}

QTEST_GUILESS_MAIN(StoreTest)
#include "tst_store.moc"
