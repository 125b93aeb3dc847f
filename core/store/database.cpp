// SPDX-License-Identifier: Apache-2.0
#include "core/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace lathe::store {

Statement::Statement(Database& database, std::string_view sql) : m_database(database) {
  if (sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &m_statement, nullptr) != SQLITE_OK)
    database.fail("preparing a statement");
}

Statement::~Statement() { sqlite3_finalize(m_statement); }

Statement& Statement::bind(int index, std::string_view text) {
  if (sqlite3_bind_text64(m_statement, index, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
    m_database.fail("binding a value");
  return *this;
}

Statement& Statement::bindBlob(int index, std::string_view bytes) {
  if (sqlite3_bind_blob64(m_statement, index, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK)
    m_database.fail("binding a value");
  return *this;
}

Statement& Statement::bind(int index, int64_t value) {
  if (sqlite3_bind_int64(m_statement, index, value) != SQLITE_OK)
    m_database.fail("binding a value");
  return *this;
}

Statement& Statement::bind(int index, double value) {
  if (sqlite3_bind_double(m_statement, index, value) != SQLITE_OK)
    m_database.fail("binding a value");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(m_statement);
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  m_database.fail("running a statement");
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(m_statement);
  sqlite3_clear_bindings(m_statement);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(m_statement, column);
  const int count = sqlite3_column_bytes(m_statement, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<size_t>(count)) : std::string();
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement, column); }
double Statement::real(int column) const { return sqlite3_column_double(m_statement, column); }

void Statement::copyRowTo(Statement& other, int columns) const {
  for (int i = 0; i < columns; ++i)
    if (sqlite3_bind_value(other.m_statement, i + 1, sqlite3_column_value(m_statement, i)) != SQLITE_OK)
      other.m_database.fail("binding a value");
}

Database::Database(const std::string& path, OpenMode mode) : m_path(path) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
  case OpenMode::ReadWrite:
    flags |= SQLITE_OPEN_READWRITE;
    break;
  case OpenMode::Create:
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    break;
  case OpenMode::ReadOnly:
    flags |= SQLITE_OPEN_READONLY;
    break;
  }
  if (sqlite3_open_v2(path.c_str(), &m_handle, flags, nullptr) != SQLITE_OK) {
    const std::string why = m_handle ? sqlite3_errmsg(m_handle) : "out of memory";
    sqlite3_close_v2(m_handle);
    throw Exception(ErrorKind::Io, fmt::format("The database {} cannot be opened: {}.", path, why));
  }
  sqlite3_db_config(m_handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(m_handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_busy_timeout(m_handle, 2000);
}

Database::~Database() { sqlite3_close_v2(m_handle); }

void Database::fail(const std::string& doing) {
  const int code = sqlite3_errcode(m_handle);
  const ErrorKind kind = (code & 0xFF) == SQLITE_FULL ? ErrorKind::DiskFull : ErrorKind::Io;
  const bool damaged = (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
  const char* advice = kind == ErrorKind::DiskFull ? " Free some space; nothing that was saved is lost." : "";
  throw Exception(Error{kind, fmt::format("The database {} failed while {}: {} ({}).{}", m_path, doing, sqlite3_errmsg(m_handle), sqlite3_extended_errcode(m_handle), advice), {},
                        damaged ? kDamaged : ""});
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(m_handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail("changing it");
}

int64_t Database::integer(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.text(0) : std::string();
}

int64_t Database::lastId() const { return sqlite3_last_insert_rowid(m_handle); }
int64_t Database::changes() const { return sqlite3_changes64(m_handle); }

void Database::transaction(const std::function<void()>& work) {
  execute("BEGIN IMMEDIATE");
  try {
    work();
    execute("COMMIT");
  } catch (...) {
    if (sqlite3_get_autocommit(m_handle) == 0)
      sqlite3_exec(m_handle, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

void Database::backupTo(const std::string& path) {
  Database copy(path, OpenMode::Create);
  sqlite3_backup* backup = sqlite3_backup_init(copy.m_handle, "main", m_handle, "main");
  if (!backup)
    copy.fail("starting a backup");
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE)
    copy.fail("copying it");
  copy.execute("PRAGMA journal_mode=DELETE"); // one file, readable without a log beside it
}

std::string Database::check(bool quick) { return text(quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)"); }

} // namespace lathe::store
