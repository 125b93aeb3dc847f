// SPDX-License-Identifier: Apache-2.0
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
  void settingsAreAllOrNothing();
  void emptyFileIsRecoveredAndKept();
  void truncatedFileIsRecoveredAndKept();
  void flippedHeaderIsRecoveredAndKept();
  void foreignDatabaseIsRefusedAndUntouched();
  void newerDatabaseIsRefusedAndUntouched();
  void migrationMakesAVerifiedBackupFirst();
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
    s.addRows(rowsOf("a", 1, 500));
  }
  Store s(m_path);
  QVERIFY(s.notice().empty());
  const auto runs = s.runs();
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
  const auto fresh = s.addSibling(id, before.messages[2].id, 3);
  const api::Chat after = s.chat(id);
  QCOMPARE(after.messages.size(), size_t(4));
  QVERIFY(!after.messages[2].active && after.messages[3].active && after.messages[1].active);
  QCOMPARE(fresh.parent, before.messages[0].id);
  QCOMPARE(fresh.pane, int64_t(1));
  QVERIFY(!capture([&] { return s.addSibling(id, before.messages[0].id, 3); }).ok());
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
  const store::Migration steps[] = {store::migrations()[0], {2, "colour", "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'"}};
  Store s(m_path, steps);
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(2));
  QCOMPARE(s.database().text("SELECT colour FROM chats"), std::string("blue"));
  QCOMPARE(s.chat(id).messages[0].text, std::string("Old version"));
  const auto backups = filesIn(m_folder->path().toStdString() + "/backups");
  QCOMPARE(backups.size(), 1);
  store::Database backup(m_folder->path().toStdString() + "/backups/" + backups[0].toStdString(), store::OpenMode::ReadOnly);
  QCOMPARE(backup.check(false), std::string("ok"));
  QCOMPARE(backup.integer("PRAGMA user_version"), int64_t(1));
  QCOMPARE(backup.text("SELECT text FROM chat_messages LIMIT 1"), std::string("Old version"));
}

void StoreTest::failedMigrationLeavesTheOldVersion() {
  { Store s(m_path); makeChat(s, "Old version"); }
  const store::Migration steps[] = {store::migrations()[0], {2, "bad", "ALTER TABLE chats ADD COLUMN colour TEXT; CREATE TABLE nonsense("}};
  const auto result = capture([&] { Store s(m_path, steps); return 0; });
  QVERIFY(!result.ok());
  Store s(m_path); // as it was, not moved aside
  QVERIFY(s.notice().empty());
  QCOMPARE(s.database().integer("PRAGMA user_version"), int64_t(1));
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
