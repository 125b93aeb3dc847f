// SPDX-License-Identifier: Apache-2.0
// Opening, migrating and recovering; the repositories are in runs.cpp and chats.cpp.
#include "core/store/store.h"

#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace lathe::store {
namespace fs = std::filesystem;
namespace {

constexpr size_t kBackupsKept = 3;

std::string backupFolder(const std::string& path) { return fs::path(path).parent_path().string() + "/backups"; }

/// Backups of this database, newest first.
std::vector<std::string> backupsOf(const std::string& path) {
  const std::string folder = backupFolder(path);
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  if (isDirectory(folder))
    for (const std::string& name : listDirectory(folder))
      if (name.ends_with(".db"))
        found.emplace_back(fs::last_write_time(folder + "/" + name), folder + "/" + name);
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> out;
  for (auto& [time, file] : found)
    out.push_back(std::move(file));
  return out;
}

std::vector<std::string> namesFrom(Database& database, const std::string& sql) {
  std::vector<std::string> names;
  Statement statement(database, sql);
  while (statement.step())
    names.push_back(statement.text(0));
  return names;
}

std::string columnList(Database& to, Database& from, const std::string& table) {
  const std::string sql = fmt::format("SELECT name FROM pragma_table_info('{}')", table);
  const auto theirs = namesFrom(from, sql);
  std::string list;
  for (const std::string& column : namesFrom(to, sql))
    if (std::find(theirs.begin(), theirs.end(), column) != theirs.end())
      list += (list.empty() ? "" : ",") + column;
  return list;
}

/// Copies what can be read of one table, row by row, until the first unreadable page; then again from the other end.
int64_t salvageTable(Database& to, Database& from, const std::string& table) {
  const std::string columns = columnList(to, from, table);
  if (columns.empty())
    return 0;
  const auto count = std::count(columns.begin(), columns.end(), ',') + 1;
  std::string marks = "?";
  for (int64_t i = 1; i < count; ++i)
    marks += ",?";
  Statement insert(to, fmt::format("INSERT OR IGNORE INTO {}({}) VALUES({})", table, columns, marks));
  int64_t copied = 0;
  for (const char* order : {"ASC", "DESC"}) {
    try {
      Statement select(from, fmt::format("SELECT {} FROM {} ORDER BY 1 {}", columns, table, order));
      while (select.step()) {
        select.copyRowTo(insert, static_cast<int>(count));
        try {
          insert.run();
          copied += to.changes();
        } catch (const Exception&) { // a row that breaks the schema is not worth the others
          insert.reset();
        }
      }
      break;
    } catch (const Exception& e) {
      logWarning("Recovering {}: {}", table, e.error().message);
    }
  }
  return copied;
}

/// SQLite opens nothing whose first bytes or length are wrong, though the pages behind may be good: give a copy both.
void repairFrame(const std::string& copy) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
  unsigned char header[32] = {};
  if (!file.read(reinterpret_cast<char*>(header), sizeof header))
    return;
  file.seekp(0);
  file.write(kMagic.data(), static_cast<std::streamsize>(kMagic.size()));
  file.close();
  const uint64_t declared = static_cast<uint64_t>(header[16]) << 8 | header[17];
  const uint64_t pageBytes = declared == 1 ? 65'536 : declared;
  const uint64_t pages = static_cast<uint64_t>(header[28]) << 24 | static_cast<uint64_t>(header[29]) << 16 | static_cast<uint64_t>(header[30]) << 8 | header[31];
  const uint64_t size = fs::file_size(copy);
  if (pageBytes >= 512 && pages * pageBytes > size && pages * pageBytes < 4 * size + (1u << 20))
    fs::resize_file(copy, pages * pageBytes); // the missing pages read as zeros
}

int64_t salvage(Database& to, const std::string& path) {
  int64_t copied = 0;
  try {
    Database from(path, OpenMode::ReadWrite);
    for (const char* table : {"settings", "models", "chats", "chat_messages", "chat_tokens", "runs", "metrics", "events"}) {
      try {
        to.transaction([&] { copied += salvageTable(to, from, table); });
      } catch (const Exception& e) {
        logWarning("Recovering {}: {}", table, e.error().message);
      }
    }
  } catch (const Exception& e) {
    logWarning("Recovering {}: {}", path, e.error().message);
  }
  return copied;
}

} // namespace

Store::Store(const std::string& path, std::span<const Migration> steps) : m_steps(steps) {
  makeDirectories(fs::path(path).parent_path().string());
  if (fileExists(path) && fs::file_size(path) == 0) {
    recover(path, "it is empty");
    return;
  }
  try {
    open(path);
  } catch (const Exception& e) {
    if (e.error().code != kDamaged)
      throw;
    m_database.reset();
    recover(path, e.error().message);
  }
}

Store::~Store() = default;

void Store::open(const std::string& path) {
  const bool isNew = !fileExists(path);
  const mode_t old = ::umask(0077); // prompts are in it
  try {
    m_database = std::make_unique<Database>(path, OpenMode::Create);
    ::umask(old);
  } catch (...) {
    ::umask(old);
    throw;
  }
  if (!isNew) {
    const int64_t application = m_database->integer("PRAGMA application_id");
    const int64_t version = m_database->integer("PRAGMA user_version");
    const int64_t tables = m_database->integer("SELECT count(*) FROM sqlite_schema");
    if (application != kApplicationId && (application != 0 || tables > 0))
      refuse("REJ:STORE_FOREIGN", fmt::format("{} is a database of another program (application id {}). Move it away, or choose another --home.", path, application));
    if (version > m_steps.back().version)
      refuse("REJ:STORE_NEWER", fmt::format("{} was written by a newer Lathe (version {} of the database, this program knows {}). Update Lathe, or choose another --home.",
                                            path, version, m_steps.back().version));
    const std::string problem = m_database->check(true);
    if (problem != "ok")
      throw Exception(Error{ErrorKind::Io, fmt::format("The database {} is damaged: {}.", path, problem), {}, kDamaged});
  }
  configure();
  migrate(path);
}

void Store::configure() {
  m_database->execute("PRAGMA journal_mode=WAL");
  m_database->execute("PRAGMA synchronous=FULL");
  m_database->execute("PRAGMA foreign_keys=ON");
  m_database->execute("PRAGMA trusted_schema=OFF");
  m_database->execute("PRAGMA wal_autocheckpoint=1000");
}

void Store::migrate(const std::string& path) {
  const int64_t from = m_database->integer("PRAGMA user_version");
  if (from == m_steps.back().version)
    return;
  if (from > 0) {
    makeDirectories(backupFolder(path), 0700);
    const std::string backup = fmt::format("{}/lathe-v{}-{}.db", backupFolder(path), from, randomId(8));
    m_database->backupTo(backup);
    ::chmod(backup.c_str(), 0600);
    Database copy(backup, OpenMode::ReadOnly);
    if (copy.check(false) != "ok" || copy.integer("PRAGMA user_version") != from)
      throw Exception(ErrorKind::Io, fmt::format("The backup {} could not be verified, so the database was not changed.", backup));
    syncDirectory(backupFolder(path));
    const auto all = backupsOf(path);
    for (size_t i = kBackupsKept; i < all.size(); ++i)
      ::unlink(all[i].c_str());
  }
  for (const Migration& step : m_steps) {
    if (step.version <= from)
      continue;
    m_database->transaction([&] {
      m_database->execute(step.sql);
      m_database->execute(fmt::format("PRAGMA application_id={}", kApplicationId));
      m_database->execute(fmt::format("PRAGMA user_version={}", step.version));
    });
  }
}

void Store::recover(const std::string& path, const std::string& why) {
  const std::string aside = fmt::format("{}.damaged-{}", path, randomId(8));
  for (const char* suffix : {"", "-wal", "-shm"})
    if (fileExists(path + suffix))
      renamePath(path + suffix, aside + suffix);
  open(path);
  // Read a copy: opening the original, even for reading, may replay its log into it.
  const std::string copy = aside + ".reading";
  int64_t rows = 0;
  for (const char* suffix : {"", "-wal"})
    if (fileExists(aside + suffix))
      fs::copy_file(aside + suffix, copy + suffix);
  capture([&] {
    repairFrame(copy);
    return 0;
  }).ok();
  rows += salvage(*m_database, copy);
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    ::unlink((copy + suffix).c_str());
  for (const std::string& backup : backupsOf(path))
    rows += salvage(*m_database, backup);
  m_notice = fmt::format("The database was damaged ({}). {} rows were recovered and the runs are read again from their folders; the old file is kept as {}.", why, rows, aside);
  logWarning("{}", m_notice);
}

} // namespace lathe::store
